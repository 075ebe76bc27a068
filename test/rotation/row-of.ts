import type { AccountRow } from '../../src/rotation/account-row.ts';
import type { Life } from '../memory-world/life.ts';
import { readRow } from '../memory-world/read-row.ts';

/** The account's row as it stands; null where there is none that can be read. */
export function rowOf(life: Life): AccountRow | null {
  return readRow(life.world.journal.row?.fields);
}

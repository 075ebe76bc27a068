import { type AccountRow, accountRow } from '../../src/rotation/account-row.ts';
import type { Life } from '../memory-world/life.ts';

/** The account's row as it stands; null where there is none that can be read. */
export function rowOf(life: Life): AccountRow | null {
  const parsed = accountRow.safeParse(life.world.journal.row?.fields);
  return parsed.success ? parsed.data : null;
}

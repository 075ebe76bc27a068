import { expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { findFormerRow } from '../../../src/rotation/adoption/moved-account.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow } from '../row-builder.ts';

const { armId } = buildTarget().account;
const lease = { kind: 'held', token: 'theirs', saveSeq: 1 } as const;
/** When the row was saved. */
const savedAtMs = Date.UTC(2026, 0, 5, 9);

it.each<[is: string, says: string, row: Partial<AccountRow> | null, passedMs: number, id?: string]>([
  ['other', 'an id that is none', {}, 0, 'payments'],
  ['other', 'an account that the journal does not know', null, 0],
  ['other', 'an account with another internalId', { internalId: 'i2' }, 0],
  ['other', 'a row of a newer release', { schemaVersion: 99 as never }, 0],
  ['former', 'a row that nobody holds', {}, 0],
  ['at-work', 'a row that a worker holds', { lease }, 59_000],
  ['former', 'a row whose worker is gone', { lease }, 60_000],
  ['at-work', 'a row whose last write may arrive', { settleUntilMs: savedAtMs + 61_000 }, 60_000],
  ['former', 'a row whose last write has settled', { settleUntilMs: savedAtMs + 60_000 }, 60_000],
])('as a former id is %s: %s', async (is, _, row, passedMs, id = armId) => {
  const world = memoryWorld(savedAtMs);
  if (row !== null) world.journal.save(buildRow(row), null, []);
  world.clock.advance(passedMs);
  const found = await findFormerRow(world.ports, id, 'i1');
  expect(typeof found === 'string' ? found : 'former').toBe(is);
  if (typeof found !== 'string') expect(found.row).toEqual(buildRow(row ?? {}));
});

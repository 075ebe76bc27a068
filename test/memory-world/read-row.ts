import { type AccountRow, accountRow } from '../../src/rotation/account-row.ts';

/** By the fields as the journal keeps them, which never change: many look at a row between two saves. */
const known = new WeakMap<object, AccountRow | null>();

/** An account's row out of its stored fields; null where it cannot be read. Its reader must leave it as it is. */
export function readRow(fields: unknown): AccountRow | null {
  if (typeof fields !== 'object' || fields === null || !Object.isFrozen(fields)) return parsed(fields);
  const before = known.get(fields);
  if (before !== undefined) return before;
  const row = parsed(fields);
  known.set(fields, row);
  return row;
}

function parsed(fields: unknown): AccountRow | null {
  const { data = null } = accountRow.safeParse(fields);
  return data;
}

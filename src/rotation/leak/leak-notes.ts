import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { HistoryRow } from '../../durable/ports.ts';
import type { AccountRow } from '../account-row.ts';
import type { AccountRows } from '../ports.ts';
import { leakedKey } from '../state.ts';

/** Key of the row beside the account's own that keeps its leaked keys: they outlive a row that is lost, or put back as it was. */
const leakNotesKey = 'leaked-keys';

const leakNotes = z.object({ leaks: z.array(leakedKey) });

/** What a save of `after` leaves there. */
export function leakNotesOf(before: AccountRow | null, after: AccountRow): readonly HistoryRow[] {
  if (isDeepStrictEqual(before?.leaks ?? [], after.leaks)) return [];
  return [{ key: leakNotesKey, fields: { leaks: after.leaks } }];
}

/** The leaked keys of an account, whatever its row says; null if none were noted. @throws FailureError */
export async function readLeakNotes(
  { rows }: { readonly rows: AccountRows },
  account: Parameters<AccountRows['load']>[0],
): Promise<AccountRow['leaks'] | null> {
  return leakNotes.safeParse(await rows.readHistory(account, leakNotesKey)).data?.leaks ?? null;
}

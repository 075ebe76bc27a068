import * as z from 'zod';
import type { HistoryRow } from '../../durable/ports.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { type AccountRows, offboardedKey } from '../ports.ts';

const mark = z.object({ offboarded: z.object({ by: z.string(), atMs: z.number() }).nullable() });

/** What a target leaves behind that a person offboards. `by`: the person's object id. */
export function offboardedRow(by: string, atMs: number): HistoryRow {
  return { key: offboardedKey, fields: { offboarded: { by, atMs } } satisfies z.infer<typeof mark> };
}

/** Takes that back: the target is in care. */
export const notOffboardedRow: HistoryRow = {
  key: offboardedKey,
  fields: { offboarded: null } satisfies z.infer<typeof mark>,
};

/**
 * Whether a person offboarded the target and nobody has taken it in again. Asked only while the account has no row: one that
 * stands says more.
 * @throws FailureError when the journal cannot be read
 */
export async function isOffboarded(rows: Pick<AccountRows, 'readHistory'>, account: AccountId): Promise<boolean> {
  const { data } = mark.safeParse(await rows.readHistory(account, offboardedKey));
  return data !== undefined && data.offboarded !== null;
}

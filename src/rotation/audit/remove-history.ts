import * as z from 'zod';
import type { HistoryRow } from '../../durable/ports.ts';
import { notApplied } from '../../shared/failure.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { type HistoryPlace, historyPlaces, isWithin, placesKey } from '../history-places.ts';
import { type AccountRows, offboardedKey } from '../ports.ts';

/** One removal takes a page: a transaction of the table service takes a hundred. */
const mostRows = 90;

/** Far more pages than any account's history has: a table that gives back what was removed ends here, and not never. */
const mostPages = 10_000;

/** When a row was saved, by whichever of these it has. */
const saved = z.union([
  z.object({ atMs: z.number() }).transform(({ atMs }) => atMs),
  z.object({ endedAtMs: z.number() }).transform(({ endedAtMs }) => endedAtMs),
  z.object({ startedAtMs: z.number() }).transform(({ startedAtMs }) => startedAtMs),
]);

type Reads = Pick<AccountRows, 'readHistory' | 'pageHistory'>;

/**
 * Whether there is any history of an account, under whatever ids it had.
 * @throws FailureError when the journal cannot be read
 */
export async function hasHistory(rows: Reads, account: AccountId): Promise<boolean> {
  for (const place of await historyPlaces(rows, account))
    for await (const keys of ownPages(rows, place)) if (keys.length > 0) return true;
  return false;
}

/**
 * Removes the whole history of an account, under whatever ids it had, and nothing of another account that had or has one of
 * them; asked again after a crash, it goes on.
 * @throws FailureError, also if rows are left that cannot be removed now
 */
export async function removeAllHistory(
  rows: Reads & Pick<AccountRows, 'removeHistory'>,
  account: AccountId,
): Promise<void> {
  const places = await historyPlaces(rows, account);
  for (const place of places)
    for await (const keys of ownPages(rows, place)) if (keys.length > 0) await rows.removeHistory(place.account, keys);
  if (await hasHistory(rows, account)) throw notApplied('history-left');
  // Last of all, since it says where the others are; it stays if it keeps an earlier account's history apart.
  if (places[0].sinceMs === 0 && (await rows.readHistory(account, placesKey)) !== null)
    await rows.removeHistory(account, [placesKey]);
}

/** Keys of the account's own rows in one place, page by page. */
async function* ownPages(rows: Reads, place: HistoryPlace): AsyncGenerator<readonly string[]> {
  let after: string | null = null;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page: readonly HistoryRow[] = await rows.pageHistory(place.account, '', after, mostRows);
    yield page.filter((row) => isOwn(row, place)).map(({ key }) => key);
    after = page.at(-1)?.key ?? null;
    if (page.length < mostRows) return;
  }
}

/** What bears no date tells of the account that has the id now. That a target was offboarded is no history: it stays. */
function isOwn({ key, fields }: HistoryRow, place: HistoryPlace): boolean {
  if (key === placesKey || key === offboardedKey) return false;
  const { data } = saved.safeParse(fields);
  return data === undefined ? place.untilMs === Number.POSITIVE_INFINITY : isWithin(place, data);
}

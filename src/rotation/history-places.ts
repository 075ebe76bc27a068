import * as z from 'zod';
import type { HistoryRow } from '../durable/ports.ts';
import { type AccountId, parseAccountId } from '../shared/resource-id.ts';
import type { AccountRows } from './ports.ts';
import type { RotationEnd } from './state.ts';

/**
 * Former ids that an account's history is read under, the newest of them: each costs a read of its own with every page. Accounts
 * are moved once or twice in their life; what lies under older ones stays in the table.
 */
const mostFormerIds = 10;

/**
 * Where a part of an account's history lies: under a resource id that it has or had, in what was saved after `sinceMs` and until
 * `untilMs`. Before and after that the id was another account's. By the storage service's clock.
 */
export interface HistoryPlace {
  readonly account: AccountId;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Key of the row that remembers them. */
export const placesKey = 'former-ids';

const placesSchema = z.object({
  /** Oldest first. */
  formerIds: z.array(z.object({ armId: z.string(), sinceMs: z.number(), untilMs: z.number() })),
  /** What is older under this id is the history of an account that was moved away. */
  sinceMs: z.number(),
});

/**
 * All places of an account's history, the one under its present id first, then the newest former one. They stand in a row beside
 * the account's own, so that they outlive one that is lost, or put back as it was.
 * @throws FailureError when the journal cannot be read
 */
export async function historyPlaces(
  rows: Pick<AccountRows, 'readHistory'>,
  account: AccountId,
): Promise<readonly [HistoryPlace, ...HistoryPlace[]]> {
  const { data } = placesSchema.safeParse(await rows.readHistory(account, placesKey));
  const former = (data?.formerIds ?? []).flatMap(({ armId, ...when }): HistoryPlace[] => {
    const parsed = parseAccountId(armId);
    return parsed === null ? [] : [{ account: parsed, ...when }];
  });
  return [{ account, sinceMs: data?.sinceMs ?? 0, untilMs: Number.POSITIVE_INFINITY }, ...former.toReversed()];
}

/** The row that remembers the places: `former` newest first, as `historyPlaces` gives them. */
export function placesRow(sinceMs: number, former: readonly HistoryPlace[]): HistoryRow {
  const formerIds = former
    .slice(0, mostFormerIds)
    .map(({ account, ...when }) => ({ armId: account.armId, ...when }))
    .toReversed();
  return { key: placesKey, fields: { formerIds, sinceMs } };
}

/** The id under which the account was until a save that leaves `history` behind; null: under the present one. */
export function carriedFrom(history: readonly HistoryRow[]): string | null {
  const { data } = placesSchema.safeParse(history.find(({ key }) => key === placesKey)?.fields);
  return data?.formerIds.at(-1)?.armId ?? null;
}

/** Whether what was saved at `atMs` is this account's. */
export function isWithin({ sinceMs, untilMs }: HistoryPlace, atMs: number): boolean {
  return atMs > sinceMs && atMs <= untilMs;
}

/**
 * One page of all places' rows, in the order of their keys.
 * @param pageOf the first `limit` rows of one place
 * @throws FailureError when the journal cannot be read
 */
export async function pagePlaces(
  places: readonly HistoryPlace[],
  limit: number,
  pageOf: (place: HistoryPlace) => Promise<readonly HistoryRow[]>,
): Promise<readonly HistoryRow[]> {
  const pages = await Promise.all(places.map(pageOf));
  return pages
    .flat()
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .slice(0, limit);
}

/** Keys sort by time: an instant in milliseconds fits 15 digits for the next thirty thousand years. */
export function timeKey(atMs: number): string {
  return String(Math.floor(atMs)).padStart(15, '0');
}

/** Key of the row that keeps how a rotation ended. */
export function endKey(rotationId: string): string {
  return `end-${rotationId}`;
}

/** The row that keeps how a rotation ended, for those who ask for it later. */
export function endedRow(end: RotationEnd): HistoryRow {
  return { key: endKey(end.last.rotationId), fields: end };
}

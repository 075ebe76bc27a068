import * as z from 'zod';
import { slots } from '../../shared/slot.ts';
import { endKey, type HistoryPlace, isWithin } from '../history-places.ts';
import { parseSightings, sightingsPrefix } from '../known-keys/key-sightings.ts';
import type { AccountRows } from '../ports.ts';
import { earlierRequestPrefix } from '../requests/earlier-request.ts';
import { rotationEnd } from '../state.ts';
import { auditPrefix, begunSince, pageBegun, parseBegun } from './audit-rows.ts';

/** Rotations of one place whose rows one call removes at most, and rows of one of them: a table's transaction takes a hundred. */
const mostRotations = 5;
const mostRows = 90;
/** A page of the table: more requests than any target sees before they are old. */
const mostRequests = 1000;

const dated = z.object({ rotationId: z.string(), atMs: z.number() });

/**
 * Removes history and audit trail that are older than `beforeMs`: of rotations that ended before then, oldest rows first, so
 * that what is interrupted goes on at the next call. Never a row of a rotation in `keep`, however old it is.
 * @param places of the account's history, the newest first; nobody else's is touched
 * @param beforeMs by the storage service's clock
 * @returns how many rows went
 * @throws FailureError
 */
export async function removeOldHistory(
  rows: Pick<AccountRows, 'readHistory' | 'pageHistory' | 'removeHistory'>,
  places: readonly HistoryPlace[],
  keep: ReadonlySet<string>,
  beforeMs: number,
): Promise<number> {
  let removed = 0;
  const remove = async ({ account }: HistoryPlace, keys: readonly string[]) => {
    if (keys.length > 0) await rows.removeHistory(account, keys);
    removed += keys.length;
  };
  for (const place of places) {
    const begun = await pageBegun(rows, place, begunSince(beforeMs), mostRotations + keep.size);
    for (const { key, fields } of begun) {
      const rotationId = parseBegun(fields)?.rotationId;
      if (rotationId === undefined || keep.has(rotationId)) continue;
      const found = await rowsOf(rows, places, rotationId);
      if (found.some(({ endedAtMs }) => endedAtMs !== null && endedAtMs >= beforeMs)) continue;
      // The row that lists it goes last: while it stands, what is left is found again.
      const isLast = found.every(({ auditTrail }) => auditTrail.length < mostRows);
      for (const { at, auditTrail, endedAtMs } of found.toReversed())
        await remove(at, [
          ...auditTrail,
          ...(isLast && endedAtMs !== null ? [endKey(rotationId)] : []),
          ...(isLast && at === place ? [key] : []),
        ]);
    }
    const isOld = ({ fields }: { readonly fields: unknown }) => {
      const { data } = dated.safeParse(fields);
      return data !== undefined && data.atMs < beforeMs && isWithin(place, data.atMs) && !keep.has(data.rotationId);
    };
    const requests = (await rows.pageHistory(place.account, earlierRequestPrefix, null, mostRequests)).filter(isOld);
    const keys = requests.slice(0, mostRows).map(({ key }) => key);
    await remove(place, keys);
  }
  for (const { place, keys } of await oldSightings(rows, places, beforeMs))
    await remove(place, keys.slice(0, mostRows));
  return removed;
}

/** The rows of keys that are long gone; never the last one that tells of a slot, since its key may stand there still. */
async function oldSightings(rows: Pick<AccountRows, 'pageHistory'>, places: readonly HistoryPlace[], beforeMs: number) {
  const told = await Promise.all(
    places.map(async (place) => {
      const page = await rows.pageHistory(place.account, sightingsPrefix, null, mostRequests);
      return page.flatMap(({ key, fields }) => {
        const sightings = parseSightings(fields).filter(({ atMs }) => isWithin(place, atMs));
        return sightings.length === 0 ? [] : [{ place, key, sightings }];
      });
    }),
  );
  // Places come newest first, rows of one oldest first: what was saved last comes last.
  const all = told.toReversed().flat();
  const newest = slots.map((slot) => all.findLast(({ sightings }) => sightings.some((one) => one.slot === slot)));
  const old = all.filter((one) => !newest.includes(one) && one.sightings.every(({ atMs }) => atMs < beforeMs));
  return places.map((place) => ({ place, keys: old.filter((one) => one.place === place).map(({ key }) => key) }));
}

/** What each place holds of a rotation: one that went on after the account was moved began in one and ended in another. */
async function rowsOf(
  rows: Pick<AccountRows, 'readHistory' | 'pageHistory'>,
  places: readonly HistoryPlace[],
  rotationId: string,
) {
  return await Promise.all(
    places.map(async (at) => {
      const end = rotationEnd.safeParse(await rows.readHistory(at.account, endKey(rotationId)));
      const auditTrail = await rows.pageHistory(at.account, auditPrefix(rotationId), null, mostRows);
      return { at, auditTrail: auditTrail.map(({ key }) => key), endedAtMs: end.success ? end.data.endedAtMs : null };
    }),
  );
}

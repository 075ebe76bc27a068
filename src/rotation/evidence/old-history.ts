import * as z from 'zod';
import type { AccountId } from '../../shared/resource-id.ts';
import { slots } from '../../shared/slot.ts';
import { earlierRequestPrefix } from '../earlier-request.ts';
import { endKey, eventPrefix } from '../history.ts';
import { parseSightings, sightingsPrefix } from '../known-keys/key-sightings.ts';
import type { AccountRows } from '../ports.ts';
import { rotationEnd } from '../state.ts';
import { begunPrefix, begunSince, evidencePrefix, parseBegun } from './evidence-rows.ts';

/** Rotations whose rows one call removes at most, and rows of one of them: a table's transaction takes a hundred. */
const mostRotations = 5;
const mostRows = 90;
/** A page of the table: more requests than any target sees before they are old. */
const mostRequests = 1000;

const dated = z.object({ rotationId: z.string(), atMs: z.number() });

/**
 * Removes history and evidence that are older than `beforeMs`: of rotations that ended before then, oldest rows first, so
 * that what is interrupted goes on at the next call. Never a row of a rotation in `keep`, however old it is.
 * @param beforeMs by the storage service's clock
 * @returns how many rows went
 * @throws FailureError
 */
export async function removeOldHistory(
  rows: Pick<AccountRows, 'readHistory' | 'pageHistory' | 'removeHistory'>,
  account: AccountId,
  keep: ReadonlySet<string>,
  beforeMs: number,
): Promise<number> {
  let removed = 0;
  const remove = async (keys: readonly string[]) => {
    if (keys.length > 0) await rows.removeHistory(account, keys);
    removed += keys.length;
  };
  const begun = await rows.pageHistory(account, begunPrefix, begunSince(beforeMs), mostRotations + keep.size);
  for (const { key, fields } of begun) {
    const rotationId = parseBegun(fields)?.rotationId;
    if (rotationId === undefined || keep.has(rotationId)) continue;
    const end = rotationEnd.safeParse(await rows.readHistory(account, endKey(rotationId)));
    if (end.success && end.data.endedAtMs >= beforeMs) continue;
    const evidence = await rows.pageHistory(account, evidencePrefix(rotationId), null, mostRows);
    const isLast = evidence.length < mostRows;
    await remove([
      ...evidence.map((row) => row.key),
      ...(isLast ? [...(end.success ? [endKey(rotationId)] : []), key] : []),
    ]);
  }
  const isOld = ({ fields }: { readonly fields: unknown }) => {
    const { data } = dated.safeParse(fields);
    return data !== undefined && data.atMs < beforeMs && !keep.has(data.rotationId);
  };
  for (const [prefix, limit] of [
    [eventPrefix, mostRows],
    [earlierRequestPrefix, mostRequests],
  ] as const) {
    const page = await rows.pageHistory(account, prefix, null, limit);
    await remove(
      page
        .filter(isOld)
        .slice(0, mostRows)
        .map(({ key }) => key),
    );
  }
  await remove((await oldSightings(rows, account, beforeMs)).slice(0, mostRows));
  return removed;
}

/** The rows of keys that are long gone; never the last one that tells of a slot, since its key may stand there still. */
async function oldSightings(
  rows: Pick<AccountRows, 'pageHistory'>,
  account: AccountId,
  beforeMs: number,
): Promise<readonly string[]> {
  const page = await rows.pageHistory(account, sightingsPrefix, null, mostRequests);
  const told = page.map(({ key, fields }) => ({ key, sightings: parseSightings(fields) }));
  const newest = slots.map((slot) => told.findLast(({ sightings }) => sightings.some((one) => one.slot === slot))?.key);
  return told
    .filter(({ key, sightings }) => !newest.includes(key) && sightings.every(({ atMs }) => atMs < beforeMs))
    .map(({ key }) => key);
}

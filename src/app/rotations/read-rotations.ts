import type { Target } from '../../keys/target.ts';
import { readAccountRow } from '../../rotation/account-row.ts';
import {
  auditPrefix,
  begunPrefix,
  pageBegun,
  parseAuditEntry,
  parseBegun,
  type StoredAuditEntry,
} from '../../rotation/audit/audit-rows.ts';
import { endKey, type HistoryPlace, historyPlaces, isWithin, pagePlaces } from '../../rotation/history-places.ts';
import type { AccountRows } from '../../rotation/ports.ts';
import { viewEnded, viewRotation } from '../../rotation/rotation-view.ts';
import { rotationEnd, rotationIdOf } from '../../rotation/state.ts';
import { isTableKey } from '../../shared/table-key.ts';
import { iso, isoOrNull } from '../../shared/time.ts';
import type { AuditTrailAnswer, FoundRotation, Page, RotationsAnswer, UnknownRotation } from '../contract.ts';
import type { AuditEntry, ListedRotation } from './audit-trail-view.ts';
import type { ReadReaders } from './read-readers.ts';

/**
 * One rotation, in flight or over.
 * @param places of the account's history, if the caller has read them
 * @param readReaders default: nobody asks who read which key
 * @throws FailureError when the journal cannot be read
 */
export async function readRotation(
  rows: AccountRows,
  target: Target,
  id: string,
  places?: readonly HistoryPlace[],
  readReaders: ReadReaders = async () => null,
): Promise<FoundRotation | UnknownRotation> {
  const { probe } = target.policy;
  // An address may say anything; what no row can be called is no rotation.
  if (!isTableKey(endKey(id))) return { kind: 'unknown-rotation' };
  const row = await readAccountRow(rows, target.account);
  if (row !== null && row.rotation !== null && rotationIdOf(row.rotation) === id) {
    const rotation = viewRotation(row.rotation, row.leaks, target, row.wakeAtMs);
    const readers = (await readReaders(target, row.rotation)) ?? rotation.readers;
    return { kind: 'found', rotation: { ...rotation, readers } };
  }
  for (const place of places ?? (await historyPlaces(rows, target.account))) {
    const { data } = rotationEnd.safeParse(await rows.readHistory(place.account, endKey(id)));
    if (data !== undefined && isWithin(place, data.endedAtMs))
      return { kind: 'found', rotation: viewEnded(data, target.name, probe) };
  }
  return { kind: 'unknown-rotation' };
}

/**
 * A target's rotations, newest first, under whatever ids its account had.
 * @throws FailureError when the journal cannot be read
 */
export async function listRotations(rows: AccountRows, target: Target, page: Page): Promise<RotationsAnswer> {
  const after = page.after === null ? null : `${begunPrefix}${page.after}`;
  const places = await historyPlaces(rows, target.account);
  const stored = await pagePlaces(places, page.limit, (place) => pageBegun(rows, place, after, page.limit));
  const begun = stored.flatMap(({ fields }) => parseBegun(fields) ?? []);
  const rotations = await Promise.all(
    begun.map(async ({ rotationId, startedAtMs }): Promise<ListedRotation> => {
      const found = await readRotation(rows, target, rotationId, places);
      if (found.kind === 'found') return found.rotation;
      // The account's row was lost or restored in the middle of it: its audit trail still stands.
      const startedAt = iso(startedAtMs);
      return { id: rotationId, target: target.name, state: 'unknown', startedAt };
    }),
  );
  const last = stored.at(-1);
  const next = stored.length < page.limit || last === undefined ? null : last.key.slice(begunPrefix.length);
  return { kind: 'found', rotations, next };
}

/**
 * A rotation's audit trail, oldest first. One that went on after its account was moved left some under either id.
 * @throws FailureError when the journal cannot be read
 */
export async function readAuditTrail(
  rows: AccountRows,
  target: Target,
  id: string,
  page: Page,
): Promise<AuditTrailAnswer> {
  const places = await historyPlaces(rows, target.account);
  const found = await readRotation(rows, target, id, places);
  if (found.kind !== 'found') return found;
  const prefix = auditPrefix(id);
  const after = page.after === null ? null : `${prefix}${page.after}`;
  const stored = await pagePlaces(places, page.limit, ({ account }) =>
    rows.pageHistory(account, prefix, after, page.limit),
  );
  const savedCalls = new Set<string>();
  const entries = stored.flatMap(({ fields }) => {
    const auditTrail = parseAuditEntry(fields);
    return auditTrail === null ? [] : [viewEntry(auditTrail, savedCalls)];
  });
  const last = stored.at(-1);
  const next = stored.length < page.limit || last === undefined ? null : last.key.slice(prefix.length);
  return { kind: 'found', auditTrail: { rotation: found.rotation, entries, next } };
}

/** After a lost reply the same calls may be told by two saves: they are shown once. */
function viewEntry({ atMs, run, firstCall, changes, calls, callsLeftOut }: StoredAuditEntry, told: Set<string>) {
  const entry: AuditEntry = {
    at: iso(atMs),
    worker: run,
    changes,
    calls: calls.flatMap((call, index) => {
      const name = `${run} ${firstCall + index}`;
      if (told.has(name)) return [];
      told.add(name);
      const { host, path, atMs: answeredAtMs, ...rest } = call;
      return [{ ...rest, url: `https://${host}${path}`, answeredAt: isoOrNull(answeredAtMs) }];
    }),
    callsLeftOut,
  };
  return entry;
}

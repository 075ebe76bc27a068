import type { Target } from '../../keys/target.ts';
import { readAccountRow } from '../../rotation/account-row.ts';
import { endKey } from '../../rotation/history.ts';
import { type HistoryPlace, historyPlaces, isWithin } from '../../rotation/history-places.ts';
import type { AccountRows } from '../../rotation/ports.ts';
import { viewEnded, viewRotation } from '../../rotation/rotation-view.ts';
import { rotationEnd, rotationIdOf } from '../../rotation/state.ts';
import { isTableKey } from '../../shared/table-key.ts';
import type { FoundRotation, UnknownRotation } from '../contract.ts';

/**
 * One rotation, in flight or over.
 * @param places of the account's history, where the caller has read them
 * @throws FailureError when the journal cannot be read
 */
export async function readRotation(
  rows: AccountRows,
  target: Target,
  id: string,
  places?: readonly HistoryPlace[],
): Promise<FoundRotation | UnknownRotation> {
  const { probe } = target.policy;
  // An address may say anything; what no row can be called is no rotation.
  if (!isTableKey(endKey(id))) return { kind: 'unknown-rotation' };
  const row = await readAccountRow(rows, target.account);
  if (row !== null && row.rotation !== null && rotationIdOf(row.rotation) === id)
    return {
      kind: 'found',
      rotation: viewRotation(row.rotation, row.leaks, target, row.wakeAtMs),
    };
  for (const place of places ?? (await historyPlaces(rows, target.account))) {
    const { data } = rotationEnd.safeParse(await rows.readHistory(place.account, endKey(id)));
    if (data !== undefined && isWithin(place, data.endedAtMs))
      return { kind: 'found', rotation: viewEnded(data, target.name, probe) };
  }
  return { kind: 'unknown-rotation' };
}

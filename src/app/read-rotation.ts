import type { Target } from '../keys/target.ts';
import { parseAccountRow } from '../rotation/account-row.ts';
import { endKey } from '../rotation/history.ts';
import { rotationIdOf } from '../rotation/operator-request.ts';
import type { AccountRows } from '../rotation/ports.ts';
import { viewEnded, viewRotation } from '../rotation/rotation-view.ts';
import { rotationEnd } from '../rotation/state.ts';
import { isTableKey } from '../shared/table-key.ts';
import type { FoundRotation, UnknownRotation } from './contract.ts';

/**
 * One rotation, in flight or over.
 * @throws FailureError when the journal cannot be read
 */
export async function readRotation(
  rows: AccountRows,
  target: Target,
  id: string,
): Promise<FoundRotation | UnknownRotation> {
  const { probe } = target.policy;
  // An address may say anything; what no row can be called is no rotation.
  if (!isTableKey(endKey(id))) return { kind: 'unknown-rotation' };
  const stored = await rows.load(target.account);
  const parsed = stored === null ? null : parseAccountRow(stored.fields);
  if (parsed?.kind === 'row' && parsed.row.rotation !== null && rotationIdOf(parsed.row.rotation) === id)
    return {
      kind: 'found',
      rotation: viewRotation(parsed.row.rotation, parsed.row.leaks, target, parsed.row.wakeAtMs),
    };
  const ended = rotationEnd.safeParse(await rows.readHistory(target.account, endKey(id)));
  return ended.success
    ? { kind: 'found', rotation: viewEnded(ended.data, target.name, probe) }
    : { kind: 'unknown-rotation' };
}

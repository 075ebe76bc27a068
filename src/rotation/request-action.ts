import type { Target } from '../keys/target.ts';
import { type AccountRow, parseAccountRow } from './account-row.ts';
import type { EnginePorts } from './engine-ports.ts';
import { isLegal, legalIn, type OperatorAction, rotationIdOf } from './operator-request.ts';
import { sendWakeUp } from './send-wake-up.ts';
import type { RotationState } from './state.ts';

export type Requested =
  | { readonly kind: 'noted'; readonly rotation: RotationState; readonly wakeAtMs: number }
  | { readonly kind: 'unknown-rotation' }
  /** `legalIn`: the states in which the action would be carried out. */
  | { readonly kind: 'illegal'; readonly legalIn: string; readonly rotationId: string }
  | { readonly kind: 'newer-schema' };

/** A worker that holds the account saves often: a few tries meet a gap between two of its saves. */
const tries = 5;

/**
 * Writes an operator's wish into the account row, for the lease's owner to carry out, and wakes one. Writes nothing when
 * the action is not legal now.
 * @throws FailureError when the row cannot be read or saved, or was never free of another save
 */
export async function requestAction(
  ports: EnginePorts,
  target: Target,
  rotationId: string,
  action: OperatorAction,
  by: string,
): Promise<Requested | { readonly kind: 'lost-race' }> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const stored = await ports.rows.load(target.account);
    if (stored === null) return { kind: 'unknown-rotation' };
    const parsed = parseAccountRow(stored.fields);
    if (parsed.kind === 'newer-schema') return { kind: 'newer-schema' };
    const { row } = parsed;
    if (row.rotation === null || rotationIdOf(row.rotation) !== rotationId)
      return row.lastEnd?.last.rotationId === rotationId
        ? { kind: 'illegal', legalIn: legalIn[action], rotationId }
        : { kind: 'unknown-rotation' };
    if (!isLegal(action, row.rotation)) return { kind: 'illegal', legalIn: legalIn[action], rotationId };

    const nowMs = stored.storageNowMs;
    const next: AccountRow = {
      ...row,
      operatorRequest: { action, rotationId, by, atMs: nowMs },
      wakeAtMs: nowMs,
      wakeSeq: row.wakeSeq + 1,
    };
    const saved = await ports.rows.save(target.account, next, stored.etag, []);
    if (saved.kind === 'conflict') continue;
    await sendWakeUp(ports, target.name, next.wakeSeq, 0);
    return { kind: 'noted', rotation: row.rotation, wakeAtMs: nowMs };
  }
  return { kind: 'lost-race' };
}

import { sendWakeUp } from '../../durable/send-wake-up.ts';
import { consumersHoldMs, type Target } from '../../keys/target.ts';
import type { Risk } from '../../shared/difference.ts';
import { type AccountRow, parseAccountRow } from '../account-row.ts';
import { asAdopted } from '../adoption/adopted-row.ts';
import { leakedKeyRisk, leaksKeptBy } from '../leak/leaked-keys.ts';
import type { OperatorAction } from '../lifecycle.ts';
import type { EnginePorts } from '../ports.ts';
import { activeStateOf, type RotationState, rotationIdOf } from '../state.ts';
import { isLegal, legalPlaces } from './operator-actions.ts';

export type Requested =
  | { readonly kind: 'noted'; readonly row: AccountRow; readonly rotation: RotationState; readonly wakeAtMs: number }
  | { readonly kind: 'unknown-rotation' }
  /** A leaked key would live on by it: only with a confirmation that names the key. */
  | { readonly kind: 'not-confirmed'; readonly risks: readonly Risk[] }
  /** `legalIn`: the states in which the action would be carried out. */
  | { readonly kind: 'illegal'; readonly legalIn: readonly string[]; readonly rotationId: string }
  /**
   * `request-pending`: an earlier request is about to be carried out. `not-shorter`: the overlap in force is no longer.
   * `no-such-copy`: the target declares no copy of a name, or none is named where one must be.
   */
  | { readonly kind: 'newer-schema' | 'lost-race' | 'request-pending' | 'not-shorter' | 'no-such-copy' };

/** What an operator asks for; `confirm` names the risks that are taken. */
export type Wish =
  | { readonly action: 'cancel' | 'roll-back'; readonly confirm: readonly string[] }
  | { readonly action: 'release-hold' | 'resume' }
  | { readonly action: 'hold'; readonly reason: string; readonly confirm: readonly string[] }
  /**
   * `overlapMs` null: the shortest that the target's settings call safe. `leaveBehind`: names of copies that the rotation is to go
   * on without; only then it may be suspended, for one of them.
   */
  | {
      readonly action: 'expedite';
      readonly reason: string;
      readonly overlapMs: number | null;
      readonly leaveBehind: readonly string[];
    };

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
  wish: Wish,
  by: string,
): Promise<Requested> {
  const { action } = wish;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const stored = await ports.rows.load(target.account);
    if (stored === null) return { kind: 'unknown-rotation' };
    const row = parseAccountRow(stored.fields);
    if (row === 'newer-schema') return { kind: row };
    if (row.rotation === null || rotationIdOf(row.rotation) !== rotationId)
      return row.lastEnd?.last.rotationId === rotationId
        ? { kind: 'illegal', legalIn: legalPlaces(action), rotationId }
        : { kind: 'unknown-rotation' };
    if (!isLegal(action, row.rotation)) return { kind: 'illegal', legalIn: legalPlaces(action), rotationId };
    const confirm = 'confirm' in wish ? [...wish.confirm] : [];
    const kept = leaksKeptBy(action, row.rotation, row.leaks, confirm);
    if (kept.length > 0) return { kind: 'not-confirmed', risks: kept.map((slot) => leakedKeyRisk(slot, action)) };
    if (isPending(row.operatorRequest, rotationId, action)) return { kind: 'request-pending' };
    const { rotation } = row;
    const leaveBehind = wish.action === 'expedite' ? [...wish.leaveBehind] : [];
    const unknown = leaveBehind.find((name) => target.copies.every((copy) => copy.name !== name));
    if (unknown !== undefined || (action === 'expedite' && rotation.kind === 'suspended' && leaveBehind.length === 0))
      return { kind: 'no-such-copy' };
    const overlapMs =
      wish.action === 'expedite' ? (wish.overlapMs ?? shortestSafeMs(rotation, asAdopted(target, row))) : null;
    const isShorter = overlapMs === null || rotation.kind !== 'overlapping' || overlapMs < rotation.overlap.ms;
    if (!isShorter && leaveBehind.length === 0) return { kind: 'not-shorter' };

    const nowMs = stored.storageNowMs;
    const next: AccountRow = {
      ...row,
      operatorRequest: {
        action,
        rotationId,
        by,
        atMs: nowMs,
        reason: 'reason' in wish ? wish.reason : null,
        overlapMs,
        confirm,
        ...(leaveBehind.length > 0 && { leaveBehind }),
      },
      wakeAtMs: nowMs,
      wakeSeq: row.wakeSeq + 1,
    };
    const saved = await ports.rows.save(target.account, next, stored.etag, []);
    if (saved.kind === 'conflict') continue;
    await sendWakeUp(ports, { target: target.name, wakeSeq: next.wakeSeq }, 0);
    return { kind: 'noted', row: next, rotation, wakeAtMs: nowMs };
  }
  return { kind: 'lost-race' };
}

/** One request waits at a time: another one would be lost, though its operator was told that it is noted. */
function isPending(pending: AccountRow['operatorRequest'], rotationId: string, action: OperatorAction): boolean {
  return pending !== null && pending.rotationId === rotationId && pending.action !== action;
}

/** No longer than the rotation's own overlap, which may be acknowledged to be shorter than what consumers hold. */
function shortestSafeMs(rotation: RotationState, target: Target): number {
  const { overlap } = activeStateOf(rotation);
  return Math.min(overlap.ms, consumersHoldMs(target));
}

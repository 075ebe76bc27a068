import { hash } from 'node:crypto';
import { expiryLeadMs } from '../../keys/key-secret.ts';
import type { Target } from '../../keys/target.ts';
import { nextOpening } from '../../shared/next-opening.ts';
import { dayMs } from '../../shared/time.ts';
import type { AccountRow } from '../account-row.ts';
import { isLeakAlive } from '../leak/leaked-keys.ts';
import { afterUndoMs, stalledAfterMs, stalledAfterOfLeakMs } from '../numbers.ts';
import { leakedKeyLives } from '../run/pace-retry.ts';

/** What the time of the next rotation depends on. */
export interface DueFacts {
  readonly row: AccountRow;
  /** By the storage service's clock. */
  readonly nowMs: number;
  /** The earlier end of the two key secrets, as the vault had them when it was last looked at; null: none, or not known. */
  readonly expiresAtMs: number | null;
  /** Since when the instance has not been paused; infinite while it is. Default: for ever. */
  readonly awakeSinceMs?: number;
}

/** A rotation beside its overlaps: time for a worker that died, a slow vault, a person. */
const finishingMs = dayMs;

/** When a rotation is due by the target's interval: `rotateEvery` after the last one, or after adoption (onboarding itself never rotates). */
export function dueByIntervalMs({ row }: DueFacts, target: Target): number {
  return (row.lastDone?.atMs ?? row.adoptedAtMs ?? 0) + target.policy.rotateEveryMs;
}

/**
 * When the next rotation is due: at its interval, or at an earlier expiry, spread by the jitter, and not at once after an
 * undo; a leaked key that nothing replaces is due at once. The secrets of a rotation are stored in its course and their dates fall that much before the interval: only an
 * expiry that is earlier than so is one.
 */
export function dueAtMs(facts: DueFacts, target: Target, startJitterMs: number): number {
  // Anybody who confirmed a way back to it had a reason, for a day as well.
  if (isLeakAlive(facts.row))
    return Math.max(Math.min(...facts.row.leaks.map(({ atMs }) => atMs)), undoneUntilMs(facts.row) ?? 0);
  const byIntervalMs = dueByIntervalMs(facts, target);
  // When Key Vault tells of it, 30 days ahead, or as much earlier than its end as a secret that Keyturn stores still has when
  // its interval is over, if a maximum validity leaves less.
  const byExpiryMs = (facts.expiresAtMs ?? Number.POSITIVE_INFINITY) - expiryLeadMs(target);
  const dueMs = byExpiryMs < byIntervalMs - rotationMs(target) ? byExpiryMs : byIntervalMs;
  const spreadMs = jitterOf(target) * Math.min(startJitterMs, target.policy.rotateEveryMs / 10);
  return Math.max(dueMs + spreadMs, undoneUntilMs(facts.row) ?? 0);
}

/** Until when the schedule leaves alone what an operator has cancelled or rolled back; null if nothing was undone. */
export function undoneUntilMs({ lastEnd }: AccountRow): number | null {
  const isUndone = lastEnd?.outcome === 'cancelled' || lastEnd?.outcome === 'rolled-back';
  return isUndone ? lastEnd.endedAtMs + afterUndoMs : null;
}

/** The last moment to begin, so that both keys are replaced before the first of their secrets expires; null: no such haste. */
export function latestStartMs({ expiresAtMs }: DueFacts, target: Target): number | null {
  return expiresAtMs === null ? null : expiresAtMs - rotationMs(target);
}

/** The longest that a rotation takes when nothing goes badly wrong: the gate may wait an overlap, then comes its own, and a hold for who still reads the old key. */
function rotationMs({ policy }: Target): number {
  return 2 * policy.overlapMs + policy.stragglers.holdMs + finishingMs;
}

/**
 * The first instant at which the target's own clockwork lets the schedule start: due, and in a window and outside
 * blackouts, or only outside blackouts if a key secret would expire before the next window. Null: never.
 */
export function nextStartMs(facts: DueFacts, target: Target, startJitterMs: number): number | null {
  const { calendar } = target.policy;
  const fromMs = Math.max(dueAtMs(facts, target, startJitterMs), facts.nowMs);
  if (isLeakAlive(facts.row)) return fromMs;
  const opensAtMs = nextOpening(calendar, fromMs);
  const latestMs = latestStartMs(facts, target);
  if (latestMs === null || (opensAtMs !== null && opensAtMs <= latestMs)) return opensAtMs;
  return nextOpening({ ...calendar, windows: [] }, fromMs);
}

/** When the schedule might first have started what is due, however long ago; if its calendar never lets it, when it was due. */
export function firstStartMs(facts: DueFacts, target: Target, startJitterMs: number): number {
  const longAgo = { ...facts, nowMs: Number.NEGATIVE_INFINITY };
  return nextStartMs(longAgo, target, startJitterMs) ?? dueAtMs(facts, target, startJitterMs);
}

/** In [0, 1), always the same for one account. */
function jitterOf({ account }: Target): number {
  return hash('sha256', account.armId.toLowerCase(), 'buffer').readUInt32BE(0) / 2 ** 32;
}

/**
 * From when on a rotation in flight counts as overdue since it makes no progress, whatever keeps it: a service that refuses,
 * or a message that nobody takes. By the storage service's clock; null: it rests by plan, waits for a person, or there is none.
 * @param awakeSinceMs since when the instance has not been paused
 */
export function stalledAtMs(
  row: Pick<AccountRow, 'rotation' | 'leak' | 'wakeAtMs'>,
  awakeSinceMs: number,
): number | null {
  const { rotation, wakeAtMs } = row;
  if (rotation === null || rotation.kind === 'suspended') return null;
  const sinceMs = [rotation.retrying?.sinceMs ?? [], wakeAtMs ?? []].flat();
  const patienceMs = leakedKeyLives(row) ? stalledAfterOfLeakMs : stalledAfterMs;
  return sinceMs.length === 0 ? null : Math.max(Math.min(...sinceMs), awakeSinceMs) + patienceMs;
}

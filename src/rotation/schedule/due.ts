import { isLeaseAlive } from '../../durable/leased-row.ts';
import { wakeGraceMs } from '../../durable/numbers.ts';
import type { Target } from '../../keys/target.ts';
import type { AccountRow } from '../account-row.ts';
import { isLeakAlive, leakLookAtMs } from '../leak/leaked-keys.ts';
import { givesWay } from '../leak/start-leak-rotation.ts';
import { awaitsFirstRotation, isAdoptedAs, isKeyless, isLeakPending } from '../requests/start-rotation.ts';
import { dueAtMs, dueByIntervalMs, undoneUntilMs } from './due-at.ts';
import type { FleetFacts } from './fleet-facts.ts';
import type { ScheduleReason } from './schedule-reasons.ts';
import { expiresBeforeNextWindow, isInWindow, type StartFacts, startBlocker } from './start-blocker.ts';

/** What the sweep knows of one target. */
export interface SweepFacts extends StartFacts {
  /** When the row was last saved, by the storage service's clock. */
  readonly savedAtMs: number;
  /** Paused by a tag, or leaving: what is in flight is looked after, nothing is begun. Default false. */
  readonly isBlocked?: boolean;
}

/** `wake`: its message is lost or its worker is dead. */
export interface SweepAnswer {
  readonly kind: 'wake' | 'start' | 'leave';
  readonly reason: ScheduleReason;
}

type Check = (facts: SweepFacts, target: Target, fleet: FleetFacts) => SweepAnswer | null;

const leave = (reason: ScheduleReason): SweepAnswer => ({ kind: 'leave', reason });
const start = (reason: ScheduleReason): SweepAnswer => ({ kind: 'start', reason });

/** In this order; the first check that answers decides. Level-triggered: only facts, no memory of earlier sweeps. */
const checks: readonly Check[] = [
  ({ row }) => (row.adoptedAtMs === null ? leave('not-adopted') : null),
  ({ row, nowMs }) => (isLeakLookDue(row, nowMs) ? { kind: 'wake', reason: 'leaked-key-look' } : null),
  ({ row }, target) => (row.rotation?.kind === 'suspended' && !isAsked(row, target) ? leave('suspended') : null),
  (facts, target) => (isOverdue(facts, target) ? { kind: 'wake', reason: 'overdue' } : null),
  ({ row }) => (row.rotation !== null ? leave('in-flight') : null),
  ({ row }, target) => (isKeyless(row, target) ? leave('keyless') : null),
  ({ row }, target) => (isAdoptedAs(row, target) ? null : leave('adopted-elsewhere')),
  ({ row }, target) => (awaitsFirstRotation(row, target) ? leave('awaiting-first-rotation') : null),
  ({ row, nowMs }) => (nowMs < (undoneUntilMs(row) ?? 0) ? leave('undone-recently') : null),
  (facts, target, fleet) =>
    facts.nowMs < dueAtMs(facts, target, fleet.limits.startJitterMs) ? leave('not-due') : null,
  ({ isBlocked = false }) => (isBlocked ? leave('blocked') : null),
  ({ row }) => (isLeakAlive(row) ? start('leaked-key') : null),
  (facts, target, fleet) => {
    const blocker = startBlocker(facts, target, fleet);
    return blocker === null ? null : leave(blocker);
  },
  (facts, target) =>
    !isInWindow(facts, target) && expiresBeforeNextWindow(facts, target) ? start('expires-before-next-window') : null,
  (facts, target) => (facts.nowMs < dueByIntervalMs(facts, target) ? start('expires-soon') : null),
];

/** What the sweep does about one target. */
export function sweepAnswer(facts: SweepFacts, target: Target, fleet: FleetFacts): SweepAnswer {
  for (const check of checks) {
    const answer = check(facts, target, fleet);
    if (answer !== null) return answer;
  }
  return start('due');
}

function isOverdue({ row, savedAtMs, nowMs }: SweepFacts, target: Target): boolean {
  const isPending = row.rotation === null && isLeakPending(row, target);
  // A leak that was noted while the settings said keyless waits for no message.
  const wakeAtMs = isPending ? (row.wakeAtMs ?? 0) : row.wakeAtMs;
  if ((row.rotation === null && !isPending) || wakeAtMs === null) return false;
  return !isLeaseAlive(row.lease, { savedAtMs, storageNowMs: nowMs }) && nowMs > wakeAtMs + wakeGraceMs;
}

/** Whether nobody else comes to look whether a leaked key is still valid. */
function isLeakLookDue(row: AccountRow, nowMs: number): boolean {
  if (row.rotation !== null && row.rotation.kind !== 'suspended') return false;
  return nowMs >= (leakLookAtMs(row) ?? Number.POSITIVE_INFINITY);
}

/** Whether somebody wants something of a rotation that waits for a person. */
function isAsked(row: AccountRow, target: Target): boolean {
  const { rotation, operatorRequest, leak } = row;
  if (operatorRequest !== null) return true;
  if (leak === null || !isLeakPending(row, target) || rotation?.kind !== 'suspended') return false;
  return givesWay(rotation, leak.slot);
}

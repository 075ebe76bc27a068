import type { Target } from '../keys/target.ts';
import type { AccountRow } from './account-row.ts';
import { isOfOtherLeak } from './compromise/begin-pending.ts';
import { afterUndoMs, leaseMs, wakeGraceMs } from './numbers.ts';
import { awaitsFirstRotation, isAdoptedAs, isKeyless } from './start-rotation.ts';

/** What the sweep knows of one target. */
export interface SweepFacts {
  readonly row: AccountRow;
  /** When the row was last saved, and now, both by the storage service's clock. */
  readonly savedAtMs: number;
  readonly nowMs: number;
}

export type SweepAnswer =
  /** Its message is lost or its worker is dead. */
  | { readonly kind: 'wake'; readonly reason: 'overdue' }
  | { readonly kind: 'start'; readonly reason: 'due' }
  | {
      readonly kind: 'leave';
      readonly reason:
        | 'not-adopted'
        | 'adopted-elsewhere'
        | 'keyless'
        | 'suspended'
        | 'in-flight'
        | 'awaiting-first-rotation'
        | 'not-due';
    };

type Check = (facts: SweepFacts, target: Target) => SweepAnswer | null;

/** In this order; the first check that answers decides. Level-triggered: facts alone, no memory of earlier sweeps. */
const checks: readonly Check[] = [
  ({ row }) => (row.adoptedAtMs === null ? { kind: 'leave', reason: 'not-adopted' } : null),
  ({ row }) => (row.rotation?.kind === 'suspended' && !isAsked(row) ? { kind: 'leave', reason: 'suspended' } : null),
  (facts) => (isOverdue(facts) ? { kind: 'wake', reason: 'overdue' } : null),
  ({ row }) => (row.rotation !== null ? { kind: 'leave', reason: 'in-flight' } : null),
  ({ row }, target) => (isKeyless(row, target) ? { kind: 'leave', reason: 'keyless' } : null),
  ({ row }, target) => (isAdoptedAs(row, target) ? null : { kind: 'leave', reason: 'adopted-elsewhere' }),
  ({ row }, target) => (awaitsFirstRotation(row, target) ? { kind: 'leave', reason: 'awaiting-first-rotation' } : null),
  ({ row, nowMs }, target) => (nowMs >= nextDueAtMs(row, target) ? { kind: 'start', reason: 'due' } : null),
];

/** What the sweep does about one target. */
export function sweepAnswer(facts: SweepFacts, target: Target): SweepAnswer {
  for (const check of checks) {
    const answer = check(facts, target);
    if (answer !== null) return answer;
  }
  return { kind: 'leave', reason: 'not-due' };
}

/** When the next rotation is due: `rotateEvery` after the last one, or after adoption (onboarding itself never rotates), and not at once after an undo. */
export function nextDueAtMs(row: AccountRow, target: Target): number {
  const dueAtMs = (row.lastDone?.atMs ?? row.adoptedAtMs ?? 0) + target.policy.rotateEveryMs;
  const { lastEnd } = row;
  const isUndone = lastEnd?.outcome === 'cancelled' || lastEnd?.outcome === 'rolled-back';
  return isUndone ? Math.max(dueAtMs, lastEnd.endedAtMs + afterUndoMs) : dueAtMs;
}

function isOverdue({ row, savedAtMs, nowMs }: SweepFacts): boolean {
  if ((row.rotation === null && row.compromise === null) || row.wakeAtMs === null) return false;
  const isAlive = row.lease.kind === 'held' && nowMs - savedAtMs < leaseMs;
  return !isAlive && nowMs > row.wakeAtMs + wakeGraceMs;
}

/** Whether somebody wants something of a rotation that waits for a person. */
function isAsked({ rotation, operatorRequest, compromise }: AccountRow): boolean {
  if (operatorRequest !== null) return true;
  if (compromise === null || rotation?.kind !== 'suspended') return false;
  return rotation.from.kind !== 'cancelling' && !isOfOtherLeak(rotation, compromise.slot);
}

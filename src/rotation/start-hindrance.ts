import type { Target } from '../keys/target.ts';
import { endOfBlackout, nextOpening } from '../shared/next-opening.ts';
import { type DueFacts, latestStartMs } from './due-at.ts';
import { type FleetFacts, isLineStopped, subscriptionOf } from './fleet/fleet-facts.ts';
import type { StartHindrance } from './schedule-reasons.ts';

/**
 * Why the schedule, or a near-expiry event, may not start a due target now; null: it may. Operators and leaked keys are
 * not asked this. The target's own calendar comes first, then what concerns the whole fleet.
 */
export function startHindrance(facts: DueFacts, target: Target, fleet: FleetFacts): StartHindrance | null {
  const { limits } = fleet;
  const reached = (bound: number, count: number) => bound > 0 && count >= bound;
  if (endOfBlackout(target.policy.calendar.blackouts, facts.nowMs) !== null) return 'blackout';
  if (!isInWindow(facts, target) && !expiresBeforeNextWindow(facts, target)) return 'outside-window';
  if (isLineStopped(fleet)) return 'line-stopped';
  if (!target.policy.canary && fleet.pendingCanaries.length > 0) return 'canaries-first';
  if (reached(limits.maxRunning, fleet.running)) return 'fleet-busy';
  if (reached(limits.maxRunningPerSubscription, fleet.runningIn[subscriptionOf(target)] ?? 0))
    return 'subscription-busy';
  return null;
}

export function isInWindow({ nowMs }: DueFacts, { policy: { calendar } }: Target): boolean {
  return calendar.windows.length === 0 || nextOpening({ ...calendar, blackouts: [] }, nowMs) === nowMs;
}

/** Whether the next opening comes too late for a key secret's end. */
export function expiresBeforeNextWindow(facts: DueFacts, target: Target): boolean {
  const latestMs = latestStartMs(facts, target);
  if (latestMs === null) return false;
  const opensAtMs = nextOpening(target.policy.calendar, facts.nowMs);
  return opensAtMs === null || opensAtMs > latestMs;
}

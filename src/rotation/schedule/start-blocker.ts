import type { Target } from '../../keys/target.ts';
import { endOfBlackout, nextOpening } from '../../shared/next-opening.ts';
import { dayMs } from '../../shared/time.ts';
import { type DueFacts, latestStartMs } from './due-at.ts';
import {
  type FleetFacts,
  isBreakerOpen,
  isCanary,
  type Origin,
  subscriptionOf,
  waitsForCanariesUntilMs,
} from './fleet-facts.ts';
import type { StartBlocker } from './schedule-reasons.ts';

/** What expires within so many days goes first: it waits for no canary and for no bound on rotations in flight. */
const expiresFirstMs = 7 * dayMs;

/** What a start depends on: the target's own facts, and by which way it became a target. */
export interface StartFacts extends DueFacts {
  readonly origin: Origin;
}

/**
 * Why the schedule, or a near-expiry event, may not start a due target now; null: it may. Operators and leaked keys are
 * not asked this. The target's own calendar comes first, then what concerns the whole fleet.
 */
export function startBlocker(facts: StartFacts, target: Target, fleet: FleetFacts): StartBlocker | null {
  const { limits } = fleet;
  const heldUpBy = fleet.heldUpBy[facts.origin];
  const reached = (bound: number, count: number) => bound > 0 && count >= bound;
  if (endOfBlackout(target.policy.calendar.blackouts, facts.nowMs) !== null) return 'blackout';
  if (!isInWindow(facts, target) && !expiresBeforeNextWindow(facts, target)) return 'outside-window';
  if (isBreakerOpen(heldUpBy, limits)) return 'circuit-breaker-open';
  if (expiresWithinAWeek(facts)) return null;
  const waitsForCanaries = heldUpBy.pendingCanaries.length > 0 && !isCanary({ target, origin: facts.origin }, limits);
  if (waitsForCanaries && facts.nowMs < waitsForCanariesUntilMs(facts, target, limits)) return 'canaries-first';
  if (reached(limits.maxRunning, heldUpBy.running)) return 'fleet-busy';
  if (reached(limits.maxRunningPerSubscription, heldUpBy.runningIn[subscriptionOf(target)] ?? 0))
    return 'subscription-busy';
  return null;
}

/** Whether a key secret ends so soon that the others give way. */
export function expiresWithinAWeek({ expiresAtMs, nowMs }: DueFacts): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs + expiresFirstMs;
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

import * as z from 'zod';
import type { Target } from '../../keys/target.ts';
import { dayMs, minuteMs } from '../../shared/time.ts';
import type { AccountRow } from '../account-row.ts';
import { awaitsFirstRotation, isAdoptedAs, isWithoutKeys } from '../requests/start-rotation.ts';
import { activeStateOf } from '../state.ts';
import { type DueFacts, firstStartMs, nextStartMs } from './due-at.ts';
import type { ResetAt } from './resets.ts';

/** What bounds the schedule over all targets. 0 means no bound; for the jitter it means none. */
export interface FleetLimits {
  /** Rotations in flight at one time; suspended ones do not count. */
  readonly maxRunning: number;
  readonly maxRunningPerSubscription: number;
  /** So many suspended rotations open the circuit breaker: the schedule starts no more. */
  readonly stopAfterFailures: number;
  /** Targets that fall due together start spread over this time, each always at the same place in it. */
  readonly startJitterMs: number;
  /** Whether a discovered target's tag `keyturn-canary` makes others wait for it, as that of a declared one does. */
  readonly discoveredCanaries: boolean;
}

export const noFleetLimits: FleetLimits = {
  maxRunning: 0,
  maxRunningPerSubscription: 0,
  stopAfterFailures: 0,
  startJitterMs: 0,
  discoveredCanaries: false,
};

/** Declared in the settings, or discovered by tags on its account. */
export type Origin = 'declared' | 'discovered';

/** What one target waits for beside its own calendar. */
export const blockedBy = z.object({
  /** How many suspended scheduled rotations count towards opening the circuit breaker. */
  failed: z.number(),
  pendingCanaries: z.array(z.string()).readonly(),
  running: z.number(),
  /** Rotations in flight by subscription, its id in lower case. */
  runningIn: z.record(z.string(), z.number()).readonly(),
});

export type BlockedBy = Readonly<z.infer<typeof blockedBy>>;

/** What a start of one target depends on beside the target itself, with all rotations in flight. */
export interface FleetFacts extends Pick<BlockedBy, 'running' | 'runningIn'> {
  readonly limits: FleetLimits;
  /** Targets whose scheduled rotation is suspended and counts towards opening the circuit breaker, for whomever. */
  readonly failures: readonly string[];
  /** Targets with a leaked key that may still be valid. */
  readonly leaked: readonly string[];
  /**
   * What targets of each origin wait for. Declared ones wait only for declared ones: who may write an account's tags must
   * not hold up what the settings name. Discovered ones wait for all, but for each other no longer than `discoveredHoldMs`.
   */
  readonly heldUpBy: Readonly<Record<Origin, BlockedBy>>;
}

/** A target with its row, as the sweep has read it. */
export interface FleetMember extends DueFacts {
  readonly target: Target;
  readonly origin: Origin;
  readonly isBlocked?: boolean;
}

/**
 * A discovered target's rotation in flight, or its suspension, counts against other discovered ones for so long. Two
 * thirds of the fifteen minutes for which tags may hold up another target: the next sweep comes within the rest.
 */
export const discoveredHoldMs = 10 * minuteMs;

/** The others wait for a canary that may start within so many days: small beside the 30 days that a key outlives its due day. */
const canaryLeadMs = 7 * dayMs;

/**
 * No target waits for canaries for longer than this since its own calendar first let it start: the lead, and three days
 * for a canary's own rotation (26 h of overlap in the direct layout, and up to a day of confirming).
 */
const longestCanaryWaitMs = 10 * dayMs;

/**
 * What the rows of all targets say together. Only facts: anybody who reads the same rows comes to the same answer.
 * @param reset since when what holds targets up counts no more, by the storage service's clock; 0 for never
 */
export function fleetFacts(members: readonly FleetMember[], limits: FleetLimits, reset: ResetAt): FleetFacts {
  const declared = members.filter(({ origin }) => origin === 'declared');
  const lately = members.filter((member) => member.origin === 'declared' || holdsYet(member));
  const failures = lately.filter(({ row }) => hasFailed(row, reset.failures));
  const pending = members.filter((member) => isCanary(member, limits) && isPending(member, limits, reset.canaries));
  const pendingCanaries = namesOf(pending);
  const heldUpBy = (counted: readonly FleetMember[]): BlockedBy => ({
    failed: counted.filter(({ row }) => hasFailed(row, reset.failures)).length,
    pendingCanaries,
    ...inFlight(counted.filter(({ row }) => (startedAtMs(row) ?? 0) > reset.running)),
  });
  return {
    limits,
    failures: namesOf(failures),
    leaked: namesOf(members.filter(({ row }) => row.leaks.length > 0)),
    ...inFlight(members),
    heldUpBy: { declared: heldUpBy(declared), discovered: heldUpBy(lately) },
  };
}

export function subscriptionOf({ account }: Pick<Target, 'account'>): string {
  return account.subscriptionId.toLowerCase();
}

/** Whether so many have failed that the schedule starts no more. */
export function isBreakerOpen({ failed }: Pick<BlockedBy, 'failed'>, { stopAfterFailures }: FleetLimits): boolean {
  return stopAfterFailures > 0 && failed >= stopAfterFailures;
}

/** Whether others wait for this target: tags by themselves make nobody else's canary, unless the settings say so. */
export function isCanary(
  { target, origin }: Pick<FleetMember, 'target' | 'origin'>,
  { discoveredCanaries }: FleetLimits,
): boolean {
  return target.policy.canary && (origin === 'declared' || discoveredCanaries);
}

/** Until when a due target waits for canaries at most. */
export function waitsForCanariesUntilMs(facts: DueFacts, target: Target, { startJitterMs }: FleetLimits): number {
  return firstStartMs(facts, target, startJitterMs) + longestCanaryWaitMs;
}

/** Whether a rotation is in flight: the bounds, the fleet's view and the metrics count the same. */
export function isRunning({ rotation }: Pick<AccountRow, 'rotation'>): boolean {
  return rotation !== null && rotation.kind !== 'suspended';
}

/** When the rotation of the row began; null if there is none. */
export function startedAtMs({ rotation }: Pick<AccountRow, 'rotation'>): number | null {
  return activeStateOf(rotation)?.startedAtMs ?? null;
}

function inFlight(members: readonly FleetMember[]): Pick<BlockedBy, 'running' | 'runningIn'> {
  const runningIn: Record<string, number> = {};
  const running = members.filter(({ row }) => isRunning(row));
  for (const { target } of running) {
    const subscription = subscriptionOf(target);
    runningIn[subscription] = (runningIn[subscription] ?? 0) + 1;
  }
  return { running: running.length, runningIn };
}

/** Whether a discovered target's rotation still counts against other discovered ones. */
function holdsYet({ row, nowMs }: FleetMember): boolean {
  const { rotation } = row;
  const sinceMs = rotation?.kind === 'suspended' ? rotation.sinceMs : startedAtMs(row);
  return sinceMs !== null && nowMs < sinceMs + discoveredHoldMs;
}

/** What people began themselves they also look after. */
function hasFailed({ rotation }: AccountRow, resetAtMs: number): boolean {
  if (rotation?.kind !== 'suspended' || rotation.sinceMs <= resetAtMs) return false;
  return rotation.from.cause !== 'operator' && rotation.from.cause !== 'leak';
}

/**
 * A canary that cannot be rotated at all, or whose own calendar is closed for longer than the lead, holds up nobody; one
 * that waits for a person does. A reset counts until the canary has come through its next rotation.
 */
function isPending(member: FleetMember, { startJitterMs }: FleetLimits, resetAtMs: number): boolean {
  const { row, target, nowMs } = member;
  if (row.adoptedAtMs === null || !isAdoptedAs(row, target) || isWithoutKeys(row, target)) return false;
  const beganAtMs = startedAtMs(row) ?? Number.POSITIVE_INFINITY;
  const sinceMs = Math.min(beganAtMs, firstStartMs(member, target, startJitterMs) - canaryLeadMs);
  if (Math.max(sinceMs, row.lastDone?.atMs ?? 0) <= resetAtMs) return false;
  if (row.rotation !== null) return true;
  if (member.isBlocked === true || awaitsFirstRotation(row, target)) return false;
  const startsAtMs = nextStartMs(member, target, startJitterMs);
  return startsAtMs !== null && nowMs >= startsAtMs - canaryLeadMs;
}

function namesOf(members: readonly FleetMember[]): readonly string[] {
  return members.map(({ target }) => target.name);
}

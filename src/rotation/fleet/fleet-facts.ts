import type { Target } from '../../keys/target.ts';
import type { AccountRow } from '../account-row.ts';
import { type DueFacts, dueAtMs } from '../due-at.ts';
import { awaitsFirstRotation, isAdoptedAs } from '../start-rotation.ts';
import type { FleetLimits } from './fleet-limits.ts';

/** What a start of one target depends on beside the target itself. */
export interface FleetFacts {
  readonly limits: FleetLimits;
  /** Targets whose scheduled rotation was suspended since the line was last lifted. */
  readonly failures: readonly string[];
  /** Canaries that have a rotation before them or under way. */
  readonly pendingCanaries: readonly string[];
  readonly running: number;
  /** Rotations in flight by subscription, its id in lower case. */
  readonly runningIn: Readonly<Record<string, number>>;
}

/** A target with its row, as the sweep has read it. */
export interface FleetMember extends DueFacts {
  readonly target: Target;
  readonly isHeldBack?: boolean;
}

const dayMs = 24 * 60 * 60_000;
/** The others wait for a canary that falls due within so many days: small beside the 30 days that a key outlives its due day. */
const canaryLeadMs = 7 * dayMs;

/**
 * What the rows of all targets say together. Facts alone: whoever reads the same rows comes to the same answer.
 * @param liftedAtMs when an operator last lifted the line, by the storage service's clock; 0 for never
 */
export function fleetFacts(members: readonly FleetMember[], limits: FleetLimits, liftedAtMs: number): FleetFacts {
  const runningIn: Record<string, number> = {};
  const failures: string[] = [];
  let running = 0;
  for (const { target, row } of members) {
    if (isRunning(row)) {
      const subscription = subscriptionOf(target);
      running += 1;
      runningIn[subscription] = (runningIn[subscription] ?? 0) + 1;
    }
    if (hasFailed(row, liftedAtMs)) failures.push(target.name);
  }
  const pendingCanaries = members.filter((member) => isPendingCanary(member, limits)).map(({ target }) => target.name);
  return { limits, failures, pendingCanaries, running, runningIn };
}

export function subscriptionOf({ account }: Pick<Target, 'account'>): string {
  return account.subscriptionId.toLowerCase();
}

/** Whether the line is stopped. */
export function isLineStopped({ failures, limits }: Pick<FleetFacts, 'failures' | 'limits'>): boolean {
  return limits.stopAfterFailures > 0 && failures.length >= limits.stopAfterFailures;
}

/** Whether a rotation is in flight: the bounds, the fleet's view and the metrics count the same. */
export function isRunning({ rotation }: Pick<AccountRow, 'rotation'>): boolean {
  return rotation !== null && rotation.kind !== 'suspended';
}

/** What people began themselves they also look after. */
function hasFailed({ rotation }: AccountRow, liftedAtMs: number): boolean {
  if (rotation?.kind !== 'suspended' || rotation.sinceMs <= liftedAtMs) return false;
  return rotation.from.cause !== 'operator' && rotation.from.cause !== 'compromise';
}

/** A canary that cannot be rotated at all holds up nobody; one that waits for a person does. */
function isPendingCanary(member: FleetMember, limits: FleetLimits): boolean {
  const { row, target, nowMs } = member;
  if (!target.policy.canary || row.adoptedAtMs === null || !isAdoptedAs(row, target)) return false;
  if (row.rotation !== null) return true;
  if (member.isHeldBack === true) return false;
  return !awaitsFirstRotation(row, target) && nowMs >= dueAtMs(member, target, limits.startJitterMs) - canaryLeadMs;
}

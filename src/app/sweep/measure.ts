import type { Target } from '../../keys/target.ts';
import { keyAges } from '../../rotation/known-keys/key-age.ts';
import { isWithoutKeys } from '../../rotation/requests/start-rotation.ts';
import { type DueFacts, dueAtMs } from '../../rotation/schedule/due-at.ts';
import { isRunning } from '../../rotation/schedule/fleet-facts.ts';
import { rotationIdOf } from '../../rotation/state.ts';
import type { LogEvent } from '../../shared/log-event.ts';
import { dayMs } from '../../shared/time.ts';
import { overdueAtMs } from './sweep-notifications.ts';

type TargetMeasured = Extract<LogEvent, { event: 'target-measured' }>;
type FleetMeasured = Extract<LogEvent, { event: 'fleet-measured' }>;

/** What a sweep saw of a target's row; null if there is none, or none that can be read; `offboarded`: a person offboarded it. */
export type Seen = DueFacts | 'offboarded' | null;

export function hasRow(seen: Seen): seen is DueFacts {
  return seen !== null && seen !== 'offboarded';
}

/** Targets with a change of network, access or keys that makes no progress, by name. */
export type StalledChanges = ReadonlySet<string>;

/** A target in numbers, only from its row. */
export function measureTarget(
  target: Target,
  seen: Seen,
  startJitterMs = 0,
  stalled: StalledChanges = new Set(),
): TargetMeasured {
  if (!hasRow(seen) || seen.row.adoptedAtMs === null)
    return {
      event: 'target-measured',
      target: target.name,
      status: seen === 'offboarded' ? seen : 'not-adopted',
      key1AgeDays: null,
      key2AgeDays: null,
      agesAreLowerBounds: true,
      dueInDays: null,
      rotationId: null,
      reason: null,
    };
  const { row, nowMs } = seen;
  const { bornMs, areLowerBounds } = keyAges(row);
  const { rotation } = row;
  return {
    event: 'target-measured',
    target: target.name,
    status: row.leaks.length > 0 ? 'leaked' : statusOf(seen, target, startJitterMs, stalled),
    key1AgeDays: bornMs && days(nowMs - bornMs.key1),
    key2AgeDays: bornMs && days(nowMs - bornMs.key2),
    agesAreLowerBounds: areLowerBounds,
    dueInDays: isWithoutKeys(row, target) ? null : days(dueAtMs(seen, target, startJitterMs) - nowMs),
    rotationId: rotation && rotationIdOf(rotation),
    reason: rotation && (rotation.kind === 'suspended' ? rotation.reason : rotation.waiting),
  };
}

/** The first that holds, whatever has leaked. */
function statusOf(facts: DueFacts, target: Target, startJitterMs: number, stalled: StalledChanges): string {
  const { row, nowMs } = facts;
  if (row.adoptedAtMs === null) return 'not-adopted';
  if (row.rotation?.kind === 'suspended') return 'suspended';
  if (stalled.has(target.name)) return 'overdue';
  if (nowMs >= (overdueAtMs(facts, target, startJitterMs) ?? Number.POSITIVE_INFINITY)) return 'overdue';
  if (row.rotation !== null) return 'running';
  return !isWithoutKeys(row, target) && nowMs >= dueAtMs(facts, target, startJitterMs) ? 'due' : 'idle';
}

/** All targets of a sweep in numbers. @param unknown how many targets could not be looked at */
export function measureFleet(
  swept: readonly { readonly target: Target; readonly seen: Seen }[],
  startJitterMs = 0,
  stalled: StalledChanges = new Set(),
  unknown = 0,
): FleetMeasured {
  const measured = swept.map(({ target, seen }) => ({ ...measureTarget(target, seen, startJitterMs, stalled), seen }));
  // A leaked key changes nothing of what else is the matter.
  const statuses = swept.map(({ target, seen }) =>
    hasRow(seen) ? statusOf(seen, target, startJitterMs, stalled) : (seen ?? 'not-adopted'),
  );
  const count = (...counted: readonly string[]) => statuses.filter((status) => counted.includes(status)).length;
  const ages = measured.flatMap(({ key1AgeDays, key2AgeDays }) => [key1AgeDays ?? [], key2AgeDays ?? []].flat());
  return {
    event: 'fleet-measured',
    targets: measured.length,
    unknown,
    due: count('due', 'overdue'),
    overdue: overdueTargets(swept, startJitterMs, stalled).length,
    running: measured.filter(({ seen }) => hasRow(seen) && isRunning(seen.row)).length,
    suspended: count('suspended'),
    leaked: measured.filter(({ status }) => status === 'leaked').length,
    notAdopted: count('not-adopted'),
    offboarded: count('offboarded'),
    failedLastDay: measured.filter(({ seen }) => hasFailedLately(seen)).length,
    oldestKeyDays: ages.length === 0 ? null : Math.max(...ages),
  };
}

function hasFailedLately(seen: Seen): boolean {
  if (!hasRow(seen)) return false;
  const end = seen.row.lastEnd;
  if (end === null || end.outcome === 'completed') return false;
  return seen.nowMs - end.endedAtMs < dayMs;
}

/** Names of the targets that count as overdue: `due` or not, something of theirs makes no progress. */
export function overdueTargets(
  swept: readonly { readonly target: Target; readonly seen: Seen }[],
  startJitterMs: number,
  stalled: StalledChanges,
): string[] {
  const isOverdue = ({ target, seen }: (typeof swept)[number]) =>
    stalled.has(target.name) || (hasRow(seen) && statusOf(seen, target, startJitterMs, stalled) === 'overdue');
  return swept.filter(isOverdue).map(({ target }) => target.name);
}

/** To a hundredth. */
function days(ms: number): number {
  return Math.round((ms / dayMs) * 100) / 100;
}

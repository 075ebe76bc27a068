import type { Target } from '../keys/target.ts';
import type { AccountRow } from '../rotation/account-row.ts';
import { nextDueAtMs } from '../rotation/due.ts';
import { keyBirths } from '../rotation/key-births.ts';
import { rotationIdOf } from '../rotation/operator-request.ts';
import type { LogEvent } from '../shared/log-event.ts';
import { overdueAtMs } from './notices-of-sweep.ts';

type TargetMeasured = Extract<LogEvent, { event: 'target-measured' }>;
type FleetMeasured = Extract<LogEvent, { event: 'fleet-measured' }>;

const dayMs = 24 * 60 * 60_000;

/** What a sweep saw of a target's row; null where there is none, or none that can be read. */
export type Seen = { readonly row: AccountRow; readonly storageNowMs: number } | null;

/** A target in numbers, from its row alone. */
export function measureTarget(target: Target, seen: Seen): TargetMeasured {
  if (seen === null || seen.row.adoptedAtMs === null)
    return {
      event: 'target-measured',
      target: target.name,
      standing: 'not-adopted',
      key1AgeDays: null,
      key2AgeDays: null,
      agesAreLowerBounds: true,
      dueInDays: null,
      rotationId: null,
      reason: null,
    };
  const { row, storageNowMs: nowMs } = seen;
  const { bornMs, areLowerBounds } = keyBirths(row);
  const { rotation } = row;
  return {
    event: 'target-measured',
    target: target.name,
    standing: standingOf(row, target, nowMs),
    key1AgeDays: bornMs && days(nowMs - bornMs.key1),
    key2AgeDays: bornMs && days(nowMs - bornMs.key2),
    agesAreLowerBounds: areLowerBounds,
    dueInDays: days(nextDueAtMs(row, target) - nowMs),
    rotationId: rotation && rotationIdOf(rotation),
    reason: rotation && (rotation.kind === 'suspended' ? rotation.reason : rotation.waiting),
  };
}

/** The first that holds. */
function standingOf(row: AccountRow, target: Target, nowMs: number): string {
  if (row.rotation?.kind === 'suspended') return 'suspended';
  if (nowMs >= (overdueAtMs(row, target) ?? Number.POSITIVE_INFINITY)) return 'overdue';
  if (row.rotation !== null) return 'running';
  return nowMs >= nextDueAtMs(row, target) ? 'due' : 'idle';
}

/** All targets of a sweep in numbers. */
export function measureFleet(swept: readonly { readonly target: Target; readonly seen: Seen }[]): FleetMeasured {
  const measured = swept.map(({ target, seen }) => ({ ...measureTarget(target, seen), seen }));
  const count = (...standings: readonly string[]) =>
    measured.filter(({ standing }) => standings.includes(standing)).length;
  const ages = measured.flatMap(({ key1AgeDays, key2AgeDays }) => [key1AgeDays ?? [], key2AgeDays ?? []].flat());
  return {
    event: 'fleet-measured',
    targets: measured.length,
    due: count('due', 'overdue'),
    overdue: count('overdue'),
    running: count('running'),
    suspended: count('suspended'),
    notAdopted: count('not-adopted'),
    failedLastDay: measured.filter(({ seen }) => hasFailedLately(seen)).length,
    oldestKeyDays: ages.length === 0 ? null : Math.max(...ages),
  };
}

function hasFailedLately(seen: Seen): boolean {
  const end = seen?.row.lastEnd ?? null;
  if (seen === null || end === null || end.outcome === 'completed') return false;
  return seen.storageNowMs - end.endedAtMs < dayMs;
}

/** To a hundredth. */
function days(ms: number): number {
  return Math.round((ms / dayMs) * 100) / 100;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { type SweepFacts, sweepAnswer } from '../../../src/rotation/schedule/due.ts';
import { dueAtMs, nextStartMs } from '../../../src/rotation/schedule/due-at.ts';
import type { BlockedBy } from '../../../src/rotation/schedule/fleet-facts.ts';
import type { LeakedKey } from '../../../src/rotation/state.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';
import { buildFleet } from './fleet-builder.ts';

const dayMs = 24 * hourMs;
const running = buildState('overlapping');
const suspended = { kind: 'suspended', reason: 'pointer-moved', sinceMs: nowMs, from: running } as const;
const held = { kind: 'held', token: 't', saveSeq: 1 } as const;
const request = {
  action: 'resume',
  rotationId: 'r1',
  by: 'operator-1',
  reason: null,
  overlapMs: null,
  confirm: [] as string[],
  atMs: nowMs,
} as const;
const leak = {
  rotationId: 'r2',
  slot: 'key1',
  overlapMs: 0,
  by: 'operator-1',
  reason: null,
  seen: null,
  atMs: nowMs,
} as const;
const done = (agoMs: number): AccountRow['lastDone'] => ({
  rotationId: 'r0',
  salt: 's',
  fingerprints: running.fingerprintsBefore,
  atMs: nowMs - agoMs,
});

const quiet = buildFleet();
const origin = 'declared';

describe('the sweep', () => {
  for (const [says, change, savedAgoMs, reason] of [
    ['starts what was adopted longer ago than the interval', {}, dayMs, 'due'],
    ['leaves what was completed just within the interval', { lastDone: done(60 * dayMs - 1) }, dayMs, 'not-due'],
    ['starts what was completed an interval ago', { lastDone: done(60 * dayMs) }, dayMs, 'due'],
    [
      'leaves what an operator has undone within a day',
      { lastEnd: { outcome: 'cancelled', endedAtMs: nowMs - dayMs + 1, refusal: null, last: running } },
      dayMs,
      'undone-recently',
    ],
    [
      'starts what was undone a day ago',
      { lastEnd: { outcome: 'rolled-back', endedAtMs: nowMs - dayMs, refusal: null, last: running } },
      dayMs,
      'due',
    ],
    [
      'wakes a suspended rotation that is to make way for a leaked key',
      { rotation: suspended, leak: leak, wakeAtMs: nowMs - hourMs },
      dayMs,
      'overdue',
    ],
    ['leaves what is not adopted', { adoptedAtMs: null }, dayMs, 'not-adopted'],
    ['leaves what waits for a person', { rotation: suspended, wakeAtMs: nowMs - dayMs }, dayMs, 'suspended'],
    [
      'wakes what a person has resumed',
      { rotation: suspended, operatorRequest: request, wakeAtMs: nowMs - hourMs },
      dayMs,
      'overdue',
    ],
    ['leaves what is not yet to be woken', { rotation: running, wakeAtMs: nowMs + 1 }, hourMs, 'in-flight'],
    ["leaves a message two minutes' grace", { rotation: running, wakeAtMs: nowMs - 120_000 }, hourMs, 'in-flight'],
    ['wakes what is past the grace', { rotation: running, wakeAtMs: nowMs - 120_001 }, hourMs, 'overdue'],
    ['leaves a living owner alone', { rotation: running, wakeAtMs: nowMs - hourMs, lease: held }, 59_999, 'in-flight'],
    ['wakes what a dead owner holds', { rotation: running, wakeAtMs: nowMs - hourMs, lease: held }, 60_000, 'overdue'],
    ['leaves what the settings put elsewhere', { prefix: 'other' }, dayMs, 'adopted-elsewhere'],
    [
      'leaves a first rotation to the word of an operator',
      { firstRotationConfirmedBy: null },
      dayMs,
      'awaiting-first-rotation',
    ],
  ] as const satisfies readonly (readonly [string, Partial<AccountRow>, number, string])[])
    it(says, () => {
      const facts = { row: buildRow(change), savedAtMs: nowMs - savedAgoMs, nowMs, expiresAtMs: null, origin } as const;
      const answer = sweepAnswer(facts, buildTarget(), quiet);
      expect(answer.reason).toBe(reason);
    });
});

/** Now is a Monday at noon. */
const tonight = { days: ['mon'], from: '22:00', lengthMs: 6 * hourMs, timeZone: 'UTC' } as const;
const noon = { days: ['mon'], from: '10:00', lengthMs: 6 * hourMs, timeZone: 'UTC' } as const;
const thisWeek = { from: '2026-01-05', to: '2026-01-10', timeZone: 'UTC' } as const;
const subscription = '11111111-1111-1111-1111-111111111111';

interface Case {
  readonly row?: Partial<AccountRow>;
  readonly expiresInMs?: number;
  readonly windows?: readonly [typeof tonight | typeof noon];
  readonly blackouts?: readonly [typeof thisWeek];
  readonly canary?: boolean;
  readonly fleet?: Partial<BlockedBy>;
}

const limits = { maxRunning: 10, maxRunningPerSubscription: 5, stopAfterFailures: 3, startJitterMs: 0 };

describe('of a target that is due otherwise, the sweep', () => {
  it.each<[string, Case, string, string]>([
    ['starts it', {}, 'start', 'due'],
    ['starts it in its window', { windows: [noon] }, 'start', 'due'],
    ['leaves it outside its window', { windows: [tonight] }, 'leave', 'outside-window'],
    ['leaves it on a blackout date', { blackouts: [thisWeek] }, 'leave', 'blackout'],
    [
      'names the blackout first, which nothing overrides',
      { windows: [tonight], blackouts: [thisWeek], expiresInMs: hourMs },
      'leave',
      'blackout',
    ],
    [
      'starts it outside its window when a secret would expire before the next',
      { windows: [tonight], expiresInMs: 30 * hourMs },
      'start',
      'expires-before-next-window',
    ],
    [
      'leaves it to the next window when that comes in time',
      { windows: [tonight], expiresInMs: 10 * hourMs + 28 * hourMs },
      'leave',
      'outside-window',
    ],
    [
      'starts it outside its window when the secret has expired',
      { windows: [tonight], expiresInMs: -dayMs },
      'start',
      'expires-before-next-window',
    ],
    [
      'starts it before its interval is over when a secret expires within 30 days',
      { row: { lastDone: done(dayMs) }, expiresInMs: 30 * dayMs },
      'start',
      'expires-soon',
    ],
    [
      'leaves a secret that expires later than that',
      { row: { lastDone: done(dayMs) }, expiresInMs: 30 * dayMs + 1 },
      'leave',
      'not-due',
    ],
    [
      'takes the dates that a rotation itself has stored for no expiry',
      { row: { lastDone: done(60 * dayMs - 2 * hourMs) }, expiresInMs: 30 * dayMs },
      'leave',
      'not-due',
    ],
    [
      'leaves an undone one alone even when a secret expires',
      {
        row: { lastEnd: { outcome: 'rolled-back', endedAtMs: nowMs - hourMs, refusal: null, last: running } },
        expiresInMs: hourMs,
      },
      'leave',
      'undone-recently',
    ],
    ['leaves it while the line is stopped', { fleet: { failed: 3 } }, 'leave', 'circuit-breaker-open'],
    [
      'leaves it while the line is stopped though a secret expires',
      { fleet: { failed: 3 }, windows: [tonight], expiresInMs: hourMs },
      'leave',
      'circuit-breaker-open',
    ],
    ['starts it while fewer have failed', { fleet: { failed: 2 } }, 'start', 'due'],
    [
      'leaves it until the canaries are through',
      { row: { adoptedAtMs: nowMs - 61 * dayMs }, fleet: { pendingCanaries: ['bird'] } },
      'leave',
      'canaries-first',
    ],
    ['starts a canary', { fleet: { pendingCanaries: ['demo', 'bird'] }, canary: true }, 'start', 'due'],
    ['leaves it while the fleet is busy', { fleet: { running: 10 } }, 'leave', 'fleet-busy'],
    [
      'leaves it while its subscription is busy',
      { fleet: { running: 5, runningIn: { [subscription]: 5 } } },
      'leave',
      'subscription-busy',
    ],
    [
      'starts it while another subscription is busy',
      { fleet: { running: 5, runningIn: { other: 5 } } },
      'start',
      'due',
    ],
  ])('%s', (_, { row = {}, expiresInMs, windows = [], blackouts = [], canary = false, fleet = {} }, kind, reason) => {
    const target = buildTarget({ policy: { calendar: { windows, blackouts }, canary } });
    const expiresAtMs = expiresInMs === undefined ? null : nowMs + expiresInMs;
    const facts = { row: buildRow(row), savedAtMs: nowMs - dayMs, nowMs, expiresAtMs, origin } as const;
    expect(sweepAnswer(facts, target, buildFleet(fleet, limits))).toEqual({ kind, reason });
  });
});

describe('the next start that an operator is shown', () => {
  const quarterHours = fc.integer({ min: 0, max: 400 * 96 }).map((quarters) => quarters * (hourMs / 4));
  const day = fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join('-'));
  const calendar = fc.record({
    windows: fc.array(
      fc.record({
        days: fc.constantFrom(['mon'] as const, ['sat', 'sun'] as const),
        from: fc.constantFrom('02:30', '22:00'),
        lengthMs: fc.constantFrom(hourMs, 30 * hourMs),
        timeZone: fc.constantFrom('Europe/Berlin', 'UTC'),
      }),
      { maxLength: 2 },
    ),
    blackouts: fc.array(fc.record({ from: day, to: day, timeZone: fc.constant('Europe/Berlin') }), { maxLength: 1 }),
  });

  it('is the first instant at which the sweep starts: not a moment before, and then', () => {
    fc.assert(
      fc.property(
        calendar,
        quarterHours,
        fc.option(quarterHours),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (days, doneAgoMs, expiresInMs, part) => {
          const target = buildTarget({ policy: { calendar: days } });
          const row = buildRow({ lastDone: done(doneAgoMs - 200 * dayMs) });
          const facts: SweepFacts = {
            row,
            savedAtMs: nowMs - dayMs,
            nowMs,
            origin,
            expiresAtMs: expiresInMs === null ? null : nowMs + expiresInMs,
          };
          const startMs = nextStartMs(facts, target, hourMs);
          if (startMs === null) return;
          const limited = buildFleet({}, { startJitterMs: hourMs });
          const at = (instantMs: number) => sweepAnswer({ ...facts, nowMs: instantMs }, target, limited).kind;
          expect(at(startMs)).toBe('start');
          if (startMs > nowMs) expect(at(nowMs + Math.floor(part * (startMs - 1 - nowMs)))).toBe('leave');
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('a key that was stored a whole hold before its rotation completed is not due by its expiry', () => {
  const holdMs = 7 * dayMs;
  // Stored when the rotation began, it expires 30 days after it is due.
  const { rotateEveryMs } = buildTarget().policy;
  const facts = {
    row: buildRow({ lastDone: done(0) }),
    nowMs,
    expiresAtMs: nowMs - holdMs + rotateEveryMs + 30 * dayMs,
  };
  const due = (hold: number) =>
    dueAtMs(facts, buildTarget({ policy: { stragglers: { holdMs: hold, after: 'continue' } } }), 0);
  expect(due(holdMs)).toBe(nowMs + rotateEveryMs);
  expect(due(0)).toBe(nowMs + rotateEveryMs - holdMs);
});

it('targets that fall due together are spread over the jitter, each always at the same place', () => {
  const facts = { row: buildRow(), savedAtMs: nowMs, nowMs, expiresAtMs: null };
  const spreads = Array.from({ length: 200 }, (_, index) => {
    const { account } = buildTarget();
    const target = buildTarget({ account: { ...account, armId: `${account.armId}${index}` } });
    expect(dueAtMs(facts, target, hourMs)).toBe(dueAtMs(facts, target, hourMs));
    return (dueAtMs(facts, target, hourMs) - dueAtMs(facts, target, 0)) / hourMs;
  });
  expect(Math.min(...spreads)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...spreads)).toBeLessThan(1);
  const quarters = [0, 1, 2, 3].map((quarter) => spreads.filter((spread) => Math.floor(spread * 4) === quarter).length);
  expect(Math.min(...quarters)).toBeGreaterThan(25);
});

describe('a leaked key that nothing replaces', () => {
  const seen = { keys: [], isKnown: true, lookedAtMs: nowMs, seenAtMs: nowMs, goneSinceMs: null, failure: null };
  const alive = (agoMs: number): LeakedKey => ({ ...leak, ...seen, atMs: nowMs - agoMs });
  const due = (row: Partial<AccountRow>, change: Parameters<typeof buildTarget>[0] = {}) => {
    const facts = { row: buildRow({ lastDone: done(dayMs), ...row }), nowMs, expiresAtMs: null };
    return [dueAtMs(facts, buildTarget(change), hourMs), nextStartMs(facts, buildTarget(change), hourMs)];
  };

  it('is due since it was reported, and starts now, whatever the calendar says', () => {
    const calendar = { windows: [], blackouts: [{ from: '01-01', to: '12-31', timeZone: 'UTC' }] };
    expect(due({ leaks: [alive(hourMs)] }, { policy: { calendar } })).toEqual([nowMs - hourMs, nowMs]);
  });

  it('is due since the first of two', () => {
    expect(due({ leaks: [alive(hourMs), { ...alive(3 * hourMs), slot: 'key2' }] })[0]).toBe(nowMs - 3 * hourMs);
  });

  it('is due a day after somebody confirmed a way back to it', () => {
    const lastEnd = { outcome: 'rolled-back', endedAtMs: nowMs - hourMs, refusal: null, last: running } as const;
    expect(due({ leaks: [alive(3 * hourMs)], lastEnd })).toEqual([nowMs + 23 * hourMs, nowMs + 23 * hourMs]);
  });

  it.each<[string, Partial<LeakedKey>, Partial<AccountRow>]>([
    ['no look has shown it', { seenAtMs: null }, {}],
    ['a look no longer shows it', { goneSinceMs: nowMs }, {}],
    ['a rotation stands', {}, { rotation: running }],
  ])('is not what makes it due if %s', (_, change, row) => {
    const [dueMs] = due({ leaks: [{ ...alive(hourMs), ...change }], ...row });
    expect(dueMs).toBeGreaterThan(nowMs + 50 * dayMs);
  });
});

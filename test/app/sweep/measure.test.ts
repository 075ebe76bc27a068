import { describe, expect, it } from 'vitest';
import { measureFleet, measureTarget } from '../../../src/app/sweep/measure.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import type { RotationEnd } from '../../../src/rotation/state.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildLeak, buildRow, buildState, fingerprintsBefore, hourMs, nowMs } from '../../rotation/row-builder.ts';

const dayMs = 24 * hourMs;
const target = buildTarget();
const { rotateEveryMs } = target.policy;
const leak = buildLeak();
const seenOf = (row: Partial<AccountRow>) => ({ row: buildRow(row), nowMs, expiresAtMs: null });
const doneAgo = (ms: number): Partial<AccountRow> => ({
  lastDone: { rotationId: 'r0', salt: 's', fingerprints: fingerprintsBefore, atMs: nowMs - ms },
});
const from = buildState('publishing');
const suspended = { kind: 'suspended', reason: 'vault-stale', sinceMs: nowMs, from } as const;
const ended = (outcome: RotationEnd['outcome'], agoMs: number): Partial<AccountRow> => ({
  lastEnd: { outcome, endedAtMs: nowMs - agoMs, refusal: null, last: buildState('preparing') },
});
const waiting = { rotation: buildState('probing', { waiting: 'retry-later' }), wakeAtMs: nowMs + hourMs };
const keyless = { by: 'operator-1', atMs: nowMs };

describe('a target in numbers', () => {
  const none = {
    ...{ event: 'target-measured', target: 'demo', status: 'not-adopted', key1AgeDays: null, key2AgeDays: null },
    ...{ agesAreLowerBounds: true, dueInDays: null, rotationId: null, reason: null },
  };
  it.each<[string, Parameters<typeof measureTarget>[1], object]>([
    ['without a row', null, {}],
    ['that a person took out of care', 'offboarded', { status: 'offboarded' }],
    ['not adopted', seenOf({ adoptedAtMs: null }), {}],
    [
      'at rest',
      seenOf(doneAgo(10 * dayMs)),
      { status: 'idle', key1AgeDays: 10, key2AgeDays: 10, agesAreLowerBounds: false, dueInDays: 50 },
    ],
    [
      'due, to a hundredth of a day',
      seenOf(doneAgo(rotateEveryMs + 0.126 * dayMs)),
      { status: 'due', key1AgeDays: 60.13, key2AgeDays: 60.13, agesAreLowerBounds: false, dueInDays: -0.13 },
    ],
    [
      'whose keys are as old as its adoption at least',
      seenOf({ adoptedAtMs: nowMs - 3 * dayMs }),
      { status: 'idle', key1AgeDays: 3, key2AgeDays: 3, dueInDays: 57 },
    ],
    [
      'that rotates',
      seenOf({ ...waiting, ...doneAgo(dayMs) }),
      {
        ...{ status: 'running', key1AgeDays: 1, key2AgeDays: 0.04, agesAreLowerBounds: false, dueInDays: 59 },
        ...{ rotationId: 'r1', reason: 'retry-later' },
      },
    ],
    [
      'that waits for a person',
      seenOf({ rotation: suspended, ...doneAgo(dayMs) }),
      {
        ...{ status: 'suspended', key1AgeDays: 1, key2AgeDays: 0.04, agesAreLowerBounds: false, dueInDays: 59 },
        ...{ rotationId: 'r1', reason: 'vault-stale' },
      },
    ],
    [
      'with a leaked key, whatever else is the matter',
      seenOf({ leaks: [leak], rotation: suspended, ...doneAgo(dayMs) }),
      {
        ...{ status: 'leaked', key1AgeDays: 1, key2AgeDays: 0.04, agesAreLowerBounds: false, dueInDays: 59 },
        ...{ rotationId: 'r1', reason: 'vault-stale' },
      },
    ],
    [
      'that takes no keys is never due',
      seenOf({ keyless, ...doneAgo(900 * dayMs) }),
      { status: 'idle', key1AgeDays: 900, key2AgeDays: 900, agesAreLowerBounds: false },
    ],
    [
      'that was due long ago',
      seenOf(doneAgo(100 * dayMs)),
      { status: 'overdue', key1AgeDays: 100, key2AgeDays: 100, agesAreLowerBounds: false, dueInDays: -40 },
    ],
  ])('%s', (_, seen, measured) => {
    expect(measureTarget(target, seen)).toEqual({ ...none, ...measured });
  });

  it('a change of hardening that makes no progress is overdue, unless a rotation waits for a person', () => {
    const status = (row: Partial<AccountRow>) => measureTarget(target, seenOf(row), 0, new Set(['demo'])).status;
    expect([status(doneAgo(dayMs)), status({ rotation: suspended }), status(waiting)]).toEqual([
      'overdue',
      'suspended',
      'overdue',
    ]);
  });
});

describe('all targets in numbers', () => {
  const nobody = {
    ...{ event: 'fleet-measured', targets: 1, unknown: 0, due: 0, overdue: 0, running: 0, suspended: 0, leaked: 0 },
    ...{ notAdopted: 0, offboarded: 0, failedLastDay: 0, oldestKeyDays: null },
  };
  const young = doneAgo(dayMs);
  it.each<[string, Parameters<typeof measureTarget>[1], object]>([
    ['without a row', null, { notAdopted: 1 }],
    ['taken out of care', 'offboarded', { offboarded: 1 }],
    ['not adopted', seenOf({ adoptedAtMs: null }), { notAdopted: 1 }],
    ['at rest', seenOf(young), { oldestKeyDays: 1 }],
    ['due', seenOf(doneAgo(60 * dayMs)), { due: 1, oldestKeyDays: 60 }],
    ['overdue', seenOf(doneAgo(100 * dayMs)), { due: 1, overdue: 1, oldestKeyDays: 100 }],
    ['running', seenOf({ ...young, ...waiting }), { running: 1, oldestKeyDays: 1 }],
    [
      'running without progress',
      seenOf({ ...young, ...waiting, wakeAtMs: nowMs - hourMs }),
      { due: 1, overdue: 1, running: 1, oldestKeyDays: 1 },
    ],
    ['waiting for a person', seenOf({ ...young, rotation: suspended }), { suspended: 1, oldestKeyDays: 1 }],
    [
      'leaked, and waiting for a person',
      seenOf({ ...young, rotation: suspended, leaks: [leak] }),
      { suspended: 1, leaked: 1, oldestKeyDays: 1 },
    ],
    ['leaked, and due', seenOf({ ...doneAgo(60 * dayMs), leaks: [leak] }), { due: 1, leaked: 1, oldestKeyDays: 60 }],
    [
      'rolled back within a day',
      seenOf({ ...young, ...ended('rolled-back', dayMs - 1) }),
      { failedLastDay: 1, oldestKeyDays: 1 },
    ],
    ['rolled back a day ago', seenOf({ ...young, ...ended('rolled-back', dayMs) }), { oldestKeyDays: 1 }],
    ['completed lately', seenOf({ ...young, ...ended('completed', 0) }), { oldestKeyDays: 100 }],
  ])('count one that is %s', (_, seen, counted) => {
    expect(measureFleet([{ target, seen }])).toEqual({ ...nobody, ...counted });
  });

  it('add up', () => {
    const other = (name: string, row: Partial<AccountRow> | null) => ({
      target: buildTarget({ name }),
      seen: row === null ? null : seenOf(row),
    });
    const all = [
      ...[
        other('a', null),
        other('b', doneAgo(7 * dayMs)),
        other('c', doneAgo(9 * dayMs)),
        other('d', doneAgo(8 * dayMs)),
      ],
      ...[other('e', { ...young, ...waiting }), other('f', { ...young, rotation: suspended })],
    ];
    expect(measureFleet(all, 0, new Set(['a', 'b']), 4)).toEqual({
      ...nobody,
      ...{ targets: 6, unknown: 4, due: 1, overdue: 2, running: 1, suspended: 1, notAdopted: 1, oldestKeyDays: 9 },
    });
  });
});

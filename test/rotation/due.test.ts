import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import { sweepAnswer } from '../../src/rotation/due.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs, nowMs } from './row-builder.ts';

const dayMs = 24 * hourMs;
const running = buildState('overlapping');
const suspended = { kind: 'suspended', reason: 'pointer-moved', sinceMs: nowMs, from: running } as const;
const held = { kind: 'held', token: 't', saveSeq: 1 } as const;
const request = {
  action: 'resume',
  rotationId: 'r1',
  by: 'operator-1',
  why: null,
  overlapMs: null,
  atMs: nowMs,
} as const;
const leak = { rotationId: 'r2', slot: 'key1', overlapMs: 0, by: 'operator-1', why: null, atMs: nowMs } as const;
const done = (agoMs: number): AccountRow['lastDone'] => ({
  rotationId: 'r0',
  salt: 's',
  prints: running.printsBefore,
  atMs: nowMs - agoMs,
});

describe('the sweep', () => {
  for (const [says, change, savedAgoMs, reason] of [
    ['starts what was adopted longer ago than the interval', {}, dayMs, 'due'],
    ['leaves what was completed just within the interval', { lastDone: done(60 * dayMs - 1) }, dayMs, 'not-due'],
    ['starts what was completed an interval ago', { lastDone: done(60 * dayMs) }, dayMs, 'due'],
    [
      'leaves what an operator has undone within a day',
      { lastEnd: { outcome: 'cancelled', endedAtMs: nowMs - dayMs + 1, refusal: null, last: running } },
      dayMs,
      'not-due',
    ],
    [
      'starts what was undone a day ago',
      { lastEnd: { outcome: 'rolled-back', endedAtMs: nowMs - dayMs, refusal: null, last: running } },
      dayMs,
      'due',
    ],
    [
      'wakes a suspended rotation that is to make way for a leaked key',
      { rotation: suspended, compromise: leak, wakeAtMs: nowMs - hourMs },
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
      { firstRotationWordBy: null },
      dayMs,
      'awaiting-first-rotation',
    ],
  ] as const satisfies readonly (readonly [string, Partial<AccountRow>, number, string])[])
    it(says, () => {
      const answer = sweepAnswer({ row: buildRow(change), savedAtMs: nowMs - savedAgoMs, nowMs }, buildTarget());
      expect(answer.reason).toBe(reason);
    });
});

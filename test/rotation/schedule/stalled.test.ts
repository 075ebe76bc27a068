import { describe, expect, it } from 'vitest';
import { measureFleet, measureTarget } from '../../../src/app/sweep/measure.ts';
import { overdueNotification } from '../../../src/app/sweep/sweep-notifications.ts';
import { stalledAtMs } from '../../../src/rotation/schedule/due-at.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';

const minuteMs = 60_000;
const since = (ms: number) => ({ retrying: { sinceMs: nowMs - ms, calls: 3 }, waiting: 'quota-used-up' as const });
const leakedKey = {
  leaked: { slot: 'key1' as const, overlapMs: minuteMs, by: 'operator-1', reason: null, seen: null },
};
const leak = null;

describe('a rotation counts as overdue', () => {
  for (const [says, rotation, wakeAtMs, awakeSinceMs, atMs] of [
    ['half an hour after its first try in vain', buildState('probing', since(hourMs)), nowMs, 0, nowMs - hourMs / 2],
    [
      'five minutes after it, while a leaked key is accepted',
      buildState('probing', { ...since(hourMs), ...leakedKey }),
      nowMs,
      0,
      nowMs - 55 * minuteMs,
    ],
    [
      'half an hour after a wake-up that nobody heard',
      buildState('overlapping'),
      nowMs - hourMs,
      0,
      nowMs - hourMs / 2,
    ],
    [
      'half an hour after the instance was resumed',
      buildState('probing', since(hourMs)),
      nowMs - hourMs,
      nowMs,
      nowMs + hourMs / 2,
    ],
    ['not by its plan', buildState('overlapping'), nowMs + hourMs, 0, nowMs + 1.5 * hourMs],
    [
      'not while it waits for a person',
      { kind: 'suspended', reason: 'quota-used-up', sinceMs: nowMs, from: buildState('probing', since(hourMs)) },
      null,
      0,
      null,
    ],
    ['not without one', null, null, 0, null],
  ] as const)
    it(says, () => expect(stalledAtMs({ rotation, wakeAtMs, leak }, awakeSinceMs)).toBe(atMs));

  const target = buildTarget();
  const row = buildRow({
    rotation: buildState('probing', since(hourMs)),
    wakeAtMs: nowMs + minuteMs,
    adoptedAtMs: nowMs - hourMs,
  });
  const seen = { row, nowMs, expiresAtMs: null };

  it('in the metrics and for the alert', () => {
    expect(measureTarget(target, seen).status).toBe('overdue');
    expect(measureFleet([{ target, seen }])).toMatchObject({ overdue: 1, running: 1 });
  });

  it('and people are notified why', () => {
    expect(overdueNotification(seen, target, 'keyturn')).toMatchObject({
      kind: 'overdue',
      reason: 'quota-used-up',
      detail: expect.stringMatching(/makes no progress.*quota of calls is used up/),
    });
  });

  it('as does a target whose change of network, access or keys makes no progress', () => {
    const idle = { ...seen, row: { ...row, rotation: null, wakeAtMs: null } };
    expect(measureFleet([{ target, seen: idle }]).overdue).toBe(0);
    expect(measureFleet([{ target, seen: idle }], 0, new Set([target.name])).overdue).toBe(1);
    expect(measureFleet([{ target, seen: null }], 0, new Set([target.name])).overdue).toBe(1);
  });
});

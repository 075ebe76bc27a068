import { describe, expect, it } from 'vitest';
import type { OperatorAction } from '../../../src/rotation/lifecycle.ts';
import type { SuspendReason } from '../../../src/rotation/reasons.ts';
import { applyOperatorRequest } from '../../../src/rotation/requests/apply-operator-request.ts';
import { isLegal } from '../../../src/rotation/requests/operator-actions.ts';
import type { ActiveState, RotationState } from '../../../src/rotation/state.ts';
import { buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';

const suspendedIn = (from: ActiveState, reason: SuspendReason = 'resource-lock'): RotationState => ({
  kind: 'suspended',
  reason,
  sinceMs: nowMs - hourMs,
  from,
});
const sent = { atMs: nowMs - hourMs };
const request = { by: 'operator-1', atMs: nowMs, reason: 'audit', overlapMs: hourMs, confirm: [] as string[] } as const;
const apply = (action: OperatorAction, rotation: RotationState | null, rotationId = 'r1', settleUntilMs = 0) =>
  applyOperatorRequest(
    buildRow({ rotation, settleUntilMs, operatorRequest: { ...request, action, rotationId } }),
    nowMs,
  );

describe('what an operator may ask', () => {
  for (const [says, action, rotation, legal] of [
    ['a rollback while consumers may hold either key', 'roll-back', buildState('overlapping'), true],
    ['a rollback until the old key is regenerated', 'roll-back', buildState('retiring'), true],
    ['no rollback once that was sent', 'roll-back', buildState('retiring', { sent }), false],
    ['no rollback before the switch', 'roll-back', buildState('switching'), false],
    ['no rollback of a suspended rotation', 'roll-back', suspendedIn(buildState('overlapping')), false],
    ['to resume what is suspended', 'resume', suspendedIn(buildState('publishing')), true],
    ['not to resume what runs', 'resume', buildState('publishing'), false],
  ] as const)
    it(says, () => expect(isLegal(action, rotation)).toBe(legal));
});

describe('a request that the owner finds', () => {
  for (const [says, action, rotation, change] of [
    [
      'turns back',
      'roll-back',
      buildState('overlapping'),
      { rotation: { kind: 'rolling-back', sent: null, requestedBy: 'operator-1' } },
    ],
    [
      'undoes what was begun',
      'cancel',
      buildState('publishing'),
      { rotation: { kind: 'cancelling', before: { fingerprints: { key1: 'old1' }, versions: { key2: 'v2' } } } },
    ],
    [
      'undoes a regenerate that may have been applied',
      'cancel',
      suspendedIn(buildState('regenerating', { sent })),
      { rotation: { kind: 'cancelling', before: { versions: { key2: 'v2' } } } },
    ],
    [
      'has nothing to undo if nothing was sent',
      'cancel',
      buildState('regenerating'),
      { rotation: { kind: 'cancelling', before: null } },
    ],
    [
      'holds the overlap',
      'hold',
      buildState('overlapping'),
      { rotation: { kind: 'overlapping', held: { by: 'operator-1', reason: 'audit', atMs: nowMs } } },
    ],
    [
      'holds an overlap that has just ended',
      'hold',
      buildState('retiring'),
      { rotation: { kind: 'overlapping', held: { reason: 'audit' } } },
    ],
    [
      'releases, with a deadline from then on',
      'release-hold',
      buildState('overlapping', { held: { by: 'a', reason: 'b', atMs: 0 }, deadlineMs: 0, overlapUntilMs: 0 }),
      { rotation: { held: null, deadlineMs: nowMs + 24 * hourMs, overlapUntilMs: 0 } },
    ],
    [
      'shortens the overlap by as much as is asked for, and says who and why',
      'expedite',
      buildState('overlapping', { overlapUntilMs: nowMs + 90 * 60_000 }),
      {
        rotation: {
          overlap: { ms: hourMs, by: 'operator-1', reason: 'audit' },
          overlapUntilMs: nowMs + 30 * 60_000,
          deadlineMs: nowMs + 30 * 60_000 + 24 * hourMs,
        },
      },
    ],
    [
      'shortens a held overlap without releasing it',
      'expedite',
      buildState('overlapping', { held: { by: 'a', reason: 'b', atMs: 0 } }),
      { rotation: { overlap: { ms: hourMs }, held: { reason: 'b' } } },
    ],
    [
      'does not lengthen the overlap',
      'expedite',
      buildState('overlapping', { overlap: { ms: hourMs, by: 'a', reason: 'b' } }),
      { requestRefused: { reason: 'not-shorter' }, operatorRequest: null },
    ],
    [
      'is refused if it came too late, and says so',
      'roll-back',
      buildState('restocking'),
      { requestRefused: { action: 'roll-back' }, operatorRequest: null },
    ],
    ['is refused when its rotation is over', 'resume', null, { requestRefused: { reason: 'rotation-over' } }],
    [
      'keeps a sent regenerate as sent: it is looked after, never repeated',
      'resume',
      suspendedIn(buildState('regenerating', { sent })),
      { rotation: { kind: 'regenerating', sent } },
    ],
    [
      'begins the proof of a new key again',
      'resume',
      suspendedIn(buildState('probing', { accepted: 19 })),
      { rotation: { kind: 'probing', accepted: 0 } },
    ],
    [
      'gives a gate its whole wait again',
      'resume',
      suspendedIn(buildState('preparing')),
      { rotation: { deadlineMs: nowMs + 26 * hourMs } },
    ],
    [
      'gives an overlap its whole rest again',
      'resume',
      suspendedIn(buildState('overlapping', { overlapUntilMs: nowMs + 26 * hourMs })),
      { rotation: { deadlineMs: nowMs + 50 * hourMs } },
    ],
    [
      'gives confirming another day',
      'resume',
      suspendedIn(buildState('confirming', { giveUpAtMs: nowMs })),
      { rotation: { giveUpAtMs: nowMs + 24 * hourMs } },
    ],
    [
      'begins the overlap again after the pointer was elsewhere',
      'resume',
      suspendedIn(buildState('retiring'), 'pointer-moved'),
      { rotation: { kind: 'overlapping', followed: { pointer: 'none' } } },
    ],
    [
      'does not leave a sent regenerate for a new overlap',
      'resume',
      suspendedIn(buildState('retiring', { sent }), 'pointer-moved'),
      { rotation: { kind: 'retiring', sent } },
    ],
  ] as const satisfies readonly (readonly [string, OperatorAction, RotationState | null, object])[])
    it(says, () => expect(apply(action, rotation)).toMatchObject(change));

  it('ends no overlap before a write of ours has settled', () => {
    const settleUntilMs = nowMs + 60_000;
    const shortened = apply('expedite', buildState('overlapping', { overlapUntilMs: nowMs + 1 }), 'r1', settleUntilMs);
    expect(shortened).toMatchObject({ rotation: { overlapUntilMs: settleUntilMs } });
  });
  it('of another rotation is refused', () =>
    expect(apply('resume', suspendedIn(buildState('publishing')), 'r0')).toMatchObject({
      requestRefused: { reason: 'rotation-over' },
    }));
  it('that is none changes nothing', () => expect(applyOperatorRequest(buildRow(), nowMs)).toBeNull());
});

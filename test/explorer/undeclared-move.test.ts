import { expect, it } from 'vitest';
import type { Decision } from '../../src/rotation/decision.ts';
import type { ActiveState, RotationEnd, RotationState } from '../../src/rotation/state.ts';
import { buildState, nowMs } from '../rotation/row-builder.ts';
import { undeclaredMove } from './undeclared-move.ts';

const suspended = (from: ActiveState): RotationState => ({
  ...{ kind: 'suspended', reason: 'resource-lock', sinceMs: nowMs, from },
});
const ended = (last: ActiveState, outcome: RotationEnd['outcome']): RotationEnd => ({
  ...{ outcome, endedAtMs: nowMs, refusal: null, last },
});
const [preparing, publishing, switching, overlapping, retiring, cancelling] = [
  buildState('preparing'),
  buildState('publishing'),
  buildState('switching'),
  buildState('overlapping'),
  buildState('retiring'),
  buildState('cancelling'),
];
const another = buildState('preparing', { rotationId: 'r2' });

it.each<
  [says: string, was: RotationState | null, is: RotationState | null, end: RotationEnd | null, move: string | null]
>([
  ['begins', null, preparing, null, null],
  ['does not begin halfway', null, publishing, null, 'begins in publishing'],
  ['stays where it is', switching, switching, null, null],
  ['goes on to a state that follows', switching, overlapping, null, null],
  ['does not go on to any other', publishing, switching, null, 'goes from publishing to switching'],
  ['does not go back', overlapping, switching, null, 'goes from overlapping to switching'],
  ['is suspended where it stands', switching, suspended(switching), null, null],
  [
    'is not suspended elsewhere',
    switching,
    suspended(overlapping),
    null,
    'goes from switching to suspended overlapping',
  ],
  ['goes on where it stood', suspended(retiring), retiring, null, null],
  ['or in a state that follows', suspended(retiring), overlapping, null, null],
  ['and in no other', suspended(publishing), switching, null, 'goes from suspended publishing to switching'],
  ['ends where it may', cancelling, null, ended(cancelling, 'cancelled'), null],
  ['does not end otherwise', cancelling, null, ended(cancelling, 'completed'), 'ends as completed in cancelling'],
  [
    'does not end where it does not stand',
    overlapping,
    null,
    ended(cancelling, 'cancelled'),
    'ends as cancelled in overlapping',
  ],
  ['does not vanish', overlapping, null, null, 'vanishes in overlapping'],
  ['gives way when it is suspended', suspended(publishing), another, ended(publishing, 'replaced'), null],
  [
    'gives way to none as it runs',
    publishing,
    another,
    ended(publishing, 'replaced'),
    'ends as replaced in publishing',
  ],
])('a rotation %s', (_, was, is, lastEnd, move) => {
  const internalId = 'i1';
  expect(undeclaredMove(was && { rotation: was, internalId }, { rotation: is, internalId, lastEnd })).toBe(move);
});

it('a rotation of an account that was recreated has no past', () => {
  const before = { rotation: suspended(publishing), internalId: 'i1' };
  expect(undeclaredMove(before, { rotation: null, internalId: 'i2', lastEnd: null })).toBeNull();
});

it('a decision for a state that does not follow, or for an end that may not come, does not compile', () => {
  const last = buildState('publishing');
  const end = { outcome: 'completed', endedAtMs: nowMs, refusal: null, last } as const;
  const goesOn: Decision<'publishing'> = { kind: 'enter', state: buildState('probing') };
  // @ts-expect-error `switching` does not follow `publishing`.
  const skips: Decision<'publishing'> = { kind: 'enter', state: buildState('switching') };
  // @ts-expect-error Nothing ends in `publishing`.
  const ends: Decision<'publishing'> = { kind: 'end', end, row: {} };
  // @ts-expect-error `publishing` moves no pointer.
  const points: Decision<'publishing'> = { kind: 'step', step: { kind: 'store-pointer', state: last, slot: 'key2' } };
  expect([goesOn, skips, ends, points].map(({ kind }) => kind)).toEqual(['enter', 'enter', 'end', 'step']);
});

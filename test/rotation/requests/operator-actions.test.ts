import { describe, expect, it } from 'vitest';
import { lifecycle, type OperatorAction, operatorActions } from '../../../src/rotation/lifecycle.ts';
import { isLeakLegal, isLegal, legalActions, legalPlaces } from '../../../src/rotation/requests/operator-actions.ts';
import type { ActiveState, RotationState, StateKind } from '../../../src/rotation/state.ts';
import { pages } from '../../../src/rotation/states/pages.ts';
import { buildState, nowMs } from '../row-builder.ts';

const suspendedIn = (from: ActiveState): RotationState => ({
  kind: 'suspended',
  reason: 'resource-lock',
  sinceMs: nowMs,
  from,
});
const sent = { atMs: nowMs };
const held = { by: 'operator-1', reason: 'release night', atMs: nowMs };

/** Every place of a rotation, what may be asked there, and whether key1 (used before) or key2 can be told as leaked. */
const table: readonly (readonly [string, RotationState, readonly OperatorAction[], key1: boolean, key2: boolean])[] = [
  ['preparing', buildState('preparing'), ['cancel'], true, true],
  ['regenerating', buildState('regenerating'), ['cancel'], true, true],
  ['regenerating, sent', buildState('regenerating', { sent }), ['cancel'], true, true],
  ['publishing', buildState('publishing'), ['cancel'], true, true],
  ['probing', buildState('probing'), ['cancel'], true, true],
  ['switching', buildState('switching'), ['cancel'], true, true],
  ['switching, direct sent', buildState('switching', { sent: { ...sent, what: 'direct' } }), ['cancel'], true, true],
  ['switching, pointer sent', buildState('switching', { sent: { ...sent, what: 'pointer' } }), [], true, true],
  ['updating-copies', buildState('updating-copies'), ['roll-back'], true, true],
  ['overlapping', buildState('overlapping'), ['roll-back', 'hold', 'expedite'], true, true],
  ['overlapping, held', buildState('overlapping', { held }), ['roll-back', 'release-hold', 'expedite'], true, true],
  ['retiring', buildState('retiring'), ['roll-back', 'hold'], true, true],
  ['retiring, sent', buildState('retiring', { sent }), [], false, true],
  ['restocking', buildState('restocking'), [], false, true],
  ['confirming', buildState('confirming'), [], true, true],
  ['rolling-back', buildState('rolling-back'), [], true, true],
  ['cancelling', buildState('cancelling'), [], true, true],
  ['suspended in preparing', suspendedIn(buildState('preparing')), ['cancel', 'resume'], true, true],
  ['suspended in switching', suspendedIn(buildState('switching')), ['cancel', 'resume'], true, true],
  [
    'suspended in switching, pointer sent',
    suspendedIn(buildState('switching', { sent: { ...sent, what: 'pointer' } })),
    ['resume'],
    true,
    true,
  ],
  ['suspended in overlapping', suspendedIn(buildState('overlapping')), ['resume'], true, true],
  ['suspended in retiring', suspendedIn(buildState('retiring')), ['resume'], true, true],
  ['suspended in retiring, sent', suspendedIn(buildState('retiring', { sent })), ['resume'], false, true],
  ['suspended in restocking', suspendedIn(buildState('restocking')), ['resume'], false, true],
  ['suspended in cancelling', suspendedIn(buildState('cancelling')), ['resume'], true, true],
];

describe('what an operator may ask', () => {
  it.each(table)('in %s', (_, rotation, legal, key1, key2) => {
    expect(legalActions(rotation)).toEqual(legal);
    for (const action of operatorActions) expect(isLegal(action, rotation)).toBe(legal.includes(action));
    expect([isLeakLegal('key1', rotation), isLeakLegal('key2', rotation)]).toEqual([key1, key2]);
  });

  it('of no rotation is to tell of a leaked key', () => {
    expect(isLeakLegal('key1', null)).toBe(true);
  });

  it('is told in words if it is refused', () => {
    const early = ['preparing', 'regenerating', 'publishing', 'probing', 'switching before the pointer'];
    const retiring = 'retiring until the old key is regenerated';
    expect(Object.fromEntries(operatorActions.map((action) => [action, legalPlaces(action)]))).toEqual({
      cancel: [...early, 'suspended before the pointer'],
      'roll-back': ['updating-copies', 'overlapping', retiring],
      hold: ['overlapping unless held by a person', retiring],
      'release-hold': ['overlapping while held'],
      expedite: ['overlapping', 'suspended for a copy'],
      resume: ['suspended'],
    });
  });

  it.each(Object.keys(lifecycle) as StateKind[])('in %s has an effect', (kind) => {
    expect(Object.keys(pages[kind].asked).sort()).toEqual([...lifecycle[kind].may].sort());
  });
});

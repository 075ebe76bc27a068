import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../dashboard/api/views.ts';
import { keyAge } from '../../dashboard/decisions/key-age.ts';
import { phasesSeen } from '../../dashboard/decisions/phases.ts';
import { slotsSeen } from '../../dashboard/decisions/slots.ts';
import { leftText, relativeText, spanText } from '../../dashboard/decisions/times.ts';
import { lifecycle } from '../../src/rotation/lifecycle.ts';
import { at, leakedKey, listedTarget, shownRotation, suspendedRotation } from './listed-target.ts';

const entered = (state: string, seconds: number): AuditEntry => ({
  at: at(seconds),
  worker: 'w',
  changes: [{ what: 'entered', state }],
  calls: [],
  callsLeftOut: 0,
});
const untilOverlap = [
  ...[entered('preparing', 0), entered('regenerating', 10), entered('publishing', 12), entered('probing', 15)],
  ...[entered('switching', 55), entered('overlapping', 60)],
];
const ms = (seconds: number) => Date.parse(at(seconds));
const shown = (phases: ReturnType<typeof phasesSeen>) =>
  phases.map(({ name, stands, tookMs }) => `${name} ${stands}${tookMs === null ? '' : ` ${tookMs / 1000}`}`);

describe('the phases of a rotation', () => {
  it('have their times, the present one up to now', () => {
    expect(shown(phasesSeen(shownRotation(), untilOverlap, ms(100)))).toEqual([
      'preparing passed 10',
      'regenerating passed 2',
      'publishing passed 3',
      'probing passed 40',
      'switching passed 5',
      'overlapping now 40',
      'retiring to-come',
      'restocking to-come',
      'confirming to-come',
    ]);
  });

  it('show copies only once they are written', () => {
    const trail = [...untilOverlap.slice(0, 5), entered('updating-copies', 58), entered('overlapping', 60)];
    expect(shown(phasesSeen(shownRotation(), trail, ms(100)))).toContain('updating-copies passed 2');
  });

  it('are known before the audit trail is', () => {
    const phases = shown(phasesSeen(shownRotation(), [], ms(100)));
    expect(phases[0]).toBe('preparing passed');
    expect(phases).toContain('overlapping now 40');
  });

  it('say where a suspended one stands', () => {
    const rotation = suspendedRotation('resource-lock', { suspendedIn: 'probing', stateSince: at(30) });
    expect(shown(phasesSeen(rotation, untilOverlap.slice(0, 4), ms(100)))).toEqual([
      'preparing passed 10',
      'regenerating passed 2',
      'publishing passed 3',
      'probing stopped 85',
      ...['switching', 'overlapping', 'retiring', 'restocking', 'confirming'].map((name) => `${name} to-come`),
    ]);
  });

  it('end where one was undone, with the way back', () => {
    const rotation = shownRotation({ state: 'rolled-back', endedAt: at(90), stateSince: at(90) });
    const phases = shown(phasesSeen(rotation, [...untilOverlap, entered('rolling-back', 80)], ms(100)));
    expect(phases.slice(-2)).toEqual(['overlapping passed 20', 'rolling-back passed 10']);
  });

  it('add up the turns of one that came twice', () => {
    const trail = [...untilOverlap.slice(0, 3), entered('preparing', 20), entered('regenerating', 50)];
    const rotation = shownRotation({ state: 'regenerating', stateSince: at(50) });
    const phases = shown(phasesSeen(rotation, trail, ms(60)));
    expect(phases.slice(0, 3)).toEqual(['preparing passed 40', 'regenerating now 12', 'publishing passed 8']);
  });

  it('left out the new key, if the rotation of a leaked one needs none', () => {
    const trail = [entered('preparing', 0), entered('probing', 10), entered('switching', 30)];
    const rotation = shownRotation({ state: 'switching', stateSince: at(30) });
    expect(shown(phasesSeen(rotation, trail, ms(40))).slice(0, 4)).toEqual([
      'preparing passed 10',
      'regenerating skipped',
      'publishing skipped',
      'probing passed 20',
    ]);
  });

  it('are those of the protocol', () => {
    const states = Object.keys(lifecycle).filter((state) => !['rolling-back', 'cancelling'].includes(state));
    const trail = states.map((state, index) => entered(state, index));
    const completed = shownRotation({ state: 'completed', endedAt: at(60), stateSince: at(60) });
    expect(phasesSeen(completed, trail, ms(100)).map(({ name }) => name)).toEqual(states);
  });
});

describe('the two keys', () => {
  it.each(Object.entries(lifecycle))('are in %s where the protocol leads consumers', (state, { position }) => {
    const { pointer } = slotsSeen(listedTarget({ rotation: shownRotation({ state }) }));
    const expected = { 'old-slot': 'key1', 'new-slot': 'key2', either: 'moving' }[position.consumers];
    // While the pointer is switched, its write may have left: the API does not tell.
    expect(pointer).toBe(state === 'switching' ? 'moving' : expected);
  });

  it.each(Object.keys(lifecycle))('are each described in %s', (state) => {
    const { slots } = slotsSeen(listedTarget({ rotation: shownRotation({ state }) }));
    expect(slots.map(({ says }) => says)).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
  });

  it.each([
    ['the active one is in use', {}, ['active', 'inactive']],
    ['neither, before it is known', { activeSlot: null }, ['unknown', 'unknown']],
    [
      'where a suspended rotation had led consumers',
      { rotation: suspendedRotation('resource-lock', { suspendedIn: 'retiring' }) },
      ['inactive', 'active'],
    ],
  ] as const)('%s', (_, special, roles) => {
    expect(slotsSeen(listedTarget(special)).slots.map(({ role }) => role)).toEqual(roles);
  });

  it('say which one leaked', () => {
    const { slots } = slotsSeen(listedTarget({ leakedKeys: [leakedKey('key2')] }));
    expect(slots.map(({ isLeaked }) => isLeaked)).toEqual([false, true]);
  });
});

describe('times', () => {
  const minute = 60_000;
  const hour = 60 * minute;
  it.each<[string, number, string]>([
    ['seconds', 59_999, '59 s'],
    ['minutes with seconds while they are few', 2 * minute + 5_000, '2 min 05 s'],
    ['whole minutes', 4 * minute, '4 min'],
    ['minutes without seconds once they are many', 10 * minute + 30_000, '10 min'],
    ['hours with minutes', hour + 5 * minute, '1 h 05 min'],
    ['whole hours', 26 * hour, '26 h'],
    ['days', 50 * hour, '2 days'],
    ['nothing of what is over', -5, '0 s'],
  ])('are told in %s', (_, span, text) => {
    expect(spanText(span)).toBe(text);
  });

  it.each<[number, string]>([
    [500, 'now'],
    [45_000, 'in 45 s'],
    [-90_000, '1 min ago'],
    [3 * hour, 'in 3 h'],
  ])('%i ms away are %s', (ahead, text) => {
    expect(relativeText(ahead, 0)).toBe(text);
  });

  it('left are counted down, and end', () => {
    expect(leftText(65_000, 0)).toBe('1 min 05 s left');
    expect(leftText(0, 10)).toBe('ends any moment');
  });
});

describe('the age of keys', () => {
  const day = 24 * 3600;
  it.each<[string, Parameters<typeof keyAge>[0], Partial<ReturnType<typeof keyAge>>]>([
    ['is a share of the time until they are due', aged(-30 * day, 30 * day), { share: 0.5, tone: 'fine' }],
    ['is noticed when they are due soon', aged(-55 * day, 5 * day), { tone: 'soon' }],
    ['is over once they are due', aged(-60 * day, -1 * day), { share: 1, tone: 'over' }],
    ['is over if a rotation is overdue', { ...aged(-9 * day, 50 * day), overdue: true }, { share: 1, tone: 'over' }],
    [
      'is not known of keys that were never rotated',
      { ...aged(0, 14 * day), lastCompletedAt: null },
      { share: 0, tone: 'none', text: 'never rotated, due in 14 days' },
    ],
    [
      'is nothing if nothing is due',
      { ...aged(0, 0), lastCompletedAt: null, nextDueAt: null },
      { text: 'never rotated' },
    ],
    ['is nothing without keys', { ...aged(-9 * day, 50 * day), state: 'keyless' }, { text: 'takes no keys' }],
  ])('%s', (_, facts, expected) => {
    expect(keyAge(facts, ms(0))).toMatchObject(expected);
  });

  function aged(completed: number, due: number) {
    return { lastCompletedAt: at(completed), nextDueAt: at(due), overdue: false, state: 'idle' };
  }
});

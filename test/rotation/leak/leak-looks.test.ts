import { describe, expect, it } from 'vitest';
import {
  afterFailedLook,
  afterLook,
  isLeakAlive,
  knownByRotation,
  leakLookAtMs,
  nextLeakLookAtMs,
} from '../../../src/rotation/leak/leaked-keys.ts';
import type { ActiveState, LeakedKey } from '../../../src/rotation/state.ts';
import { fingerprint } from '../../../src/shared/fingerprint.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { buildLeak, buildState, fingerprintsBefore, newFingerprint, nowMs } from '../row-builder.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const print = (key: string, salt: string) => ({ salt, fingerprint: fingerprint(new SecretText(key), salt) });
const keys = (key1: string, key2: string) => ({ key1: new SecretText(key1), key2: new SecretText(key2) });

/** key1 was reported a minute ago; which key was meant is known. */
const leak = (change: Partial<LeakedKey> = {}) =>
  buildLeak({ atMs: nowMs - minuteMs, keys: [print('leaked', 'a')], isKnown: true, ...change });
const look = (one: LeakedKey, pair: ReturnType<typeof keys>, askedAtMs = nowMs) =>
  afterLook([one], pair, 'b', { askedAtMs, answeredAtMs: askedAtMs + 10 });

describe('a look at the keys of a leak', () => {
  it.each([
    ['in its slot', keys('leaked', 'other')],
    ['in the other slot', keys('other', 'leaked')],
  ])('that shows the key %s sees it alive', (_, pair) => {
    const before = leak({ goneSinceMs: nowMs - minuteMs, failure: 'http-503' });
    expect(look(before, pair)).toEqual({
      leaks: [{ ...before, lookedAtMs: nowMs + 10, seenAtMs: nowMs + 10, goneSinceMs: null, failure: null }],
      gone: [],
    });
  });

  it.each([
    ['first', 'a'],
    ['second', 'c'],
  ])('sees it alive by the %s of the keys that were meant', (_, salt) => {
    const before = leak({
      keys: [print(salt === 'a' ? 'leaked' : 'x', 'a'), print(salt === 'c' ? 'leaked' : 'y', 'c')],
    });
    expect(look(before, keys('other', 'leaked')).leaks).toMatchObject([{ seenAtMs: nowMs + 10 }]);
  });

  it('that shows it nowhere is not believed alone', () => {
    expect(look(leak(), keys('new', 'other'))).toEqual({
      leaks: [leak({ lookedAtMs: nowMs + 10, goneSinceMs: nowMs + 10 })],
      gone: [],
    });
  });

  it('that shows it nowhere again, less than six seconds after the first, changes nothing', () => {
    const before = leak({ goneSinceMs: nowMs - 6 * secondMs + 1 });
    expect(look(before, keys('new', 'other'))).toEqual({ leaks: [before], gone: [] });
  });

  it('that shows it nowhere again, six seconds after the first, ends it', () => {
    const before = leak({ goneSinceMs: nowMs - 6 * secondMs });
    const { leaks, gone } = look(before, keys('new', 'other'));
    expect({ leaks, gone }).toEqual({ leaks: [], gone: [{ ...before, lookedAtMs: nowMs + 10 }] });
  });

  it('less than six seconds after the report does not tell which key was meant', () => {
    const before = leak({ keys: [], isKnown: false, atMs: nowMs - 6 * secondMs + 1 });
    expect(look(before, keys('leaked', 'other'))).toEqual({ leaks: [before], gone: [] });
  });

  it('six seconds after the report tells which key was meant', () => {
    const before = leak({ keys: [], isKnown: false, atMs: nowMs - 6 * secondMs });
    expect(look(before, keys('leaked', 'other')).leaks).toEqual([
      { ...before, keys: [print('leaked', 'b')], isKnown: true, lookedAtMs: nowMs + 10, seenAtMs: nowMs + 10 },
    ]);
  });

  it('tells which key was meant beside those that earlier reports meant', () => {
    const earlier = [print('before', 'a')];
    const before = leak({ keys: earlier, isKnown: false, atMs: nowMs - minuteMs });
    const [after] = look(before, keys('leaked', 'other')).leaks;
    expect(after?.keys).toEqual([...earlier, print('leaked', 'b')]);
  });

  it('that failed begins the two looks again', () => {
    const before = leak({ goneSinceMs: nowMs - minuteMs, seenAtMs: nowMs - minuteMs });
    expect(afterFailedLook([before], 'http-503', nowMs)).toEqual([
      { ...before, lookedAtMs: nowMs, goneSinceMs: null, failure: 'http-503' },
    ]);
  });
});

describe('the next look at a leak comes', () => {
  const facts = (one: LeakedKey, change: Partial<Parameters<typeof leakLookAtMs>[0]> = {}) => ({
    ...{ leaks: [one], rotation: null, lastEnd: null },
    ...change,
  });
  const suspendedAt = (sinceMs: number) =>
    ({ kind: 'suspended', reason: 'vault-stale', sinceMs, from: buildState('preparing') }) as const;
  const ended = { outcome: 'completed', endedAtMs: nowMs, refusal: null, last: buildState('confirming') } as const;

  it.each<[string, Parameters<typeof leakLookAtMs>[0], number | null]>([
    ['never without a leak', { leaks: [], rotation: null, lastEnd: null }, null],
    ['six seconds after it was gone', facts(leak({ goneSinceMs: nowMs })), nowMs + 6 * secondMs],
    [
      'six seconds after a report whose key nobody has looked for',
      facts(leak({ isKnown: false, atMs: nowMs })),
      nowMs + 6 * secondMs,
    ],
    ['a quarter of an hour after the last', facts(leak({ lookedAtMs: nowMs })), nowMs + 15 * minuteMs],
    ['a quarter of an hour after the report of a known key', facts(leak({ atMs: nowMs })), nowMs + 15 * minuteMs],
    [
      'six seconds after a rotation has ended',
      facts(leak({ lookedAtMs: nowMs - 1 }), { lastEnd: ended }),
      nowMs + 6 * secondMs,
    ],
    [
      'six seconds after a rotation has stopped',
      facts(leak({ lookedAtMs: nowMs - 1 }), { rotation: suspendedAt(nowMs) }),
      nowMs + 6 * secondMs,
    ],
    [
      'six seconds after a new key was made',
      facts(leak({ lookedAtMs: nowMs - 1 }), { rotation: buildState('publishing', { stateSinceMs: nowMs }) }),
      nowMs + 6 * secondMs,
    ],
    [
      'not for the sake of a rotation that has made none',
      facts(leak({ lookedAtMs: nowMs - 1 }), { rotation: buildState('preparing', { stateSinceMs: nowMs }) }),
      nowMs - 1 + 15 * minuteMs,
    ],
    [
      'as the first of several leaks asks',
      facts(leak({ lookedAtMs: nowMs }), {
        leaks: [leak({ lookedAtMs: nowMs }), leak({ slot: 'key2', goneSinceMs: nowMs })],
      }),
      nowMs + 6 * secondMs,
    ],
  ])('%s', (_, given, expected) => {
    expect(leakLookAtMs(given)).toBe(expected);
  });

  it.each<[string, number, boolean]>([
    ['is waited for within twelve seconds', nowMs + 15 * minuteMs - 12 * secondMs, true],
    ['is left to another wake-up before', nowMs + 15 * minuteMs - 12 * secondMs - 1, false],
  ])('and %s', (_, atMs, isNear) => {
    expect(nextLeakLookAtMs(facts(leak({ lookedAtMs: nowMs })), atMs)).toBe(isNear ? nowMs + 15 * minuteMs : null);
  });

  it.each<[string, Parameters<typeof isLeakAlive>[0], boolean]>([
    ['seen since the last rotation', facts(leak({ seenAtMs: nowMs + 1 }), { lastEnd: ended }), true],
    ['seen at its end only', facts(leak({ seenAtMs: nowMs }), { lastEnd: ended }), false],
    ['seen if none ever ended', facts(leak({ seenAtMs: 1 })), true],
    ['never seen', facts(leak()), false],
    ['seen, and then gone', facts(leak({ seenAtMs: nowMs, goneSinceMs: nowMs })), false],
    [
      'seen while a rotation is at work',
      facts(leak({ seenAtMs: nowMs }), { rotation: buildState('preparing') }),
      false,
    ],
  ])('a leak that was %s is alive: $2', (_, given, expected) => {
    expect(isLeakAlive(given)).toBe(expected);
  });
});

describe('which key a report meant', () => {
  const sent = { atMs: nowMs };
  const of = (slot: 'key1' | 'key2', change: Partial<LeakedKey> = {}) =>
    leak({ slot, isKnown: false, keys: [print('earlier', 'a')], ...change });
  const suspended = (from: ActiveState) =>
    ({ kind: 'suspended', reason: 'vault-stale', sinceMs: nowMs, from }) as const;

  it.each<[says: string, slot: 'key1' | 'key2', state: ActiveState, isKnown: boolean]>([
    ['is not told by a rotation that prepares', 'key2', buildState('preparing'), false],
    ['is not told before key2 may be another one', 'key2', buildState('regenerating'), false],
    ['is told once key2 may be', 'key2', buildState('regenerating', { sent }), true],
    ['is told once key2 is', 'key2', buildState('publishing'), true],
    [
      'is not told if key2 is given as it is',
      'key2',
      buildState('probing', { newFingerprint: fingerprintsBefore.key2 }),
      false,
    ],
    ['of key1 is not told while key2 is regenerated', 'key1', buildState('regenerating', { sent }), false],
    ['of key1 is not told while consumers may hold it', 'key1', buildState('overlapping'), false],
    ['of key1 is not told before it may be another one', 'key1', buildState('retiring'), false],
    [
      'of key1 is not told by what leads consumers back to it',
      'key1',
      buildState('rolling-back', { sent: { ...sent, what: 'pointer' } }),
      false,
    ],
    ['of key1 is told once it may be another one', 'key1', buildState('retiring', { sent }), true],
    ['of key1 is told once it is another one', 'key1', buildState('restocking'), true],
    ['of key1 is told as long as that rotation goes on', 'key1', buildState('confirming'), true],
  ])('%s', (_, slot, state, isKnown) => {
    const leaked = { slot, overlapMs: minuteMs, by: 'operator-1', reason: null, seen: null };
    const known = {
      isKnown: true,
      keys: [print('earlier', 'a'), { salt: 'salt', fingerprint: fingerprintsBefore[slot] }],
    };
    const expected = isKnown ? [of(slot, known)] : null;
    const rotation = { ...state, leaked };
    expect(knownByRotation({ leaks: [of(slot)], rotation, leak: null })).toEqual(expected);
    expect(knownByRotation({ leaks: [of(slot)], rotation: suspended(rotation), leak: null })).toEqual(expected);
  });

  const leaked = { slot: 'key2', overlapMs: minuteMs, by: 'operator-1', reason: null, seen: null } as const;
  it.each<[says: string, leaks: readonly LeakedKey[], rotation: Parameters<typeof knownByRotation>[0]['rotation']]>([
    ['without a rotation', [of('key2')], null],
    ['by a rotation for another reason', [of('key2')], buildState('publishing')],
    ['by a rotation of the other slot', [of('key1')], buildState('restocking', { leaked })],
    ['a second time', [of('key2', { isKnown: true })], buildState('publishing', { leaked })],
    ['if there is none', [], buildState('publishing', { leaked, newFingerprint })],
  ])('is not told %s', (_, leaks, rotation) => {
    expect(knownByRotation({ leaks: [...leaks], rotation, leak: null })).toBeNull();
  });

  it('is told of one slot, and the other one’s report stays as it is', () => {
    const known = {
      isKnown: true,
      keys: [print('earlier', 'a'), { salt: 'salt', fingerprint: fingerprintsBefore.key2 }],
    };
    const rotation = buildState('publishing', { leaked });
    const leaks = [of('key1'), of('key2')];
    expect(knownByRotation({ leaks, rotation, leak: null })).toEqual([of('key1'), of('key2', known)]);
  });

  it('is not told by the rotation that made the key, while the report of that one waits for a rotation of its own', () => {
    const rotation = buildState('overlapping', { leaked });
    const leaks = [of('key2')];
    expect(knownByRotation({ leaks, rotation, leak: of('key2') })).toBeNull();
    expect(knownByRotation({ leaks, rotation, leak: of('key1') })).not.toBeNull();
  });
});

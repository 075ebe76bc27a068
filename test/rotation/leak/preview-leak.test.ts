import { expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { previewLeak } from '../../../src/rotation/leak/preview-leak.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { buildCopy, buildTarget } from '../../memory-world/target-builder.ts';
import { buildLeak, buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';

const minuteMs = 60_000;
const at = (ms: number) => new Date(ms).toISOString();
const versions = { pointer: 'p1', key1: 'v1', key2: 'v2', direct: null };
const seenSince = (sinceMs: number, pointer: Slot = 'key1') => ({ lastSeen: { pointer, versions, sinceMs } });
const long = nowMs - 24 * hourMs;
/** Both caches and the longest request of the default target. */
const holdMs = hourMs / 2 + hourMs / 2 + 10 * minuteMs + 1_000;
const leadMs = 40_000 + 2 * minuteMs;
const overlapMs = 5 * minuteMs;

const preview = (
  row: Partial<AccountRow>,
  slot: Slot,
  target = buildTarget(),
  waitsFor: 'pause' | 'keys-on' | null = null,
) => previewLeak(buildRow(row), target, slot, overlapMs, nowMs, waitsFor);

it.each<[string, Slot, Partial<AccountRow>, role: string, endsMs: number, failUntilMs: number | null]>([
  [
    'the key in use, until consumers are led away and its overlap is over',
    'key1',
    seenSince(long),
    'active',
    nowMs + leadMs + overlapMs,
    nowMs + leadMs + holdMs,
  ],
  ['a key that nobody holds, at once', 'key2', seenSince(long), 'inactive', nowMs, null],
  [
    'a key that some may still hold, at once',
    'key2',
    seenSince(nowMs - 10 * minuteMs),
    'inactive',
    nowMs,
    nowMs - 10 * minuteMs + holdMs,
  ],
  [
    'a key that consumers have left, when its overlap is over',
    'key1',
    { ...seenSince(nowMs - minuteMs, 'key2'), rotation: buildState('overlapping') },
    'left',
    nowMs + 4 * minuteMs,
    nowMs - minuteMs + holdMs,
  ],
  [
    'a key whose overlap is over, at once',
    'key1',
    { ...seenSince(long, 'key2'), rotation: buildState('overlapping') },
    'left',
    nowMs,
    null,
  ],
])('ends %s', (_, slot, row, role, endsMs, failUntilMs) => {
  const told = preview(row, slot);
  expect(told).toMatchObject({
    ...{ slot, role, inFlight: row.rotation ? 'r1' : null, waitsFor: null, keyEndsAt: at(endsMs) },
    ...{ overlapSeconds: role === 'inactive' ? null : 300, consumersMayFailUntil: failUntilMs && at(failUntilMs) },
  });
});

it.each([
  [null, /^Consumers move to the other key/],
  ['pause', /^The whole instance is paused: .* Then: Consumers move/],
  ['keys-on', /^The account takes no keys, .* Then: Consumers move/],
] as const)('tells no instant while it waits, and says for what: %s', (waitsFor, effect) => {
  const told = preview(seenSince(long), 'key1', buildTarget(), waitsFor);
  expect(told.effect).toMatch(effect);
  expect([told.keyEndsAt === null, told.consumersMayFailUntil === null]).toEqual([
    waitsFor !== null,
    waitsFor !== null,
  ]);
  expect(told.waitsFor).toBe(waitsFor);
});

it.each<[string, Slot, Partial<AccountRow>, RegExp]>([
  ['inactive', 'key2', seenSince(long), /^The key is invalidated at once/],
  [
    'left',
    'key1',
    { ...seenSince(long, 'key2'), rotation: buildState('overlapping') },
    /^Consumers have left it already/,
  ],
  [
    'of a rotation that replaces the other one',
    'key1',
    { ...seenSince(long), rotation: buildState('probing', { leaked: leakedIn('key2') }) },
    /^Both keys have leaked/,
  ],
  ['beside the other one', 'key1', { ...seenSince(long), leaks: [leakOf('key2')] }, /^Both keys have leaked/],
])('says what happens to a key that is %s', (_, slot, row, effect) => {
  expect(preview(row, slot).effect).toMatch(effect);
});

it('names each cache that may hold the key', () => {
  const caches = [
    { cache: 'pointer', upToSeconds: 1_800 },
    { cache: 'key', upToSeconds: 1_800 },
    { cache: 'request', upToSeconds: 600 },
  ];
  expect(preview(seenSince(long), 'key1').heldBy).toEqual(caches);
  const direct = buildTarget({ layout: { kind: 'direct', directSecretName: 'direct-value' } });
  expect(preview(seenSince(long), 'key1', direct).heldBy).toEqual([
    ...caches,
    { cache: 'direct', upToSeconds: 26 * 3_600 },
  ]);
});

it('names copies among the holders, and what becomes of one that cannot be written', () => {
  const target = buildTarget({ copies: [buildCopy('web', { cacheMs: 26 * hourMs })] });
  const { heldBy, effect, consumersMayFailUntil } = preview(seenSince(long), 'key1', target);
  expect(heldBy.at(-1)).toEqual({ cache: 'copy', upToSeconds: 26 * 3_600 + 601 });
  expect(effect).toMatch(/^Consumers move .* A copy that holds it gets the other key, or is left behind/);
  expect(consumersMayFailUntil).toBe(at(nowMs + leadMs + 26 * hourMs + 10 * minuteMs + 1_000));
});

function leakedIn(slot: Slot) {
  return { slot, overlapMs: minuteMs, by: 'operator-1', reason: null, seen: null };
}

function leakOf(slot: Slot) {
  return buildLeak({ ...leakedIn(slot), isKnown: true });
}

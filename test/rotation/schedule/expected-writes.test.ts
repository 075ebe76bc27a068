import { describe, expect, it } from 'vitest';
import { expectStores, expectWrites, writesOf } from '../../../src/rotation/schedule/expected-writes.ts';
import type { RotationState } from '../../../src/rotation/state.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';

const target = buildTarget();
const { newKeyProof, overlapMs } = target.policy;
/** The new key's proof, five seconds for the rest, and the overlap of two hours. */
const ledMs = newKeyProof.spreadMs + 5_000;
const laterMs = ledMs + 2 * hourMs;
const untilMs = nowMs + hourMs;
const held = { by: 'operator-1', reason: 'release night', atMs: nowMs };
const suspended: RotationState = {
  ...{ kind: 'suspended', reason: 'vault-stale', sinceMs: nowMs, from: buildState('preparing') },
};

function expected(
  rotation: RotationState | null,
  wakeAtMs: number | null = null,
  expectThem: typeof expectStores = expectWrites,
  of = target,
  lateMs = 0,
) {
  const writes: [number, number][] = [];
  const bucket = { expect: (atMs: number, count: number) => writes.push([atMs - nowMs, count]) };
  expectThem(bucket as never, of, buildRow({ rotation, wakeAtMs }), nowMs, lateMs);
  return writes;
}

describe('the writes that are still to come', () => {
  it.each<[says: string, rotation: RotationState | null, writes: [inMs: number, count: number][]]>([
    ['are none without a rotation', null, []],
    ['are none of one that waits for a person', suspended, []],
    [
      'are two pairs while it prepares',
      buildState('preparing'),
      [
        [0, 2],
        [laterMs, 2],
      ],
    ],
    [
      'are one and a pair while it regenerates',
      buildState('regenerating'),
      [
        [0, 1],
        [laterMs, 2],
      ],
    ],
    ['are a pair once the key is made', buildState('publishing', { stateSinceMs: nowMs - 9 }), [[laterMs - 9, 2]]],
    ['are a pair while it is proved', buildState('probing', { stateSinceMs: nowMs - 9 }), [[laterMs - 9, 2]]],
    ['are a pair while consumers are led to it', buildState('switching'), [[laterMs, 2]]],
    ['are a pair when the overlap ends', buildState('overlapping', { overlapUntilMs: untilMs }), [[hourMs, 2]]],
    ['are a pair now if it has ended', buildState('overlapping', { overlapUntilMs: nowMs - 1 }), [[0, 2]]],
    ['are none while it is held', buildState('overlapping', { overlapUntilMs: untilMs, held }), []],
    ['are one while the old key is regenerated', buildState('retiring'), [[0, 1]]],
    ['are one while it is led back', buildState('rolling-back'), [[0, 1]]],
    ['are one while it is undone', buildState('cancelling'), [[0, 1]]],
    ['are none while the last is stored', buildState('restocking'), []],
    ['are none while the end is confirmed', buildState('confirming'), []],
  ])('%s', (_, rotation, writes) => {
    expect(expected(rotation)).toEqual(writes);
  });

  it('come when the rotation is woken, and not before now', () => {
    expect(expected(buildState('retiring'), untilMs)).toEqual([[hourMs, 1]]);
    expect(expected(buildState('retiring'), nowMs - 1)).toEqual([[0, 1]]);
  });

  it('come after the overlap in force, and of a start after that of the target', () => {
    const rotation = buildState('preparing', { overlap: { ...buildState('preparing').overlap, ms: 7 } });
    expect(expected(rotation)).toEqual([
      [0, 2],
      [ledMs + 7, 2],
    ]);
    expect(writesOf(target)).toEqual([
      { afterMs: 0, requests: 2 },
      { afterMs: ledMs + overlapMs, requests: 2 },
    ]);
  });
});

type StoresRow = [
  says: string,
  rotation: RotationState | null,
  stores: [inMs: number, count: number][],
  of?: typeof target,
];

describe('the secrets that are still to be stored', () => {
  const direct = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
  it.each<StoresRow>([
    ['are none without a rotation', null, []],
    ['are none of one that waits for a person', suspended, []],
    [
      'are two, one and one while it prepares',
      buildState('preparing'),
      [
        [0, 2],
        [ledMs, 1],
        [laterMs, 1],
      ],
    ],
    [
      'are one more with a direct value',
      buildState('preparing'),
      [
        [0, 2],
        [ledMs, 2],
        [laterMs, 1],
      ],
      direct,
    ],
    ...(['regenerating', 'publishing'] as const).map(
      (kind): StoresRow => [
        `are one, one and one while ${kind}`,
        buildState(kind),
        [
          [0, 1],
          [ledMs, 1],
          [laterMs, 1],
        ],
      ],
    ),
    [
      'are one and one when the new key has been proved',
      buildState('probing', { stateSinceMs: nowMs - 9 }),
      [
        [newKeyProof.spreadMs - 9, 1],
        [newKeyProof.spreadMs - 9 + 2 * hourMs, 1],
      ],
    ],
    [
      'are one and one now if its proof takes longer than it is spread over',
      buildState('probing', { stateSinceMs: nowMs - hourMs }),
      [
        [0, 1],
        [2 * hourMs, 1],
      ],
    ],
    [
      'are one and one while consumers are led to it',
      buildState('switching'),
      [
        [0, 1],
        [2 * hourMs, 1],
      ],
    ],
    ['are one when the overlap ends', buildState('overlapping', { overlapUntilMs: untilMs }), [[hourMs, 1]]],
    [
      'are one when the overlap ends whose copies are written',
      buildState('updating-copies', { overlapUntilMs: untilMs }),
      [[hourMs, 1]],
    ],
    ['are none while it is held', buildState('overlapping', { overlapUntilMs: untilMs, held }), []],
    ['are one while the old key is regenerated', buildState('retiring'), [[0, 1]]],
    ['are one while its successor is stored', buildState('restocking'), [[0, 1]]],
    ['are one while it is led back', buildState('rolling-back'), [[0, 1]]],
    ['are two while it is undone with a direct value', buildState('cancelling'), [[0, 2]], direct],
    ['are none while the end is confirmed', buildState('confirming'), []],
  ])('%s', (_, rotation, stores, of) => {
    expect(expected(rotation, null, expectStores, of)).toEqual(stores);
  });

  it('come when the rotation is woken, and not before now', () => {
    expect(expected(buildState('restocking'), untilMs, expectStores)).toEqual([[hourMs, 1]]);
    expect(expected(buildState('restocking'), nowMs - 1, expectStores)).toEqual([[0, 1]]);
  });

  it('come as much later as the starts of the vault are late, and not before now', () => {
    const first = (wakeAtMs: number) => expected(buildState('preparing'), wakeAtMs, expectStores, target, 30_000)[0];
    expect(first(nowMs - 20_000)).toEqual([10_000, 2]);
    expect(first(nowMs - 40_000)).toEqual([0, 2]);
    expect(first(untilMs)).toEqual([hourMs + 30_000, 2]);
    expect(expected(buildState('restocking'), untilMs, expectStores, target, 30_000)).toEqual([[hourMs, 1]]);
  });
});

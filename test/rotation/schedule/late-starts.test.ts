import { describe, expect, it } from 'vitest';
import { latenessOf, restOfLateStarts } from '../../../src/rotation/schedule/late-starts.ts';
import type { RotationState } from '../../../src/rotation/state.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, nowMs } from '../row-builder.ts';

const [vault, other] = ['https://kv-one.vault.azure.net', 'https://kv-two.vault.azure.net'];
const second = 1_000;

/** Planned for this second by the sweep that began at the other one. */
const planned = (at: number, sweptAt = 0) => ({ atMs: at * second, sweptAtMs: sweptAt * second });

/** Of the last of these starts of one vault, each planned for the first second and met at the other one. */
function restOfLast(...starts: readonly (readonly [plannedAt: number, metAt: number, sweptAt?: number])[]) {
  const restOf = restOfLateStarts();
  return starts.map(([at, metAt, sweptAt]) => restOf(vault, planned(at, sweptAt), metAt * second)).at(-1);
}

describe('a start that comes late', () => {
  it.each<[string, number, ...(readonly [number, number, number?])[]]>([
    ['sets out if it is the first', 0, [0, 30]],
    ['sets out if it is as late as the latest', 0, [0, 30], [0, 30]],
    ['sets out if it is later still', 0, [0, 30], [0, 31]],
    ['rests until it is as late as the latest', 20, [0, 30], [20, 30]],
    ['rests so, too, after one that was less late', 20, [0, 30], [20, 30], [20, 30]],
    ['rests until it is as late as one that was later still', 25, [0, 30], [5, 40], [20, 30]],
    ['sets out rather than rest for less than five seconds', 0, [0, 30], [4.999, 30]],
    ['rests for five seconds', 5, [0, 30], [5, 30]],
    ['rests for no longer than the sweep has patience', 80, [0, 800], [790, 800]],
    ['sets out if it comes before its time, by a clock that is behind', 0, [40, 30]],
    ['rests however long ago the latest of its sweep was', 29, [0, 30], [329, 330]],
    ['sets out if a later sweep planned it, which knew how late those were', 0, [0, 30], [329, 330, 300]],
    ['rests by the latest of its own sweep, whatever came between', 20, [0, 30], [310, 320, 300], [300, 310]],
  ])('%s', (_, restSeconds, ...starts) => {
    expect(restOfLast(...starts)).toBe(restSeconds * second);
  });

  it('keeps its distance only from those of its vault', () => {
    const restOf = restOfLateStarts();
    restOf(vault, planned(0), 30 * second);
    expect(restOf(other, planned(20), 30 * second)).toBe(0);
    expect(restOf(vault, planned(20), 30 * second)).toBe(20 * second);
  });

  it('sets out as far behind the others as it was planned, whoever takes it', () => {
    // A hundred starts a second apart wait for a minute; four new workers then take all of them in turn.
    const workers = Array.from({ length: 4 }, restOfLateStarts);
    const setOut = Array.from({ length: 100 }, (_, index) => {
      const metAt = Math.max(60, index) * second;
      return metAt + (workers[index % 4]?.(vault, planned(index), metAt) ?? Number.NaN);
    });
    const crowded = setOut.filter((at) => setOut.filter((one) => one >= at && one < at + 10 * second).length > 18);
    expect(crowded).toEqual([]);
  });
});

describe('how late the starts of a vault are', () => {
  const start = (
    lateMs: number | null,
    rotation: RotationState | null = buildState('preparing'),
    vaultUrl = vault,
  ) => ({
    member: {
      target: buildTarget({ vaultUrl }),
      row: buildRow({ rotation, wakeAtMs: lateMs === null ? null : nowMs - lateMs }),
    },
  });
  it.each<[string, number, ...ReturnType<typeof start>[]]>([
    ['is as late as the latest that has not set out', 30_000, start(10_000), start(30_000), start(20_000)],
    ['is nothing while all are still to come', 0, start(-10_000)],
    ['is nothing by those that have set out', 0, start(30_000, buildState('publishing')), start(30_000, null)],
    ['is nothing by one that nothing wakes', 0, start(null)],
    ['is nothing by those of another vault', 0, start(30_000, buildState('preparing'), other)],
    ['is no more than the sweep has patience', 90_000, start(86_400_000)],
  ])('%s', (_, lateMs, ...starts) => {
    expect(latenessOf(starts, nowMs).get(vault) ?? 0).toBe(lateMs);
  });
});

import { describe, expect, it } from 'vitest';
import { restOfLateStarts } from '../../../src/rotation/schedule/late-starts.ts';

const [vault, other] = ['https://kv-one.vault.azure.net', 'https://kv-two.vault.azure.net'];
const second = 1_000;

/** Of the last of these starts of one vault, each planned for the first second and met at the other one. */
function restOfLast(...starts: readonly (readonly [plannedAt: number, metAt: number])[]) {
  const restOf = restOfLateStarts();
  return starts.map(([plannedAt, metAt]) => restOf(vault, plannedAt * second, metAt * second)).at(-1);
}

describe('a start that comes late', () => {
  it.each<[string, number, ...(readonly [number, number])[]]>([
    ['sets out if it is the first', 0, [0, 30]],
    ['sets out if it is as late as the latest', 0, [0, 30], [0, 30]],
    ['sets out if it is later still', 0, [0, 30], [0, 31]],
    ['rests until it is as late as the latest', 20, [0, 30], [20, 30]],
    ['rests so, too, after one that was less late', 20, [0, 30], [20, 30], [20, 30]],
    ['rests until it is as late as one that was later still', 25, [0, 30], [5, 40], [20, 30]],
    ['sets out rather than rest for less than five seconds', 0, [0, 30], [4.999, 30]],
    ['rests for five seconds', 5, [0, 30], [5, 30]],
    ['rests for no longer than the sweep has patience', 80, [0, 1_000], [990, 1_000]],
    ['sets out if it comes before its time, by a clock that is behind', 0, [40, 30]],
    ['rests while the latest is five minutes ago', 29, [0, 30], [329, 330]],
    ['sets out if that is longer ago: the sweep has planned again', 0, [0, 30], [329.001, 330.001]],
  ])('%s', (_, restSeconds, ...starts) => {
    expect(restOfLast(...starts)).toBe(restSeconds * second);
  });

  it('keeps its distance only from those of its vault', () => {
    const restOf = restOfLateStarts();
    restOf(vault, 0, 30 * second);
    expect(restOf(other, 20 * second, 30 * second)).toBe(0);
    expect(restOf(vault, 20 * second, 30 * second)).toBe(20 * second);
  });

  it('sets out as far behind the others as it was planned, whoever takes it', () => {
    // A hundred starts a second apart wait for a minute; four new workers then take all of them in turn.
    const workers = Array.from({ length: 4 }, restOfLateStarts);
    const setOut = Array.from({ length: 100 }, (_, index) => {
      const metAt = Math.max(60, index) * second;
      return metAt + (workers[index % 4]?.(vault, index * second, metAt) ?? Number.NaN);
    });
    const crowded = setOut.filter((at) => setOut.filter((one) => one >= at && one < at + 10 * second).length > 18);
    expect(crowded).toEqual([]);
  });
});

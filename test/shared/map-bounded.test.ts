import { describe, expect, it } from 'vitest';
import { mapBounded, mapBoundedByGroup } from '../../src/shared/map-bounded.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What is at work, and what ends it. */
function work() {
  const ends = new Map<string, () => void>();
  return {
    now: () => [...ends.keys()],
    begin: (item: string) =>
      new Promise<string>((resolve) =>
        ends.set(item, () => {
          ends.delete(item);
          resolve(item.toUpperCase());
        }),
      ),
    async end(item: string) {
      ends.get(item)?.();
      await turn();
    },
  };
}

describe('work on many items', () => {
  it('begins in their order, so many at a time, and answers in it', async () => {
    const { now, begin, end } = work();
    const done = mapBounded(['a', 'b', 'c'], 2, begin);
    expect(now()).toEqual(['a', 'b']);
    await end('b');
    expect(now()).toEqual(['a', 'c']);
    await end('c');
    await end('a');
    expect(await done).toEqual(['A', 'B', 'C']);
  });

  it('passes over a group that is at its bound, and comes back to it', async () => {
    const { now, begin, end } = work();
    const done = mapBoundedByGroup(['a1', 'a2', 'a3', 'b1', 'b2'], 3, ([group]) => group, 2, begin);
    expect(now()).toEqual(['a1', 'a2', 'b1']);
    await end('b1');
    expect(now()).toEqual(['a1', 'a2', 'b2']);
    await end('b2');
    expect(now()).toEqual(['a1', 'a2']);
    await end('a2');
    expect(now()).toEqual(['a1', 'a3']);
    await end('a1');
    await end('a3');
    expect(await done).toEqual(['A1', 'A2', 'A3', 'B1', 'B2']);
  });

  it('leaves none out if all are of one group', async () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    expect(
      await mapBoundedByGroup(
        items,
        8,
        () => 'one',
        2,
        async (item) => item + 1,
      ),
    ).toEqual(items.map((i) => i + 1));
  });

  it('rejects with the first rejection', async () => {
    const map = async (item: number) => Promise.reject(new RangeError(String(item)));
    await expect(mapBoundedByGroup([1, 2], 1, () => 'one', 1, map)).rejects.toThrow('1');
  });
});

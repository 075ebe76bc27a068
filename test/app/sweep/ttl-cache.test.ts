import { describe, expect, it } from 'vitest';
import { ttlCache } from '../../../src/app/sweep/ttl-cache.ts';
import { memoryClock } from '../../memory-world/memory-clock.ts';

/** Rows that are counted: each reading gives the next number, or fails. */
function open(answers: readonly (() => Promise<readonly number[]>)[] = [], stillStand?: () => Promise<boolean>) {
  const clock = memoryClock(0);
  let reads = 0;
  const lately = ttlCache(
    clock,
    15_000,
    () => {
      reads += 1;
      return (answers[reads - 1] ?? (async () => [reads]))();
    },
    stillStand,
  );
  return { clock, lately, reads: () => reads };
}

describe('rows that were read lately', () => {
  it('are shared by all who ask within the time, and then read again', async () => {
    const { clock, lately, reads } = open();
    expect(await Promise.all([lately.rows(), lately.rows()])).toEqual([[1], [1]]);
    clock.advance(14_999);
    expect(await lately.rows()).toEqual([1]);
    clock.advance(1);
    expect([await lately.rows(), reads()]).toEqual([[2], 2]);
  });

  it('that could not be read are kept for nobody else', async () => {
    const { lately } = open([() => Promise.reject(new Error('down'))]);
    await expect(lately.rows()).rejects.toThrow('down');
    expect(await lately.rows()).toEqual([2]);
  });

  it('are not dropped by an older reading that fails late', async () => {
    let fail = (_: Error) => {};
    const { lately, reads } = open([() => new Promise((_, reject) => (fail = reject))]);
    const first = lately.rows();
    lately.keep([7]);
    fail(new Error('late'));
    await expect(first).rejects.toThrow('late');
    expect([await lately.rows(), reads()]).toEqual([[7], 1]);
  });

  it.each([
    ['as long as they are found to stand', [true, true], [1, 1, 1], 1],
    ['and are read again once they do not', [true, false], [1, 1, 2], 2],
  ])('serve on after the time %s', async (_, stand, served, readings) => {
    const { clock, lately, reads } = open([], async () => stand.shift() ?? false);
    const seen: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      seen.push(...(await Promise.all([lately.rows(), lately.rows()]))[0]);
      clock.advance(15_000);
    }
    expect([seen, reads()]).toEqual([served, readings]);
  });

  it('are read again ten minutes after they were, whatever is said of them', async () => {
    const { clock, lately, reads } = open([], async () => true);
    for (let minutes = 0; minutes < 20; minutes += 1) {
      await lately.rows();
      clock.advance(60_000);
    }
    expect(reads()).toBe(2);
  });

  it('are looked at at once by who wants them fresh', async () => {
    const { lately, reads } = open([], async () => reads() > 1);
    expect([await lately.rows(), await lately.fresh(), await lately.fresh(), reads()]).toEqual([[1], [2], [2], 2]);
  });

  it('are read by the next one if it cannot be told whether they stand', async () => {
    const { clock, lately } = open([], async () => Promise.reject(new Error('down')));
    await lately.rows();
    clock.advance(15_000);
    await expect(lately.rows()).rejects.toThrow('down');
    expect(await lately.rows()).toEqual([2]);
  });

  it('are read again once they are forgotten', async () => {
    const { lately } = open();
    await lately.rows();
    lately.forget();
    expect(await lately.rows()).toEqual([2]);
  });

  it('are made into something once a reading', async () => {
    const { clock, lately } = open();
    const made: (readonly number[])[] = [];
    const sum = lately.from((rows) => {
      made.push(rows);
      return { rows };
    });
    expect(await sum()).toBe(await sum());
    clock.advance(15_000);
    expect(await sum()).toEqual({ rows: [2] });
    expect(made).toEqual([[1], [2]]);
  });
});

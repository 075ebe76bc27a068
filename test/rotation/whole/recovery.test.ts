import { describe, expect, it } from 'vitest';
import { tried } from '../../vitest/whole-search.ts';
import { type Death, deaths, ends, recoveryAfter } from './recovery-search.ts';

describe.each(ends)('$name', ({ lostMs, unsentMs }) => {
  it.each(tried(Object.keys(deaths) as Death[], 2))(
    'at any write of a rotation, %s: the next one leaves within 200 seconds of when it is due',
    async (death) => {
      const { writes, longestMs, late } = await recoveryAfter(death, lostMs, unsentMs);
      console.log(`at most ${Math.round(longestMs / 1000)} s after one of ${writes} writes`);
      expect(late).toEqual([]);
    },
    120_000,
  );
});

import { expect, it } from 'vitest';
import { oneAtATime } from '../../src/shared/one-at-a-time.ts';

it('begins nothing before what came first has ended, well or not', async () => {
  const run = oneAtATime();
  const told: string[] = [];
  const work = (name: string, fails = false) =>
    run(async () => {
      told.push(`${name} begins`);
      await Promise.resolve();
      told.push(`${name} ends`);
      if (fails) throw new TypeError(name);
      return name;
    });
  const [first, second, third] = await Promise.allSettled([work('first'), work('second', true), work('third')]);
  expect([first?.status, second?.status, third]).toEqual([
    'fulfilled',
    'rejected',
    { status: 'fulfilled', value: 'third' },
  ]);
  expect(told).toEqual(['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends']);
});

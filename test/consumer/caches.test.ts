/** What a rotation costs consumers that keep to what the target declares, and those that cache twice as long. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { consumersHoldMs } from '../../src/keys/target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { kitConsumer } from './kit-consumers.ts';
import { nodeRecipe } from './node-recipe.ts';
import { type RotationWorld, rotationWorld, seeded } from './rotation-world.ts';

const minuteMs = 60_000;
const instances = 6;

/** Makes an instance. @returns one request, true if it failed */
type Consumer = (world: RotationWorld, cacheMinutes: number, random: () => number) => Promise<() => Promise<boolean>>;

const kit =
  (shape: 'credential' | 'policy'): Consumer =>
  async ({ keyturn }, cacheMinutes, random) => {
    const place = { prefix: 'ai-services' };
    const consumer = await kitConsumer(keyturn, shape, place, random, () => false, cacheMinutes * minuteMs);
    return async () => {
      const before = consumer.failures.length;
      await consumer.call();
      return consumer.failures.length > before;
    };
  };

const consumers: Readonly<Record<string, Consumer>> = {
  'the kit, `credential` and `policy`': kit('policy'),
  'the kit, `credential` alone': kit('credential'),
  async 'without the kit'(world, cacheMinutes) {
    const { currentKey, send } = await nodeRecipe(world, cacheMinutes);
    return async () => {
      const key = await currentKey();
      const status = await send(key);
      return (status === 401 ? await send(await currentKey(key)) : status) !== 200;
    };
  },
  async 'without the kit, and sends nothing again after a 401'(world, cacheMinutes) {
    const { currentKey, send } = await nodeRecipe(world, cacheMinutes);
    return async () => (await send(await currentKey())) !== 200;
  },
};

/** Of the requests of all instances in one rotation, whose overlap is the shortest that the declaration allows. */
async function failures(consumer: Consumer, cacheMinutes: number) {
  const declared = buildTarget({ policy: { pointerCacheMs: 30 * minuteMs, keyCacheMs: 0 } });
  // One gateway node: which of several a request meets is chance, and moves the count by one or two.
  const world = await rotationWorld(minuteMs, consumersHoldMs(declared), 1);
  const random = seeded(11);
  const counts = { requests: 0, failed: 0 };
  // One after the other, so that their caches end at different times.
  for (let instance = 0; instance < instances; instance += 1) {
    const fails = await consumer(world, cacheMinutes, random);
    world.join(async () => {
      counts.requests += 1;
      if (await fails()) counts.failed += 1;
    });
    await world.pass((cacheMinutes / instances) * minuteMs);
  }
  counts.requests = 0;
  const fromMs = world.keyturn.clock.nowMs();
  await world.rotate();
  await world.rotateUntil(world.ended);
  await world.pass(fromMs + 120 * minuteMs - world.keyturn.clock.nowMs());
  return counts;
}

describe.each(Object.entries(consumers))('%s', (name, consumer) => {
  it('fails as many requests as docs/consumers.md says', async () => {
    const [, ...said] =
      readFileSync('docs/consumers.md', 'utf8')
        .split('\n')
        .find((line) => line.startsWith(`| ${name} |`))
        ?.split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()) ?? [];
    const declared = await failures(consumer, 30);
    const twice = await failures(consumer, 60);
    expect(declared.requests).toBeGreaterThan(instances * 100);
    expect([String(declared.failed), String(twice.failed)]).toEqual(said);
    expect(declared.failed).toBe(0);
  });
});

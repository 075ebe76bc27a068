import { expect, it } from 'vitest';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../row-of.ts';

const states = [
  ...['regenerating', 'publishing', 'probing', 'switching', 'overlapping'],
  ...['retiring', 'restocking', 'confirming', 'completed'],
];

it('a rotation leaves one line a state in the log', async () => {
  const life = await openTarget(buildTarget(), 'key1');
  const rotationId = await askForRotation(life);
  await life.run(() => rowOf(life)?.lastEnd != null, life.world.clock.nowMs() + 72 * 3_600_000);
  const { log } = life.world;
  const moved = log.filter((line) => line.event === 'rotation-moved');
  expect(moved).toEqual(
    states.map((to) => ({ event: 'rotation-moved', target: 'demo', rotationId, to, reason: null })),
  );
});

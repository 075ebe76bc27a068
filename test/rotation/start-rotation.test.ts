import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { operator } from '../memory-world/life.ts';
import { type MemoryWorld, memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const target = buildTarget();

/** An adopted target; `lose` meets the next save of the row, with its reply or with the request itself. */
async function adopted() {
  const world = memoryWorld();
  const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
  expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
  const lose = (what: 'request' | 'reply') => {
    world.adversary[what === 'request' ? 'before' : 'after'] = ({ operation }) => {
      if (operation !== 'save') return;
      world.adversary = {};
      throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
    };
  };
  return { world, app, lose };
}

const messages = (world: MemoryWorld) => world.queue.length;

describe('starting a rotation whose save gets no reply', () => {
  it('finds the rotation in the row, says that it has started and wakes a worker', async () => {
    const { world, app, lose } = await adopted();
    lose('reply');
    const started = await app.startRotation('demo', { idleKeyUnused: true }, operator);
    expect(started).toMatchObject({ kind: 'started', rotation: { state: 'preparing' } });
    expect(messages(world)).toBe(1);
    const id = started.kind === 'started' ? started.rotation.id : '';
    expect(await app.readRotation('demo', id)).toMatchObject({ kind: 'found' });
  });

  it('says that the outcome is not known where the row holds no rotation', async () => {
    const { world, app, lose } = await adopted();
    lose('request');
    const started = await app.startRotation('demo', { idleKeyUnused: true }, operator);
    expect(started).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
    expect(messages(world)).toBe(0);
  });

  it("does not take another's rotation for its own", async () => {
    const { world, app, lose } = await adopted();
    lose('request');
    const meet = world.adversary.before;
    world.adversary.before = async (call) => {
      if (call.operation !== 'save') return;
      world.adversary = {};
      await app.startRotation('demo', { idleKeyUnused: true }, operator);
      await meet?.(call);
    };
    const started = await app.startRotation('demo', { idleKeyUnused: true }, operator);
    expect(started).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
  });
});

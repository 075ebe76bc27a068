import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { operator } from '../../memory-world/life.ts';
import { type MemoryWorld, memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

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
    const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    expect(started).toMatchObject({ kind: 'started', rotation: { state: 'preparing' } });
    expect(messages(world)).toBe(1);
    const id = started.kind === 'started' ? started.rotation.id : '';
    expect(await app.readRotation('demo', id)).toMatchObject({ kind: 'found' });
  });

  it('says that the outcome is not known if the row holds no rotation', async () => {
    const { world, app, lose } = await adopted();
    lose('request');
    const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
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
      await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
      await meet?.(call);
    };
    const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    expect(started).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
  });
});

describe('a start that is sent twice under one name', () => {
  const asked = { inactiveKeyUnused: true, idempotencyKey: 'monday' };

  it('starts one rotation, and tells of it again after it has ended', async () => {
    const { world, app } = await adopted();
    const first = await app.startRotation('demo', asked, operator);
    const again = await app.startRotation('demo', asked, operator);
    expect(again).toEqual(first);
    expect(messages(world)).toBe(1);
    await deliverAll(world, app);
    expect(await app.startRotation('demo', asked, operator)).toMatchObject({
      kind: 'started',
      rotation: { id: first.kind === 'started' ? first.rotation.id : '', state: 'completed' },
    });
  });

  it('starts one rotation when the reply of the first save was lost', async () => {
    const { app, lose } = await adopted();
    lose('request');
    expect(await app.startRotation('demo', asked, operator)).toMatchObject({ kind: 'unavailable' });
    lose('reply');
    const started = await app.startRotation('demo', asked, operator);
    expect(await app.startRotation('demo', asked, operator)).toEqual(started);
  });

  it('starts one rotation when both come at the same moment', async () => {
    const { world, app } = await adopted();
    const answers: unknown[] = [];
    world.adversary.before = async ({ operation }) => {
      if (operation !== 'save') return;
      world.adversary = {};
      answers.push(await app.startRotation('demo', asked, operator));
    };
    answers.push(await app.startRotation('demo', asked, operator));
    expect(answers).toMatchObject([{ kind: 'started' }, { kind: 'not-now', reason: 'lost-race' }]);
    expect(await app.startRotation('demo', asked, operator)).toEqual(answers[0]);
  });

  it('is refused when it asks for something else under that name, and changes nothing', async () => {
    const { world, app } = await adopted();
    await app.startRotation('demo', asked, operator);
    const other = { ...asked, inactiveKeyUnused: false };
    expect(await app.startRotation('demo', other, operator)).toEqual({ kind: 'key-reused' });
    expect(messages(world)).toBe(1);
  });

  it('starts none if the history of the first is forgotten', async () => {
    const { world, app } = await adopted();
    const first = await app.startRotation('demo', asked, operator);
    await deliverAll(world, app);
    world.journal.history.delete(`end-${first.kind === 'started' ? first.rotation.id : ''}`);
    expect(await app.startRotation('demo', asked, operator)).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(messages(world)).toBe(0);
  });

  it('is another start when another caller sends it', async () => {
    const { app } = await adopted();
    const first = await app.startRotation('demo', asked, operator);
    const other = await app.startRotation('demo', asked, { ...operator, objectId: 'somebody-else' });
    expect([first.kind, other]).toMatchObject(['started', { kind: 'not-now', reason: 'in-flight' }]);
  });
});

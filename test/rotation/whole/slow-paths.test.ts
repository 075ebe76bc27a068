import { describe, expect, it } from 'vitest';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../row-of.ts';

const secondMs = 1_000;
const dayMs = 24 * 3_600 * secondMs;
const layouts = [{ kind: 'pointer' }, { kind: 'direct', directSecretName: 'ai-services-key' }] as const;

const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'none';
const rests = (life: Life) => () => ['none', 'suspended'].includes(stateOf(life)) && !rowOf(life)?.operatorRequest;

/** A rotation whose calls all take `callMs`: a third to leave, a third to be carried out, a third for the reply. */
async function begin(layout: (typeof layouts)[number], callMs: number): Promise<Life> {
  const target = buildTarget({ layout });
  const life: Life = await openTarget(target, 'key1', { workerFor: () => life.start({ latencyMs: () => callMs / 3 }) });
  await askForRotation(life);
  return life;
}

async function ask(life: Life, action: 'cancel' | 'rollBack'): Promise<void> {
  const rotation = rowOf(life)?.rotation;
  const { worker, app } = life.start();
  await life.during(worker, app[action]('demo', rotation == null ? 'none' : rotationIdOf(rotation), operator));
}

describe('a rotation over paths so slow that reading, saving and writing one after another takes longer than five seconds', () => {
  for (const layout of layouts) {
    const target = buildTarget({ layout });
    it.each([1.5, 3, 3.5])(`completes with %s s a call (${layout.kind} layout)`, async (seconds) => {
      const life = await begin(layout, seconds * secondMs);
      await life.run(rests(life), life.world.clock.nowMs() + 5 * dayMs);
      expect(rowOf(life)).toMatchObject({ rotation: null, lastEnd: { outcome: 'completed' } });
      expect(inOrder(life, target, 'key2')).toBe(true);
      expect(life.watch.breaches).toEqual([]);
      const regenerated = life.world.calls.filter(({ operation }) => operation === 'regenerate');
      expect(regenerated.map(({ subject }) => subject)).toEqual(['key2', 'key1']);
    });

    it(`is rolled back with 3 s a call (${layout.kind} layout)`, async () => {
      const life = await begin(layout, 3 * secondMs);
      await life.run(() => stateOf(life) === 'overlapping', life.world.clock.nowMs() + dayMs);
      await ask(life, 'rollBack');
      await life.run(rests(life), life.world.clock.nowMs() + 5 * dayMs);
      expect(rowOf(life)).toMatchObject({ rotation: null, lastEnd: { outcome: 'rolled-back' } });
      expect(inOrder(life, target, 'key1')).toBe(true);
      expect(life.watch.breaches).toEqual([]);
    });

    it(`is cancelled with 3 s a call (${layout.kind} layout)`, async () => {
      const life = await begin(layout, 3 * secondMs);
      const isAhead = () => stateOf(life) === 'switching' && JSON.stringify(rowOf(life)?.rotation).includes('"direct"');
      await life.run(() => isAhead() || stateOf(life) === 'probing', life.world.clock.nowMs() + dayMs);
      await ask(life, 'cancel');
      await life.run(rests(life), life.world.clock.nowMs() + 5 * dayMs);
      expect(rowOf(life)).toMatchObject({ rotation: null, lastEnd: { outcome: 'cancelled' } });
      expect(inOrder(life, target, 'key1')).toBe(true);
      expect(life.watch.breaches).toEqual([]);
    });

    it(`kills nothing with 8 s a call, and says why (${layout.kind} layout)`, async () => {
      const life = await begin(layout, 8 * secondMs);
      await life.run(rests(life), life.world.clock.nowMs() + 5 * dayMs);
      expect(rowOf(life)?.rotation).toMatchObject({
        kind: 'suspended',
        reason: expect.stringMatching(/-overdue$/),
        from: { lastFailure: { code: 'fence-lost' } },
      });
      expect(life.world.account.everyKey).toHaveLength(2);
      expect(life.watch.breaches).toEqual([]);
    });
  }

  it('takes its intent back if the second reading shows that somebody moved the pointer', async () => {
    const life = await begin(layouts[0], 3 * secondMs);
    await life.run(() => stateOf(life) === 'retiring', life.world.clock.nowMs() + 5 * dayMs);
    const isSent = () => JSON.stringify(rowOf(life)?.rotation ?? {}).includes('"sent":{');
    // Before the second reading, after the first.
    life.world.watchers.push((happening) => {
      if (happening.kind !== 'saved' || stateOf(life) !== 'retiring' || !isSent()) return;
      const name = 'ai-services-active-key';
      if (life.world.vault.value(name) !== 'key2') return;
      life.world.vault.put({ name, contentType: null, tags: {}, expiresAtMs: null }, 'key1');
      life.world.happened({ kind: 'outside', act: 'move pointer' });
    });
    const before = life.world.account.keys.key1;
    await life.run(rests(life), life.world.clock.nowMs() + 5 * dayMs);
    expect(life.watch.breaches).toEqual([]);
    expect(life.world.account.keys.key1).toBe(before);
    expect(rowOf(life)?.rotation).toMatchObject({
      kind: 'suspended',
      reason: 'pointer-moved',
      from: { kind: 'retiring', sent: null },
    });
  });

  it('adopts, and repairs what somebody deleted, with 3.5 s a call', async () => {
    const target = buildTarget({ layout: layouts[1] });
    const life = await openTarget(target, 'key1');
    const { vault } = life.world;
    for (const name of ['ai-services-key1', 'ai-services-active-key']) vault.setDeleted(name, true);
    const { worker, app } = life.start({ latencyMs: () => (3.5 * secondMs) / 3 });
    expect(await life.during(worker, app.repair('demo', operator))).toMatchObject({ kind: 'repaired' });
    expect(inOrder(life, target, 'key1')).toBe(true);
    expect(life.watch.breaches).toEqual([]);
  });
});

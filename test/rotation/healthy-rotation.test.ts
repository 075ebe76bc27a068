import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { Target } from '../../src/keys/target.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { watchInvariants } from '../memory-world/invariants.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const operator = { objectId: 'operator-1', name: 'contoso operator' };

function open(target: Target) {
  const world = memoryWorld();
  return {
    world,
    watch: watchInvariants(world, target),
    app: createApp({ ...world.ports, targets: fixedTargets([target]) }),
  };
}

describe('a healthy rotation', () => {
  for (const layout of [{ kind: 'pointer' }, { kind: 'direct', directSecretName: 'ai-services-key' }] as const)
    it(`replaces both keys and moves the pointer (${layout.kind} layout)`, async () => {
      const target = buildTarget({ layout });
      const { world, watch, app } = open(target);
      const before = { ...world.account.keys };
      expect((await app.adopt('demo', { activeSlot: null }, operator)).kind).toBe('adopted');
      expect(world.vault.value('ai-services-active-key')).toBe('key1');
      const started = await app.startRotation('demo', { idleKeyUnused: true }, operator);
      expect(started.kind).toBe('started');
      world.calls.length = 0;
      await deliverAll(world, app, watch.check);
      expect(watch.breaches).toEqual([]);
      expect(await app.readTarget('demo')).toMatchObject({
        target: { state: 'idle', activeSlot: 'key2', rotation: null },
      });
      expect(world.account.keys.key1).not.toBe(before.key1);
      expect(world.account.keys.key2).not.toBe(before.key2);
      expect(world.vault.value('ai-services-key1')).toBe(world.account.keys.key1);
      expect(world.vault.value('ai-services-key2')).toBe(world.account.keys.key2);
      expect(world.vault.value('ai-services-active-key')).toBe('key2');
      if (layout.kind === 'direct') expect(world.vault.value('ai-services-key')).toBe(world.account.keys.key2);
      const arm = world.calls.filter(({ service }) => service === 'arm').map(({ operation }) => operation);
      expect(arm.sort()).toEqual(['get', 'get', 'listKeys', 'listKeys', 'regenerate', 'regenerate']);
    });
});

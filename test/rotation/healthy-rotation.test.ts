import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { Target } from '../../src/keys/target.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { consumerKey, memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const operator = { objectId: 'operator-1', name: 'contoso operator' };

function open(target: Target) {
  const world = memoryWorld(target);
  return { world, app: createApp({ ...world.ports, targets: [target] }) };
}

describe('a healthy rotation', () => {
  for (const layout of [{ kind: 'pointer' }, { kind: 'direct', directSecretName: 'ai-services-key' }] as const)
    it(`replaces both keys and moves the pointer (${layout.kind} layout)`, async () => {
      const target = buildTarget({ layout });
      const { world, app } = open(target);
      const before = { ...world.keys };
      expect((await app.adopt('demo', { activeSlot: null }, operator)).kind).toBe('adopted');
      expect(consumerKey(world, target)).toBe(before.key1);
      const started = await app.startRotation('demo', { idleKeyUnused: true }, operator);
      expect(started.kind).toBe('started');
      world.calls.length = 0;
      await deliverAll(world, app, () => {
        const key = consumerKey(world, target);
        expect(key !== null && world.accepts(key)).toBe(true);
      });
      expect(await app.readTarget('demo')).toMatchObject({
        target: { state: 'idle', activeSlot: 'key2', rotation: null },
      });
      expect(world.keys.key1).not.toBe(before.key1);
      expect(world.keys.key2).not.toBe(before.key2);
      expect(world.read('ai-services-key1')).toBe(world.keys.key1);
      expect(world.read('ai-services-key2')).toBe(world.keys.key2);
      expect(world.read('ai-services-active-key')).toBe('key2');
      if (layout.kind === 'direct') expect(world.read('ai-services-key')).toBe(world.keys.key2);
      const arm = world.calls.filter(({ service }) => service === 'arm').map(({ operation }) => operation);
      expect(arm.sort()).toEqual(['get', 'get', 'listKeys', 'listKeys', 'regenerate', 'regenerate']);
    });
});

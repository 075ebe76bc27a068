import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import type { Target } from '../../../src/keys/target.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { watchInvariants } from '../../memory-world/invariants.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const operator = { objectId: 'operator-1' };

function open(target: Target) {
  const world = memoryWorld();
  return {
    world,
    watch: watchInvariants(world, target),
    app: createApp({ ...world.ports, targets: fixedTargets([target]) }),
  };
}

/** Every call to the vault, each by the rule that needs it: docs/rotation.md says how many. */
function vaultCalls(layout: Target['layout']['kind']): readonly string[] {
  const prefix = 'ai-services';
  const ifDirect = (...calls: readonly string[]) => (layout === 'direct' ? calls : []);
  const ofSlot = (slot: string) => [
    ...[`get ${prefix}-active-key`, `get ${prefix}-${slot}`],
    ...ifDirect(`get ${prefix}-key`),
  ];
  const all = [
    ...[`get ${prefix}-active-key`, `get ${prefix}-key1`, `get ${prefix}-key2`],
    ...ifDirect(`get ${prefix}-key`),
  ];
  return [
    // The gate, which the regenerate asks again within five seconds.
    ...all,
    // The proof that the vault can be written, and what it carries over.
    ...[`get ${prefix}-endpoint`, `set ${prefix}-endpoint`],
    // The new key: the vault's answer names its version.
    `set ${prefix}-key2`,
    // What the switch rests on, the new key read back among it; then each of its writes. Where consumers are pointed is read
    // again after one that is not the pointer's own.
    ...ofSlot('key2'),
    ...ifDirect(`set ${prefix}-key`, `get ${prefix}-active-key`),
    `set ${prefix}-active-key`,
    // The same versions still: for the proof that ends the overlap, and within five seconds of that for the point of no return.
    ...all,
    // The old key's successor, and where consumers are pointed after that.
    ...[`set ${prefix}-key1`, `get ${prefix}-active-key`],
    // What was superseded: whether a direct value may be disabled, and that. The others' keys and ages are known.
    ...ifDirect(`get-version ${prefix}-key`),
    ...[`disable ${prefix}-key1`, `disable ${prefix}-key2`],
    ...ifDirect(`disable ${prefix}-key`),
  ];
}

describe('a healthy rotation', () => {
  for (const layout of [{ kind: 'pointer' }, { kind: 'direct', directSecretName: 'ai-services-key' }] as const)
    it(`replaces both keys and moves the pointer (${layout.kind} layout)`, async () => {
      const target = buildTarget({ layout });
      const { world, watch, app } = open(target);
      const before = { ...world.account.keys };
      expect((await app.adopt('demo', { activeSlot: null }, operator)).kind).toBe('adopted');
      expect(world.vault.value('ai-services-active-key')).toBe('key1');
      world.clock.advance(target.policy.overlapMs + 3_600_000);
      const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
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
      const vault = world.calls.filter(({ service }) => service === 'vault');
      expect(vault.map(({ operation, subject }) => `${operation} ${subject}`)).toEqual(vaultCalls(layout.kind));
      const page = readFileSync('docs/deploy.md', 'utf8').replaceAll(/\s+/g, ' ');
      const said =
        /costs (\d+) vault operations \((\d+) with a direct value\), (\d+) calls of Resource Manager and about (\d+) table/;
      const [, byPointer, direct, ofArm, ofTable] = (said.exec(page) ?? []).map(Number);
      expect([layout.kind === 'pointer' ? byPointer : direct, ofArm]).toEqual([vault.length, arm.length]);
      const table = world.calls.filter(({ service }) => service === 'journal').length;
      expect(Math.abs(table - (ofTable ?? 0))).toBeLessThanOrEqual(5);
      // A sweep that looks for drift, and the next one, which does not.
      world.calls.length = 0;
      world.clock.advance(target.policy.driftEveryMs);
      await app.sweep();
      const look = /hourly for each target, costs (\d+) vault operations and (\d+) calls/
        .exec(page)
        ?.slice(1)
        .map(Number);
      expect(look).toEqual(
        ['vault', 'arm'].map((service) => world.calls.filter((call) => call.service === service).length),
      );
    });
});

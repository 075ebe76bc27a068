import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app/create-app.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { watchInvariants } from '../memory-world/invariants.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { consumerId, hardeningKeyturn } from './hardening/hardening-keyturn.ts';
import { callsOf, operator, rotating } from './steered-rotation.ts';

const dayMs = 86_400_000;
const fire = { paused: true, reason: 'fire' };
const goOn = { paused: false, reason: null };
const writes = new Set(['set', 'regenerate', 'disable', 'recover']);

describe('the pause switch', () => {
  it('stops a rotation on the true clients for a week, and lets it complete with nobody failing', async () => {
    const { keyturn, consumers, id } = await rotating();
    const { app, azure, journal, clock } = keyturn;
    expect(await app.setPause(fire, operator)).toMatchObject({
      kind: 'set',
      pause: { paused: true, by: operator.objectId, reason: 'fire' },
    });
    const from = azure.calls.length;
    await deliverAll(journal, app);
    clock.advance(7 * dayMs);
    await app.sweep();
    expect(azure.calls.slice(from).filter(({ caller }) => caller !== 'key')).toEqual([]);
    expect(journal.queue).toEqual([]);
    expect(await app.readPause()).toMatchObject({ paused: true, reason: 'fire' });
    expect(await app.readRotation('demo', id)).toMatchObject({ rotation: { state: 'preparing' } });

    await app.setPause(goOn, operator);
    await deliverAll(journal, app);
    expect(await app.readRotation('demo', id)).toMatchObject({ rotation: { state: 'completed' } });
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });

  it('refuses to begin anything, and notes what is asked of a rotation', async () => {
    const { keyturn, id } = await rotating();
    const { app, journal } = keyturn;
    await app.setPause(fire, operator);
    expect(await app.startRotation('demo', { inactiveKeyUnused: true }, operator)).toMatchObject({ reason: 'paused' });
    expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ reason: 'paused' });
    const leak = { slot: 'key1', dryRun: true, reason: null, overlapSeconds: null } as const;
    expect(await app.leak('demo', leak, operator)).toMatchObject({ kind: 'previewed' });
    expect(await app.cancel('demo', id, operator)).toMatchObject({ kind: 'noted' });
    await deliverAll(journal, app);
    await app.setPause(goOn, operator);
    await deliverAll(journal, app);
    expect(await app.readRotation('demo', id)).toMatchObject({ rotation: { state: 'cancelled' } });
  });

  const oneAddress = {
    ...{ mode: 'selected-networks' as const, ipRules: ['203.0.113.10'], subnets: null, bypass: null },
    ...{ privateEndpoint: null, privateDns: null, keyturn: null, consumers: [] },
  };
  type Ask = (world: ReturnType<typeof hardeningKeyturn>) => Promise<unknown>;
  it.each<[string, Ask]>([
    ['an adoption', ({ app }) => app.adopt('demo', { activeSlot: 'key1' }, operator)],
    ['a repair', ({ app }) => app.repair('demo', operator)],
    ['a rotation', ({ app }) => app.startRotation('demo', { inactiveKeyUnused: true }, operator)],
    ['a change of access', ({ access }) => access([{ principalId: consumerId }])],
    ['a change of keys', ({ keyless }) => keyless(false)],
    [
      'a change of network',
      ({ app }) => app.putNetwork('demo', oneAddress, { dryRun: false, confirm: [], ifMatch: null }, operator),
    ],
  ])('refuses %s, and nothing is asked of Azure', async (_, ask) => {
    const world = hardeningKeyturn();
    await world.app.adopt('demo', { activeSlot: 'key1' }, operator);
    await world.app.setPause(fire, operator);
    const from = world.azure.calls.length;
    expect(await ask(world)).toMatchObject({ kind: 'not-now', reason: 'paused' });
    const changing = world.azure.calls.slice(from).filter(({ method }) => method !== 'GET');
    expect(changing).toEqual([]);
  });

  it('takes the report of a leaked key, and replaces the key when it ends', async () => {
    const { app, azure, journal } = hardeningKeyturn();
    await app.adopt('demo', { activeSlot: 'key1' }, operator);
    await app.setPause(fire, operator);
    const from = azure.calls.length;
    const leak = { slot: 'key1', dryRun: false, reason: 'found in a repository', overlapSeconds: 60 } as const;
    expect(await app.leak('demo', { ...leak, dryRun: true }, operator)).toMatchObject({
      kind: 'previewed',
      preview: { waitsFor: 'pause', keyEndsAt: null, effect: expect.stringMatching(/^The whole instance is paused/) },
    });
    expect(await app.leak('demo', leak, operator)).toMatchObject({
      kind: 'begun',
      preview: { waitsFor: 'pause' },
    });
    await deliverAll(journal, app);
    await app.sweep();
    expect(azure.calls.slice(from)).toEqual([]);
    expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'leaked', leakedKeys: [{ slot: 'key1' }] } });

    await app.setPause(goOn, operator);
    await deliverAll(journal, app);
    expect(await app.readTarget('demo')).toMatchObject({
      target: { state: 'idle', leakedKeys: [], activeSlot: 'key2' },
    });
  });

  it('that cannot be read lets nothing begin', async () => {
    const { keyturn, id } = await rotating();
    const { app, journal, azure } = keyturn;
    journal.pause = { fields: { paused: 'perhaps' }, savedAtMs: 0 };
    const from = azure.calls.length;
    await deliverAll(journal, app);
    await app.sweep();
    expect(keyturn.log.filter(({ event }) => event === 'fleet-measured')).toEqual([]);
    expect(keyturn.log).toContainEqual({ event: 'target-not-swept', target: 'demo', code: 'pause-unreadable' });
    expect(azure.calls.slice(from)).toEqual([]);
    expect(await app.readPause()).toMatchObject({ paused: null });
    expect(await app.readRotation('demo', id)).toMatchObject({ rotation: { state: 'preparing' } });
  });

  for (const layout of [{ kind: 'pointer' }, { kind: 'direct', directSecretName: 'ai-services-key' }] as const)
    it(`thrown before each call of a rotation, for three days, breaks no invariant (${layout.kind} layout)`, async () => {
      const target = buildTarget({ layout });
      let calls = 0;
      for (let at = 0; at <= calls; at += 1) {
        const world = memoryWorld();
        const watch = watchInvariants(world, target);
        const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
        await app.adopt('demo', { activeSlot: null }, operator);
        world.clock.advance(target.policy.overlapMs + 2_000);
        await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
        world.calls.length = 0;
        let pausedAt: number | null = null;
        const leftAfter: string[] = [];
        world.adversary = {
          before(call) {
            watch.check();
            if (pausedAt !== null && writes.has(call.operation)) leftAfter.push(call.operation);
            if (pausedAt !== null || world.calls.length < at) return;
            pausedAt = world.calls.length;
            world.pause = {
              fields: { schemaVersion: 1, paused: true, by: 'a', reason: null },
              savedAtMs: world.clock.nowMs(),
            };
          },
        };
        await deliverAll(world, app, watch.check);
        // One step may have been about to leave when the switch was thrown; only disabling is more than one call.
        expect(leftAfter.filter((operation, index) => operation !== 'disable' || index === 0).length).toBeLessThan(2);
        world.clock.advance(3 * dayMs);
        world.adversary = {};
        await app.setPause(goOn, operator);
        await deliverAll(world, app, watch.check);
        watch.check();
        expect({ at, breaches: watch.breaches }).toEqual({ at, breaches: [] });
        expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'idle', activeSlot: 'key2' } });
        calls = Math.max(calls, pausedAt === null ? 0 : at + 1);
        if (pausedAt === null) break;
      }
      expect(calls).toBeGreaterThan(50);
    });
});

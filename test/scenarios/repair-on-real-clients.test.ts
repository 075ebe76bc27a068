import { describe, expect, it } from 'vitest';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { cachedConsumer } from './cached-consumer.ts';
import { person } from './person.ts';
import { currentKey, type SimulatedKeyturn, secretValue, simulatedKeyturn } from './simulated-keyturn.ts';

const operator = { objectId: 'operator-1' };
const hourMs = 3_600_000;
const layout = { kind: 'direct', directSecretName: 'ai-services-key' } as const;

/** Adopted and looked at, with consumers of both kinds who call after each of Keyturn's calls to Azure. */
async function inUse() {
  const keyturn = simulatedKeyturn({ layout });
  const { app, clock } = keyturn;
  await app.adopt('demo', { activeSlot: 'key1' }, operator);
  await app.sweep();
  clock.advance(keyturn.target.policy.overlapMs + hourMs);
  const consumers = [cachedConsumer(keyturn, 'pointer'), cachedConsumer(keyturn, 'direct')];
  keyturn.afterEachCall(async () => {
    for (const consumer of consumers) await consumer.call();
  });
  return { ...keyturn, consumers, someone: person(keyturn) };
}

function expectInOrder({ vault, account }: SimulatedKeyturn, active: 'key1' | 'key2'): void {
  expect(secretValue(vault, 'ai-services-active-key')).toBe(active);
  expect(secretValue(vault, 'ai-services-key')).toBe(currentKey(account, active));
  for (const slot of ['key1', 'key2'] as const)
    expect(secretValue(vault, `ai-services-${slot}`)).toBe(currentKey(account, slot));
}

const regenerated = ({ azure }: SimulatedKeyturn) =>
  azure.calls.filter(({ operation }) => operation.includes('regenerateKey')).length;
const drift = async ({ app }: SimulatedKeyturn) => {
  const answer = await app.readTarget('demo');
  return answer.kind === 'found' ? answer.target.drift.map(({ reason }) => reason) : [];
};

describe('drift and repair, on the true clients, while consumers call', () => {
  it.each<[string, (world: Awaited<ReturnType<typeof inUse>>) => Promise<void>, string[]]>([
    [
      'a person regenerates the inactive key',
      async ({ someone, clock }) => {
        await someone.regenerate('key2');
        clock.advance(60_000);
      },
      ['out-of-band-regenerated'],
    ],
    [
      'a person stores the inactive key in the direct-value secret',
      ({ someone, account }) => someone.store('ai-services-key', currentKey(account, 'key2')),
      ['direct-stale'],
    ],
    [
      "a person stores the inactive key in the active slot's secret",
      ({ someone, account }) => someone.store('ai-services-key1', currentKey(account, 'key2')),
      ['vault-stale'],
    ],
    [
      'a person deletes the inactive secret',
      async ({ someone, clock }) => {
        await someone.deleteSecret('ai-services-key2');
        clock.advance(60_000);
      },
      ['secret-missing'],
    ],
    [
      'a person deletes the pointer',
      async ({ someone, clock }) => {
        await someone.deleteSecret('ai-services-active-key');
        clock.advance(60_000);
      },
      ['pointer-missing'],
    ],
    [
      'a person stores another endpoint',
      ({ someone }) => someone.store('ai-services-endpoint', 'https://contoso.example/'),
      ['endpoint-stale'],
    ],
  ])('%s: it is found, repaired, and nobody fails', async (_, act, found) => {
    const world = await inUse();
    await act(world);
    const before = regenerated(world);
    await world.app.sweep();
    expect(await drift(world)).toEqual(found);
    expect(await world.app.repair('demo', operator)).toMatchObject({ kind: 'repaired' });
    expectInOrder(world, 'key1');
    expect(regenerated(world)).toBe(before);
    await world.app.sweep();
    expect(await drift(world)).toEqual([]);
    for (const consumer of world.consumers) {
      expect(consumer.requests).toBeGreaterThan(10);
      expect(consumer.failures).toEqual([]);
    }
  });

  it('keys are turned off: it is found and explained, repair changes nothing, and it is gone when they are on again', async () => {
    const world = await inUse();
    const { app, account, vault } = world;
    const versions = () => vault.secrets.map(({ versions }) => versions.length).join();
    const before = versions();
    account.resource.properties.disableLocalAuth = true;
    await app.sweep();
    expect(await drift(world)).toContain('local-auth-disabled');
    expect(await app.repair('demo', operator)).toMatchObject({ reason: 'local-auth-disabled' });
    expect(versions()).toBe(before);
    account.resource.properties.disableLocalAuth = false;
    world.clock.advance(2 * 3_600_000);
    await app.sweep();
    expect(await drift(world)).toEqual([]);
  });

  it('a key that a person killed under its consumers serves again when they read the repaired secret', async () => {
    const world = await inUse();
    const { app, someone, clock, target } = world;
    await someone.regenerate('key1');
    clock.advance(10 * 60_000);
    await app.sweep();
    expect(await drift(world)).toEqual(['pointer-to-dead-key', 'out-of-band-regenerated', 'direct-stale']);
    expect(await app.repair('demo', operator)).toMatchObject({ kind: 'repaired' });
    expectInOrder(world, 'key1');
    clock.advance(target.policy.pointerCacheMs + target.policy.keyCacheMs);
    const failures = () => world.consumers.map((consumer) => consumer.failures.length);
    const before = failures();
    await app.sweep();
    expect(await drift(world)).toEqual([]);
    expect(failures()).toEqual(before);
  });

  it('what was repaired counts as young: the next rotation waits an overlap, ends well, and nobody fails', async () => {
    const world = await inUse();
    const { app, someone, clock, target, journal } = world;
    await someone.store('ai-services-key', currentKey(world.account, 'key2'));
    // A consumer of the direct value holds the inactive key now.
    for (const consumer of world.consumers) await consumer.call();
    await app.repair('demo', operator);
    const begunAtMs = clock.nowMs();
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'idle', activeSlot: 'key2' } });
    expectInOrder(world, 'key2');
    expect(clock.nowMs() - begunAtMs).toBeGreaterThan(2 * target.policy.overlapMs);
    for (const consumer of world.consumers) expect(consumer.failures).toEqual([]);
  });
});

describe('a journal that is lost, on the true clients', () => {
  it('is recreated from the vault, and a rotation ends well, with nobody failing', async () => {
    const world = await inUse();
    const { app, clock, journal } = world;
    journal.journal.row = null;
    journal.journal.notes = null;
    await app.sweep();
    expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'settling' } });
    clock.advance(5 * 60_000);
    await app.sweep();
    expect(await app.readTarget('demo')).toMatchObject({
      target: { state: 'awaiting-first-rotation', activeSlot: 'key1' },
    });
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'idle', activeSlot: 'key2' } });
    expectInOrder(world, 'key2');
    for (const consumer of world.consumers) expect(consumer.failures).toEqual([]);
  });
});

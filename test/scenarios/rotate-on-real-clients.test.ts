import { describe, expect, it } from 'vitest';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { cachedConsumer } from './cached-consumer.ts';
import {
  currentKey,
  type SimulatedKeyturn,
  secretValue,
  simulatedKeyturn,
  statusOnEveryNode,
} from './simulated-keyturn.ts';

const operator = { objectId: 'operator-1' };

/** How often each operation of a service was called by the app since call `from`, key calls of consumers apart. */
function operations({ azure }: SimulatedKeyturn, from: number, service: RegExp): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation, caller, status } of azure.calls.slice(from))
    if (caller !== 'key' && caller !== null && status < 400 && service.test(operation))
      counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, one) => all + one, 0);

async function adoptAndStart(keyturn: SimulatedKeyturn) {
  expect(await keyturn.app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
  // What stands in the vault must have stood for the overlap before the inactive key may go.
  keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
  return await keyturn.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
}

describe('adopting, on the true clients', () => {
  it('stores both keys, endpoint and pointer, and changes nothing the second time', async () => {
    const keyturn = simulatedKeyturn();
    const { vault, account, azure } = keyturn;
    const first = await keyturn.app.adopt('demo', { activeSlot: null }, operator);
    expect(first).toMatchObject({
      kind: 'adopted',
      target: { state: 'awaiting-first-rotation', activeSlot: 'key1' },
      secrets: [
        { secret: 'ai-services-key1', change: 'created', shows: `****${currentKey(account, 'key1').slice(-4)}` },
        { secret: 'ai-services-key2', change: 'created', shows: `****${currentKey(account, 'key2').slice(-4)}` },
        {
          secret: 'ai-services-endpoint',
          change: 'created',
          shows: 'https://ai-secure-demo.cognitiveservices.azure.com/',
        },
        { secret: 'ai-services-active-key', change: 'created', shows: 'key1' },
      ],
    });
    expect(secretValue(vault, 'ai-services-key1')).toBe(currentKey(account, 'key1'));
    const stored = vault.secrets.find(({ name }) => name === 'ai-services-key2')?.versions.at(-1);
    expect(stored).toMatchObject({
      contentType: 'text/plain',
      tags: {
        service: 'cognitive-services',
        'key-number': '2',
        CredentialId: 'key2',
        ProviderAddress: keyturn.target.account.armId,
        ValidityPeriodDays: '90',
      },
    });
    expect(stored?.expires).toBeGreaterThan(keyturn.clock.nowMs() / 1000 + 89 * 86_400);
    expect(vault.secrets.find(({ name }) => name === 'ai-services-active-key')?.versions.at(-1)?.expires).toBeNull();

    const from = azure.calls.length;
    const second = await keyturn.app.adopt('demo', { activeSlot: 'key2' }, operator);
    expect(second).toMatchObject({ kind: 'adopted', target: { activeSlot: 'key1' } });
    expect(Object.keys(operations(keyturn, from, /setSecret/))).toEqual([]);
  });

  it('brings soft-deleted secrets back first', async () => {
    const keyturn = simulatedKeyturn();
    await keyturn.app.adopt('demo', { activeSlot: null }, operator);
    const { vault, clock } = keyturn;
    const [secret] = vault.secrets.splice(0, 1);
    if (secret === undefined) throw new TypeError('nothing was stored');
    secret.deletedAtMs = clock.nowMs();
    vault.deletedSecrets.push(secret);
    expect(await keyturn.app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
    expect(vault.deletedSecrets).toEqual([]);
  });
});

describe('a healthy rotation, on the true clients', () => {
  for (const layout of [{ kind: 'pointer' }, { kind: 'direct', directSecretName: 'ai-services-key' }] as const)
    for (const activeSlot of ['key1', 'key2'] as const)
      it(`starting at ${activeSlot} (${layout.kind} layout), keeps consumers served and asks Azure no more than it must`, async () => {
        const keyturn = simulatedKeyturn({ layout });
        const { app, azure, account, vault, journal } = keyturn;
        const before = { key1: currentKey(account, 'key1'), key2: currentKey(account, 'key2') };
        await app.adopt('demo', { activeSlot }, operator);
        keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
        const from = azure.calls.length;
        expect(await app.startRotation('demo', { inactiveKeyUnused: true }, operator)).toMatchObject({
          kind: 'started',
        });

        const consumers = [cachedConsumer(keyturn, 'pointer')];
        if (layout.kind === 'direct') consumers.push(cachedConsumer(keyturn, 'direct'));
        keyturn.afterEachCall(async () => {
          for (const consumer of consumers) await consumer.call();
        });
        await deliverAll(journal, app);
        for (const slot of ['key1', 'key2'] as const) {
          expect(currentKey(account, slot)).not.toBe(before[slot]);
          expect(secretValue(vault, `ai-services-${slot}`)).toBe(currentKey(account, slot));
        }
        const newSlot = activeSlot === 'key1' ? 'key2' : 'key1';
        expect(secretValue(vault, 'ai-services-active-key')).toBe(newSlot);
        if (layout.kind === 'direct') expect(secretValue(vault, 'ai-services-key')).toBe(currentKey(account, newSlot));
        expect(await statusOnEveryNode(azure, currentKey(account, newSlot))).toEqual(new Set([200]));
        for (const consumer of consumers) {
          expect(consumer.requests).toBeGreaterThan(50);
          expect(consumer.failures).toEqual([]);
        }
        expect(operations(keyturn, from, /CognitiveServices/)).toEqual({
          'Microsoft.CognitiveServices/accounts/read': 2,
          'Microsoft.CognitiveServices/accounts/listKeys/action': 2,
          'Microsoft.CognitiveServices/accounts/regenerateKey/action': 2,
        });
        // The gate, what the switch rests on, what the end of the overlap does; then, three seconds after the retired key was still
        // taken, the retired key and what is superseded once more.
        const direct = layout.kind === 'direct' ? 1 : 0;
        const reads = { gate: 3 + direct, endpoint: 1, switch: 2 + 2 * direct, end: 3 + direct, restocked: 1 };
        const later = { retiredKey: 1, latest: 3 + direct, superseded: direct };
        // The proof that the vault can be written, new key, pointer, restocked key, and the direct value where there is one.
        const sets = 4 + direct;
        const disables = 2 + direct;
        const gets = sum(reads) + sum(later);
        expect(operations(keyturn, from, /KeyVault/)).toEqual({
          'Microsoft.KeyVault/vaults/secrets/getSecret/action': gets,
          'Microsoft.KeyVault/vaults/secrets/setSecret/action': sets,
          'Microsoft.KeyVault/vaults/secrets/update/action': disables,
        });
        if (layout.kind === 'pointer') expect(gets + sets + disables).toBeLessThanOrEqual(20);
        expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'idle', activeSlot: newSlot } });
      });

  it('refuses the first rotation without the confirmation that nobody uses the inactive key', async () => {
    const keyturn = simulatedKeyturn();
    await keyturn.app.adopt('demo', { activeSlot: null }, operator);
    expect(await keyturn.app.startRotation('demo', { inactiveKeyUnused: false }, operator)).toMatchObject({
      kind: 'not-now',
      reason: 'inactive-key-confirmation-required',
    });
  });

  it('refuses a second rotation and names the one in flight', async () => {
    const keyturn = simulatedKeyturn();
    const first = await adoptAndStart(keyturn);
    const second = await keyturn.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    expect(second).toMatchObject({
      kind: 'not-now',
      reason: 'in-flight',
      rotationId: first.kind === 'started' ? first.rotation.id : null,
    });
  });
});

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

const operator = { objectId: 'operator-1', name: 'contoso operator' };

/** How often each operation of a service was called by the app since call `from`, key calls of consumers apart. */
function operations({ azure }: SimulatedKeyturn, from: number, service: RegExp): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation, caller, status } of azure.calls.slice(from))
    if (caller !== 'key' && caller !== null && status < 400 && service.test(operation))
      counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

async function adoptAndStart(keyturn: SimulatedKeyturn) {
  expect(await keyturn.app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
  // What stands in the vault must have stood for the overlap before the idle key may go.
  keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
  return await keyturn.app.startRotation('demo', { idleKeyUnused: true }, operator);
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
        expect(await app.startRotation('demo', { idleKeyUnused: true }, operator)).toMatchObject({ kind: 'started' });

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
        // The proof that it can be written, new key, pointer, restocked key, and the direct value where there is one; then what was superseded.
        const direct = layout.kind === 'direct' ? 1 : 0;
        expect(operations(keyturn, from, /KeyVault/)).toEqual({
          'Microsoft.KeyVault/vaults/secrets/getSecret/action': 25 + 8 * direct,
          'Microsoft.KeyVault/vaults/secrets/setSecret/action': 4 + direct,
          'Microsoft.KeyVault/vaults/secrets/update/action': 2 + direct,
        });
        expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'idle', activeSlot: newSlot } });
      });

  it('refuses the first rotation without the word that nobody holds the idle key', async () => {
    const keyturn = simulatedKeyturn();
    await keyturn.app.adopt('demo', { activeSlot: null }, operator);
    expect(await keyturn.app.startRotation('demo', { idleKeyUnused: false }, operator)).toMatchObject({
      kind: 'not-now',
      reason: 'idle-key-word-missing',
    });
  });

  it('refuses a second rotation and names the one in flight', async () => {
    const keyturn = simulatedKeyturn();
    const first = await adoptAndStart(keyturn);
    const second = await keyturn.app.startRotation('demo', { idleKeyUnused: true }, operator);
    expect(second).toMatchObject({
      kind: 'not-now',
      reason: 'in-flight',
      rotationId: first.kind === 'started' ? first.rotation.id : null,
    });
  });
});

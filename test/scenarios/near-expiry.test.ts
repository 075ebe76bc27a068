import { describe, expect, it } from 'vitest';
import { FailureError } from '../../src/shared/failure.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { cachedConsumer } from './cached-consumer.ts';
import { type DeliveryPath, handled, subscribe } from './event-delivery-path.ts';
import { currentKey, simulatedKeyturn } from './simulated-keyturn.ts';
import { callsOf, operator, rotationOf, rowOf } from './steered-rotation.ts';

const dayMs = 24 * 3_600_000;
const push: DeliveryPath = { through: 'webhook', schema: 'EventGridSchema' };
const auto = { policy: { firstRotation: 'auto' } } as const;

/** A target adopted under the eyes of Event Grid. */
async function subscribed(deliveryPath: DeliveryPath = push, change: Parameters<typeof simulatedKeyturn>[0] = auto) {
  const keyturn = simulatedKeyturn(change);
  const events = subscribe(keyturn, deliveryPath);
  expect(await keyturn.app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
  return { keyturn, events, ...keyturn };
}

async function lastEvent({ app }: Awaited<ReturnType<typeof subscribed>>) {
  const answer = await app.readTarget('demo');
  return answer.kind === 'found' ? answer.target.lastEvent : null;
}

describe('keys that near their end', () => {
  it.each<[string, DeliveryPath]>([
    ["pushed in Event Grid's schema", push],
    ['pushed as CloudEvents', { through: 'webhook', schema: 'CloudEventSchemaV1_0' }],
    ["pulled in Event Grid's schema", { through: 'queue', schema: 'EventGridSchema' }],
    ['pulled as CloudEvents', { through: 'queue', schema: 'CloudEventSchemaV1_0' }],
  ])('are rotated once, both, and again when their successors near theirs: %s', async (_, deliveryPath) => {
    const { keyturn, events, log, account, app, journal } = await subscribed(deliveryPath);
    const consumers = [cachedConsumer(keyturn, 'pointer')];
    keyturn.afterEachCall(async () => {
      for (const consumer of consumers) await consumer.call();
    });
    await events.pass(60 * dayMs - 60_000);
    expect(handled(log)).toEqual([]);

    const before = { key1: currentKey(account, 'key1'), key2: currentKey(account, 'key2') };
    await events.pass(60_000);
    const first = handled(log);
    expect(first).toHaveLength(2);
    expect(first.filter((line) => line.endsWith(': started'))).toHaveLength(1);
    expect(first.filter((line) => line.endsWith(': in-flight'))).toHaveLength(1);
    const rotation = rotationOf(journal);
    expect(rotation).toMatchObject({ cause: 'near-expiry', startedBy: 'near-expiry' });
    await deliverAll(journal, app);
    expect(rowOf(journal).lastEnd).toMatchObject({ outcome: 'completed' });
    expect(currentKey(account, 'key1')).not.toBe(before.key1);
    expect(currentKey(account, 'key2')).not.toBe(before.key2);

    // The first of the new versions was stored an overlap before the other.
    await events.pass(60 * dayMs);
    await deliverAll(journal, app);
    await events.pass(dayMs);
    await deliverAll(journal, app);
    const starts = handled(log).filter((line) => line.endsWith(': started'));
    expect(starts).toHaveLength(2);
    expect(account.keys).toHaveLength(6);
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
    expect(new Set(events.answers)).toEqual(new Set([202]));
  });

  it('tell so in the target: which event, and what became of it', async () => {
    const world = await subscribed();
    expect(await lastEvent(world)).toBeNull();
    await world.events.pass(60 * dayMs + 1_000);
    expect(await lastEvent(world)).toMatchObject({ kind: 'near-expiry', at: expect.stringMatching(/Z$/) });
  });

  it('wait for the word on the inactive key before the first rotation', async () => {
    const world = await subscribed(push, {});
    await world.events.pass(60 * dayMs + 1_000);
    expect(rotationOf(world.journal)).toBeNull();
    expect(await lastEvent(world)).toMatchObject({
      answer: 'left',
      reason: 'awaiting-first-rotation',
      detail: expect.stringContaining('inactive key'),
      rotationId: null,
    });
    expect(world.events.answers).toEqual([202, 202]);
  });

  it('are told louder when they have ended, and rotated all the same', async () => {
    const types = ['Microsoft.KeyVault.SecretExpired'];
    const { events, log, journal } = await subscribed({ ...push, types });
    await events.pass(60 * dayMs + 1_000);
    expect(handled(log)).toEqual([]);
    await events.pass(30 * dayMs);
    expect(handled(log).filter((line) => /^secret-expired .*: started$/.test(line))).toHaveLength(1);
    expect(rotationOf(journal)).toMatchObject({ cause: 'expired' });
  });
});

describe('an event changes nothing but the moment of waking:', () => {
  it('delivered again after its rotation it is of an old version, or late', async () => {
    const { app, events, log, journal, vault, clock } = await subscribed();
    const version = vault.secrets.find(({ name }) => name === 'ai-services-key1')?.versions.at(-1)?.version ?? '';
    const event = { kind: 'near-expiry', vault: vault.name, secret: 'ai-services-key1', version } as const;
    await events.pass(60 * dayMs + 1_000);
    await deliverAll(journal, app);
    await app.handleSecretEvent(event);
    clock.advance(dayMs);
    await app.handleSecretEvent(event);
    expect(handled(log).slice(2)).toEqual([
      expect.stringMatching(/ai-services-key1: (rotated-recently|old-version)$/),
      'secret-near-expiry ai-services-key1: old-version',
    ]);
    expect(rotationOf(journal)).toBeNull();
  });

  it('before its time it is seen through, since the vault says otherwise', async () => {
    const { app, log, vault, journal } = await subscribed();
    const version = vault.secrets.find(({ name }) => name === 'ai-services-key2')?.versions.at(-1)?.version ?? '';
    await app.handleSecretEvent({ kind: 'expired', vault: vault.name, secret: 'ai-services-key2', version });
    expect(handled(log)).toEqual(['secret-expired ai-services-key2: not-near-expiry']);
    expect(rotationOf(journal)).toBeNull();
  });

  it('about strangers it is acknowledged, and no vault is asked', async () => {
    const { app, log, azure, vault } = await subscribed();
    const calls = azure.calls.length;
    const version = 'e'.repeat(32);
    await app.handleSecretEvent({ kind: 'near-expiry', vault: 'kv-other', secret: 'ai-services-key1', version });
    await app.handleSecretEvent({ kind: 'near-expiry', vault: vault.name, secret: 'database', version });
    await app.handleSecretEvent({ kind: 'near-expiry', vault: vault.name, secret: 'ai-services-active-key', version });
    expect(handled(log)).toEqual([
      'secret-near-expiry ai-services-key1: vault-unknown',
      'secret-near-expiry database: secret-unknown',
      'secret-near-expiry ai-services-active-key: pointer-secret',
    ]);
    expect(azure.calls).toHaveLength(calls);
  });

  it.each<[string, (world: Awaited<ReturnType<typeof subscribed>>) => unknown]>([
    ['paused', ({ app }) => app.setPause({ paused: true, reason: null }, operator)],
    [
      'secret-disabled',
      ({ vault }) => vault.secrets.map(({ versions }) => Object.assign(versions.at(-1) ?? {}, { enabled: false })),
    ],
    ['vault-unreadable', ({ azure }) => azure.world.roleAssignments.splice(0)],
    [
      'another-account',
      ({ vault }) =>
        vault.secrets.map(({ versions }) =>
          Object.assign(versions.at(-1)?.tags ?? {}, { ProviderAddress: '/subscriptions/x' }),
        ),
    ],
    [
      'tags-differ',
      ({ vault }) =>
        vault.secrets.map(({ versions }) => Object.assign(versions.at(-1)?.tags ?? {}, { CredentialId: 'key3' })),
    ],
  ])('%s, it is acknowledged and noted, and starts nothing', async (reason, change) => {
    const world = await subscribed();
    await change(world);
    await world.events.pass(60 * dayMs + 1_000);
    expect(handled(world.log).sort()).toEqual(
      ['key1', 'key2'].map((slot) => `secret-near-expiry ai-services-${slot}: ${reason}`),
    );
    expect(await lastEvent(world)).toMatchObject({ answer: 'left', reason });
    expect(rotationOf(world.journal)).toBeNull();
    expect(world.events.answers).toEqual([202, 202]);
  });

  it('while the journal cannot be asked it comes again, ten seconds later', async () => {
    const { app, events, journal, keyturn } = await subscribed();
    const { handleSecretEvent } = app;
    const down = async () => {
      throw new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
    };
    Object.assign(keyturn.app, { handleSecretEvent: down });
    await events.pass(60 * dayMs + 1_000);
    expect(events.answers).toEqual([500, 500]);
    Object.assign(keyturn.app, { handleSecretEvent });
    await events.pass(9_000);
    expect(events.answers).toHaveLength(2);
    await events.pass(1_000);
    expect(events.answers).toEqual([500, 500, 202, 202]);
    expect(rotationOf(journal)).toMatchObject({ cause: 'near-expiry' });
  });
});

it('a version that a person makes live for 30 days or less rotates once, and not in a circle', async () => {
  const { events, log, vault, journal, app, clock } = await subscribed();
  clock.advance(dayMs);
  const store = () => {
    const secret = vault.secrets.find(({ name }) => name === 'ai-services-key1');
    const last = secret?.versions.at(-1);
    if (secret === undefined || last === undefined) throw new TypeError('nothing was stored');
    const created = Math.floor(clock.nowMs() / 1000);
    const version = crypto.randomUUID().replaceAll('-', '');
    secret.versions.push({ ...last, version, created, updated: created, expires: created + 30 * 86_400 });
  };
  store();
  await events.pass(1_000);
  expect(handled(log)).toEqual(['secret-near-expiry ai-services-key1: started']);
  await deliverAll(journal, app);
  expect(rowOf(journal).lastEnd).toMatchObject({ outcome: 'completed' });
  for (let day = 0; day < 20; day += 5) {
    await events.pass(5 * dayMs);
    store();
    await events.pass(1_000);
  }
  expect(handled(log).slice(1)).toEqual(Array(4).fill('secret-near-expiry ai-services-key1: validity-too-short'));
  expect(rotationOf(journal)).toBeNull();
});

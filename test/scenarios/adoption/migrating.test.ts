import { describe, expect, it } from 'vitest';
import type { VaultSecretVersion } from '../../../local/simulated-azure/world.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { cachedConsumer } from '../cached-consumer.ts';
import { handled, subscribe } from '../event-delivery-path.ts';
import { currentKey, type SimulatedKeyturn, secretValue, simulatedKeyturn } from '../simulated-keyturn.ts';
import { callsOf, operator, rotationOf, rowOf } from '../steered-rotation.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const name = 'contoso-ai-key';

interface Template {
  readonly slot?: string;
  readonly holds?: 'key1' | 'key2' | 'neither';
  readonly validityDays?: number;
  readonly tags?: Record<string, string>;
}

/** A vault as Microsoft's template for two-key services leaves it: one secret with the active key and three tags. */
function templated({ slot = 'key2', holds = 'key2', validityDays = 60, tags = {} }: Template = {}) {
  const keyturn = simulatedKeyturn({
    prefix: 'contoso-ai',
    layout: { kind: 'direct', directSecretName: name },
    policy: { overlapMs: 26 * hourMs, keyCacheMs: hourMs, firstRotation: 'auto' },
  });
  const { account, vault, clock, target } = keyturn;
  const events = subscribe(keyturn, { through: 'webhook', schema: 'EventGridSchema' });
  const created = Math.floor(clock.nowMs() / 1000);
  const version: VaultSecretVersion = {
    version: 'a'.repeat(32),
    value: holds === 'neither' ? 'f'.repeat(84) : currentKey(account, holds),
    contentType: 'application/x-contoso',
    tags: {
      ...(slot === '' ? {} : { CredentialId: slot }),
      ProviderAddress: target.account.armId,
      ValidityPeriodDays: String(validityDays),
      ...tags,
    },
    enabled: true,
    notBefore: null,
    expires: created + validityDays * 86_400,
    created,
    updated: created,
    managed: false,
  };
  vault.secrets.push({ name, versions: [version], deletedAtMs: null, busyUntilMs: 0 });
  const consumers = [cachedConsumer(keyturn, 'direct')];
  keyturn.afterEachCall(async () => {
    for (const consumer of consumers) await consumer.call();
  });
  return { ...keyturn, keyturn, events, consumers };
}

/** Adopts as an operator does: a vault that had another writer is left to settle first. */
async function adopt({ app, clock }: SimulatedKeyturn, activeSlot: 'key1' | 'key2' | null = null) {
  const first = await app.adopt('demo', { activeSlot }, operator);
  if (first.kind !== 'not-now' || first.reason !== 'settling') return first;
  clock.advance(first.retryAfterMs ?? 0);
  return await app.adopt('demo', { activeSlot }, operator);
}

describe("a secret of Microsoft's template", () => {
  it('is adopted as consumers use it, value and name unchanged, foreign tags and content type kept', async () => {
    const { keyturn, vault, account, events, consumers, clock } = templated({ tags: { owner: 'vision-team' } });
    const value = secretValue(vault, name);
    expect(await adopt(keyturn)).toMatchObject({
      kind: 'adopted',
      target: {
        activeSlot: 'key2',
        layout: 'direct',
        state: 'idle',
        nextDueAt: expect.any(String),
        validity: { secret: name, foundDays: 60, days: 90, rotateEveryDays: 60, reason: 'validity-replaced' },
      },
      secrets: expect.arrayContaining([expect.objectContaining({ secret: name, change: 'updated' })]),
    });
    const stored = vault.secrets.find((secret) => secret.name === name)?.versions.at(-1);
    expect(stored).toMatchObject({
      value,
      contentType: 'application/x-contoso',
      tags: {
        owner: 'vision-team',
        CredentialId: 'key2',
        ProviderAddress: keyturn.target.account.armId,
        ValidityPeriodDays: '90',
        service: 'cognitive-services',
      },
    });
    expect(stored?.expires).toBeGreaterThan(clock.nowMs() / 1000 + 89 * 86_400);
    expect(secretValue(vault, 'contoso-ai-active-key')).toBe('key2');
    // The account's keys are as they were.
    expect(account.keys).toHaveLength(2);
    expect(callsOf(consumers).failed).toBe(0);
    expect(events.answers).toEqual([]);
  });

  it('is then rotated by its own near-expiry event, under one name, with nobody failing', async () => {
    const { keyturn, vault, account, events, consumers, app, journal, log, clock } = templated();
    await adopt(keyturn);
    const adoptedAtMs = clock.nowMs();
    await events.pass(60 * dayMs - hourMs);
    expect(handled(log)).toEqual([]);
    await events.pass(2 * hourMs);
    expect(handled(log).filter((line) => line.endsWith(': started'))).toHaveLength(1);
    expect(handled(log).filter((line) => line.startsWith(`secret-near-expiry ${name}: `))).toHaveLength(1);
    await deliverAll(journal, app);
    expect(rowOf(journal).lastEnd).toMatchObject({ outcome: 'completed' });
    expect(secretValue(vault, 'contoso-ai-active-key')).toBe('key1');
    expect(secretValue(vault, name)).toBe(currentKey(account, 'key1'));
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
    // Every regenerate comes with an overlap between it and the switch.
    const regenerated = account.keys.filter(({ issuedAtMs }) => issuedAtMs > adoptedAtMs).map((key) => key.issuedAtMs);
    expect(regenerated).toHaveLength(2);
    expect((regenerated[1] ?? 0) - (regenerated[0] ?? 0)).toBeGreaterThanOrEqual(26 * hourMs);
  });

  it('with a life of 30 days, which the template rotated in a circle, comes to rest', async () => {
    const { keyturn, account, events, log, journal, app } = templated({ validityDays: 30 });
    expect(await adopt(keyturn)).toMatchObject({
      target: { validity: { foundDays: 30, days: 90, reason: 'validity-would-loop' } },
    });
    // The event of the template's version is on its way all the same.
    await events.pass(1_000);
    for (let day = 1; day < 60; day += 1) await events.pass(dayMs - 60_000);
    expect(handled(log).filter((line) => line.endsWith(': started'))).toEqual([]);
    expect(account.keys).toHaveLength(2);
    await events.pass(2 * dayMs);
    await deliverAll(journal, app);
    expect(account.keys).toHaveLength(4);
    expect(await app.readTarget('demo')).toMatchObject({ target: { validity: { reason: 'validity-would-loop' } } });
  });

  it('tells an old event of the template by its version', async () => {
    const { keyturn, app, log, vault, journal } = templated();
    await adopt(keyturn);
    await app.handleSecretEvent({ kind: 'near-expiry', vault: vault.name, secret: name, version: 'a'.repeat(32) });
    expect(handled(log)).toEqual([`secret-near-expiry ${name}: old-version`]);
    expect(rotationOf(journal)).toBeNull();
  });

  it.each<[string, Template, string]>([
    ['CredentialId in other letters', { slot: 'Key2' }, 'key2'],
    ['no CredentialId: by its value', { slot: '', holds: 'key2' }, 'key2'],
    ['key1', { slot: 'key1', holds: 'key1' }, 'key1'],
  ])('is taken for the slot that it holds: %s', async (_, template, slot) => {
    expect(await adopt(templated(template).keyturn)).toMatchObject({ target: { activeSlot: slot } });
  });

  it.each<[string, Template]>([
    ['whose tag names the other slot than its value', { slot: 'key1', holds: 'key2' }],
    ['whose tag names no slot', { slot: 'primary' }],
    ['whose value is no key any more', { holds: 'neither' }],
  ])('%s is refused, and nothing is written', async (_, template) => {
    const { keyturn, vault } = templated(template);
    expect(await adopt(keyturn)).toMatchObject({ kind: 'not-now', reason: 'direct-slot-unclear' });
    expect(vault.secrets.map((secret) => [secret.name, secret.versions.length])).toEqual([[name, 1]]);
  });

  it('gets the key of the slot that an operator names, after a proof of it, if its value is no key any more', async () => {
    const { keyturn, vault, account } = templated({ holds: 'neither' });
    expect(await adopt(keyturn, 'key1')).toMatchObject({ kind: 'adopted', target: { activeSlot: 'key1' } });
    expect(secretValue(vault, name)).toBe(currentKey(account, 'key1'));
  });

  it('of an account of the same name in another subscription is left alone', async () => {
    const { keyturn, vault, target } = templated();
    const other = target.account.armId.replace(
      /subscriptions\/[^/]+/,
      'subscriptions/99999999-9999-9999-9999-999999999999',
    );
    Object.assign(vault.secrets[0]?.versions[0]?.tags ?? {}, { ProviderAddress: other });
    expect(await adopt(keyturn)).toMatchObject({ kind: 'not-now', reason: 'secrets-of-another-account' });
    expect(vault.secrets).toHaveLength(1);
  });
});

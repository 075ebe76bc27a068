import { describe, expect, it } from 'vitest';
import { defaultDefinition, defaultSubscriptionId } from '../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import { eventGridOf } from '../../local/simulated-azure/event-grid/event-grid-world.ts';
import type { EventOutlets } from '../../local/simulated-azure/event-grid/outlets.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { operator } from '../memory-world/life.ts';
import { currentKey, simulatedKeyturn } from './simulated-keyturn.ts';

const dayMs = 24 * 3_600_000;
const subscription = `/subscriptions/${defaultSubscriptionId}`;
const inGroup = `${subscription}/resourceGroups/rg-ai102-challenge09/providers`;
const vaultId = `${inGroup}/Microsoft.KeyVault/vaults/kv-ai102-secure`;
const topicId = `${inGroup}/Microsoft.EventGrid/systemTopics/evgt-kv`;
const reader = { principal: 'func-keyturn', role: 'Reader', on: subscription };
const nearExpiry = ['Microsoft.KeyVault.SecretNearExpiry', 'Microsoft.KeyVault.SecretExpired'];

const functionOf = (name: string) => ({
  endpointType: 'AzureFunction',
  properties: { resourceId: `${inGroup}/Microsoft.Web/sites/func-keyturn/functions/${name}` },
});
const queueCalled = (queueName: string) => ({
  endpointType: 'StorageQueue',
  properties: { resourceId: `${inGroup}/Microsoft.Storage/storageAccounts/stkeyturn`, queueName },
});

/** Every subscriber passes Event Grid's handshake. */
const everybodyAgrees: EventOutlets = {
  webhook: async (_url, _headers, body) => ({ status: 200, body }),
  allowedOrigin: async (_url, origin) => ({ status: 200, allowed: origin }),
  functionUrl: () => 'https://func-keyturn.azurewebsites.net',
  queue: async () => ({ status: 201, body: '' }),
};

/** An adopted target; Keyturn may read what `roles` say. */
async function adopted(roles: readonly (typeof reader)[] = [reader]) {
  const world = { roleAssignments: [...(defaultDefinition.roleAssignments ?? []), ...roles] };
  const keyturn = simulatedKeyturn({ policy: { firstRotation: 'auto' } }, { world });
  const { app, azure } = keyturn;
  Object.assign(azure, { outlets: everybodyAgrees });
  const principal = azure.world.principals.find(({ name }) => name === 'keyturn-operator');
  if (principal === undefined) throw new TypeError('no keyturn-operator');
  expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
  return {
    ...keyturn,
    /** As a person would, with Azure's own tools. */
    async put(path: string, body: object) {
      const { token } = await issueToken(azure, { principal, audience: 'https://management.azure.com' });
      const request = new Request(`https://management.azure.com${path}?api-version=2025-02-15`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const { status } = await azure.handle(request, { callerAddress: '203.0.113.30', connectionId: 'person' });
      expect(status).toBe(201);
      keyturn.clock.advance(60_000);
    },
    async shown() {
      const answer = await app.readTarget('demo');
      if (answer.kind !== 'found') throw new TypeError(answer.kind);
      const { events, eventsDetail } = answer.target;
      return { events, eventsDetail };
    },
  };
}

type Adopted = Awaited<ReturnType<typeof adopted>>;

async function subscribe(
  { put }: Adopted,
  destination: object,
  filter: object = { includedEventTypes: nearExpiry },
  of: 'topic' | 'vault' = 'topic',
) {
  if (of === 'topic')
    await put(topicId, {
      location: 'eastus',
      properties: { source: vaultId, topicType: 'Microsoft.KeyVault.vaults' },
    });
  const scope = of === 'topic' ? topicId : `${vaultId}/providers/Microsoft.EventGrid`;
  await put(`${scope}/eventSubscriptions/keyturn`, { properties: { destination, filter } });
}

describe('by which path events come', () => {
  it('is unknown before the first look', async () => {
    const keyturn = await adopted();
    expect(await keyturn.shown()).toEqual({ events: 'unknown', eventsDetail: expect.stringContaining('not known') });
  });

  it('is none at a vault without a subscription, and the sweep rotates alone', async () => {
    const keyturn = await adopted();
    const { app, clock, journal, account } = keyturn;
    await app.sweep();
    expect(await keyturn.shown()).toEqual({
      events: 'none',
      eventsDetail: expect.stringContaining('the sweep finds what is due'),
    });
    const before = currentKey(account, 'key2');
    clock.advance(60 * dayMs + 1_000);
    await app.sweep();
    await deliverAll(journal, app);
    const read = await app.readTarget('demo');
    expect(read).toMatchObject({ target: { events: 'none', activeSlot: 'key2', lastEvent: null } });
    expect(read.kind === 'found' && read.target.lastCompletedAt).toBeTruthy();
    expect(currentKey(account, 'key2')).not.toBe(before);
  });

  it.each<[string, string, Parameters<typeof subscribe>[1], Parameters<typeof subscribe>[2], 'topic' | 'vault']>([
    ['a call of the function', 'push', functionOf('secret-near-expiry'), undefined, 'topic'],
    ['a call, subscribed at the vault itself', 'push', functionOf('secret-near-expiry'), undefined, 'vault'],
    ['the queue', 'queue', queueCalled('keyturn-secret-events'), undefined, 'topic'],
    ['every event of the vault', 'queue', queueCalled('keyturn-secret-events'), {}, 'topic'],
    [
      'those whose names begin so',
      'push',
      functionOf('secret-near-expiry'),
      { includedEventTypes: nearExpiry, subjectBeginsWith: 'AI-Services-' },
      'topic',
    ],
    ['another function', 'none', functionOf('mail-somebody'), undefined, 'topic'],
    ['another queue', 'none', queueCalled('audit'), undefined, 'topic'],
    [
      'other events',
      'none',
      functionOf('secret-near-expiry'),
      { includedEventTypes: ['Microsoft.KeyVault.SecretNewVersionCreated'] },
      'topic',
    ],
    ["another target's secrets", 'none', functionOf('secret-near-expiry'), { subjectBeginsWith: 'speech-' }, 'topic'],
  ])('%s: %s', async (_, deliveryPath, destination, filter, of) => {
    const keyturn = await adopted();
    await subscribe(keyturn, destination, filter, of);
    await keyturn.app.sweep();
    expect(await keyturn.shown()).toMatchObject({ events: deliveryPath });
  });

  it('is none while the subscription could not be set up', async () => {
    const keyturn = await adopted();
    await subscribe(keyturn, functionOf('secret-near-expiry'));
    for (const one of eventGridOf(keyturn.azure.world).eventSubscriptions) one.provisioningState = 'Failed';
    await keyturn.app.sweep();
    expect(await keyturn.shown()).toMatchObject({ events: 'none' });
  });

  it.each<[string, string, readonly (typeof reader)[]]>([
    ['neither vault nor topic', 'unknown', []],
    ['the vault alone', 'unknown', [{ ...reader, on: 'kv-ai102-secure' }]],
    ["the vault's group, if a topic could be elsewhere", 'unknown', [{ ...reader, on: 'rg-ai102-challenge09' }]],
    ['the whole subscription', 'none', [reader]],
  ])('is none only if all can be seen: who may read %s is told %s', async (_, deliveryPath, roles) => {
    const keyturn = await adopted(roles);
    await keyturn.app.sweep();
    expect(await keyturn.shown()).toMatchObject({ events: deliveryPath });
  });

  it('is told also if only the group of the topic may be read', async () => {
    const keyturn = await adopted([{ ...reader, on: 'rg-ai102-challenge09' }]);
    await subscribe(keyturn, queueCalled('keyturn-secret-events'));
    await keyturn.app.sweep();
    expect(await keyturn.shown()).toMatchObject({ events: 'queue' });
  });

  it('changes with the next look, which comes once per driftEvery; showing it asks nobody', async () => {
    const keyturn = await adopted();
    const { app, azure, clock, target } = keyturn;
    const lists = () =>
      azure.calls.filter(({ path }) => /ResourceGraph|eventSubscriptions|systemTopics/i.test(path)).length;
    await app.sweep();
    const first = lists();
    // Resource Graph, the vault's subscriptions, the topics of Azure's subscription.
    expect(first).toBe(3);
    for (let minute = 5; minute < 60; minute += 5) {
      clock.advance(5 * 60_000);
      await app.sweep();
      await keyturn.shown();
    }
    expect(lists()).toBe(first);
    await subscribe(keyturn, functionOf('secret-near-expiry'));
    const asked = lists();
    expect(await keyturn.shown()).toMatchObject({ events: 'none' });
    clock.advance(target.policy.driftEveryMs);
    await app.sweep();
    expect(await keyturn.shown()).toMatchObject({ events: 'push' });
    expect(lists() - asked).toBe(3);
  });

  it('stands while Azure cannot be asked', async () => {
    const keyturn = await adopted();
    const { app, azure, clock, target } = keyturn;
    await app.sweep();
    const fault = { kind: 'fail-before', status: 503, code: 'ServerBusy' } as const;
    azure.faults.add({ method: 'POST', matches: /ResourceGraph/i, fault, times: 1 });
    clock.advance(target.policy.driftEveryMs);
    await app.sweep();
    expect(azure.faults.pending).toEqual([]);
    expect(await keyturn.shown()).toMatchObject({ events: 'none' });
  });

  it.each(['push', 'queue'] as const)(
    'is proved by an event that came, if no look could tell: %s',
    async (deliveryPath) => {
      const keyturn = await adopted([]);
      const { app, vault } = keyturn;
      const version = vault.secrets.find(({ name }) => name === 'ai-services-key1')?.versions.at(-1)?.version ?? '';
      await app.sweep();
      await app.handleSecretEvent({
        kind: 'near-expiry',
        deliveryPath,
        vault: vault.name,
        secret: 'ai-services-key1',
        version,
      });
      expect(await keyturn.shown()).toMatchObject({ events: deliveryPath });
    },
  );
});

import { describe, expect, it } from 'vitest';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import { defaultDefinition, defaultSubscriptionId } from '../../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import { deliverEvents } from '../../../local/simulated-azure/event-grid/deliver-events.ts';
import { eventGridOf } from '../../../local/simulated-azure/event-grid/event-grid-world.ts';
import { services } from '../../../local/simulated-azure/services.ts';
import { worldFrom } from '../../../local/simulated-azure/world-from.ts';

const dayMs = 86_400_000;
const group = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09/providers`;
const vault = `${group}/Microsoft.KeyVault/vaults/kv-ai102-secure`;
const topic = `${group}/Microsoft.EventGrid/systemTopics/evgt-kv`;
const onVault = `${vault}/providers/Microsoft.EventGrid/eventSubscriptions`;
const near = 'Microsoft.KeyVault.SecretNearExpiry';
const storage = `${group}/Microsoft.Storage/storageAccounts/st`;
const toQueue = { endpointType: 'StorageQueue', properties: { resourceId: storage, queueName: 'events' } };
const toHook = { endpointType: 'WebHook', properties: { endpointUrl: 'https://contoso.example/hook?code=secret' } };

interface Sent {
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The default world at noon, with an owner who asks and subscribers that answer `status`. */
function open() {
  const clock = manualClock(Date.UTC(2026, 10, 23, 12));
  const sent: Sent[] = [];
  const answer = { status: 200, consents: true };
  const azure = createSimulatedAzure({
    world: worldFrom(defaultDefinition, clock),
    clock,
    services,
    outlets: {
      async webhook(to, headers, body) {
        const content = JSON.parse(body);
        if (headers['aeg-event-type'] === 'SubscriptionValidation') {
          const validationResponse = answer.consents ? content[0].data.validationCode : 'no';
          return { status: 200, body: JSON.stringify({ validationResponse }) };
        }
        sent.push({ to, headers, body: content });
        return { status: answer.status, body: '' };
      },
      allowedOrigin: async (_url, origin) => ({ status: 200, allowed: answer.consents ? origin : 'contoso.example' }),
      functionUrl: (id) => (id.endsWith('/functions/on-event') ? 'https://app.example/hook' : null),
      async queue(account, queue, message) {
        sent.push({
          to: `${account}/${queue}`,
          headers: {},
          body: JSON.parse(Buffer.from(message, 'base64').toString()),
        });
        return { status: answer.status === 200 ? 201 : answer.status, body: '' };
      },
    },
  });
  const owner = azure.world.principals.find(({ name }) => name === 'keyturn-operator');
  if (owner === undefined) throw new TypeError('nobody owns this world');
  const send = async (method: string, url: string, body?: unknown) => {
    const audience = url.includes('.vault.') ? 'https://vault.azure.net' : 'https://management.azure.com';
    const { token } = await issueToken(azure, { principal: owner, audience });
    const request = new Request(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const response = await azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'c' });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  };
  return {
    azure,
    clock,
    sent,
    answer,
    arm: (method: string, path: string, body?: unknown) =>
      send(
        method,
        path.startsWith('https:') ? path : `https://management.azure.com${path}?api-version=2025-02-15`,
        body,
      ),
    /** Stores a version that ends after so many days. */
    store: async (name: string, days: number | null, enabled = true) => {
      const exp = days === null ? undefined : Math.floor(clock.nowMs() / 1000) + days * 86_400;
      const url = `https://kv-ai102-secure.vault.azure.net/secrets/${name}?api-version=7.5`;
      expect((await send('PUT', url, { value: 'v', attributes: { enabled, exp } })).status).toBe(200);
    },
    async pass(ms: number) {
      await clock.advance(ms);
      await deliverEvents(azure);
    },
  };
}

async function subscribed(properties: Record<string, unknown> = {}) {
  const world = open();
  const made = await world.arm('PUT', `${onVault}/s`, { properties: { destination: toHook, ...properties } });
  expect(made.status).toBe(201);
  await world.clock.advance(60_000);
  return world;
}

const typesOf = (sent: readonly Sent[]) =>
  sent.map(({ body }) => {
    const event = Array.isArray(body) ? body[0] : body;
    return `${(event.eventType ?? event.type).replace('Microsoft.KeyVault.Secret', '')} ${event.subject}`;
  });

describe('a vault tells', () => {
  it('of a new version at once, 30 days before its end, and at its end, each once', async () => {
    const { store, pass, sent } = await subscribed();
    await store('key', 40);
    await pass(0);
    expect(typesOf(sent)).toEqual(['NewVersionCreated key']);
    await pass(10 * dayMs - 1_000);
    expect(sent).toHaveLength(1);
    await pass(1_000);
    await pass(dayMs);
    expect(typesOf(sent)).toEqual(['NewVersionCreated key', 'NearExpiry key']);
    await pass(29 * dayMs);
    await pass(dayMs);
    expect(typesOf(sent)).toEqual(['NewVersionCreated key', 'NearExpiry key', 'Expired key']);
  });

  it('of an end less than 30 days away at once, again for each new version, and of disabled ones', async () => {
    const { store, pass, sent } = await subscribed({ filter: { includedEventTypes: [near] } });
    await store('key', 20);
    await pass(0);
    await store('key', 20, false);
    await pass(0);
    await store('plain', null);
    await pass(dayMs);
    expect(typesOf(sent)).toEqual(['NearExpiry key', 'NearExpiry key']);
  });

  it('nothing of a version that has been replaced, or that was there before the subscription', async () => {
    const world = open();
    await world.store('before', 20);
    await world.clock.advance(5_000);
    await world.arm('PUT', `${onVault}/s`, {
      properties: { destination: toHook, filter: { includedEventTypes: [near] } },
    });
    await world.store('key', 40);
    await world.pass(5 * dayMs);
    await world.store('key', 90);
    await world.pass(20 * dayMs);
    expect(world.sent).toEqual([]);
  });

  it('in the schema that was asked for', async () => {
    const { sent, store, pass, arm } = await subscribed({ filter: { includedEventTypes: [near] } });
    const cloud = {
      destination: toQueue,
      eventDeliverySchema: 'CloudEventSchemaV1_0',
      filter: { includedEventTypes: [near] },
    };
    await arm('PUT', `${onVault}/cloud`, { properties: cloud });
    await store('key', 20);
    await pass(0);
    const data = {
      Id: expect.stringMatching(/^https:\/\/kv-ai102-secure\.vault\.azure\.net\/secrets\/key\/[0-9a-f]{32}$/),
      VaultName: 'kv-ai102-secure',
      ObjectType: 'Secret',
      ObjectName: 'key',
      Version: expect.stringMatching(/^[0-9a-f]{32}$/),
      NBF: null,
      EXP: expect.stringMatching(/^\d{10}$/),
    };
    expect(sent).toMatchObject([
      {
        to: 'https://contoso.example/hook?code=secret',
        headers: { 'aeg-event-type': 'Notification', 'aeg-subscription-name': 'S', 'aeg-delivery-count': '0' },
        body: [{ topic: vault, subject: 'key', eventType: near, data, dataVersion: '1', metadataVersion: '1' }],
      },
      { to: `${storage}/events`, body: { source: vault, subject: 'key', type: near, data, specversion: '1.0' } },
    ]);
  });
});

describe('a delivery', () => {
  it('that fails is tried again with growing pauses, until it arrives', async () => {
    const { store, pass, sent, answer, azure } = await subscribed({ filter: { includedEventTypes: [near] } });
    answer.status = 500;
    await store('key', 20);
    await pass(0);
    for (const seconds of [9, 1, 29, 1, 59, 1]) await pass(seconds * 1_000);
    expect(sent.map(({ headers }) => headers['aeg-delivery-count'])).toEqual(['0', '1', '2', '3']);
    answer.status = 202;
    await pass(300_000);
    expect(eventGridOf(azure.world).deliveries).toMatchObject([{ state: 'delivered', attempts: 5 }]);
  });

  it.each([400, 401, 403, 404, 413])('that a webhook refuses with %i is dropped', async (status) => {
    const { store, pass, sent, answer } = await subscribed({ filter: { includedEventTypes: [near] } });
    answer.status = status;
    await store('key', 20);
    await pass(0);
    await pass(dayMs);
    expect(sent).toHaveLength(1);
  });

  it('ends after its number of attempts', async () => {
    const retryPolicy = { maxDeliveryAttempts: 2, eventTimeToLiveInMinutes: 60 };
    const { store, pass, sent, answer, azure } = await subscribed({
      filter: { includedEventTypes: [near] },
      retryPolicy,
    });
    answer.status = 503;
    await store('key', 20);
    for (let minute = 0; minute < 10; minute += 1) await pass(60_000);
    expect(sent).toHaveLength(2);
    expect(eventGridOf(azure.world).deliveries).toMatchObject([{ state: 'dropped', lastStatus: 503 }]);
  });
});

describe('an event subscription', () => {
  it('of a webhook shows no key, but in its full URL', async () => {
    const { arm } = await subscribed();
    const { body } = await arm('GET', `${onVault}/s`);
    expect(body).toMatchObject({
      id: `${onVault}/s`,
      type: 'Microsoft.EventGrid/eventSubscriptions',
      properties: {
        topic: vault,
        provisioningState: 'Succeeded',
        destination: {
          endpointType: 'WebHook',
          properties: { endpointBaseUrl: 'https://contoso.example/hook', maxEventsPerBatch: 1 },
        },
        eventDeliverySchema: 'EventGridSchema',
        retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
      },
    });
    expect(JSON.stringify(body)).not.toContain('code=secret');
    expect((await arm('POST', `${onVault}/s/getFullUrl`)).body).toEqual({ endpointUrl: toHook.properties.endpointUrl });
  });

  it.each(['EventGridSchema', 'CloudEventSchemaV1_0'])(
    'whose webhook does not consent fails, and gets nothing (%s)',
    async (eventDeliverySchema) => {
      const world = open();
      world.answer.consents = false;
      const made = await world.arm('PUT', `${onVault}/s`, { properties: { destination: toHook, eventDeliverySchema } });
      expect(made.body.properties.provisioningState).toBe('Updating');
      await world.clock.advance(60_000);
      const operation = await world.arm('GET', made.headers.get('azure-asyncoperation')?.replace(':443', '') ?? '');
      expect(operation.body).toMatchObject({ status: 'Failed', error: { code: 'Url validation' } });
      await world.store('key', 20);
      await world.pass(0);
      expect(world.sent).toEqual([]);
    },
  );

  it('of a system topic takes the events of its source, and goes with it', async () => {
    const { arm, clock, azure, store, pass, sent } = open();
    const properties = { source: vault, topicType: 'Microsoft.KeyVault.vaults' };
    expect(await arm('PUT', topic, { location: 'East US', properties })).toMatchObject({
      status: 201,
      body: { location: 'eastus' },
    });
    expect(await arm('PUT', `${topic}2`, { location: 'eastus', properties })).toMatchObject({ status: 400 });
    const resourceId = `${group}/Microsoft.Web/sites/app/functions/on-event`;
    const destination = { endpointType: 'AzureFunction', properties: { resourceId } };
    await arm('PUT', `${topic}/eventSubscriptions/s`, {
      properties: { destination, filter: { subjectEndsWith: '-KEY1' } },
    });
    const deliveryWithResourceIdentity = { identity: { type: 'SystemAssigned' }, destination: toQueue };
    await arm('PUT', `${topic}/eventSubscriptions/q`, { properties: { deliveryWithResourceIdentity } });
    await clock.advance(60_000);
    await store('ai-key1', null);
    await store('ai-key2', null);
    await pass(0);
    expect(sent.map(({ to }) => to).sort()).toEqual([
      `${storage}/events`,
      `${storage}/events`,
      'https://app.example/hook',
    ]);
    expect((await arm('GET', `${topic}/eventSubscriptions`)).body.value).toHaveLength(2);

    expect((await arm('DELETE', `${topic}/eventSubscriptions/q`)).status).toBe(202);
    await clock.advance(60_000);
    expect((await arm('GET', `${topic}/eventSubscriptions/q`)).status).toBe(404);
    expect((await arm('DELETE', topic)).status).toBe(202);
    await clock.advance(60_000);
    expect((await arm('GET', topic)).status).toBe(404);
    expect(eventGridOf(azure.world)).toMatchObject({ systemTopics: [], eventSubscriptions: [] });
    expect((await arm('DELETE', topic)).status).toBe(204);
  });

  it.each<[string, Record<string, unknown>]>([
    ['no destination', {}],
    ['a destination that is not simulated', { destination: { endpointType: 'EventHub', properties: {} } }],
    [
      'a filter that is not simulated',
      { destination: toQueue, filter: { advancedFilters: [{ operatorType: 'NumberIn' }] } },
    ],
    ['another schema', { destination: toQueue, eventDeliverySchema: 'CustomInputSchema' }],
    ['too many attempts', { destination: toQueue, retryPolicy: { maxDeliveryAttempts: 31 } }],
  ])('with %s is refused, and nothing is made', async (_, properties) => {
    const { arm } = open();
    expect(await arm('PUT', `${onVault}/s`, { properties })).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidRequest' } },
    });
    expect((await arm('GET', onVault)).body).toEqual({ value: [] });
  });

  it('of a vault that is not there is refused', async () => {
    const { arm } = open();
    const elsewhere = onVault.replace('kv-ai102-secure', 'kv-other');
    expect((await arm('PUT', `${elsewhere}/s`, { properties: { destination: toQueue } })).status).toBe(404);
  });
});

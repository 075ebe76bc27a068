import { AzureKeyCredential } from '@azure/core-auth';
import { EventGridPublisherClient, generateSharedAccessSignature } from '@azure/eventgrid';
import { describe, expect, it } from 'vitest';
import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { manualClock } from '../../local/simulated-azure/clock.ts';
import { defaultDefinition, defaultSubscriptionId, worldFrom } from '../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import {
  customTopicsOf,
  newCustomTopic,
  topicIdOf,
} from '../../local/simulated-azure/event-grid-topics/custom-topic.ts';
import { simulatedHttpClient } from '../../local/simulated-azure/http-client.ts';
import { services } from '../../local/simulated-azure/services.ts';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { cloudEvent } from '../../src/notifications/channels.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { buildNotification } from '../notifications/notification-builder.ts';

const group = 'rg-ai102-challenge09';
const topicPath = `/subscriptions/${defaultSubscriptionId}/resourceGroups/${group}/providers/Microsoft.EventGrid/topics/evgt-keyturn`;

/** The default world with one topic; `sendsAs` is who the app is there. */
function openTopic(
  schema: 'CloudEventSchemaV1_0' | 'EventGridSchema' = 'CloudEventSchemaV1_0',
  suffix = 'eventgrid.azure.net',
) {
  const clock = manualClock(Date.UTC(2026, 10, 23, 12));
  const definition = {
    ...defaultDefinition,
    providers: ['Microsoft.EventGrid'],
    roleAssignments: [
      ...(defaultDefinition.roleAssignments ?? []),
      { principal: 'func-keyturn', role: 'EventGrid Data Sender', on: topicPath },
    ],
  };
  const world = worldFrom(definition, clock);
  const azure = createSimulatedAzure({ world, clock, services });
  const at = { subscriptionId: defaultSubscriptionId, resourceGroup: group, name: 'evgt-keyturn', location: 'eastus' };
  const topic = newCustomTopic(at, schema);
  customTopicsOf(world).push(topic);
  const httpClient = simulatedHttpClient(azure);
  const endpoint = `https://evgt-keyturn.eastus-1.${suffix}/api/events`;
  const scopes: string[] = [];
  const credentialOf = (name: string) => ({
    getToken: async (scope: string | string[]) => {
      scopes.push(String(scope));
      const principal = world.principals.find((one) => one.name === name);
      if (principal === undefined) throw new TypeError(name);
      const { token } = await issueToken(azure, { principal, audience: String(scope).replace(/\/\.default$/, '') });
      return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  });
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const token = (await credentialOf('keyturn-operator').getToken('https://management.azure.com/.default')).token;
    const isArm = path.startsWith('/');
    const response = await azure.handle(
      new Request(isArm ? `https://management.azure.com${path}` : path, {
        method,
        headers: {
          ...(isArm ? { authorization: `Bearer ${token}` } : {}),
          'content-type': 'application/json',
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
      { callerAddress: '203.0.113.10', connectionId: 'c1' },
    );
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  };
  return { azure, clock, world, topic, endpoint, httpClient, credentialOf, scopes, send };
}

describe("Keyturn's topic, on the SDK's client", () => {
  it.each([
    ['public', 'eventgrid.azure.net'],
    ['usgovernment', 'eventgrid.azure.us'],
    ['china', 'eventgrid.azure.cn'],
  ] as const)('takes an event in the cloud %s, with a token of that cloud alone', async (cloud, suffix) => {
    const { topic, endpoint, httpClient, credentialOf, scopes } = openTopic('CloudEventSchemaV1_0', suffix);
    const { receivers } = azureAccess({
      cloud: clouds[cloud],
      credential: credentialOf('func-keyturn'),
      storage: { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') },
      httpClient,
    });
    const event = cloudEvent(buildNotification());
    await receivers.topic(endpoint).publish(event);
    expect(topic.events).toEqual([{ ...event, time: '2026-01-05T12:00:00.000Z' }]);
    expect(scopes).toEqual([`https://${suffix}/.default`]);
  });

  it.each([
    ['without the role', 'id-demo-consumer', 'evgt-keyturn', 'Forbidden'],
    ['that is not there', 'func-keyturn', 'evgt-other', 'http-404'],
  ])('%s is a failure by its code', async (_, principal, name, code) => {
    const { endpoint, httpClient, credentialOf } = openTopic();
    const { receivers } = azureAccess({
      cloud: clouds.public,
      credential: credentialOf(principal),
      storage: { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') },
      httpClient,
    });
    const publishing = receivers.topic(endpoint.replace('evgt-keyturn', name)).publish(cloudEvent(buildNotification()));
    await expect(publishing).rejects.toMatchObject({ failure: { kind: 'not-applied', code } });
  });
});

describe('a custom topic takes', () => {
  it('both keys, and a signature of either until it ends', async () => {
    const { topic, endpoint, httpClient, clock } = openTopic('EventGridSchema');
    const event = { subject: 's', eventType: 't', data: { n: 1 }, dataVersion: '1' };
    for (const key of [topic.keys.key1, topic.keys.key2])
      await new EventGridPublisherClient(endpoint, 'EventGrid', new AzureKeyCredential(key), { httpClient }).send([
        event,
      ]);
    expect(topic.events).toHaveLength(2);
    const signed = await generateSharedAccessSignature(
      endpoint,
      new AzureKeyCredential(topic.keys.key1),
      new Date(clock.nowMs() + 60_000),
    );
    const { AzureSASCredential } = await import('@azure/core-auth');
    const client = new EventGridPublisherClient(endpoint, 'EventGrid', new AzureSASCredential(signed), { httpClient });
    await client.send([event]);
    expect(topic.events).toHaveLength(3);
    await clock.advance(61_000);
    await expect(client.send([event])).rejects.toMatchObject({ statusCode: 401, code: 'Unauthorized' });
  });

  it('no wrong key, no call without one, no key if keys are off', async () => {
    const { topic, endpoint, send } = openTopic('EventGridSchema');
    const asked = `${endpoint}?api-version=2018-01-01`;
    const wrong = await send('POST', asked, [], { 'aeg-sas-key': 'nonsense' });
    expect(wrong).toMatchObject({
      status: 401,
      body: { error: { code: 'Unauthorized', details: [{ code: 'Unauthorized' }] } },
    });
    expect(wrong.body.error.message).toContain(
      'The request authorization key is not authorized for EVGT-KEYTURN.EASTUS-1.EVENTGRID.AZURE.NET.',
    );
    expect((await send('POST', asked, [])).body.error.message).toContain('aeg-sas-token, aeg-sas-key');
    topic.disableLocalAuth = true;
    expect(await send('POST', asked, [], { 'aeg-sas-key': topic.keys.key1 })).toMatchObject({ status: 401 });
  });

  it('nothing too large, nothing of another schema, nothing from outside when closed', async () => {
    const { topic, endpoint, send } = openTopic();
    const key = { 'aeg-sas-key': topic.keys.key1 };
    const large = await send('POST', endpoint, 'x'.repeat(1_536_001), key);
    expect(large).toMatchObject({
      status: 413,
      body: { error: { message: 'The maximum size (1536000) has been exceeded.' } },
    });
    const other = await send(
      'POST',
      endpoint,
      [{ id: '1', subject: 's', eventType: 't', eventTime: '2026-01-01T00:00:00Z' }],
      key,
    );
    expect(other).toMatchObject({ status: 400, body: { error: { details: [{ code: 'InputJsonInvalid' }] } } });
    topic.publicNetworkAccess = 'Disabled';
    expect(await send('POST', endpoint, [], key)).toMatchObject({
      status: 403,
      body: { error: { code: 'Forbidden' } },
    });
    expect(topic.events).toEqual([]);
  });
});

describe('ARM of custom topics', () => {
  const version = '?api-version=2022-06-15';
  const path = topicPath.replace('evgt-keyturn', 'evgt-new');

  it('makes one in a while, shows it, lists and renews its keys, and removes it', async () => {
    const { send, clock } = openTopic();
    const body = { location: 'East US', tags: { team: 'ai' }, properties: { inputSchema: 'CloudEventSchemaV1_0' } };
    const made = await send('PUT', path + version, body);
    expect(made).toMatchObject({ status: 201, body: { properties: { provisioningState: 'Creating' } } });
    expect(made.headers.get('azure-asyncoperation')).toMatch(/\/locations\/eastus\/operationsStatus\/[0-9A-F-]{36}\?/);
    await clock.advance(10_000);
    const link = new URL(made.headers.get('azure-asyncoperation') ?? '');
    expect(await send('GET', link.pathname + link.search)).toMatchObject({ body: { status: 'Succeeded' } });
    expect((await send('GET', path + version)).body).toMatchObject({
      name: 'evgt-new',
      type: 'Microsoft.EventGrid/topics',
      location: 'eastus',
      tags: { team: 'ai' },
      properties: {
        provisioningState: 'Succeeded',
        endpoint: 'https://evgt-new.eastus-1.eventgrid.azure.net/api/events',
        inputSchema: 'CloudEventSchemaV1_0',
        publicNetworkAccess: 'Enabled',
        disableLocalAuth: false,
      },
    });
    const { body: keys } = await send('POST', `${path}/listKeys${version}`);
    const { body: renewed } = await send('POST', `${path}/regenerateKey${version}`, { keyName: 'key1' });
    expect(renewed).toEqual({ key1: expect.any(String), key2: keys.key2 });
    expect(renewed.key1).not.toBe(keys.key1);
    const all = await send(
      'GET',
      `/subscriptions/${defaultSubscriptionId}/providers/Microsoft.EventGrid/topics${version}`,
    );
    expect(all.body.value.map(({ name }: { name: string }) => name)).toEqual(['evgt-keyturn', 'evgt-new']);
    const removed = await send('DELETE', path + version);
    expect(removed.status).toBe(202);
    await clock.advance(10_000);
    expect(await send('GET', path + version)).toMatchObject({
      status: 404,
      body: { error: { code: 'ResourceNotFound' } },
    });
    expect(await send('DELETE', path + version)).toMatchObject({ status: 204 });
  });

  it('refuses another schema for a topic that is there', async () => {
    const { send, topic } = openTopic();
    const answer = await send('PUT', topicIdOf(topic) + version, { location: 'eastus', properties: {} });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'InvalidRequest' } } });
  });
});

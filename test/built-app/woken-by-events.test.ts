import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, describe, expect, it } from 'vitest';
import { startedThings } from '../../local/demo/started-things.ts';
import { startLocalAzure } from '../../local/local-azure.ts';
import { startRunner } from '../../local/runner/host.ts';
import { plainLine } from '../../local/runner/log.ts';
import { realClock } from '../../local/simulated-azure/clock.ts';
import { defaultApiClientId, defaultSubscriptionId, defaultWorld } from '../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import { eventGridOf } from '../../local/simulated-azure/event-grid/event-grid-world.ts';
import { makeAppFolder } from '../../tools/build.ts';
import { bareEnvironment } from '../vitest/bare-environment.ts';

const inGroup = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09/providers`;
/** Its keys are announced 20 seconds after they were stored: 30 days before their end. */
const soon = {
  vault: 'kv-ai102-secure',
  pointerCache: '1s',
  keyCache: '1s',
  longestRequest: '2s',
  overlap: '5s',
  rotateEvery: '20s',
  newKeyProof: { acceptances: 3, spread: '2s' },
  firstRotation: 'auto',
};
const targets = ['ai-secure-demo', 'openai-secure-demo'].map((name) => ({
  name,
  accountId: `${inGroup}/Microsoft.CognitiveServices/accounts/${name}`,
  prefix: name,
  ...soon,
}));

const things = startedThings();
afterAll(() => things.stopAll());

/** The built app on its host, with keys asked for as in Azure, beside the simulated Azure; its sweep comes once a year. */
async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-events-'));
  await things.start(Promise.resolve(folder), (made) => rm(made, { recursive: true, force: true }));
  const clock = realClock();
  const world = defaultWorld(clock);
  const storage = { storage: 'in-memory', storagePorts: { blob: 0, queue: 0, table: 0 } } as const;
  const local = await things.start(startLocalAzure({ world, clock, folder, ...storage }), (made) => made.stop());
  // As it is deployed: the queues are looked at every two seconds.
  const appFolder = join(folder, 'app');
  await makeAppFolder(appFolder);
  const lines: string[] = [];
  const runner = await things.start(
    startRunner({
      appFolder,
      port: 0,
      keys: 'on',
      stateFolder: join(folder, 'host'),
      environment: {
        ...bareEnvironment(),
        ...local.environment,
        KEYTURN_TENANT_ID: world.tenantId,
        KEYTURN_API_CLIENT_ID: defaultApiClientId,
        KEYTURN_INSTANCE: 'func-keyturn',
        KEYTURN_SWEEP_SCHEDULE: '0 0 0 1 1 *',
        KEYTURN_TARGETS: JSON.stringify(targets),
      },
      log: (entry) => lines.push(plainLine(entry)),
    }),
    (made) => made.stop(),
  );
  expect((await runner.ready).inError).toEqual([]);
  const operator = world.principals.find(({ name }) => name === 'keyturn-operator');
  if (operator === undefined) throw new TypeError('there is no operator');
  const tokenFor = async (audience: string) => (await issueToken(local.azure, { principal: operator, audience })).token;

  const systemKeys = await fetch(`${runner.url}/admin/host/systemkeys`, {
    headers: { 'x-functions-key': runner.masterKey },
  });
  const { keys } = (await systemKeys.json()) as { keys: { name: string; value: string }[] };
  const eventGridKey = keys.find(({ name }) => name === 'eventgrid_extension')?.value ?? '';
  return {
    local,
    runner,
    lines,
    eventGridKey,
    async arm(path: string, body: unknown) {
      const request = new Request(`https://management.azure.com${path}?api-version=2025-02-15`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${await tokenFor('https://management.azure.com')}` },
        body: JSON.stringify(body),
      });
      return (await local.azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'operator' })).status;
    },
    async ask(method: string, path: string) {
      const headers = { authorization: `Bearer ${await tokenFor(defaultApiClientId)}` };
      const response = await fetch(`${runner.url}/api/${path}`, { method, headers });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
  };
}

describe('the built app, asleep', () => {
  it('is woken by Event Grid, pushed and through the queue, when keys near their end, and rotates them', async () => {
    const { local, arm, ask, lines, runner, eventGridKey } = await start();
    const topic = `${inGroup}/Microsoft.EventGrid/systemTopics/evgt-kv`;
    const source = `${inGroup}/Microsoft.KeyVault/vaults/kv-ai102-secure`;
    local.paths.leadToSite('func-keyturn', { url: runner.url, eventGridKey: 'not-the-key' });
    const topicProperties = { source, topicType: 'Microsoft.KeyVault.vaults' };
    expect(await arm(topic, { location: 'eastus', properties: topicProperties })).toBe(201);
    const site = `${inGroup}/Microsoft.Web/sites/func-keyturn`;
    const includedEventTypes = ['Microsoft.KeyVault.SecretNearExpiry', 'Microsoft.KeyVault.SecretExpired'];
    const pushed = {
      properties: {
        destination: {
          endpointType: 'AzureFunction',
          properties: { resourceId: `${site}/functions/secret-near-expiry` },
        },
        filter: { includedEventTypes, subjectBeginsWith: 'ai-secure-demo-' },
        eventDeliverySchema: 'CloudEventSchemaV1_0',
      },
    };
    // With a wrong key the handshake fails, as it would in Azure.
    await arm(`${topic}/eventSubscriptions/pushed`, pushed);
    await until(() => eventGridOf(local.azure.world).eventSubscriptions[0]?.provisioningState === 'Failed');
    local.paths.leadToSite('func-keyturn', { url: runner.url, eventGridKey });
    expect(await arm(`${topic}/eventSubscriptions/pushed`, pushed)).toBe(201);
    const resourceId = `${inGroup}/Microsoft.Storage/storageAccounts/stkeyturn`;
    const pulled = {
      properties: {
        destination: { endpointType: 'StorageQueue', properties: { resourceId, queueName: 'keyturn-secret-events' } },
        filter: { includedEventTypes, subjectBeginsWith: 'openai-secure-demo-' },
        eventDeliverySchema: 'EventGridSchema',
      },
    };
    expect(await arm(`${topic}/eventSubscriptions/pulled`, pulled)).toBe(201);
    await until(() =>
      eventGridOf(local.azure.world).eventSubscriptions.every((one) => one.provisioningState === 'Succeeded'),
    );
    await new QueueClient(local.azurite.connectionString, 'keyturn-secret-events').create();

    const adopted = await Promise.all(targets.map(({ name }) => ask('POST', `targets/${name}/adopt`)));
    expect(adopted.map(({ status }) => status)).toEqual([200, 200]);
    for (const { name } of targets) {
      await until(async () => (await ask('GET', `targets/${name}`)).body.lastCompletedAt !== null);
      const { body } = await ask('GET', `targets/${name}`);
      expect(body).toMatchObject({ activeSlot: 'key2', lastEvent: { kind: 'near-expiry' } });
    }
    for (const { name } of targets) {
      const started = lines.filter((line) => line.includes(`"target":"${name}","answer":"started"`));
      expect(started.length, name).toBeGreaterThan(0);
      const account = local.azure.world.accounts.find((one) => one.name === name);
      // Two keys more for every rotation, of which another may be under way already.
      expect(account?.keys.length).toBeGreaterThanOrEqual(4);
    }
    const { deliveries } = eventGridOf(local.azure.world);
    const states = new Set(deliveries.map(({ subscription, state }) => `${subscription.name} ${state}`));
    expect([...states]).toEqual(expect.arrayContaining(['pushed delivered', 'pulled delivered']));
    expect(deliveries.filter(({ state }) => state === 'dropped')).toEqual([]);
    expect(lines.filter((line) => line.includes('secret-events') && line.includes('Failed'))).toEqual([]);
  });
});

async function until(isMet: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isMet())) await after(250);
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientEnvironment, shellExports } from '../../../local/environment.ts';
import { manualClock, realClock } from '../../../local/simulated-azure/clock.ts';
import { type RunningAzure, startSimulatedAzure } from '../../../local/simulated-azure/start.ts';
import type { World } from '../../../local/simulated-azure/world.ts';
import { dataPlane, key1, key2, principalId } from '../ai-data-plane/data-plane.ts';
import { runClient, runNode } from '../proxy/run-client.ts';

const detectLanguage = 'Microsoft.CognitiveServices/accounts/TextAnalytics/languages/action';
const endpoint = 'https://contoso-ai.cognitiveservices.azure.com';

let folder: string;
let running: RunningAzure;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-start-'));
  const { world } = dataPlane({ dataActions: [detectLanguage] }).azure;
  furnish(world);
  running = await startSimulatedAzure({ world, clock: realClock(), folder });
});

afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true });
});

/** What else clients meet: a subscription with its group, and a vault; the principal may do all in them. */
function furnish(world: World): void {
  const subscriptionId = world.accounts[0]?.subscriptionId ?? '';
  const [assignment] = world.roleAssignments;
  if (assignment === undefined) throw new Error('the world has no role assignment to follow');
  // Key Vault Secrets Officer, Cognitive Services Contributor
  for (const roleGuid of ['b86a8fe4-44ce-4948-aee5-eccb2c155cd7', '25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68']) {
    const scope = `/subscriptions/${subscriptionId}`;
    world.roleAssignments.push({ ...assignment, name: crypto.randomUUID(), scope, roleGuid });
  }
  world.subscriptions.push({
    id: subscriptionId,
    displayName: 'Contoso',
    registeredProviders: new Set(['Microsoft.CognitiveServices']),
  });
  world.resourceGroups.push({
    subscriptionId,
    name: 'rg-contoso',
    location: 'eastus2',
    tags: {},
    provisioningState: 'Succeeded',
  });
  world.vaults.push({
    name: 'kv-contoso',
    subscriptionId,
    resourceGroup: 'rg-contoso',
    location: 'eastus2',
    softDeleteDays: 90,
    secrets: [],
    deletedSecrets: [],
    readOnly: false,
    expiryRequired: false,
    maxValidityDays: null,
    network: { publicNetworkAccess: 'Enabled', defaultAction: 'Allow', ipRules: [] },
  });
}

const control = (path: string, init?: RequestInit) => fetch(`${running.controlUrl}${path}`, init);
const detectByKey = `const response = await fetch('${endpoint}/text/analytics/v3.1/languages', {
  method: 'POST', headers: { 'api-key': '${key1}' }, body: JSON.stringify({ documents: [{ id: '1', text: 'Hello there, my friend' }] }) });
  console.log(response.status);`;

describe('a process with the environment', () => {
  test('signs in with its managed identity and calls the data plane, both with unmodified SDK clients', async () => {
    const { out, err } = await runNode(
      `import { ManagedIdentityCredential } from '@azure/identity';
       import { TextAnalyticsClient } from '@azure/ai-text-analytics';
       const credential = new ManagedIdentityCredential({ clientId: '${running.azure.world.principals[0]?.clientId}' });
       const [result] = await new TextAnalyticsClient('${endpoint}', credential).detectLanguage(['Ce document est rédigé en français.']);
       console.log(result.primaryLanguage.iso6391Name);`,
      running.environment,
    );
    expect(err).toBe('');
    expect(out.trim()).toBe('fr');
    const operations = running.azure.calls.slice(-2).map(({ operation, caller }) => ({ operation, caller }));
    expect(operations).toEqual([
      { operation: 'managed-identity/token', caller: principalId },
      { operation: detectLanguage, caller: principalId },
    ]);
  });

  test('keeps a secret in the vault, challenge and all, with the unmodified SDK client', async () => {
    const { out, err } = await runNode(
      `import { ManagedIdentityCredential } from '@azure/identity';
       import { SecretClient } from '@azure/keyvault-secrets';
       const credential = new ManagedIdentityCredential({ clientId: '${running.azure.world.principals[0]?.clientId}' });
       const client = new SecretClient('https://kv-contoso.vault.azure.net', credential);
       await client.setSecret('greeting', 'hello');
       console.log((await client.getSecret('greeting')).value);`,
      running.environment,
    );
    expect(err).toBe('');
    expect(out.trim()).toBe('hello');
  });

  test('reads an account and its keys from ARM with the unmodified SDK client', async () => {
    const { subscriptionId } = running.azure.world.accounts[0] ?? {};
    const { out, err } = await runNode(
      `import { ManagedIdentityCredential } from '@azure/identity';
       import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
       const credential = new ManagedIdentityCredential({ clientId: '${running.azure.world.principals[0]?.clientId}' });
       const client = new CognitiveServicesManagementClient(credential, '${subscriptionId}');
       const { kind } = await client.accounts.get('rg-contoso', 'contoso-ai');
       const { key1 } = await client.accounts.listKeys('rg-contoso', 'contoso-ai');
       console.log(kind, key1 === '${key1}');`,
      running.environment,
    );
    expect(err).toBe('');
    expect(out.trim()).toBe('AIServices true');
  });

  test('regenerates a key, with which the data plane then answers, and no longer with the old one', async () => {
    const { subscriptionId } = running.azure.world.accounts[0] ?? {};
    const { out, err } = await runNode(
      `import { ManagedIdentityCredential } from '@azure/identity';
       import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
       const credential = new ManagedIdentityCredential({ clientId: '${running.azure.world.principals[0]?.clientId}' });
       const client = new CognitiveServicesManagementClient(credential, '${subscriptionId}');
       const status = async (key) => (await fetch('${endpoint}/openai/v1/models', { headers: { 'api-key': key } })).status;
       const before = await status('${key2}');
       const keys = await client.accounts.regenerateKey('rg-contoso', 'contoso-ai', 'Key2');
       console.log(before, await status(keys.key2), await status('${key2}'), keys.key1 === '${key1}');`,
      running.environment,
    );
    expect(err).toBe('');
    expect(out.trim()).toBe('200 200 401 true');
  });

  test('can have it from a shell that evaluates the exports', async () => {
    const exports = shellExports({ ...running.environment, QUOTED: "it's $HOME" });
    const { out, err } = await runClient(
      'sh',
      [
        '-c',
        `${exports} echo "$QUOTED"; curl -sS https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration`,
      ],
      {},
    );
    expect(err).toBe('');
    expect(out).toMatch(/^it's \$HOME\n\{.*"token_endpoint"/);
  });
});

describe('the environment', () => {
  test('keeps loopback out of the proxy, leaves HTTP_PROXY alone, and names the authority for each ecosystem', () => {
    const variables = clientEnvironment({
      proxyUrl: 'http://127.0.0.1:1',
      certificateFile: '/ca.pem',
      bundleFile: '/bundle.pem',
      identityEndpoint: 'http://127.0.0.1:2/msi/token',
      identityHeader: 'h',
      controlUrl: 'http://127.0.0.1:2/_azure',
      tenantId: 't',
      subscriptionId: null,
      aiEndpoint: 'https://contoso-ai.cognitiveservices.azure.com/',
      authorityUrl: null,
    });
    expect(variables).toMatchObject({
      AZURE_AI_ENDPOINT: 'https://contoso-ai.cognitiveservices.azure.com/',
      HTTPS_PROXY: 'http://127.0.0.1:1',
      https_proxy: 'http://127.0.0.1:1',
      NO_PROXY: 'localhost,127.0.0.1,::1',
      no_proxy: 'localhost,127.0.0.1,::1',
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
      SSL_CERT_FILE: '/bundle.pem',
      REQUESTS_CA_BUNDLE: '/bundle.pem',
      CURL_CA_BUNDLE: '/bundle.pem',
    });
    expect(variables).not.toHaveProperty('HTTP_PROXY');
    expect(variables).not.toHaveProperty('AZURE_SUBSCRIPTION_ID');
    expect(variables).not.toHaveProperty('AZURE_AUTHORITY_HOST');
  });
});

describe('the control endpoint', () => {
  test('tells the calls from a given one on', async () => {
    const { next } = (await (await control('/calls')).json()) as { next: number };
    await runNode(detectByKey, running.environment);
    const later = (await (await control(`/calls?since=${next}`)).json()) as { calls: object[] };
    expect(later.calls).toMatchObject([{ operation: detectLanguage, caller: 'key', status: 200 }]);
  });

  test('adds a fault that the next matching request meets, once', async () => {
    const rule = { method: 'POST', matches: 'languages', fault: { kind: 'throttle', retryAfterSeconds: 7 } };
    expect((await control('/faults', { method: 'POST', body: JSON.stringify(rule) })).status).toBe(201);
    expect((await runNode(detectByKey, running.environment)).out.trim()).toBe('429');
    expect((await runNode(detectByKey, running.environment)).out.trim()).toBe('200');
  });

  test('shows and changes the world by path, items of lists by name', async () => {
    const path = '/world/accounts/contoso-ai/resource/properties/publicNetworkAccess';
    await control(path, { method: 'PUT', body: '"Disabled"' });
    expect(await (await control(path)).json()).toBe('Disabled');
    expect((await runNode(detectByKey, running.environment)).out.trim()).toBe('403');
    await control(path, { method: 'PUT', body: '"Enabled"' });
    expect((await runNode(detectByKey, running.environment)).out.trim()).toBe('200');
  });

  test('does not answer a page in a browser', async () => {
    await expect(control('/world', { headers: { origin: 'https://contoso.com' } })).rejects.toThrow();
    await expect(control('/world')).resolves.toHaveProperty('status', 200);
  });

  test.each([
    ['/faults', '{"method": 1}', 400, 'method'],
    ['/world/accounts/nobody/x', '1', 400, 'nobody'],
    ['/nothing', '1', 404, 'POST /_azure/nothing'],
  ])('refuses %s with %s and says why', async (path, body, status, word) => {
    const answer = await control(path, { method: 'POST', body });
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { error: string }).error).toContain(word);
  });
});

test('a start that fails leaves nothing behind that listens', async () => {
  const proxyPort = Number(new URL(running.environment.HTTPS_PROXY ?? '').port);
  const { world } = dataPlane().azure;
  const second = startSimulatedAzure({ world, clock: manualClock(0), folder, port: proxyPort });
  await expect(second).rejects.toThrow(`Port ${proxyPort}`);
});

import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { armLists } from '../../src/azure/arm/arm-lists.ts';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { callingHttpClient } from '../../src/azure/azure-call.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { entraSigningKeys } from '../../src/azure/entra/signing-keys.ts';
import { systemClock } from '../../src/azure/system-clock.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

const account = parseAccountId(
  '/subscriptions/aaaaaaaa-1111-4000-8000-000000000001/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/contoso-ai',
);
if (account === null) throw new TypeError('an account id');

beforeEach(() => {
  vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Everything over the wire: which hosts were asked, and whether through a proxy. */
function recorded() {
  const asked: { readonly host: string; readonly throughProxy: boolean }[] = [];
  const wire: HttpClient = {
    async sendRequest(request) {
      const agent: object | undefined = request.agent;
      const throughProxy = agent !== undefined && 'proxy' in agent;
      asked.push({ host: new URL(request.url).hostname, throughProxy });
      return { request, status: 503, headers: createHttpHeaders(), bodyAsText: '{}' };
    },
  };
  const credential = { getToken: async () => ({ token: 'a.b.c', expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const storage = { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') } as const;
  const access = azureAccess({ cloud: clouds.public, credential, storage, httpClient: wire });
  return { access, asked, wire, credential };
}

type Recorded = ReturnType<typeof recorded>;

const always = () => true;
const tenant = { authorityHost: clouds.public.authorityHost, tenantId: '11111111-1111-1111-1111-111111111111' };
const openAi = { kind: 'OpenAI', endpoint: 'https://contoso-ai.openai.azure.com/' };
const language = { kind: 'AIServices', endpoint: 'https://contoso-ai.cognitiveservices.azure.com/' };

it.each<[string, string, (over: Recorded) => Promise<unknown> | unknown]>([
  ['an account', 'management.azure.com', ({ access }) => access.accounts(always).get(account)],
  [
    'a list that no SDK client reads',
    'management.azure.com',
    ({ wire, credential }) =>
      armLists(clouds.public, credential, callingHttpClient(wire, false))('/subscriptions', '1'),
  ],
  ['the activity log', 'management.azure.com', ({ access }) => access.activityLog.keyListings(account, 0)],
  ['Resource Graph', 'management.azure.com', ({ access }) => access.search.taggedAccounts()],
  [
    'a secret',
    'kv-contoso.vault.azure.net',
    ({ access }) => access.secrets('https://kv-contoso.vault.azure.net', always).read('a'),
  ],
  [
    'how a vault decides',
    'kv-contoso.vault.azure.net',
    ({ access }) => access.permissionModel('https://kv-contoso.vault.azure.net'),
  ],
  [
    'an endpoint, with a key',
    'contoso-ai.openai.azure.com',
    ({ access }) => access.probe.call(openAi, new SecretText('k')),
  ],
  ['an endpoint, with a token', 'contoso-ai.openai.azure.com', ({ access }) => access.tokenProbe.call(openAi)],
  [
    'a language call with a token',
    'contoso-ai.cognitiveservices.azure.com',
    ({ access }) => access.tokenProbe.call(language),
  ],
  [
    'a topic',
    'topic.eastus-1.eventgrid.azure.net',
    ({ access }) => access.receivers.topic('https://topic.eastus-1.eventgrid.azure.net/api/events').publish(event),
  ],
  [
    'a webhook',
    'hooks.contoso.com',
    ({ access }) =>
      access.receivers.webhook(new SecretText('https://hooks.contoso.com/x')).post({}, 'application/json'),
  ],
  [
    'the signing keys',
    'login.microsoftonline.com',
    ({ wire }) => entraSigningKeys(tenant, systemClock, wire)({ alg: 'RS256' }, { payload: '', signature: '' }),
  ],
])('%s is asked for through the proxy that HTTPS_PROXY names', async (_, host, ask) => {
  const over = recorded();
  await Promise.resolve(ask(over)).catch(() => undefined);
  expect(over.asked).toContainEqual({ host, throughProxy: true });
  expect(over.asked.filter(({ throughProxy }) => !throughProxy)).toEqual([]);
});

const event = {
  specversion: '1.0',
  id: '1',
  source: '/contoso',
  type: 'Keyturn.RotationCompleted',
  subject: 'contoso',
  time: '2026-01-15T00:00:00.000Z',
  datacontenttype: 'application/json',
  data: {},
} as const;

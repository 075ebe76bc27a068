import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import type { SimulatedAzure } from '../../../local/simulated-azure/simulated-azure.ts';
import { CALLER } from './callers.ts';
import type { LiveNames } from './live-names.ts';
import { putSecret, removeSecret } from './put-secret.ts';
import { type Json, type RecordedExchange, textAt } from './recorded-file.ts';

/**
 * Begins what an exchange continues, where the recording does not show the beginning: an operation that is polled, a
 * backup that is restored, a registration under way. It is begun through the simulated services themselves, and the live
 * names are learnt.
 */
export async function beginUnseen(azure: SimulatedAzure, recorded: RecordedExchange, names: LiveNames): Promise<void> {
  const { request, response } = recorded;
  const url = new URL(request.url);
  const isUnknown = names.url(request.url) === request.url;
  if (/\/operationresults\/[^/]+$/i.test(url.pathname) && isUnknown && response.status < 300) {
    const begin = url.pathname.includes('/locations/') ? beginAccount : beginGroupDeletion;
    const link = await begin(azure, url);
    if (link !== null) names.learn(request.url, link);
  }
  if (/\/providers\/[^/]+$/.test(url.pathname) && textAt(response.body, 'registrationState') === 'Registering') {
    await send(azure, 'POST', `${url.origin}${url.pathname}/register${url.search}`, undefined);
  }
  const blob = textAt(request.body, 'value');
  if (/^\/+secrets\/restore$/i.test(url.pathname) && response.status === 200 && names.body(blob) === blob) {
    names.learn(blob, await backup(azure, url, response.body));
  }
}

async function beginGroupDeletion(azure: SimulatedAzure, { origin, pathname }: URL): Promise<string | null> {
  const group = `${origin}${pathname.replace(/\/operationresults\/.*/i, '/resourcegroups/rg-of-unseen-deletion')}?api-version=2021-04-01`;
  await send(azure, 'PUT', group, { location: 'eastus' });
  const deletion = await send(azure, 'DELETE', group, undefined);
  const { resourceGroups } = azure.world;
  resourceGroups.splice(
    resourceGroups.findIndex(({ name }) => name === 'rg-of-unseen-deletion'),
    1,
  );
  return deletion.headers.get('location');
}

async function beginAccount(azure: SimulatedAzure, { origin, pathname }: URL): Promise<string | null> {
  const { resourceGroups, accounts } = azure.world;
  const [, subscription, location] = /^(\/subscriptions\/[^/]+)\/.*\/locations\/([^/]+)\//i.exec(pathname) ?? [];
  const group = 'rg-of-unseen-account';
  const groupUrl = `${origin}${subscription}/resourceGroups/${group}`;
  await send(azure, 'PUT', `${groupUrl}?api-version=2021-04-01`, { location: 'eastus' });
  const account = `${groupUrl}/providers/Microsoft.CognitiveServices/accounts/unseen?api-version=2024-10-01`;
  const body = {
    kind: 'Face',
    location: decodeURIComponent(location ?? 'eastus'),
    sku: { name: 'S0' },
    properties: {},
  };
  const creation = await send(azure, 'PUT', account, body);
  accounts.splice(
    accounts.findIndex(({ resourceGroup }) => resourceGroup === group),
    1,
  );
  resourceGroups.splice(
    resourceGroups.findIndex(({ name }) => name === group),
    1,
  );
  return creation.headers.get('azure-asyncoperation');
}

async function backup(azure: SimulatedAzure, url: URL, shown: Json | undefined): Promise<Json | undefined> {
  const vault = url.hostname.split('.')[0] ?? '';
  const name = textAt(shown, 'id')?.split('/')[4] ?? '';
  putSecret(azure.world, azure.clock.nowMs(), { vault, name, wanted: 'live', shown, busy: false });
  const answer = await send(azure, 'POST', `${url.origin}/secrets/${name}/backup${url.search}`, undefined);
  removeSecret(azure.world, vault, name);
  const { value } = (await answer.json()) as { value?: string };
  return value;
}

async function send(azure: SimulatedAzure, method: string, url: string, body: Json | undefined): Promise<Response> {
  const audience = url.includes('.vault.') ? 'https://vault.azure.net' : 'https://management.azure.com/';
  const { token } = await issueToken(azure, { principal: CALLER, audience });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const request = new Request(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return azure.handle(request, { callerAddress: '198.51.100.7', connectionId: 'unseen' });
}

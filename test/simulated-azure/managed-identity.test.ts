import { ManagedIdentityCredential } from '@azure/identity';
import { decodeJwt } from 'jose';
import { afterEach, expect, test, vi } from 'vitest';
import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { realClock } from '../../local/simulated-azure/clock.ts';
import { identityHeader } from '../../local/simulated-azure/entra/identity-header.ts';
import { managedIdentity } from '../../local/simulated-azure/entra/managed-identity.ts';
import { simulatedHttpClient } from '../../local/simulated-azure/http-client.ts';
import type { Principal } from '../../local/simulated-azure/world.ts';
import { principal, worldOf } from './entra/entra-world.ts';
import { readJson } from './read-json.ts';

const endpoint = 'http://127.0.0.1:41999/msi/token';
const system = principal({ kind: 'system-assigned', name: 'func-keyturn' });
const resourceId =
  '/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-keyturn';
const user = principal({ kind: 'user-assigned', name: 'id-keyturn', resourceId });

afterEach(() => {
  vi.unstubAllEnvs();
});

function setUp(...principals: readonly Principal[]) {
  const services = [{ host: /./, service: managedIdentity }];
  const azure = createSimulatedAzure({ world: worldOf(...principals), clock: realClock(), services });
  const get = (url: string, headers: Record<string, string>) =>
    azure.handle(new Request(url, { headers }), { callerAddress: '127.0.0.1', connectionId: 'one' });
  return { azure, get };
}

// MSAL keeps the HTTP client of a process's first managed identity credential for all later ones.
const shared = setUp(user, system);

test.each([
  ['no id', {}, system],
  ['a client id', { clientId: user.clientId }, user],
  ['an object id', { objectId: user.objectId }, user],
  ['a resource id', { resourceId }, user],
])('ManagedIdentityCredential gets a token for %s', async (_what, options, expected) => {
  const { azure } = shared;
  vi.stubEnv('IDENTITY_ENDPOINT', endpoint);
  vi.stubEnv('IDENTITY_HEADER', identityHeader);
  const credential = new ManagedIdentityCredential({ ...options, httpClient: simulatedHttpClient(azure) });
  const { token } = await credential.getToken('https://vault.azure.net/.default');
  expect(decodeJwt(token)).toMatchObject({ oid: expected.objectId, aud: 'https://vault.azure.net' });
  expect(azure.calls.at(-1)).toMatchObject({ caller: expected.objectId, status: 200 });
});

test('the answer has the members of protocol 2019-08-01, with expires_on as text', async () => {
  const { get } = setUp(user, system);
  const response = await get(`${endpoint}?resource=https://vault.azure.net&api-version=2019-08-01`, {
    'x-identity-header': identityHeader,
  });
  expect(await readJson(response)).toEqual({
    access_token: expect.any(String),
    expires_on: expect.stringMatching(/^\d+$/),
    resource: 'https://vault.azure.net',
    token_type: 'Bearer',
    not_before: expect.stringMatching(/^\d+$/),
    client_id: system.clientId,
  });
});

test('protocol 2017-09-01 takes the header secret and writes a date', async () => {
  const { get } = setUp(user, system);
  const response = await get(`${endpoint}?resource=https://vault.azure.net&api-version=2017-09-01`, {
    secret: identityHeader,
  });
  expect((await readJson(response)).expires_on).toMatch(/^\d\d\/\d\d\/\d{4} \d+:\d\d:\d\d [AP]M \+00:00$/);
});

test.each([
  ['a wrong identity header', '?resource=r&api-version=2019-08-01', { 'x-identity-header': 'guess' }, 401],
  ['no identity header', '?resource=r&api-version=2019-08-01', {}, 401],
  ['no resource', '?api-version=2019-08-01', { 'x-identity-header': identityHeader }, 400],
  ['an unknown api-version', '?resource=r&api-version=2018-01-01', { 'x-identity-header': identityHeader }, 400],
  [
    'an identity that is not assigned',
    '?resource=r&api-version=2019-08-01&client_id=cccccccc-0000-4000-8000-000000000001',
    { 'x-identity-header': identityHeader },
    400,
  ],
])('%s gets no token', async (_what, query, headers, status) => {
  const { get } = setUp(user, system);
  const response = await get(`${endpoint}${query}`, headers as Record<string, string>);
  expect(response.status).toBe(status);
  expect(await readJson(response)).not.toHaveProperty('access_token');
});

test('an app without a system-assigned identity must name one', async () => {
  const { get } = setUp(user);
  const query = 'resource=r&api-version=2019-08-01';
  const headers = { 'x-identity-header': identityHeader };
  expect((await get(`${endpoint}?${query}`, headers)).status).toBe(400);
  expect((await get(`${endpoint}?${query}&client_id=${user.clientId}`, headers)).status).toBe(200);
});

test('the endpoint of virtual machines asks for the Metadata header', async () => {
  const { get } = setUp(user, system);
  const url = 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=r';
  expect((await get(url, {})).status).toBe(400);
  const response = await get(url, { metadata: 'true' });
  expect(await readJson(response)).toMatchObject({ client_id: system.clientId, resource: 'r' });
});

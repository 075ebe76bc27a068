import { ClientSecretCredential, UsernamePasswordCredential } from '@azure/identity';
import { createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { realClock } from '../../../local/simulated-azure/clock.ts';
import { entra } from '../../../local/simulated-azure/entra/entra.ts';
import { simulatedHttpClient } from '../../../local/simulated-azure/http-client.ts';
import { readJson } from '../read-json.ts';
import { principal, tenantId, worldOf } from './entra-world.ts';

const app = principal({ kind: 'application', name: 'runner', secret: 'right-secret' });
const ada = principal({ kind: 'user', name: 'ada@contoso.com', secret: 'ada-password' });
const cli = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
const login = 'https://login.microsoftonline.com';

// MSAL judges lifetimes by the machine's own clock, so these tests let the simulated one follow it.
function setUp() {
  const host = /^(login\.(microsoftonline\.com|windows\.net)|sts\.windows\.net)$/;
  const azure = createSimulatedAzure({
    world: worldOf(app, ada),
    clock: realClock(),
    services: [{ host, service: entra }],
  });
  const send = (url: string, init?: RequestInit) =>
    azure.handle(new Request(url, init), { callerAddress: '203.0.113.10', connectionId: 'one' });
  const post = (path: string, form: Record<string, string>) =>
    send(`${login}/${path}`, { method: 'POST', body: new URLSearchParams(form) });
  return { azure, send, post };
}

test('ClientSecretCredential gets a token, which jose accepts by the published keys', async () => {
  const { azure, send } = setUp();
  const credential = new ClientSecretCredential(tenantId, app.clientId, 'right-secret', {
    httpClient: simulatedHttpClient(azure),
  });
  const { token } = await credential.getToken('https://management.azure.com/.default');
  const { jwks_uri = '', issuer = '' } = await readJson(
    await send(`${login}/${tenantId}/.well-known/openid-configuration`),
  );
  const keys = createRemoteJWKSet(new URL(jwks_uri), {
    [customFetch]: (url, init) => send(url, { ...init, body: null }),
  });
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience: 'https://management.azure.com',
  });
  expect(payload.oid).toBe(app.objectId);
  expect(azure.calls.find(({ path }) => path.endsWith('/token'))).toMatchObject({
    caller: app.objectId,
    operation: 'entra/token',
    status: 200,
  });
});

test('a wrong secret is 401 AADSTS7000215, and says so to the credential', async () => {
  const { azure, post } = setUp();
  const credential = new ClientSecretCredential(tenantId, app.clientId, 'wrong', {
    httpClient: simulatedHttpClient(azure),
  });
  await expect(credential.getToken('https://vault.azure.net/.default')).rejects.toThrow(/AADSTS7000215/);
  const response = await post(`${tenantId}/oauth2/v2.0/token`, {
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: 'wrong',
    scope: 'https://vault.azure.net/.default',
  });
  expect(response.status).toBe(401);
  expect(await readJson(response)).toEqual({
    error: 'invalid_client',
    error_description: expect.stringMatching(/^AADSTS7000215: .* Trace ID: .* Correlation ID: .* Timestamp: /),
    error_codes: [7000215],
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
    trace_id: expect.any(String),
    correlation_id: expect.any(String),
    error_uri: `${login}/error?code=7000215`,
  });
});

test('UsernamePasswordCredential signs a user in', async () => {
  const { azure } = setUp();
  const credential = new UsernamePasswordCredential(tenantId, cli, 'ada@contoso.com', 'ada-password', {
    httpClient: simulatedHttpClient(azure),
  });
  const { token } = await credential.getToken('https://management.azure.com/.default');
  expect(decodeJwt(token)).toMatchObject({ oid: ada.objectId, appid: cli, upn: 'ada@contoso.com', idtyp: 'user' });
});

test('a refresh token gives tokens for another resource, to its own client alone', async () => {
  const { post } = setUp();
  const first = await post('organizations/oauth2/v2.0/token', {
    grant_type: 'password',
    client_id: cli,
    username: 'ada@contoso.com',
    password: 'ada-password',
    scope: 'openid offline_access https://management.azure.com/.default',
  });
  const { refresh_token = '' } = await readJson(first);
  const renewal = { grant_type: 'refresh_token', refresh_token, scope: 'https://vault.azure.net/.default' };
  const second = await post('organizations/oauth2/v2.0/token', { ...renewal, client_id: cli });
  const { access_token = '' } = await readJson(second);
  expect(decodeJwt(access_token).aud).toBe('https://vault.azure.net');
  const stolen = await post('organizations/oauth2/v2.0/token', { ...renewal, client_id: app.clientId });
  expect(stolen.status).toBe(400);
  expect((await readJson(stolen)).error).toBe('invalid_grant');
});

test('the v1 token endpoint takes a resource and writes numbers as text', async () => {
  const { post } = setUp();
  const response = await post(`${tenantId}/oauth2/token`, {
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: 'right-secret',
    resource: 'https://management.core.windows.net/',
  });
  const body = await readJson(response);
  expect(body).toMatchObject({
    token_type: 'Bearer',
    expires_in: '3599',
    resource: 'https://management.core.windows.net/',
  });
  expect(decodeJwt(body.access_token ?? '').aud).toBe('https://management.core.windows.net/');
});

test.each([
  ['no grant type', {}, 400, 900144],
  ['no client id', { grant_type: 'client_credentials' }, 400, 900144],
  ['an unknown app', { grant_type: 'client_credentials', client_id: cli, client_secret: 's' }, 400, 700016],
  ['no secret', { grant_type: 'client_credentials', client_id: app.clientId }, 401, 7000218],
  [
    'a scope without /.default',
    { grant_type: 'client_credentials', client_id: app.clientId, client_secret: 'right-secret', scope: 'api://x/y' },
    400,
    1002012,
  ],
  [
    'an unknown user',
    { grant_type: 'password', client_id: cli, username: 'eve@contoso.com', password: 'p', scope: 'a/.default' },
    400,
    50034,
  ],
  [
    'a wrong password',
    { grant_type: 'password', client_id: cli, username: 'ada@contoso.com', password: 'p', scope: 'a/.default' },
    400,
    50126,
  ],
])('%s is refused', async (_what, form, status, code) => {
  const { post } = setUp();
  const response = await post(`${tenantId}/oauth2/v2.0/token`, form as Record<string, string>);
  expect(response.status).toBe(status);
  expect((await readJson(response)).error_codes).toEqual([code]);
});

test('instance discovery knows the login hosts and refuses others', async () => {
  const { send } = setUp();
  const ask = (endpoint: string) =>
    send(`${login}/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(endpoint)}`);
  const known = await ask(`${login}/${tenantId}/oauth2/v2.0/authorize`);
  expect(await readJson(known)).toMatchObject({
    tenant_discovery_endpoint: `${login}/${tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: expect.arrayContaining([expect.objectContaining({ preferred_cache: 'login.windows.net' })]),
  });
  const unknown = await ask('https://login.contoso.com/common/oauth2/authorize');
  expect(unknown.status).toBe(400);
  expect((await readJson(unknown)).error).toBe('invalid_instance');
});

test.each([
  [`${tenantId}/.well-known/openid-configuration`, `https://sts.windows.net/${tenantId}/`],
  [`${tenantId}/v2.0/.well-known/openid-configuration`, `${login}/${tenantId}/v2.0`],
  ['common/.well-known/openid-configuration', 'https://sts.windows.net/{tenantid}/'],
  ['organizations/v2.0/.well-known/openid-configuration', `${login}/{tenantid}/v2.0`],
])('%s names the issuer', async (path, issuer) => {
  const { send } = setUp();
  expect((await readJson(await send(`${login}/${path}`))).issuer).toBe(issuer);
});

test('another tenant does not exist', async () => {
  const { send } = setUp();
  const response = await send(`${login}/99999999-3333-4444-5555-666677778888/v2.0/.well-known/openid-configuration`);
  expect(response.status).toBe(400);
  expect((await readJson(response)).error_codes).toEqual([90002]);
});

test('sign-in by device code is answered loudly as not simulated', async () => {
  const { post } = setUp();
  const response = await post(`${tenantId}/oauth2/v2.0/devicecode`, { client_id: cli, scope: 'x/.default' });
  expect(response.status).toBe(501);
});

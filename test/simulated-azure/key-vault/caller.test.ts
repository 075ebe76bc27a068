import { expect, test } from 'vitest';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import { noonMs, tenantId, worldOf } from '../entra/entra-world.ts';
import { assignment, officer, secretsOfficer, secretsUser, setUp, vaultId } from './vault-world.ts';

const secret = '/secrets/ai-key1?api-version=7.6';
const challenge = `Bearer authorization="https://login.windows.net/${tenantId}", resource="https://vault.azure.net"`;

async function refusal(response: Response) {
  const body = (await response.json()) as {
    error: { code: string; message: string; innererror?: { code: string } };
  };
  return { status: response.status, ...body.error };
}

test.each([
  ['2016-10-01', 'Request is missing a Bearer or PoP token.'],
  ['7.2', 'Request is missing a Bearer or PoP token.'],
  ['7.3', 'AKV10000: Request is missing a Bearer or PoP token.'],
  ['2026-04-01', 'AKV10000: Request is missing a Bearer or PoP token.'],
])('without a token api-version %s is challenged', async (apiVersion, message) => {
  const { send } = setUp();
  const response = await send('GET', `/secrets/x/?api-version=${apiVersion}`, undefined, null);
  expect(response.headers.get('www-authenticate')).toBe(challenge);
  expect(response.headers.has('x-ms-keyvault-rbac-cache')).toBe(false);
  expect(await refusal(response)).toEqual({ status: 401, code: 'Unauthorized', message });
});

test('a token with a trailing slash in its audience is refused with AKV10022', async () => {
  const { send, tokenFor } = setUp();
  const response = await send('GET', secret, undefined, await tokenFor(officer, 'https://vault.azure.net/'));
  expect(response.headers.get('www-authenticate')).toBe(challenge);
  expect(await refusal(response)).toEqual({
    status: 401,
    code: 'Unauthorized',
    message: 'AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://vault.azure.net/.',
  });
});

test('an expired token is refused with a challenge', async () => {
  const { send, tokenFor, clock } = setUp();
  const token = await tokenFor(officer);
  await clock.advance(25 * 3_600_000);
  const response = await send('GET', secret, undefined, token);
  expect(response.headers.get('www-authenticate')).toBe(challenge);
  expect(await refusal(response)).toMatchObject({ status: 401, message: expect.stringContaining('TokenExpired') });
});

test('tokens of another tenant and text that is no token are refused', async () => {
  const { send } = setUp();
  const elsewhere = createSimulatedAzure({
    world: { ...worldOf(officer), tenantId: '99999999-0000-4000-8000-000000000000' },
    clock: manualClock(noonMs),
    services: [],
  });
  const { token } = await issueToken(elsewhere, { principal: officer, audience: 'https://vault.azure.net' });
  expect(await refusal(await send('GET', secret, undefined, token))).toMatchObject({
    status: 401,
    message: `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${tenantId}/, https://sts.windows.net/f8cdef31-a31e-4b4a-93e4-5f571e91255a/, https://sts.windows.net/e2d54eb5-3869-4f70-8578-dee5fc7331f4/, https://sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/, https://sts.windows.net/975f013f-7f24-47e8-a7d3-abc4752bf346/, found https://sts.windows.net/99999999-0000-4000-8000-000000000000/.`,
  });
  expect(await refusal(await send('GET', secret, undefined, 'rubbish'))).toMatchObject({ status: 401 });
});

test('without a role the answer is 403 ForbiddenByRbac and names caller, action and resource', async () => {
  const { send } = setUp({ roles: [] });
  const found = await refusal(await send('GET', secret));
  expect(found).toEqual({
    status: 403,
    code: 'Forbidden',
    message: [
      'Caller is not authorized to perform action on resource.',
      'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
      `Caller: appid=${officer.clientId};oid=${officer.objectId};iss=https://sts.windows.net/${tenantId}/`,
      "Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'",
      "Resource: '/subscriptions/sub-1/resourcegroups/rg-contoso/providers/microsoft.keyvault/vaults/kv-contoso/secrets/ai-key1'",
      'Assignment: (not found)',
      'DenyAssignmentId: null',
      "DecisionReason: 'DeniedWithNoValidRBAC' ",
      'Vault: kv-contoso;location=eastus',
      '',
    ].join('\r\n'),
    innererror: { code: 'ForbiddenByRbac' },
  });
});

test('a reader reads and may not write', async () => {
  const { send } = setUp({ roles: [assignment(secretsUser, vaultId)] });
  expect((await send('GET', secret)).status).toBe(404);
  expect((await send('GET', '/secrets?api-version=7.6')).status).toBe(200);
  expect(await refusal(await send('PUT', secret, { value: 'v' }))).toMatchObject({
    innererror: { code: 'ForbiddenByRbac' },
    message: expect.stringContaining("Action: 'Microsoft.KeyVault/vaults/secrets/setSecret/action'"),
  });
});

test('a role on one secret counts for that one alone', async () => {
  const { send } = setUp({ roles: [assignment(secretsOfficer, `${vaultId}/secrets/ai-key1`)] });
  expect((await send('PUT', secret, { value: 'v' })).status).toBe(200);
  expect((await send('PUT', '/secrets/other?api-version=7.6', { value: 'v' })).status).toBe(403);
});

test('a role counts from the instant it has spread', async () => {
  const { send, clock } = setUp({ roles: [assignment(secretsOfficer, vaultId, noonMs + 60_000)] });
  await clock.advance(59_999);
  expect((await send('GET', '/secrets?api-version=7.6')).status).toBe(403);
  await clock.advance(1);
  expect((await send('GET', '/secrets?api-version=7.6')).status).toBe(200);
});

test('a vault with access policies decides by them and shows no RBAC headers', async () => {
  const accessPolicies = [{ objectId: officer.objectId, secretPermissions: ['get', 'list'] }];
  const { send } = setUp({ vault: { accessPolicies }, roles: [] });
  const allowed = await send('GET', secret);
  expect(allowed.status).toBe(404);
  expect(allowed.headers.has('x-ms-keyvault-rbac-assignment-id')).toBe(false);
  expect(await refusal(await send('PUT', secret, { value: 'v' }))).toMatchObject({
    status: 403,
    message: expect.stringContaining("does not have secrets set permission on key vault 'kv-contoso;location=eastus'"),
    innererror: { code: 'ForbiddenByPolicy' },
  });
});

const closed = { publicNetworkAccess: 'Disabled' as const, defaultAction: 'Deny' as const, ipRules: ['203.0.113.10'] };
const selected = { publicNetworkAccess: 'Enabled' as const, defaultAction: 'Deny' as const };

test.each([
  ['a listed address', { ...selected, ipRules: ['203.0.113.10'] }, '203.0.113.10', null],
  ['an address of a listed range', { ...selected, ipRules: ['203.0.113.0/24'] }, '203.0.113.10', null],
  ['a private address', { ...selected, ipRules: [] }, '10.0.0.4', null],
  ['a private address of a closed vault', closed, '10.0.0.4', null],
  ['another address', { ...selected, ipRules: ['198.51.100.7'] }, '203.0.113.10', 'ForbiddenByFirewall'],
  ['a listed address of a closed vault', closed, '203.0.113.10', 'ForbiddenByConnection'],
])('%s meets %j', async (_what, network, callerAddress, inner) => {
  const { send } = setUp({ vault: { network }, callerAddress });
  const response = await send('GET', '/secrets?api-version=7.6');
  if (inner === null) expect(response.status).toBe(200);
  else {
    expect(await refusal(response)).toMatchObject({ status: 403, code: 'Forbidden', innererror: { code: inner } });
  }
});

test('a host without a vault has no address', async () => {
  const { azure } = setUp();
  const request = new Request('https://kv-nobody.vault.azure.net/secrets?api-version=7.6');
  const call = azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'one' });
  await expect(call).rejects.toThrow('the connection was reset');
});

test('past 4 000 requests in 10 seconds the vault throttles, and then forgets', async () => {
  const { send, clock, tokenFor } = setUp();
  const token = await tokenFor(officer);
  for (let count = 0; count < 4_000; count += 1) await send('GET', secret, undefined, null);
  const throttled = await send('GET', secret, undefined, token);
  expect(throttled.headers.get('retry-after')).toBe('10');
  expect(await refusal(throttled)).toMatchObject({ status: 429, code: 'Throttled' });
  await clock.advance(10_000);
  expect((await send('GET', secret, undefined, token)).status).toBe(404);
});

test('past 300 stored versions in 10 seconds the vault stores no more, while it still answers all else', async () => {
  const { send, clock, tokenFor } = setUp();
  const token = await tokenFor(officer);
  const store = (who: string | null = token) => send('PUT', secret, { value: 'a value' }, who);
  for (let count = 0; count < 299; count += 1) await store(null);
  await clock.advance(4_000);
  expect((await store()).status).toBe(200);
  const throttled = await store();
  expect(throttled.headers.get('retry-after')).toBe('6');
  expect(await refusal(throttled)).toMatchObject({ status: 429, code: 'Throttled' });
  expect((await send('GET', secret, undefined, token)).status).toBe(200);
  await clock.advance(6_000);
  for (let count = 0; count < 299; count += 1) expect((await store(null)).status).toBe(401);
  expect((await store()).status).toBe(429);
  await clock.advance(4_000);
  expect((await store()).status).toBe(200);
});

test('a path that is not simulated is a loud 501, once the caller is known', async () => {
  const { send } = setUp();
  expect((await send('GET', '/keys/k?api-version=7.6', undefined, null)).status).toBe(401);
  const response = await send('GET', '/keys/k?api-version=7.6');
  expect(await refusal(response)).toMatchObject({
    status: 501,
    message: expect.stringContaining('GET https://kv-contoso.vault.azure.net/keys/k'),
  });
});

import { decodeJwt, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import { verifyToken } from '../../../local/simulated-azure/entra/verify-token.ts';
import { noonMs, principal, tenantId, worldOf } from './entra-world.ts';

const app = principal({ kind: 'application', name: 'runner', secret: 'not-a-secret' });
const audience = 'https://vault.azure.net';

function setUp() {
  const clock = manualClock(noonMs);
  return { clock, azure: createSimulatedAzure({ world: worldOf(app), clock, services: [] }) };
}

test('a fresh token is valid and names its holder', async () => {
  const { azure } = setUp();
  const { token } = await issueToken(azure, { principal: app, audience });
  const verified = await verifyToken(azure, `Bearer ${token}`, [audience]);
  expect(verified).toMatchObject({ kind: 'valid', objectId: app.objectId, appId: app.clientId });
});

test.each([
  ['no header', null],
  ['an empty header', ''],
  ['the scheme alone', 'Bearer'],
  ['another scheme', 'Basic dXNlcjpwYXNz'],
])('%s is a missing token', async (_what, header) => {
  const { azure } = setUp();
  expect(await verifyToken(azure, header, [audience])).toEqual({ kind: 'missing' });
});

test('a trailing slash makes another audience', async () => {
  const { azure } = setUp();
  const { token } = await issueToken(azure, { principal: app, audience: `${audience}/` });
  expect(await verifyToken(azure, `bearer ${token}`, [audience])).toEqual({
    kind: 'wrong-audience',
    found: `${audience}/`,
  });
  expect(await verifyToken(azure, `Bearer ${token}`, [audience, `${audience}/`])).toMatchObject({ kind: 'valid' });
});

test('a token that was valid is of another issuer once the world has another tenant', async () => {
  const { azure } = setUp();
  const { token } = await issueToken(azure, { principal: app, audience });
  expect(await verifyToken(azure, `Bearer ${token}`, [audience])).toMatchObject({ kind: 'valid' });
  Object.assign(azure.world, { tenantId: crypto.randomUUID() });
  expect(await verifyToken(azure, `Bearer ${token}`, [audience])).toMatchObject({
    kind: 'invalid',
    found: expect.stringMatching(/^issuer /),
  });
});

test('a token lives to its last second by the simulated clock', async () => {
  const { azure, clock } = setUp();
  const { token, lifetimeSeconds } = await issueToken(azure, { principal: app, audience });
  await clock.advance(lifetimeSeconds * 1000 - 1);
  expect(await verifyToken(azure, `Bearer ${token}`, [audience])).toMatchObject({ kind: 'valid' });
  await clock.advance(1);
  expect(await verifyToken(azure, `Bearer ${token}`, [audience])).toEqual({
    kind: 'expired',
    found: new Date(noonMs + lifetimeSeconds * 1000).toISOString(),
  });
});

test('a token signed with another key is invalid', async () => {
  const { azure } = setUp();
  const { token } = await issueToken(azure, { principal: app, audience });
  const { privateKey } = await generateKeyPair('RS256');
  const forged = await new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
  expect(await verifyToken(azure, `Bearer ${forged}`, [audience])).toEqual({ kind: 'invalid', found: 'signature' });
});

test('text that is no token is invalid', async () => {
  const { azure } = setUp();
  expect(await verifyToken(azure, 'Bearer abc', [audience])).toEqual({ kind: 'invalid', found: 'format' });
});

test('a token of another tenant is invalid', async () => {
  const { azure } = setUp();
  const elsewhere = createSimulatedAzure({
    world: { ...worldOf(app), tenantId: '99999999-3333-4444-5555-666677778888' },
    clock: manualClock(noonMs),
    services: [],
  });
  const { token } = await issueToken(elsewhere, { principal: app, audience });
  expect(await verifyToken(azure, `Bearer ${token}`, [audience])).toEqual({
    kind: 'invalid',
    found: 'issuer https://sts.windows.net/99999999-3333-4444-5555-666677778888/',
  });
});

test('an app token for a URI is v1, with appid and idtyp', async () => {
  const { azure } = setUp();
  const { token } = await issueToken(azure, { principal: app, audience });
  expect(decodeJwt(token)).toMatchObject({
    aud: audience,
    iss: `https://sts.windows.net/${tenantId}/`,
    appid: app.clientId,
    idtyp: 'app',
    oid: app.objectId,
    sub: app.objectId,
    tid: tenantId,
    ver: '1.0',
  });
});

test('a token for a client id is v2, with azp and the roles granted under either name of the app', async () => {
  const { azure } = setUp();
  const api = 'cccccccc-0000-4000-8000-000000000009';
  const operator = principal({
    kind: 'user',
    name: 'ada@contoso.com',
    appRoles: { [`api://${api}`]: ['Keyturn.Read'] },
  });
  const { token } = await issueToken(azure, { principal: operator, audience: api, clientId: app.clientId });
  expect(decodeJwt(token)).toMatchObject({
    aud: api,
    iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    azp: app.clientId,
    preferred_username: 'ada@contoso.com',
    roles: ['Keyturn.Read'],
    ver: '2.0',
  });
  expect(decodeJwt(token)).not.toHaveProperty('appid');
});

test('a user-assigned identity carries its resource id and a day of life', async () => {
  const { azure } = setUp();
  const resourceId =
    '/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/keyturn';
  const identity = principal({ kind: 'user-assigned', name: 'keyturn', resourceId });
  const { token, lifetimeSeconds } = await issueToken(azure, { principal: identity, audience });
  expect(lifetimeSeconds).toBe(86_400);
  expect(decodeJwt(token).xms_mirid).toBe(resourceId);
});

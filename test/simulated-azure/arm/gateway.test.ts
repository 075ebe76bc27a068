import { describe, expect, it } from 'vitest';
import { account, accountId, group, groupId, openArm, subscriptionId } from './open-arm.ts';

const version = 'api-version=2025-09-01';
const coreVersion = 'api-version=2021-04-01';

const sub = `/subscriptions/${subscriptionId}`;

describe('the gateway', () => {
  it('asks for an api-version before it asks for a token', async () => {
    expect(await openArm().send('GET', accountId, { token: null })).toMatchObject({
      status: 400,
      body: { error: { code: 'MissingApiVersionParameter' } },
    });
  });

  it.each([
    ['no token', null, 'AuthenticationFailed'],
    ['a forged token', 'x.y.z', 'InvalidAuthenticationToken'],
  ])('refuses %s', async (_, token, code) => {
    const answer = await openArm().send('GET', `${accountId}?${version}`, { token });
    expect(answer).toMatchObject({ status: 401, body: { error: { code } } });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer authorization_uri="/);
  });

  it('refuses a token for someone else, and one that has expired', async () => {
    const { send, tokenOf, clock } = openArm();
    const forVault = await tokenOf('owner', 'https://vault.azure.net');
    expect(await send('GET', `${accountId}?${version}`, { token: forVault })).toMatchObject({
      status: 401,
      body: { error: { code: 'InvalidAuthenticationTokenAudience' } },
    });
    const token = await tokenOf('owner');
    await clock.advance(7_200_000);
    expect(await send('GET', `${accountId}?${version}`, { token })).toMatchObject({
      status: 401,
      body: {
        error: {
          code: 'ExpiredAuthenticationToken',
          message:
            "The access token expiry UTC time '11/23/2026 12:59:59 PM' is earlier than current UTC time '11/23/2026 2:00:00 PM'.",
        },
      },
    });
  });

  it.each([
    'https://management.azure.com/',
    'https://management.core.windows.net',
    'https://management.core.windows.net/',
  ])('accepts the audience %s', async (audience) => {
    const { send, tokenOf } = openArm();
    expect((await send('GET', `${accountId}?${version}`, { token: await tokenOf('owner', audience) })).status).toBe(
      200,
    );
  });

  it.each([
    ['GET', accountId, 'Microsoft.CognitiveServices/accounts/read', accountId],
    ['POST', `${accountId}/listKeys`, 'Microsoft.CognitiveServices/accounts/listKeys/action', accountId],
    ['POST', `${accountId}/regenerateKey`, 'Microsoft.CognitiveServices/accounts/regenerateKey/action', accountId],
    [
      'GET',
      `${groupId}/providers/Microsoft.CognitiveServices/accounts`,
      'Microsoft.CognitiveServices/accounts/read',
      `${groupId}/providers/Microsoft.CognitiveServices`,
    ],
    [
      'DELETE',
      `${accountId}/deployments/d`,
      'Microsoft.CognitiveServices/accounts/deployments/delete',
      `${accountId}/deployments/d`,
    ],
  ])('without a role, %s %s is 403 and names what is missing', async (method, path, permission, scope) => {
    const { send, tokenOf, objectId } = openArm();
    const answer = await send(method, `${path}?${version}`, { token: await tokenOf('guest') });
    expect(answer).toMatchObject({
      status: 403,
      body: {
        error: {
          code: 'AuthorizationFailed',
          message: `The client 'guest' with object id '${objectId('guest')}' does not have authorization to perform action '${permission}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
        },
      },
    });
  });

  it('a missing group is 403 without rights, 404 with them', async () => {
    const { send, tokenOf } = openArm();
    const path = `/subscriptions/${subscriptionId}/resourcegroups/none?${coreVersion}`;
    expect((await send('GET', path, { token: await tokenOf('guest') })).status).toBe(403);
    expect(await send('GET', path)).toMatchObject({ status: 404, body: { error: { code: 'ResourceGroupNotFound' } } });
  });

  it.each([
    ['ReadOnly', 'POST', '/listKeys', 409],
    ['ReadOnly', 'POST', '/regenerateKey', 409],
    ['ReadOnly', 'PATCH', '', 409],
    ['ReadOnly', 'DELETE', '', 409],
    ['ReadOnly', 'GET', '', 200],
    ['CanNotDelete', 'DELETE', '', 409],
    ['CanNotDelete', 'POST', '/listKeys', 200],
  ] as const)('under a %s lock on the group, %s account%s is %i', async (level, method, tail, status) => {
    const { send } = openArm({ locks: [{ name: 'keep', on: group, level }] });
    const answer = await send(method, `${accountId}${tail}?${version}`);
    expect(answer.status).toBe(status);
    if (status === 409)
      expect(answer.body).toMatchObject({ error: { code: 'ScopeLocked', message: expect.stringContaining(groupId) } });
  });

  it('locks are put, listed and removed even where they lock', async () => {
    const { send } = openArm();
    const lock = `${groupId}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`;
    expect((await send('PUT', lock, { body: { properties: { level: 'ReadOnly' } } })).status).toBe(201);
    expect((await send('POST', `${accountId}/listKeys?${version}`)).status).toBe(409);
    expect(
      await send('GET', `${groupId}/providers/Microsoft.Authorization/locks?api-version=2020-05-01`),
    ).toMatchObject({ body: { value: [{ name: 'keep' }] } });
    expect((await send('DELETE', lock)).status).toBe(200);
    expect((await send('POST', `${accountId}/listKeys?${version}`)).status).toBe(200);
  });

  it('counts reads, and POST as writes, in the bucket of subscription and principal', async () => {
    const { send } = openArm();
    const left = async (method: string, path: string, kind: string) =>
      (await send(method, `${path}?${version}`)).headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`);
    expect(await left('GET', accountId, 'reads')).toBe('249');
    expect(await left('GET', accountId, 'global-reads')).toBe('3748');
    expect(await left('POST', `${accountId}/listKeys`, 'writes')).toBe('199');
    expect(await left('DELETE', `${accountId}/deployments/d`, 'deletes')).toBe('199');
  });

  it('refuses the 201st write of one instant, says when to come again, and keeps that word', async () => {
    const { send, clock } = openArm();
    const write = () => send('POST', `${accountId}/listKeys?${version}`);
    for (let sent = 0; sent < 200; sent += 1) expect((await write()).status).toBe(200);
    const refused = await write();
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'SubscriptionRequestsThrottled' } } });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await send('GET', `${accountId}?${version}`)).status).toBe(200);
    await clock.advance(1_000);
    expect((await write()).status).toBe(200);
  });

  it.each([
    [
      'an unregistered version of a type',
      `/subscriptions/${subscriptionId}/providers/Microsoft.CognitiveServices/accounts?api-version=2019-02-31`,
      404,
      'InvalidResourceType',
    ],
    [
      'an unregistered version of a resource in a location',
      `${accountId}?api-version=2019-02-31`,
      400,
      'NoRegisteredProviderFound',
    ],
    [
      'an unregistered version of ARM itself',
      `/subscriptions?api-version=2019-02-31`,
      400,
      'InvalidApiVersionParameter',
    ],
    [
      'a type that does not exist',
      `${groupId}/providers/Microsoft.CognitiveServices/acounts/x?${version}`,
      404,
      'InvalidResourceType',
    ],
    [
      'a provider that does not exist',
      `${groupId}/providers/Contoso.Cognitive/accounts/x?${version}`,
      404,
      'InvalidResourceNamespace',
    ],
    [
      'a provider that is not registered',
      `${groupId}/providers/Microsoft.Devices/IotHubs/x?api-version=2018-04-01`,
      409,
      'MissingSubscriptionRegistration',
    ],
    [
      'an unknown subscription',
      `/subscriptions/0b1f6471-1bf0-4dda-aec3-0000000000bb?${coreVersion}`,
      404,
      'SubscriptionNotFound',
    ],
    [
      'a group name with odd characters',
      `/subscriptions/${subscriptionId}/resourcegroups/~%60123?${coreVersion}`,
      400,
      'InvalidResourceGroup',
    ],
    [
      'a version that a type was left behind by',
      `/providers/Microsoft.Resources/operations?api-version=2021-01-01`,
      404,
      'InvalidResourceType',
    ],
    [
      'a type that was taken away',
      `${sub}/providers/Microsoft.Authorization/classicAdministrators?api-version=2015-07-01`,
      404,
      'InvalidResourceType',
    ],
    ['a real type that is not simulated', `${accountId}/projects?${version}`, 501, 'NotSimulated'],
    ['its child that is not listed', `${accountId}/projects/p/applications?${version}`, 501, 'NotSimulated'],
    [
      'policies',
      `${sub}/providers/Microsoft.Authorization/policyAssignments?api-version=2021-06-01`,
      501,
      'NotSimulated',
    ],
    [
      'policies of today',
      `${sub}/providers/Microsoft.Authorization/policyDefinitions?api-version=2025-03-01`,
      501,
      'NotSimulated',
    ],
    [
      'approvals of roles',
      `${sub}/providers/Microsoft.Authorization/roleAssignmentApprovals?api-version=2021-01-01-preview`,
      501,
      'NotSimulated',
    ],
    [
      'template specs',
      `${sub}/providers/Microsoft.Resources/templateSpecs?api-version=2022-02-01`,
      501,
      'NotSimulated',
    ],
    [
      'deployment stacks',
      `${sub}/providers/Microsoft.Resources/deploymentStacks?api-version=2024-03-01`,
      501,
      'NotSimulated',
    ],
    ['features', `${sub}/providers/Microsoft.Features/features?api-version=2021-07-01`, 501, 'NotSimulated'],
    [
      'features of a provider',
      `${sub}/providers/Microsoft.Features/providers/Microsoft.CognitiveServices/features?api-version=2021-07-01`,
      501,
      'NotSimulated',
    ],
    [
      'a feature of a provider',
      `${sub}/providers/Microsoft.Features/providers/Microsoft.Network/features/AllowX?api-version=2021-07-01`,
      501,
      'NotSimulated',
    ],
    ['managed HSMs', `${sub}/providers/Microsoft.KeyVault/managedHSMs?api-version=2031-01-01`, 501, 'NotSimulated'],
  ])('%s', async (_, path, status, code) => {
    expect(await openArm().send('GET', path)).toMatchObject({ status, body: { error: { code } } });
  });

  it.each([
    ['accounts', accountId, '2026-07-15-preview'],
    ['accounts', accountId, '2026-09-15-preview'],
    ['accounts', `/subscriptions/${subscriptionId}/providers/Microsoft.CognitiveServices/accounts`, '2031-01-01'],
    ['user-assigned identities', `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`, '2027-02-28'],
    ['role assignments', `${groupId}/providers/Microsoft.Authorization/roleAssignments`, '2027-01-01-preview'],
    ['locks', `${groupId}/providers/Microsoft.Authorization/locks`, '2027-01-01'],
    ['groups', groupId, '2027-01-01'],
    ['subscriptions', '/subscriptions', '2027-01-01'],
  ])('answers %s in a version newer than all as in the newest', async (_, path, asked) => {
    expect((await openArm().send('GET', `${path}?api-version=${asked}`)).status).toBe(200);
  });

  it.each(['2031-01', '2031-02-30', '2031-01-01-Preview', '2031-01-01preview', 'latest', '2026-05-02'])(
    'does not take %s for a newer version',
    async (asked) => {
      expect(await openArm().send('GET', `${accountId}?api-version=${asked}`)).toMatchObject({
        status: 400,
        body: { error: { code: 'NoRegisteredProviderFound' } },
      });
    },
  );

  it('knows the version of user-assigned identities that the Azure CLI sends', async () => {
    const path = `/subscriptions/${subscriptionId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
    expect((await openArm().send('GET', `${path}?api-version=2025-05-31-preview`)).status).toBe(200);
  });

  it('notes who did what, and neither key nor token', async () => {
    const { azure, cognitive, objectId } = openArm();
    const keys = await cognitive().accounts.listKeys(group, account);
    expect(azure.calls).toMatchObject([
      {
        method: 'POST',
        caller: objectId('owner'),
        operation: 'Microsoft.CognitiveServices/accounts/listKeys/action',
        status: 200,
      },
    ]);
    expect(JSON.stringify(azure.calls)).not.toContain(keys.key1);
  });
});

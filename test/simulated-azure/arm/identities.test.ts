import { ManagedServiceIdentityClient } from '@azure/arm-msi';
import { describe, expect, it } from 'vitest';
import { group, groupId, openArm, subscriptionId } from './open-arm.ts';

const reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
const roleDefinitionId = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${reader}`;
const name = '4777a038-22e7-415a-87b7-24ccf91ed8b0';

function open(pace = {}) {
  const arm = openArm({ pace, providers: ['Microsoft.CognitiveServices', 'Microsoft.ManagedIdentity'] });
  const identities = new ManagedServiceIdentityClient(arm.credential('owner'), subscriptionId, arm.options);
  return { ...arm, identities };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('user-assigned identities', () => {
  it('are made once, changed, listed and deleted', async () => {
    const { userAssignedIdentities } = open().identities;
    const made = await userAssignedIdentities.createOrUpdate(group, 'id-app', { location: 'eastus' });
    expect(made).toMatchObject({ name: 'id-app', location: 'eastus', tags: {}, isolationScope: 'None' });
    const again = await userAssignedIdentities.createOrUpdate(group, 'id-app', {
      location: 'eastus',
      tags: { team: 'vision' },
    });
    expect(again).toMatchObject({ principalId: made.principalId, clientId: made.clientId, tags: { team: 'vision' } });
    expect(await userAssignedIdentities.update(group, 'ID-APP', { tags: { team: 'speech' } })).toMatchObject({
      tags: { team: 'speech' },
    });
    expect((await all(userAssignedIdentities.listByResourceGroup(group))).map((one) => one.name)).toEqual(['id-app']);
    expect(await all(userAssignedIdentities.listBySubscription())).toHaveLength(1);
    await userAssignedIdentities.delete(group, 'id-app');
    await expect(userAssignedIdentities.get(group, 'id-app')).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
    });
  });

  it('cannot move to another location, nor be made in one that is not there', async () => {
    const { userAssignedIdentities } = open().identities;
    await userAssignedIdentities.createOrUpdate(group, 'id-app', { location: 'eastus' });
    await expect(userAssignedIdentities.createOrUpdate(group, 'id-app', { location: 'westus' })).rejects.toMatchObject({
      statusCode: 409,
      code: 'InvalidResourceLocation',
    });
    await expect(
      userAssignedIdentities.createOrUpdate(group, 'id-other', { location: 'atlantis' }),
    ).rejects.toMatchObject({ statusCode: 400, code: 'LocationNotAvailableForResourceType' });
  });

  it('are unknown to the directory at first', async () => {
    const { identities, authorization, clock } = open({ directoryMs: 30_000 });
    const { principalId = '' } = await identities.userAssignedIdentities.createOrUpdate(group, 'id-app', {
      location: 'eastus',
    });
    const { roleAssignments } = authorization();
    await expect(roleAssignments.create(groupId, name, { principalId, roleDefinitionId })).rejects.toMatchObject({
      statusCode: 400,
      code: 'PrincipalNotFound',
    });
    await clock.advance(30_000);
    expect(await roleAssignments.create(groupId, name, { principalId, roleDefinitionId })).toMatchObject({
      principalType: 'ServicePrincipal',
    });
  });

  it('trust outside issuers, each issuer and subject once', async () => {
    const { userAssignedIdentities, federatedIdentityCredentials } = open().identities;
    await userAssignedIdentities.createOrUpdate(group, 'id-app', { location: 'eastus' });
    const trust = {
      issuer: 'https://token.contoso.com',
      subject: 'repo:contoso/app',
      audiences: ['api://AzureADTokenExchange'],
    };
    expect(await federatedIdentityCredentials.createOrUpdate(group, 'id-app', 'ci', trust)).toMatchObject(trust);
    expect(await federatedIdentityCredentials.createOrUpdate(group, 'id-app', 'ci', trust)).toMatchObject({
      name: 'ci',
    });
    await expect(federatedIdentityCredentials.createOrUpdate(group, 'id-app', 'ci2', trust)).rejects.toMatchObject({
      statusCode: 409,
    });
    expect(await all(federatedIdentityCredentials.list(group, 'id-app'))).toHaveLength(1);
    await federatedIdentityCredentials.delete(group, 'id-app', 'ci');
    await expect(federatedIdentityCredentials.get(group, 'id-app', 'ci')).rejects.toMatchObject({ statusCode: 404 });
    await expect(federatedIdentityCredentials.get(group, 'id-none', 'ci')).rejects.toMatchObject({
      code: 'ParentResourceNotFound',
    });
  });
});

describe('custom roles', () => {
  const guid = '11111111-2222-3333-4444-555555555555';
  const role = {
    roleName: 'Contoso Night Shift',
    roleType: 'CustomRole',
    assignableScopes: [`/subscriptions/${subscriptionId}`],
    permissions: [{ actions: ['Microsoft.CognitiveServices/accounts/read'] }],
  };

  it('are made, found by name, kept while somebody has them, and deleted', async () => {
    const { authorization, objectId } = open();
    const { roleDefinitions, roleAssignments } = authorization();
    await roleDefinitions.createOrUpdate(groupId, guid, role);
    const found = await all(roleDefinitions.list(groupId, { filter: "roleName eq 'contoso night shift'" }));
    expect(found).toMatchObject([{ name: guid, roleType: 'CustomRole' }]);
    await expect(roleDefinitions.createOrUpdate(groupId, name, role)).rejects.toMatchObject({
      code: 'RoleDefinitionWithSameNameExists',
    });
    const ofRole = roleDefinitionId.replace(reader, guid);
    await roleAssignments.create(groupId, name, { principalId: objectId('guest'), roleDefinitionId: ofRole });
    await expect(roleDefinitions.delete(groupId, guid)).rejects.toMatchObject({ code: 'RoleDefinitionHasAssignments' });
    await roleAssignments.delete(groupId, name);
    expect(await roleDefinitions.delete(groupId, guid)).toMatchObject({ name: guid });
  });
});

describe('the list of role assignments', () => {
  it.each(["principalId eq 'x' and atScope()", 'principalId eq x', "roleDefinitionId eq 'x'"])(
    'refuses the filter %s',
    async (filter) => {
      const { roleAssignments } = open().authorization();
      await expect(all(roleAssignments.listForScope(groupId, { filter }))).rejects.toMatchObject({ statusCode: 400 });
    },
  );
});

describe('the activity log', () => {
  const url = (filter: string) =>
    `/subscriptions/${subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=${encodeURIComponent(filter)}`;

  it('tells who listed keys, after its delay, and no reads', async () => {
    const { send, tokenOf, clock, objectId } = open({ activityLogMs: 60_000 });
    const token = await tokenOf('owner');
    const account = `${groupId}/providers/Microsoft.CognitiveServices/accounts/ai-contoso`;
    await send('POST', `${account}/listKeys?api-version=2024-10-01`, { token });
    await send('GET', `${account}?api-version=2024-10-01`, { token });
    const filter = `eventTimestamp ge '2026-11-23T00:00:00Z' and resourceUri eq '${account}'`;
    const listed = async () => {
      const answer = await send('GET', url(filter), { token: await tokenOf('owner') });
      return (answer.body as { value: Record<string, unknown>[] }).value;
    };
    expect(await listed()).toEqual([]);
    await clock.advance(60_000);
    expect(await listed()).toMatchObject([
      {
        caller: objectId('owner'),
        operationName: { value: 'Microsoft.CognitiveServices/accounts/listKeys/action' },
        resourceId: account,
        status: { value: 'Succeeded' },
      },
    ]);
  });

  it('wants to know from when', async () => {
    const { send, tokenOf } = open();
    const token = await tokenOf('owner');
    expect((await send('GET', url("resourceGroupName eq 'rg'"), { token })).status).toBe(400);
    expect((await send('GET', url("eventTimestamp ge '2020-01-01T00:00:00Z'"), { token })).status).toBe(400);
  });
});

import { describe, expect, it } from 'vitest';
import { locationsOf } from '../../../local/simulated-azure/arm/locations.ts';
import type { WorldDefinition } from '../../../local/simulated-azure/world-definition.ts';
import { accountId, group, groupId, openArm, subscriptionId } from './open-arm.ts';

const subscription = `/subscriptions/${subscriptionId}`;
const core = 'api-version=2021-04-01';
const vaultId = `${groupId}/providers/Microsoft.KeyVault/vaults/kv-contoso`;
const identityId = `${subscription}/resourcegroups/${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-contoso`;
const withVault: Partial<WorldDefinition> = {
  vaults: [{ name: 'kv-contoso', resourceGroup: group }],
  identities: [
    { name: 'owner', kind: 'application', secret: 's' },
    { name: 'guest', kind: 'user', secret: 's' },
    { name: 'id-contoso', kind: 'user-assigned', resourceGroup: group },
  ],
};

describe('HEAD', () => {
  it.each([
    ['a resource', accountId, '2025-09-01', 204],
    ['a vault', vaultId, '2022-07-01', 204],
    ['a group', groupId, '2021-04-01', 204],
    ['a resource that is not there', `${accountId}-x`, '2025-09-01', 404],
    ['a vault that is not there', `${vaultId}-x`, '2022-07-01', 404],
    ['a group that is not there', `${groupId}-x`, '2021-04-01', 404],
  ])('asks whether %s exists, without a body', async (_, path, version, status) => {
    const { send } = openArm(withVault);
    const got = await send('GET', `${path}?api-version=${version}`);
    const answer = await send('HEAD', `${path}?api-version=${version}`);
    expect([answer.status, answer.body]).toEqual([status, undefined]);
    const length = status === 404 ? String(JSON.stringify(got.body).length) : '0';
    expect(answer.headers.get('content-length')).toBe(length);
  });

  it('needs the right to read', async () => {
    const { send, tokenOf } = openArm();
    const token = await tokenOf('guest');
    expect((await send('HEAD', `${accountId}?api-version=2025-09-01`, { token })).status).toBe(403);
  });
});

describe('tags of any resource', () => {
  const tagsOf = (id: string) => `${id}/providers/Microsoft.Resources/tags/default?${core}`;

  it.each([
    ['a subscription', subscription],
    ['a group', groupId],
    ['an account', accountId],
    ['a vault', vaultId],
    ['an identity', identityId],
  ])('of %s are merged, deleted by name and value, replaced and taken away', async (_, id) => {
    const { send } = openArm(withVault);
    const change = async (operation: string, tags: Record<string, string>) =>
      (await send('PATCH', tagsOf(id), { body: { operation, properties: { tags } } })).body;
    const shown = (tags: Record<string, string>) => ({
      id: `${id}/providers/Microsoft.Resources/tags/default`,
      name: 'default',
      type: 'Microsoft.Resources/tags',
      properties: { tags },
    });
    await send('PUT', tagsOf(id), { body: { properties: { tags: { Team: 'vision' } } } });
    expect((await send('GET', tagsOf(id))).body).toEqual(shown({ Team: 'vision' }));
    expect(await change('Merge', { team: 'speech', cost: '7' })).toEqual(shown({ team: 'speech', cost: '7' }));
    expect(await change('Delete', { TEAM: 'speech', cost: '8' })).toEqual(shown({ cost: '7' }));
    expect(await change('Replace', { a: 'b' })).toEqual(shown({ a: 'b' }));
    expect((await send('DELETE', tagsOf(id))).status).toBe(200);
    expect((await send('GET', tagsOf(id))).body).toEqual(shown({}));
  });

  it('show on the resource itself', async () => {
    const { send } = openArm(withVault);
    const body = { operation: 'Merge', properties: { tags: { a: 'b' } } };
    for (const [id, version] of [
      [accountId, '2025-09-01'],
      [vaultId, '2022-07-01'],
      [groupId, '2021-04-01'],
    ] as const) {
      await send('PATCH', tagsOf(id), { body });
      expect((await send('GET', `${id}?api-version=${version}`)).body).toMatchObject({ tags: { a: 'b' } });
    }
  });

  it.each([
    ['a resource that is not there', `${accountId}-x`, 'Merge', 404, 'ResourceNotFound'],
    ['an unknown operation', accountId, 'Add', 400, 'InvalidTagsPatchOperation'],
  ])('%s is refused', async (_, id, operation, status, code) => {
    const body = { operation, properties: { tags: { a: 'b' } } };
    expect(await openArm().send('PATCH', tagsOf(id), { body })).toMatchObject({ status, body: { error: { code } } });
  });

  it('cannot be changed under a ReadOnly lock', async () => {
    const { send } = openArm({ locks: [{ name: 'keep', on: group, level: 'ReadOnly' }] });
    expect((await send('PUT', tagsOf(accountId), { body: { properties: { tags: {} } } })).status).toBe(409);
  });
});

describe('tag names', () => {
  const names = `${subscription}/tagNames`;

  it('lists those in use with how often, and those made in advance', async () => {
    const { send } = openArm();
    expect((await send('PUT', `${names}/cost?${core}`)).status).toBe(201);
    expect((await send('PUT', `${names}/cost?${core}`)).status).toBe(200);
    expect((await send('PUT', `${names}/cost/tagValues/7?${core}`)).status).toBe(201);
    expect((await send('GET', `${names}?${core}`)).body).toEqual({
      value: [
        {
          id: `${names}/cost`,
          tagName: 'cost',
          count: { type: 'Total', value: 0 },
          values: [{ id: `${names}/cost/tagValues/7`, tagValue: '7', count: { type: 'Total', value: 0 } }],
        },
        {
          id: `${names}/team`,
          tagName: 'team',
          count: { type: 'Total', value: 1 },
          values: [{ id: `${names}/team/tagValues/vision`, tagValue: 'vision', count: { type: 'Total', value: 1 } }],
        },
      ],
    });
  });

  it.each([
    ['a value of no name', 'PUT', 'none/tagValues/1', 404],
    ['a name in use', 'DELETE', 'team', 409],
    ['a value in use', 'DELETE', 'team/tagValues/vision', 409],
    ['a name that is not there', 'DELETE', 'none', 204],
  ])('%s: %s %s is %i', async (_, method, path, status) => {
    expect((await openArm().send(method, `${names}/${path}?${core}`)).status).toBe(status);
  });
});

describe('what can be permitted', () => {
  const guestSees = async (path: string) => {
    const { send, tokenOf } = openArm();
    return await send('GET', path, { token: await tokenOf('guest') });
  };

  it.each([
    'Microsoft.CognitiveServices',
    'Microsoft.KeyVault',
    'Microsoft.ManagedIdentity',
    'Microsoft.Network',
    'Microsoft.EventGrid',
    'Microsoft.Insights',
    'Microsoft.Authorization',
    'Microsoft.Resources',
  ])('lists the operations of %s to everybody', async (namespace) => {
    const answer = await guestSees(`/providers/${namespace}/operations?api-version=2027-01-01`);
    const { value } = answer.body as { value: { name: string }[] };
    expect(value.length).toBeGreaterThan(0);
    expect(value.filter(({ name }) => !name.startsWith(`${namespace}/`))).toEqual([]);
  });

  it('names an operation as a role does, data actions too', async () => {
    const { body } = await guestSees('/providers/Microsoft.KeyVault/operations?api-version=2022-07-01');
    const name = 'Microsoft.KeyVault/vaults/secrets/getSecret/action';
    expect((body as { value: unknown[] }).value).toContainEqual({
      name,
      isDataAction: true,
      display: { provider: 'Microsoft.KeyVault', resource: 'vaults/secrets', operation: name, description: name },
      origin: 'user,system',
    });
  });

  it('lists them by provider and type for role writers', async () => {
    const path = '/providers/Microsoft.Authorization/providerOperations';
    const version = 'api-version=2018-01-01-preview&$expand=resourceTypes';
    const one = (await guestSees(`${path}/Microsoft.CognitiveServices?${version}`)).body;
    expect(one).toMatchObject({
      id: `${path}/Microsoft.CognitiveServices`,
      type: 'Microsoft.Authorization/providerOperations',
      resourceTypes: expect.arrayContaining([
        expect.objectContaining({
          name: 'accounts',
          operations: expect.arrayContaining([
            expect.objectContaining({
              name: 'Microsoft.CognitiveServices/accounts/regenerateKey/action',
              isDataAction: false,
            }),
          ]),
        }),
      ]),
    });
    const all = (await guestSees(`${path}?${version}`)).body as { value: unknown[] };
    expect(all.value).toContainEqual(one);
  });

  it('does not say that a provider it does not simulate can do nothing', async () => {
    expect((await guestSees('/providers/Microsoft.Batch/operations?api-version=2024-07-01')).status).toBe(501);
  });

  it('tells a caller what its own roles permit at a scope', async () => {
    const { send, tokenOf } = openArm({
      roleAssignments: [
        { principal: 'owner', role: 'Owner', on: subscription },
        { principal: 'guest', role: 'Reader', on: group },
      ],
    });
    const path = (scope: string) => `${scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`;
    const token = await tokenOf('guest');
    const reader = { actions: ['*/read'], notActions: [], dataActions: [], notDataActions: [] };
    expect((await send('GET', path(accountId), { token })).body).toEqual({ value: [reader] });
    expect((await send('GET', path(subscription), { token })).status).toBe(403);
    expect((await send('GET', path(subscription))).body).toEqual({ value: [{ ...reader, actions: ['*'] }] });
    const old = path(groupId).replace('2022-04-01', '2015-07-01');
    expect((await send('GET', old, { token })).body).toEqual({ value: [{ actions: ['*/read'], notActions: [] }] });
  });
});

describe('a provider', () => {
  const provider = (namespace: string) => `${subscription}/providers/${namespace}`;

  it('is unregistered after a while', async () => {
    const { send, clock } = openArm({ pace: { armOperationMs: 5_000 } });
    await send('POST', `${provider('Microsoft.Devices')}/register?${core}`);
    await clock.advance(5_000);
    const state = async (method: string, tail: string) =>
      ((await send(method, `${provider('Microsoft.Devices')}${tail}?${core}`)).body as { registrationState: string })
        .registrationState;
    expect(await state('GET', '')).toBe('Registered');
    expect(await state('POST', '/unregister')).toBe('Unregistering');
    await clock.advance(5_000);
    expect(await state('GET', '')).toBe('NotRegistered');
    expect(await state('POST', '/unregister')).toBe('NotRegistered');
  });

  it('stays while something of it is there', async () => {
    const { send } = openArm();
    expect((await send('POST', `${provider('Microsoft.CognitiveServices')}/unregister?${core}`)).status).toBe(409);
    expect((await send('GET', `${accountId}?api-version=2025-09-01`)).status).toBe(200);
  });
});

describe('the location of any resource', () => {
  const providers = ['CognitiveServices', 'KeyVault', 'ManagedIdentity', 'Network', 'EventGrid'];
  const open = (more: Partial<WorldDefinition> = {}) =>
    openArm({ ...withVault, providers: providers.map((name) => `Microsoft.${name}`), ...more });
  const network = { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } };
  const vault = { sku: { family: 'A', name: 'standard' }, tenantId: '6c1d2f60-0c0e-4b53-9a32-5f2d8f1f7a10' };
  const types = [
    ['CognitiveServices/accounts', '2025-09-01', { kind: 'OpenAI', sku: { name: 'S0' } }],
    ['KeyVault/vaults', '2022-07-01', { properties: vault }],
    ['ManagedIdentity/userAssignedIdentities', '2023-01-31', {}],
    ['Network/virtualNetworks', '2025-01-01', { properties: network }],
    ['Network/privateEndpoints', '2025-01-01', {}],
    ['EventGrid/topics', '2025-02-15', {}],
    ['EventGrid/systemTopics', '2025-02-15', {}],
  ] as const;

  it.each(types)('of a new one of Microsoft.%s must be there, and one of the cloud', async (type, version, body) => {
    const { send } = open();
    const path = `${groupId}/providers/Microsoft.${type}/new-one?api-version=${version}`;
    const put = (location?: string) => send('PUT', path, { body: { ...body, location } });
    expect(await put()).toMatchObject({ status: 400, body: { error: { code: 'LocationRequired' } } });
    expect(await put('Canada')).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'LocationNotAvailableForResourceType',
          message: expect.stringMatching(
            `^The provided location 'Canada' is not available for resource type 'Microsoft.${type}'. List of available regions for the resource type is 'eastus,`,
          ),
        },
      },
    });
    expect((await send('GET', path)).status).toBe(404);
  });

  /** The refusal in full: microsoft/BotFramework-Composer#8427, of an account. */
  it.each(types.filter(([type]) => !/privateEndpoints|systemTopics/.test(type)))(
    'of Microsoft.%s stays as it is, however it is written',
    async (type, version, body) => {
      const { send } = open();
      const path = `${groupId}/providers/Microsoft.${type}/one-more?api-version=${version}`;
      const put = (location: string) => send('PUT', path, { body: { ...body, location } });
      expect((await put('West Europe')).status).toBeLessThan(202);
      expect((await put('westeurope')).status).toBeLessThan(202);
      expect(await put('westus')).toMatchObject({
        status: 409,
        body: {
          error: {
            code: 'InvalidResourceLocation',
            message: `The resource 'one-more' already exists in location 'westeurope' in resource group '${group}'. A resource with the same name cannot be created in location 'westus'. Please select a new resource name.`,
          },
        },
      });
    },
  );

  it('of an account of Translator may be no region', async () => {
    const { send } = open();
    const path = `${groupId}/providers/Microsoft.CognitiveServices/accounts/translator?api-version=2025-09-01`;
    const body = { kind: 'TextTranslation', sku: { name: 'S1' }, location: 'global' };
    expect((await send('PUT', path, { body })).status).toBe(201);
    expect((await send('GET', path)).body).toMatchObject({ location: 'global' });
  });

  it.each(['koreacentral', 'Canada East', 'italynorth', 'newzealandnorth'])('may be %s', async (location) => {
    const path = `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-new?api-version=2023-01-31`;
    expect((await open().send('PUT', path, { body: { location } })).status).toBe(201);
  });

  it('is one of US Government there: microsoft/finops-toolkit#840', () => {
    const { world } = open({ cloud: 'usgovernment', resourceGroups: [{ name: group, location: 'usgovvirginia' }] });
    const names = locationsOf(world).map(({ name }) => name);
    expect(names.join(',')).toBe('usgovvirginia,usgoviowa,usgovtexas,usgovarizona,usdodeast,usdodcentral');
  });

  it('of a group is one of the cloud too: cloud-barista/cb-spider#527', async () => {
    const { send } = open();
    const path = `${subscription}/resourceGroups/rg-new?${core}`;
    expect(await send('PUT', path, { body: { location: 'germanynorth' } })).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'LocationNotAvailableForResourceGroup',
          message: expect.stringMatching(
            /^The provided location 'germanynorth' is not available for resource group. List of available regions is 'eastus,/,
          ),
        },
      },
    });
  });
});

describe('requests of the Azure CLI, as it sends them', () => {
  it('list what uses an identity: nothing here', async () => {
    const answer = await openArm(withVault).send(
      'POST',
      `${identityId}/listAssociatedResources?api-version=2022-01-31-preview`,
    );
    expect(answer).toMatchObject({ status: 200, body: { totalCount: 0, value: [] } });
  });

  it.each([
    [
      'az monitor activity-log list --offset 1h',
      '2026-11-23T11:00:00.390090 and eventTimestamp le 2026-11-23T12:00:00.390090',
    ],
    ['with quotes and a zone', "'2026-11-23T11:00:00Z' and eventTimestamp le '2026-11-23T12:00:00.4Z'"],
    ['with another zone', "'2026-11-23T13:00:00+02:00' and eventTimestamp le '2026-11-23T14:00:00.4+02:00'"],
  ])('%s finds the events of the last hour', async (_, window) => {
    const { send } = openArm({ pace: { activityLogMs: 0 } });
    await send('POST', `${accountId}/listKeys?api-version=2022-03-01`);
    const filter = encodeURIComponent(`eventTimestamp ge ${window}`);
    const path = `${subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=${filter}`;
    expect((await send('GET', path)).body).toMatchObject({
      value: [{ operationName: { value: 'Microsoft.CognitiveServices/accounts/listKeys/action' } }],
    });
  });
});

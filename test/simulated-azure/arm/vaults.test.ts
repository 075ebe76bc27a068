import { describe, expect, it } from 'vitest';
import { group, groupId, openArm, subscriptionId } from './open-arm.ts';

const version = 'api-version=2022-07-01';
const vaults = `${groupId}/providers/Microsoft.KeyVault/vaults`;
const inLocation = `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/locations/eastus`;
const existing = { vaults: [{ name: 'kv-contoso', resourceGroup: group }] };
const owner = { lastModifiedByType: 'Application', createdByType: 'Application' };

/** What the Azure CLI sends for `az keyvault create --enable-rbac-authorization true`. */
const byRoles = {
  location: 'eastus',
  properties: {
    tenantId: '6c1d2f60-0c0e-4b53-9a32-5f2d8f1f7a10',
    sku: { family: 'A', name: 'standard' },
    accessPolicies: [],
    enableRbacAuthorization: true,
    softDeleteRetentionInDays: 90,
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' },
  },
};

describe('vaults as ARM resources', () => {
  it('shows one that was there from the beginning', async () => {
    const { send, world } = openArm(existing);
    expect((await send('GET', `${vaults}/kv-contoso?${version}`)).body).toEqual({
      id: `${vaults}/kv-contoso`,
      name: 'kv-contoso',
      type: 'Microsoft.KeyVault/vaults',
      location: 'eastus',
      tags: {},
      properties: {
        sku: { family: 'A', name: 'standard' },
        tenantId: world.tenantId,
        accessPolicies: [],
        enabledForDeployment: false,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        enableRbacAuthorization: true,
        vaultUri: 'https://kv-contoso.vault.azure.net/',
        provisioningState: 'Succeeded',
        publicNetworkAccess: 'Enabled',
      },
    });
  });

  it('shows the network rules that its data plane follows', async () => {
    const { send, world } = openArm(existing);
    Object.assign(world.vaults[0]?.network ?? {}, { defaultAction: 'Deny', ipRules: ['203.0.113.7'] });
    expect((await send('GET', `${vaults}/kv-contoso?${version}`)).body).toMatchObject({
      properties: {
        networkAcls: {
          bypass: 'AzureServices',
          defaultAction: 'Deny',
          ipRules: [{ value: '203.0.113.7' }],
          virtualNetworkRules: [],
        },
      },
    });
  });

  it('makes one with 200, which registers its name for a while', async () => {
    const { send, clock } = openArm({ pace: { armOperationMs: 5_000 } });
    expect(await send('PUT', `${vaults}/kv-new?${version}`, { body: byRoles })).toMatchObject({
      status: 200,
      body: {
        systemData: owner,
        properties: { provisioningState: 'RegisteringDns', vaultUri: 'https://kv-new.vault.azure.net' },
      },
    });
    await clock.advance(5_000);
    const shown = await send('GET', `${vaults}/kv-new?${version}`);
    expect(shown).toMatchObject({
      status: 200,
      body: {
        properties: {
          provisioningState: 'Succeeded',
          vaultUri: 'https://kv-new.vault.azure.net/',
          enableRbacAuthorization: true,
          softDeleteRetentionInDays: 90,
        },
      },
    });
    expect(JSON.stringify(shown.body)).not.toContain('networkAcls');
  });

  it('gives its policies and rules to the data plane', async () => {
    const { send, world } = openArm();
    const accessPolicies = [
      { tenantId: world.tenantId, objectId: 'o1', permissions: { keys: ['get'], secrets: ['list', 'set'] } },
    ];
    const properties = {
      sku: { family: 'A', name: 'Premium' },
      accessPolicies,
      publicNetworkAccess: 'Disabled',
      networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.0/24' }], virtualNetworkRules: [] },
    };
    const made = await send('PUT', `${vaults}/kv-new?${version}`, { body: { location: 'East US', properties } });
    expect(made).toMatchObject({
      status: 200,
      body: { location: 'eastus', properties: { sku: { family: 'A', name: 'premium' }, accessPolicies } },
    });
    expect(world.vaults.at(-1)).toMatchObject({
      accessPolicies: [{ objectId: 'o1', secretPermissions: ['list', 'set'] }],
      network: { publicNetworkAccess: 'Disabled', defaultAction: 'Deny', ipRules: ['203.0.113.0/24'] },
    });
  });

  it.each([
    ['2024-11-01', false],
    ['2026-02-01', true],
  ])('in %s a vault that does not say goes by roles: %s', async (apiVersion, byRole) => {
    const { send, world } = openArm();
    const body = { location: 'eastus', properties: { sku: { family: 'A', name: 'standard' } } };
    await send('PUT', `${vaults}/kv-new?api-version=${apiVersion}`, { body });
    expect(world.vaults.at(-1)?.accessPolicies === undefined).toBe(byRole);
  });

  it('changes with PATCH what is named, and nothing else', async () => {
    const { send } = openArm();
    await send('PUT', `${vaults}/kv-new?${version}`, { body: { ...byRoles, tags: { team: 'vision' } } });
    const body = { properties: { publicNetworkAccess: 'Disabled', enabledForDeployment: true } };
    expect((await send('PATCH', `${vaults}/kv-new?${version}`, { body })).body).toMatchObject({
      tags: { team: 'vision' },
      properties: {
        enableRbacAuthorization: true,
        softDeleteRetentionInDays: 90,
        publicNetworkAccess: 'Disabled',
        enabledForDeployment: true,
      },
    });
  });

  it('lists page by page until an empty one, those of a group and of a subscription', async () => {
    const { send } = openArm({
      ...existing,
      vaults: ['kv-a', 'kv-b', 'kv-c'].map((name) => ({ name, resourceGroup: group })),
    });
    for (const list of [vaults, `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/vaults`]) {
      let next: string | undefined = `${list}?${version}&$top=2`;
      const pages: string[][] = [];
      while (next !== undefined) {
        const { body } = await send('GET', next);
        const { value, nextLink } = body as { value: { name: string }[]; nextLink?: string };
        pages.push(value.map(({ name }) => name));
        next = nextLink?.slice('https://management.azure.com'.length);
      }
      expect(pages).toEqual([['kv-a', 'kv-b'], ['kv-c'], []]);
    }
  });

  it('keeps a deleted one, with its name, until it is recovered', async () => {
    const { send, world, clock } = openArm(existing);
    expect(await send('DELETE', `${vaults}/kv-contoso?${version}`)).toMatchObject({ status: 200, body: undefined });
    expect((await send('DELETE', `${vaults}/kv-contoso?${version}`)).status).toBe(204);
    expect((await send('GET', `${vaults}/kv-contoso?${version}`)).body).toMatchObject({
      error: { code: 'ResourceNotFound' },
    });
    const shown = {
      id: `${inLocation}/deletedVaults/kv-contoso`,
      name: 'kv-contoso',
      type: 'Microsoft.KeyVault/deletedVaults',
      properties: {
        vaultId: `${vaults}/kv-contoso`,
        location: 'eastus',
        tags: {},
        deletionDate: '2026-11-23T12:00:00Z',
        scheduledPurgeDate: '2027-02-21T12:00:00Z',
      },
    };
    const all = `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/deletedVaults?${version}`;
    expect((await send('GET', all)).body).toEqual({ value: [shown] });
    expect((await send('GET', `${inLocation}/deletedVaults/kv-contoso?${version}`)).body).toEqual(shown);
    expect(await send('PUT', `${vaults}/kv-contoso?${version}`, { body: byRoles })).toMatchObject({
      status: 409,
      body: { error: { code: 'ConflictError' } },
    });
    const body = { location: 'eastus', properties: { createMode: 'recover', tenantId: world.tenantId } };
    expect((await send('PUT', `${vaults}/kv-contoso?${version}`, { body })).status).toBe(200);
    expect((await send('GET', `${vaults}/kv-contoso?${version}`)).status).toBe(200);
    await send('DELETE', `${vaults}/kv-contoso?${version}`);
    await clock.advance(90 * 86_400_000);
    expect((await send('GET', all)).body).toEqual({ value: [] });
  });

  it('keeps purge protection once it is on, and purges no vault that has it', async () => {
    const { send } = openArm(existing);
    const vault = `${vaults}/kv-contoso?${version}`;
    const location = 'eastus';
    await send('PATCH', vault, { body: { properties: { enablePurgeProtection: true } } });
    for (const method of ['PATCH', 'PUT'])
      expect(
        await send(method, vault, { body: { location, properties: { enablePurgeProtection: false } } }),
      ).toMatchObject({
        status: 400,
        body: { error: { code: 'BadRequest', message: expect.stringContaining('cannot be set to false') } },
      });
    await send('PUT', vault, { body: byRoles });
    expect((await send('GET', vault)).body).toMatchObject({ properties: { enablePurgeProtection: true } });
    await send('DELETE', vault);
    const deleted = `${inLocation}/deletedVaults/kv-contoso`;
    expect(await send('POST', `${deleted}/purge?${version}`)).toMatchObject({
      status: 405,
      body: { error: { code: 'MethodNotAllowed', message: "Operation 'DeletedVaultPurge' is not allowed." } },
    });
    expect((await send('GET', `${deleted}?${version}`)).status).toBe(200);
  });

  it('purges one in an operation that is polled where it says', async () => {
    const { send, clock } = openArm({ ...existing, pace: { armOperationMs: 5_000 } });
    await send('DELETE', `${vaults}/kv-contoso?${version}`);
    const accepted = await send('POST', `${inLocation}/deletedVaults/kv-contoso/purge?${version}`);
    expect(accepted.status).toBe(202);
    const poll = (accepted.headers.get('location') ?? '').slice('https://management.azure.com'.length);
    expect(await send('GET', poll)).toMatchObject({
      status: 202,
      body: { createdDateTime: '2026-11-23 12:00:00Z', status: 'NotStarted' },
    });
    await clock.advance(5_000);
    expect((await send('GET', poll)).body).toEqual({
      createdDateTime: '2026-11-23 12:00:00Z',
      lastActionDateTime: '2026-11-23 12:00:05Z',
      status: 'Succeeded',
    });
    expect(await send('GET', `${inLocation}/deletedVaults/kv-contoso?${version}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'ResourceNotFound', message: 'The specified resource does not exist.' } },
    });
  });

  it('a vault of an older version without soft delete is gone at once', async () => {
    const { send } = openArm();
    const old = 'api-version=2018-02-14';
    await send('PUT', `${vaults}/kv-old?${old}`, {
      body: { location: 'eastus', properties: { sku: { family: 'A', name: 'standard' }, accessPolicies: [] } },
    });
    await send('DELETE', `${vaults}/kv-old?${old}`);
    expect((await send('GET', `${inLocation}/deletedVaults/kv-old?${old}`)).status).toBe(404);
  });

  it('a deleted group leaves its vaults among the soft-deleted ones', async () => {
    const { send, world } = openArm(existing);
    expect((await send('DELETE', `${groupId}?api-version=2021-04-01`)).status).toBe(202);
    await new Promise((resolve) => setImmediate(resolve));
    expect([world.vaults, world.deletedVaults?.map(({ name }) => name)]).toEqual([[], ['kv-contoso']]);
  });

  it.each([
    ['kv-contoso in another group', 'kv-contoso', 409, 'VaultAlreadyExists'],
    ['a name that starts with a digit', '1kv', 400, 'VaultNameNotValid'],
    ['a name with two hyphens in a row', 'kv--x', 400, 'VaultNameNotValid'],
    ['a name of 25 characters', 'kv-234567890123456789012345', 400, 'VaultNameNotValid'],
  ])('refuses %s', async (_, name, status, code) => {
    const { send } = openArm({
      ...existing,
      resourceGroups: [{ name: group }, { name: 'rg-other' }],
    });
    const other = `/subscriptions/${subscriptionId}/resourceGroups/rg-other/providers/Microsoft.KeyVault/vaults`;
    expect(await send('PUT', `${other}/${name}?${version}`, { body: byRoles })).toMatchObject({
      status,
      body: { error: { code } },
    });
  });

  it.each([
    ['kv-contoso', { nameAvailable: false, reason: 'AlreadyExists', message: expect.any(String) }],
    ['kv-free', { nameAvailable: true }],
    ['kv--free', { nameAvailable: false, reason: 'AccountNameInvalid', message: expect.any(String) }],
  ])('says whether %s can be had', async (name, answer) => {
    const path = `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/checkNameAvailability?${version}`;
    const body = { name, type: 'Microsoft.KeyVault/vaults' };
    expect((await openArm(existing).send('POST', path, { body })).body).toEqual(answer);
  });

  it('has no deleted managed HSM, which the Azure CLI asks for beside deleted vaults', async () => {
    const path = `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/deletedManagedHSMs?${version}`;
    expect(await openArm().send('GET', path)).toMatchObject({ status: 200, body: { value: [] } });
  });

  it('a caller without rights is refused by the permission', async () => {
    const { send, tokenOf } = openArm(existing);
    expect(await send('GET', `${vaults}/kv-contoso?${version}`, { token: await tokenOf('guest') })).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringContaining("'Microsoft.KeyVault/vaults/read'") } },
    });
  });
});

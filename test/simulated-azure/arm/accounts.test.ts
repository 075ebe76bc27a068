import { describe, expect, it } from 'vitest';
import { account, accountId, group, groupId, openArm, subscriptionId } from './open-arm.ts';

const version = 'api-version=2025-09-01';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('accounts', () => {
  it('get shows the account; id and names match without case', async () => {
    const { cognitive } = openArm();
    const shown = await cognitive().accounts.get(group.toUpperCase(), account.toUpperCase());
    expect(shown).toMatchObject({
      id: accountId,
      name: account,
      type: 'Microsoft.CognitiveServices/accounts',
      kind: 'AIServices',
      location: 'eastus',
      sku: { name: 'S0' },
      tags: { team: 'vision' },
      properties: {
        endpoint: `https://${account}.cognitiveservices.azure.com/`,
        customSubDomainName: account,
        provisioningState: 'Succeeded',
        internalId: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    });
  });

  it('list shows them by subscription and by group', async () => {
    const { accounts } = openArm({
      resourceGroups: [{ name: group }, { name: 'rg-other' }],
      accounts: [
        { name: account, resourceGroup: group },
        { name: 'ai-other', resourceGroup: 'rg-other' },
      ],
    }).cognitive();
    expect((await all(accounts.list())).map(({ name }) => name)).toEqual([account, 'ai-other']);
    expect((await all(accounts.listByResourceGroup('rg-other'))).map(({ name }) => name)).toEqual(['ai-other']);
  });

  it('create is Creating with an operation of the oldest version to poll, then Succeeded under a new etag', async () => {
    const { send, clock, world } = openArm({ pace: { armOperationMs: 2_000 } });
    const body = {
      location: 'eastus',
      kind: 'OpenAI',
      sku: { name: 'S0' },
      properties: { customSubDomainName: 'new-one' },
    };
    const path = `${groupId}/providers/Microsoft.CognitiveServices/accounts/new-one?${version}`;
    const created = await send('PUT', path, { body });
    expect(created).toMatchObject({ status: 201, body: { properties: { provisioningState: 'Creating' } } });
    const operation = new URL(created.headers.get('azure-asyncoperation') ?? '');
    expect(operation.search).toBe('?api-version=2017-04-18');
    expect(operation.pathname).toContain('/locations/eastus/operationResults/');
    const poll = () => send('GET', operation.pathname + operation.search);
    expect((await poll()).body).not.toHaveProperty('endTime');
    expect(await poll()).toMatchObject({ status: 200, body: { status: 'Creating' } });
    await clock.advance(2_000);
    expect(await poll()).toMatchObject({ body: { status: 'Succeeded', endTime: '2026-11-23T12:00:02Z' } });
    const got = await send('GET', path);
    expect(got).toMatchObject({ status: 200, body: { properties: { provisioningState: 'Succeeded' } } });
    expect(got.headers.get('etag')).not.toBe(created.headers.get('etag'));
    expect(world.accounts).toHaveLength(2);
  });

  it('the SDK’s poller creates, restores and purges', async () => {
    const { cognitive, world } = openArm();
    const { accounts, deletedAccounts } = cognitive();
    const wanted = { location: 'eastus', kind: 'TextAnalytics', sku: { name: 'S' }, properties: {} };
    const created = await accounts.beginCreateAndWait(group, 'text', wanted, { updateIntervalInMs: 1 });
    expect(created.properties?.provisioningState).toBe('Succeeded');
    await accounts.beginDeleteAndWait(group, 'text', { updateIntervalInMs: 1 });
    expect((await all(deletedAccounts.list())).map(({ name }) => name)).toEqual(['text']);
    await accounts.beginCreateAndWait(group, 'text', { location: 'eastus', properties: { restore: true } });
    expect((await accounts.get(group, 'text')).properties?.internalId).toBe(created.properties?.internalId);
    await accounts.beginDeleteAndWait(group, 'text', { updateIntervalInMs: 1 });
    await deletedAccounts.beginPurgeAndWait('eastus', group, 'text', { updateIntervalInMs: 1 });
    expect(world.deletedAccounts).toEqual([]);
    const again = await accounts.beginCreateAndWait(group, 'text', wanted, { updateIntervalInMs: 1 });
    expect(again.properties?.internalId).not.toBe(created.properties?.internalId);
  });

  it.each(['Bogus', 'openai'])('no account is made of the kind %s, which there is none of', async (kind) => {
    const { send, world } = openArm();
    const path = accountId.replace(account, 'of-no-kind');
    const body = { location: 'eastus', kind, sku: { name: 'S0' }, properties: {} };
    expect(await send('PUT', `${path}?${version}`, { body })).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidApiSetId', message: expect.stringContaining(`'${kind}'`) } },
    });
    expect(world.accounts).toHaveLength(1);
  });

  it('creates an account of a kind that is no longer offered, as the official examples do', async () => {
    const { send } = openArm();
    const path = accountId.replace(account, 'of-former-kind');
    const body = { location: 'West US', kind: 'Emotion', sku: { name: 'S0' }, properties: {} };
    expect(await send('PUT', `${path}?${version}`, { body })).toMatchObject({ status: 201, body: { kind: 'Emotion' } });
  });

  it('keeps its kind, but for OpenAI, which is upgraded and rolled back: Azure/bicep#15446', async () => {
    const { send } = openArm({ accounts: [{ name: account, resourceGroup: group, kind: 'OpenAI' }] });
    const put = (kind: string) =>
      send('PUT', `${accountId}?${version}`, {
        body: { location: 'eastus', kind, sku: { name: 'S0' }, properties: {} },
      });
    expect(await put('Face')).toMatchObject({ status: 400, body: { error: { code: 'UpdateKindNotAllowed' } } });
    const endpoint = `https://${account}.openai.azure.com/`;
    expect(await put('AIServices')).toMatchObject({
      status: 200,
      body: {
        kind: 'AIServices',
        properties: { endpoint, endpoints: { Language: `https://${account}.cognitiveservices.azure.com/` } },
      },
    });
    const back = await put('OpenAI');
    expect(back).toMatchObject({ status: 200, body: { kind: 'OpenAI', properties: { endpoint } } });
    expect(back.body).not.toHaveProperty('properties.endpoints.Language');
  });

  it('refuses the skus that Language no longer has: MicrosoftDocs/azure-docs#103641', async () => {
    const { send } = openArm();
    const path = `${accountId.replace(account, 'text')}?${version}`;
    const body = (name: string) => ({ location: 'eastus', kind: 'TextAnalytics', sku: { name }, properties: {} });
    const refused = {
      status: 400,
      body: {
        error: {
          code: 'SpecialFeatureOrQuotaIdRequired',
          message: expect.stringContaining("required by SKU 'S0' from kind 'TextAnalytics'"),
        },
      },
    };
    expect(await send('PUT', path, { body: body('S0') })).toMatchObject(refused);
    expect((await send('PUT', path, { body: body('S') })).status).toBe(201);
    expect(await send('PATCH', path, { body: { sku: { name: 'S0' } } })).toMatchObject(refused);
    expect(await send('PATCH', path, { body: { sku: { name: 'F0' } } })).toMatchObject({ status: 200 });
  });

  it('create over a soft-deleted account asks for the restore flag, until 48 hours have passed', async () => {
    const { send, clock, cognitive } = openArm();
    await cognitive().accounts.beginDeleteAndWait(group, account, { updateIntervalInMs: 1 });
    const body = {
      location: 'eastus',
      kind: 'AIServices',
      sku: { name: 'S0' },
      properties: { customSubDomainName: account },
    };
    const create = () => send('PUT', `${accountId}?${version}`, { body });
    expect(await create()).toMatchObject({ status: 409, body: { error: { code: 'FlagMustBeSetForRestore' } } });
    await clock.advance(48 * 3_600_000);
    expect((await create()).status).toBe(201);
  });

  it('a subdomain that another account has, even a deleted one, is in use', async () => {
    const { send, cognitive } = openArm();
    await cognitive().accounts.beginDeleteAndWait(group, account, { updateIntervalInMs: 1 });
    const body = {
      location: 'eastus',
      kind: 'OpenAI',
      sku: { name: 'S0' },
      properties: { customSubDomainName: account },
    };
    const path = `${groupId}/providers/Microsoft.CognitiveServices/accounts/second?${version}`;
    expect(await send('PUT', path, { body })).toMatchObject({
      status: 409,
      body: { error: { code: 'CustomDomainInUse' } },
    });
    expect(await cognitive().checkDomainAvailability(account, 'Microsoft.CognitiveServices/accounts')).toMatchObject({
      isSubdomainAvailable: false,
    });
  });

  it('patch is done at once, gives a new etag, and replaces networkAcls whole', async () => {
    const { send } = openArm();
    const patch = (properties: object) => send('PATCH', `${accountId}?${version}`, { body: { properties } });
    const first = await patch({ networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.9' }] } });
    const second = await patch({ networkAcls: { defaultAction: 'Deny', ipRules: [] } });
    expect(second).toMatchObject({
      status: 200,
      body: { properties: { networkAcls: { ipRules: [] } }, tags: { team: 'vision' } },
    });
    expect(second.headers.get('azure-asyncoperation')).toBeNull();
    expect(second.headers.get('etag')).not.toBe(first.headers.get('etag'));
  });

  it('while the account is Accepted, changes conflict and reads do not', async () => {
    const { send, world } = openArm();
    const properties = world.accounts[0]?.resource.properties ?? {};
    properties.provisioningState = 'Accepted';
    expect(await send('PATCH', `${accountId}?${version}`, { body: { tags: {} } })).toMatchObject({
      status: 409,
      body: { error: { code: 'RequestConflict' } },
    });
    expect(await send('GET', `${accountId}?${version}`)).toMatchObject({
      body: { properties: { provisioningState: 'Accepted' } },
    });
  });

  it('deployments are made, listed, changed and deleted', async () => {
    const { deployments } = openArm().cognitive();
    const model = { format: 'OpenAI', name: 'gpt-4o-mini', version: '2024-07-18' };
    const options = { updateIntervalInMs: 1 };
    const made = await deployments.beginCreateOrUpdateAndWait(
      group,
      account,
      'chat',
      { sku: { name: 'Standard', capacity: 1 }, properties: { model } },
      options,
    );
    expect(made.properties).toMatchObject({ provisioningState: 'Succeeded', model });
    expect((await all(deployments.list(group, account))).map(({ name }) => name)).toEqual(['chat']);
    const changed = await deployments.beginUpdateAndWait(
      group,
      account,
      'chat',
      { sku: { name: 'Standard', capacity: 7 } },
      options,
    );
    expect(changed.sku?.capacity).toBe(7);
    await deployments.beginDeleteAndWait(group, account, 'chat', options);
    expect(await all(deployments.list(group, account))).toEqual([]);
  });

  it('tells skus, usages, models and private link resources', async () => {
    const client = openArm().cognitive();
    expect((await all(client.resourceSkus.list())).length).toBeGreaterThan(5);
    expect(await client.accounts.listSkus(group, account)).toMatchObject({ value: [{ sku: { name: 'S0' } }] });
    expect((await client.accounts.listUsages(group, account)).value).toEqual([]);
    expect((await all(client.accounts.listModels(group, account))).length).toBeGreaterThan(0);
    expect((await all(client.models.list('eastus'))).length).toBeGreaterThan(0);
    expect((await all(client.usages.list('eastus'))).length).toBeGreaterThan(0);
    const links = await client.privateLinkResources.list(group, account);
    expect(links.value?.[0]?.properties).toMatchObject({
      groupId: 'account',
      requiredZoneNames: expect.arrayContaining(['privatelink.openai.azure.com']),
    });
    expect((await client.privateEndpointConnections.list(group, account)).value).toEqual([]);
  });

  it('asks which skus it shall check: Azure/azure-rest-api-specs#22395', async () => {
    const { send } = openArm();
    const path = `/subscriptions/${subscriptionId}/providers/Microsoft.CognitiveServices/locations/eastus/checkSkuAvailability?${version}`;
    const about = { kind: 'Face', type: 'Microsoft.CognitiveServices/accounts' };
    expect(await send('POST', path, { body: about })).toMatchObject({
      status: 400,
      body: { error: { code: 'BadRequest', message: "Value cannot be null. (Parameter 'requestObject.Skus')" } },
    });
    expect(await send('POST', path, { body: { ...about, skus: ['S0'] } })).toMatchObject({
      status: 200,
      body: { value: [{ skuName: 'S0', skuAvailable: true }] },
    });
  });

  it('answers the oldest version without what came later', async () => {
    const { send } = openArm();
    const old = await send('GET', `${accountId}?api-version=2017-04-18`);
    expect(old.body).not.toHaveProperty('systemData');
    expect(old.body).not.toHaveProperty('properties.endpoints');
    expect((await send('GET', `${accountId}?${version}`)).body).toHaveProperty('properties.endpoints');
    expect(
      (await send('GET', `/subscriptions/${subscriptionId}/providers/Microsoft.CognitiveServices/accounts?${version}`))
        .body,
    ).not.toHaveProperty('nextLink');
  });
});

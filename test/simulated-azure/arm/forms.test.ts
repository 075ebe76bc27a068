import { describe, expect, it } from 'vitest';
import { account, accountId, groupId, openArm, subscriptionId } from './open-arm.ts';

/** Forms in which older and other clients than the SDKs of today found a difference. */

const subscription = `/subscriptions/${subscriptionId}`;
const host = 'https://management.azure.com'.length;

describe('a virtual network', () => {
  const vnet = `${groupId}/providers/Microsoft.Network/virtualNetworks/vnet?api-version=2022-09-01`;
  const body = (dhcpOptions: unknown, ...services: string[]) => ({
    location: 'eastus',
    properties: {
      addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
      ...(dhcpOptions === undefined ? {} : { dhcpOptions }),
      subnets: [
        {
          name: 'app',
          properties: { addressPrefix: '10.0.1.0/24', serviceEndpoints: services.map((service) => ({ service })) },
        },
      ],
    },
  });
  const read = (answer: { body: unknown }) =>
    (
      answer.body as {
        properties: {
          dhcpOptions?: unknown;
          subnets: { properties: { serviceEndpoints?: { service: string; provisioningState: string }[] } }[];
        };
      }
    ).properties;

  it.each([
    ['none', undefined, undefined],
    ['an empty object', {}, { dnsServers: [] }],
    ['servers', { dnsServers: ['10.0.0.4'] }, { dnsServers: ['10.0.0.4'] }],
  ])('shows dhcpOptions that were sent as %s with a list of servers', async (_, sent, shown) => {
    expect(read(await openArm().send('PUT', vnet, { body: body(sent) })).dhcpOptions).toEqual(shown);
  });

  it('put again leaves the service endpoints that it had as they are', async () => {
    const { send, clock } = openArm({ pace: { armOperationMs: 1_000 } });
    const states = (answer: { body: unknown }) =>
      read(answer).subnets[0]?.properties.serviceEndpoints?.map((one) => `${one.service} ${one.provisioningState}`);
    const first = await send('PUT', vnet, { body: body({}, 'Microsoft.KeyVault') });
    expect(states(first)).toEqual(['Microsoft.KeyVault Updating']);
    await clock.advance(1_000);
    const both = body({}, 'Microsoft.KeyVault', 'Microsoft.CognitiveServices');
    expect(states(await send('PUT', vnet, { body: both }))).toEqual([
      'Microsoft.KeyVault Succeeded',
      'Microsoft.CognitiveServices Updating',
    ]);
    await clock.advance(1_000);
    expect(states(await send('GET', vnet))).toEqual([
      'Microsoft.KeyVault Succeeded',
      'Microsoft.CognitiveServices Succeeded',
    ]);
    const subnet = vnet.replace('?', '/subnets/app?');
    const again = await send('PUT', subnet, { body: both.properties.subnets[0] });
    expect(JSON.stringify(again.body)).not.toContain('"provisioningState":"Updating","service"');
  });
});

describe('a private DNS operation', () => {
  it('has an empty object as its result, while it runs and at its end', async () => {
    const { send, clock } = openArm({ pace: { armOperationMs: 1_000 } });
    const zone = `${groupId}/providers/Microsoft.Network/privateDnsZones/contoso.internal?api-version=2020-06-01`;
    const made = await send('PUT', zone, { body: { location: 'global' } });
    const result = (made.headers.get('location') ?? '').slice(host);
    expect(await send('GET', result)).toMatchObject({ status: 202, body: {} });
    await clock.advance(1_000);
    expect(await send('GET', result)).toMatchObject({ status: 200, body: {} });
  });
});

describe('an account', () => {
  it('lists a sku once for each location', async () => {
    const skus = `${subscription}/providers/Microsoft.CognitiveServices/skus?api-version=2022-03-01`;
    const { value } = (await openArm().send('GET', skus)).body as { value: { locations: string[] }[] };
    expect(value[0]).toEqual({
      resourceType: 'accounts',
      name: expect.any(String),
      tier: expect.any(String),
      kind: 'AIServices',
      locations: ['EASTUS'],
      locationInfo: [{ location: 'EASTUS', zones: [] }],
      restrictions: [],
    });
    expect(value.filter(({ locations }) => locations.length !== 1)).toEqual([]);
  });

  it('keeps the scale settings of a deployment that was made before there were skus', async () => {
    const { send } = openArm({
      accounts: [{ name: account, resourceGroup: 'rg-contoso', kind: 'OpenAI' }],
    });
    const path = `${accountId}/deployments/chat?api-version=2022-12-01`;
    const model = { format: 'OpenAI', name: 'gpt-4o-mini', version: '2024-07-18' };
    const scaleSettings = { scaleType: 'Standard', capacity: 3 };
    const shown = { properties: { scaleSettings, currentCapacity: 3 } };
    expect((await send('PUT', path, { body: { properties: { model, scaleSettings } } })).body).toMatchObject(shown);
    expect((await send('GET', path)).body).toMatchObject(shown);
  });
});

describe('Resource Graph', () => {
  it('counts a query as a read of the tenant', async () => {
    const { send } = openArm();
    const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01';
    const answer = await send('POST', path, { body: { query: 'Resources', subscriptions: [subscriptionId] } });
    expect(answer.headers.get('x-ms-ratelimit-remaining-tenant-reads')).toBe('249');
    expect(answer.headers.get('x-ms-ratelimit-remaining-tenant-writes')).toBeNull();
  });
});

describe('roles', () => {
  const guid = '7c9e2a4b-3d5f-4e61-8a72-9b0c1d2e3f40';
  const path = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
  const role = (description: string) => ({
    properties: {
      roleName: 'Key Rotator',
      description,
      assignableScopes: [subscription],
      permissions: [{ actions: ['*/read'], dataActions: ['*'] }],
    },
  });

  it('of the tenant say who made and changed them, and when', async () => {
    const { send, clock, objectId } = openArm();
    const made = { createdOn: '2026-11-23T12:00:00.0000000Z', createdBy: objectId('owner') };
    expect((await send('PUT', `${path}?api-version=2022-04-01`, { body: role('one') })).body).toMatchObject({
      properties: { ...made, updatedOn: made.createdOn, updatedBy: made.createdBy },
    });
    await clock.advance(60_000);
    expect((await send('PUT', `${path}?api-version=2022-04-01`, { body: role('two') })).body).toMatchObject({
      properties: { ...made, updatedOn: '2026-11-23T12:01:00.0000000Z', updatedBy: made.createdBy },
    });
  });

  it.each([
    ['2015-07-01', { actions: ['*/read'], notActions: [] }, false],
    ['2022-04-01', { actions: ['*/read'], notActions: [], dataActions: ['*'], notDataActions: [] }, true],
  ])('and assignments of %s have the members of their time', async (version, permission, hasType) => {
    const { send, objectId } = openArm();
    await send('PUT', `${path}?api-version=2022-04-01`, { body: role('one') });
    expect((await send('GET', `${path}?api-version=${version}`)).body).toMatchObject({
      properties: { permissions: [permission] },
    });
    const list = `${subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=${version}`;
    const { value } = (await send('GET', list)).body as { value: { properties: Record<string, unknown> }[] };
    const { principalId } = value[0]?.properties ?? {};
    expect([principalId, 'principalType' in (value[0]?.properties ?? {})]).toEqual([objectId('owner'), hasType]);
    expect(JSON.stringify((await send('GET', `${path}?api-version=${version}`)).body).includes('dataActions')).toBe(
      hasType,
    );
  });
});

import { NetworkManagementClient } from '@azure/arm-network';
import { PrivateDnsManagementClient } from '@azure/arm-privatedns';
import { describe, expect, test } from 'vitest';
import { resolveName } from '../../../local/simulated-azure/network/resolve-name.ts';
import { account, accountId, group, groupId, openArm, subscriptionId } from './open-arm.ts';

const network = `${groupId}/providers/Microsoft.Network`;
const vnet = `${network}/virtualNetworks/vnet`;
const subnet = `${vnet}/subnets/snet`;
const endpoint = `${network}/privateEndpoints/pe`;
const zone = `${network}/privateDnsZones/privatelink.cognitiveservices.azure.com`;
const host = `${account}.cognitiveservices.azure.com`;

/** A network with one subnet, in which every operation takes ten seconds. */
async function open() {
  const arm = openArm({
    providers: ['Microsoft.CognitiveServices', 'Microsoft.Network', 'Microsoft.KeyVault'],
    pace: { armOperationMs: 10_000 },
  });
  const send = (method: string, path: string, body?: unknown, token?: string) =>
    arm.send(
      method,
      `${path}?api-version=${path.includes('privateDns') && !path.includes('ZoneGroups') ? '2024-06-01' : path.includes('CognitiveServices/accounts') ? '2025-06-01' : '2025-01-01'}`,
      {
        ...(body === undefined ? {} : { body }),
        ...(token === undefined ? {} : { token }),
      },
    );
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await send(method, path, body);
    await arm.clock.advance(10_000);
    return answer;
  };
  await done('PUT', vnet, {
    location: 'eastus',
    properties: {
      addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
      subnets: [{ name: 'snet', properties: { addressPrefix: '10.0.1.0/24' } }],
    },
  });
  const listed = () => arm.send('GET', `${groupId}/resources?api-version=2021-04-01`);
  return { ...arm, raw: arm.send, listed, send, done };
}

const endpointBody = (target = accountId, groupIds = ['account'], at = subnet) => ({
  location: 'eastus',
  properties: {
    subnet: { id: at },
    privateLinkServiceConnections: [{ name: 'c', properties: { privateLinkServiceId: target, groupIds } }],
  },
});
const code = (answer: { body: unknown }) => (answer.body as { error?: { code?: string }; code?: string }).error?.code;
const state = (answer: { body: unknown }) =>
  (answer.body as { properties: { provisioningState: string } }).properties.provisioningState;

describe('networks and subnets', () => {
  test('are Updating until their operation has ended, each write with a new etag', async () => {
    const { send, clock } = await open();
    const made = await send('PUT', `${vnet}/subnets/other`, { properties: { addressPrefix: '10.0.2.0/24' } });
    expect([made.status, state(made), made.headers.get('retry-after')]).toEqual([201, 'Updating', '3']);
    const operation = new URL(made.headers.get('azure-asyncoperation') ?? '').pathname;
    expect((await send('GET', operation)).body).toEqual({ status: 'InProgress' });
    expect(code(await send('PUT', `${vnet}/subnets/other`, {}))).toBe('AnotherOperationInProgress');
    await clock.advance(10_000);
    expect((await send('GET', operation)).body).toEqual({ status: 'Succeeded' });
    const read = await send('GET', `${vnet}/subnets/other`);
    expect([state(read), read.headers.get('etag')]).toEqual(['Succeeded', expect.stringMatching(/^W\/"/)]);
    expect(read.headers.get('etag')).not.toBe((made.body as { etag: string }).etag);
  });

  test.each([
    ['outside its network', '10.1.0.0/24', 'NetcfgSubnetRangeOutsideVnet'],
    ['over another subnet', '10.0.1.128/25', 'NetcfgSubnetRangesOverlap'],
    ['with bits after the prefix', '10.0.2.5/24', 'InvalidCIDRNotation'],
    ['that is no range', '10.0.2.0', 'InvalidAddressPrefixFormat'],
  ])('refuse a range %s', async (_, addressPrefix, expected) => {
    const { send } = await open();
    const answer = await send('PUT', `${vnet}/subnets/other`, { properties: { addressPrefix } });
    expect([answer.status, code(answer)]).toEqual([400, expected]);
  });

  test('in use cannot be deleted, moved or left out of their network', async () => {
    const { done, send } = await open();
    await done('PUT', endpoint, endpointBody());
    expect(code(await send('DELETE', subnet))).toBe('InUseSubnetCannotBeDeleted');
    expect(code(await send('DELETE', vnet))).toBe('InUseSubnetCannotBeDeleted');
    expect(code(await send('PUT', subnet, { properties: { addressPrefix: '10.0.9.0/24' } }))).toBe(
      'InUsePrefixCannotBeDeleted',
    );
    await done('DELETE', endpoint);
    const deleted = await send('DELETE', subnet);
    expect([deleted.status, deleted.headers.get('location')]).toEqual([
      202,
      expect.stringContaining('/operationResults/'),
    ]);
  });
});

describe('a private endpoint', () => {
  test('is seen from both sides, with the names it answers for once it is done', async () => {
    const { done, send } = await open();
    const made = await done('PUT', endpoint, endpointBody());
    expect([made.status, state(made)]).toEqual([201, 'Updating']);
    expect((await send('GET', endpoint)).body).toMatchObject({
      properties: {
        provisioningState: 'Succeeded',
        privateLinkServiceConnections: [{ properties: { privateLinkServiceConnectionState: { status: 'Approved' } } }],
        customDnsConfigs: [
          { fqdn: host, ipAddresses: ['10.0.1.4'] },
          { ipAddresses: ['10.0.1.5'] },
          { ipAddresses: ['10.0.1.6'] },
        ],
      },
    });
    const [connection] = (
      (await send('GET', `${accountId}/privateEndpointConnections`)).body as { value: { id: string }[] }
    ).value;
    const put = (status: string) =>
      send('PUT', connection?.id ?? '', { properties: { privateLinkServiceConnectionState: { status } } });
    expect((await put('Rejected')).status).toBe(202);
    expect(JSON.stringify((await send('GET', endpoint)).body)).toContain('"status":"Rejected"');
    expect((await send('DELETE', connection?.id ?? '')).status).toBe(200);
    expect(JSON.stringify((await send('GET', endpoint)).body)).toContain('"status":"Disconnected"');
    expect((await send('GET', `${network}/networkInterfaces/none`)).status).toBe(404);
  });

  test('is refused if its maker may not approve, unless a manual approval is asked for', async () => {
    const { send, tokenOf, world } = await open();
    const guest = world.principals.find(({ name }) => name === 'guest');
    const role = '4d97b98b-1d4f-4787-a291-c67834d212e7';
    const [owner] = world.roleAssignments;
    if (owner === undefined || guest === undefined) throw new Error('no owner');
    world.roleAssignments.push({ ...owner, name: crypto.randomUUID(), principalId: guest.objectId, roleGuid: role });
    const refused = await send('PUT', endpoint, endpointBody(), await tokenOf('guest'));
    expect([refused.status, code(refused)]).toEqual([403, 'LinkedAuthorizationFailed']);
    const [wanted] = Object.values(endpointBody().properties.privateLinkServiceConnections);
    const { subnet } = endpointBody().properties;
    const byHand = { location: 'eastus', properties: { subnet, manualPrivateLinkServiceConnections: [wanted] } };
    const made = await send('PUT', endpoint, byHand, await tokenOf('guest'));
    expect(made.status).toBe(201);
    expect(JSON.stringify(made.body)).toContain('"status":"Pending"');
  });

  test.each([
    [
      'a subnet that is not there',
      endpointBody(accountId, ['account'], `${vnet}/subnets/none`),
      'InvalidResourceReference',
    ],
    ['another group', endpointBody(accountId, ['vault']), 'InvalidGroupId'],
    ['an account that is not there', endpointBody(`${accountId}-not`), 'ResourceNotFound'],
  ])('is refused for %s', async (_, body, expected) => {
    const { send } = await open();
    expect(code(await send('PUT', endpoint, body))).toBe(expected);
  });

  test('is refused with 400 while the account takes over a change of its network, and a moment longer than it shows', async () => {
    const { send, clock } = await open();
    const changed = await send('PATCH', accountId, { properties: { publicNetworkAccess: 'Disabled' } });
    expect(state(changed)).toBe('Accepted');
    const refused = await send('PUT', endpoint, endpointBody());
    expect([refused.status, code(refused)]).toEqual([400, 'AccountProvisioningStateInvalid']);
    await clock.advance(10_000);
    expect(state(await send('GET', accountId))).toBe('Succeeded');
    expect(code(await send('PUT', endpoint, endpointBody()))).toBe('AccountProvisioningStateInvalid');
    await clock.advance(500);
    expect((await send('PUT', endpoint, endpointBody())).status).toBe(201);
  });

  test('is refused without a custom subdomain, and while its subnet is being changed', async () => {
    const { send, world } = await open();
    await send('PUT', subnet, { properties: { addressPrefix: '10.0.1.0/24' } });
    const busy = await send('PUT', endpoint, endpointBody());
    expect([busy.status, code(busy), JSON.stringify(busy.body)]).toEqual([
      429,
      'RetryableError',
      expect.stringContaining('ReferencedResourceNotProvisioned'),
    ]);
    delete world.accounts[0]?.resource.properties.customSubDomainName;
    const second = await open();
    delete second.world.accounts[0]?.resource.properties.customSubDomainName;
    expect(code(await second.send('PUT', endpoint, endpointBody()))).toBe('CustomSubDomainNameRequired');
  });
});

describe('private DNS', () => {
  const link = (name: string, inZone = zone) => `${inZone}/virtualNetworkLinks/${name}`;
  const linkBody = (more: object = {}) => ({
    location: 'global',
    properties: { registrationEnabled: false, virtualNetwork: { id: vnet }, ...more },
  });

  test('a zone group writes the records, and takes them away again', async () => {
    const { done, send } = await open();
    await done('PUT', endpoint, endpointBody());
    expect((await done('PUT', zone, { location: 'global' })).status).toBe(202);
    const groupBody = {
      properties: { privateDnsZoneConfigs: [{ name: 'z', properties: { privateDnsZoneId: zone } }] },
    };
    expect((await done('PUT', `${endpoint}/privateDnsZoneGroups/default`, groupBody)).status).toBe(201);
    expect((await send('GET', `${zone}/A/${account}`)).body).toMatchObject({
      properties: { ttl: 10, aRecords: [{ ipv4Address: '10.0.1.4' }] },
    });
    await done('DELETE', `${endpoint}/privateDnsZoneGroups/default`);
    expect((await send('GET', `${zone}/A/${account}`)).status).toBe(404);
    expect(
      code(
        await send('PUT', `${endpoint}/privateDnsZoneGroups/default`, {
          properties: { privateDnsZoneConfigs: [{ name: 'z', properties: { privateDnsZoneId: `${zone}.none` } }] },
        }),
      ),
    ).toBe('InvalidPrivateDnsZoneIds');
  });

  test('a network takes one zone of a name, and a linked zone cannot be deleted', async () => {
    const { done, send, world } = await open();
    world.resourceGroups.push({
      ...(world.resourceGroups[0] as (typeof world.resourceGroups)[number]),
      name: 'rg-hub',
    });
    const other = zone.replace(group, 'rg-hub');
    await done('PUT', zone, { location: 'global' });
    await done('PUT', other, { location: 'global' });
    await done('PUT', link('one'), linkBody());
    const refused = await done('PUT', link('two', other), linkBody());
    expect(refused.status).toBe(202);
    const status = new URL(refused.headers.get('azure-asyncoperation') ?? '').pathname;
    expect((await send('GET', status)).body).toMatchObject({
      status: 'Failed',
      error: { code: 'BadRequest', message: expect.stringContaining('overlapping namespaces') },
    });
    expect(code(await send('DELETE', zone))).toBe('CannotDeleteResource');
    await done('DELETE', link('one'));
    expect((await done('DELETE', zone)).status).toBe(202);
    expect((await send('GET', zone)).status).toBe(404);
  });

  test('a zone hides the names that it lacks from its networks, unless its link redirects', async () => {
    const { done, world } = await open();
    await done('PUT', endpoint, endpointBody());
    expect(resolveName(world, host, subnet)).toMatchObject({ kind: 'addresses' });
    await done('PUT', zone, { location: 'global' });
    await done('PUT', link('one'), linkBody());
    expect(resolveName(world, host, subnet)).toEqual({
      kind: 'no-such-name',
      path: [host, `${account}.privatelink.cognitiveservices.azure.com`],
    });
    expect(resolveName(world, host, null).kind).toBe('addresses');
    await done('PUT', link('one'), linkBody({ resolutionPolicy: 'NxDomainRedirect' }));
    expect(resolveName(world, host, subnet).kind).toBe('addresses');
  });

  test('a record set that exists is not recreated', async () => {
    const { done, arm } = await open().then((opened) => ({ ...opened, arm: opened }));
    await done('PUT', zone, { location: 'global' });
    const body = { properties: { ttl: 60, aRecords: [{ ipv4Address: '10.0.1.9' }] } };
    expect((await arm.send('PUT', `${zone}/A/Www`, body)).status).toBe(201);
    expect((await arm.send('GET', `${zone}/ALL`)).body).toMatchObject({ value: [{ name: '@' }, { name: 'www' }] });
    expect((await arm.send('DELETE', `${zone}/A/www`)).status).toBe(200);
    expect((await arm.send('DELETE', `${zone}/A/www`)).status).toBe(204);
  });

  test('the SOA record comes and goes with its zone, and can be changed', async () => {
    const { done, send } = await open();
    await done('PUT', zone, { location: 'global' });
    const refused = { status: 400, body: { code: 'BadRequest' } };
    expect(await send('DELETE', `${zone}/SOA/@`)).toMatchObject(refused);
    expect(await send('PUT', `${zone}/SOA/www`, { properties: { ttl: 60 } })).toMatchObject(refused);
    expect((await send('PATCH', `${zone}/SOA/@`, { properties: { ttl: 60 } })).status).toBe(200);
    expect((await send('GET', `${zone}/ALL`)).body).toMatchObject({ value: [{ name: '@', properties: { ttl: 60 } }] });
  });

  test('a link is changed only if it is there', async () => {
    const { done, send } = await open();
    await done('PUT', zone, { location: 'global' });
    const { properties } = linkBody();
    expect((await send('PATCH', link('one'), { properties })).status).toBe(404);
    expect(code(await send('PUT', link('one'), { properties }))).toBe('LocationRequired');
    await done('PUT', link('one'), linkBody());
    expect((await done('PATCH', link('one'), { tags: { a: '1' } })).status).toBe(202);
    expect((await send('GET', link('one'))).body).toMatchObject({ tags: { a: '1' } });
  });
});

test('permissions on linked resources are asked for', async () => {
  const { send, tokenOf, world } = await open();
  const guest = world.principals.find(({ name }) => name === 'guest');
  const [owner] = world.roleAssignments;
  if (owner === undefined || guest === undefined) throw new Error('no owner');
  world.roleAssignments.push({
    ...owner,
    name: crypto.randomUUID(),
    principalId: guest.objectId,
    scope: `${network}/privateEndpoints/pe`,
    roleGuid: '4d97b98b-1d4f-4787-a291-c67834d212e7',
  });
  const refused = await send('PUT', endpoint, endpointBody(), await tokenOf('guest'));
  expect([refused.status, code(refused)]).toEqual([403, 'LinkedAuthorizationFailed']);
  expect(JSON.stringify(refused.body)).toContain('Microsoft.Network/virtualNetworks/subnets/join/action');
});

test('the true clients read what they have written', async () => {
  const { httpClient, tokenOf, clock } = await open();
  const credential = {
    getToken: async () => ({ token: await tokenOf('owner'), expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const options = { httpClient, retryOptions: { maxRetries: 0 } };
  const client = new NetworkManagementClient(credential, subscriptionId, options);
  await client.subnets.createOrUpdate(group, 'vnet', 'made', { addressPrefix: '10.0.7.0/24' }).submitted();
  await clock.advance(10_000);
  expect(await client.subnets.get(group, 'vnet', 'made')).toMatchObject({ provisioningState: 'Succeeded' });
  const dns = new PrivateDnsManagementClient(credential, subscriptionId, options);
  await dns.privateZones.createOrUpdate(group, 'contoso.internal', { location: 'global' }).submitted();
  await clock.advance(10_000);
  expect(await dns.privateZones.get(group, 'contoso.internal')).toMatchObject({ numberOfRecordSets: 1 });
});

describe('rules of an account', () => {
  test.each([
    ['a private range', { ipRules: [{ value: '10.0.0.0/8' }] }],
    ['a range of one', { ipRules: [{ value: '203.0.113.4/32' }] }],
    ['what is no address', { ipRules: [{ value: 'office' }] }],
    ['too many', { ipRules: Array.from({ length: 101 }, (_, index) => ({ value: `203.0.113.${index}` })) }],
  ])('are refused for %s', async (_, networkAcls) => {
    const { send } = await open();
    const answer = await send('PATCH', accountId, {
      properties: { networkAcls: { defaultAction: 'Deny', ...networkAcls } },
    });
    expect(answer.status).toBe(400);
  });

  test('need the service endpoint of a subnet', async () => {
    const { done, send } = await open();
    const body = { properties: { networkAcls: { defaultAction: 'Deny', virtualNetworkRules: [{ id: subnet }] } } };
    expect(code(await send('PATCH', accountId, body))).toBe('SubnetsHaveNoServiceEndpointsConfigured');
    await done('PUT', subnet, {
      properties: { addressPrefix: '10.0.1.0/24', serviceEndpoints: [{ service: 'Microsoft.CognitiveServices' }] },
    });
    expect((await send('PATCH', accountId, body)).status).toBe(202);
  });

  test('are accepted while they take time, and only who may read operations may follow theirs', async () => {
    const arm = openArm({
      pace: { armOperationMs: 10_000 },
      customRoles: [
        {
          name: 'Writer',
          guid: '9c1d2f60-0c0e-4b53-9a32-5f2d8f1f7a10',
          actions: ['Microsoft.CognitiveServices/accounts/*'],
        },
        {
          name: 'Poller',
          guid: '8c1d2f60-0c0e-4b53-9a32-5f2d8f1f7a10',
          actions: ['Microsoft.CognitiveServices/locations/operationResults/read'],
        },
      ],
      identities: [
        { name: 'owner', kind: 'application', secret: 's' },
        { name: 'writer', kind: 'application', secret: 's' },
        { name: 'poller', kind: 'application', secret: 's' },
      ],
      roleAssignments: [
        { principal: 'owner', role: 'Owner', on: group },
        { principal: 'writer', role: 'Writer', on: group },
        { principal: 'poller', role: 'Poller', on: group },
      ],
    });
    const body = { properties: { publicNetworkAccess: 'Disabled' } };
    const accepted = await arm.send('PATCH', `${accountId}?api-version=2025-06-01`, {
      body,
      token: await arm.tokenOf('writer'),
    });
    expect(accepted.status).toBe(202);
    const links = ['azure-asyncoperation', 'location'].map((name) => new URL(accepted.headers.get(name) ?? ''));
    for (const { pathname, search } of links) {
      const follow = async (name: string) =>
        (await arm.send('GET', `${pathname}${search}`, { token: await arm.tokenOf(name) })).status;
      const running = search.includes('Location') ? 202 : 200;
      expect([await follow('writer'), await follow('poller'), await follow('owner')]).toEqual([403, running, running]);
    }
  });
});

test('a deleted group takes its networks along', async () => {
  const { world, clock, ...arm } = await open();
  const version = '?api-version=2021-04-01';
  expect(JSON.stringify((await arm.listed()).body)).toContain('Microsoft.Network/virtualNetworks');
  await arm.raw('DELETE', `${groupId}${version}`);
  await clock.advance(10_000);
  expect(world.network?.virtualNetworks).toEqual([]);
});

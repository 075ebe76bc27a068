import { beforeEach, describe, expect, test } from 'vitest';
import { NameNotFound } from '../../local/simulated-azure/faults.ts';
import { networkOf, type PrivateEndpoint } from '../../local/simulated-azure/network/network-world.ts';
import { type DataPlane, dataPlane } from './ai-data-plane/data-plane.ts';
import { setUp } from './key-vault/vault-world.ts';

const networkId = '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet';
const subnetId = `${networkId}/subnets/snet`;
const approved = { properties: { privateLinkServiceConnectionState: { status: 'Approved' } } };

/** A caller in a subnet whose calls leave with a public address; the subnet has these service endpoints. */
function standIn(world: Parameters<typeof networkOf>[0], ...services: string[]) {
  const network = networkOf(world);
  const placed = { subscriptionId: 'sub', resourceGroup: 'rg' };
  network.virtualNetworks.push({
    ...placed,
    name: 'vnet',
    location: 'eastus',
    tags: undefined,
    resourceGuid: 'guid',
    etag: 'W/"1"',
    state: 'Succeeded',
    addressPrefixes: ['10.0.0.0/16'],
    more: {},
    subnets: [
      {
        name: 'snet',
        etag: 'W/"1"',
        state: 'Succeeded',
        prefixes: ['10.0.1.0/24'],
        asList: false,
        serviceEndpoints: services.map((service) => ({ service, locations: ['*'] })),
        privateEndpointNetworkPolicies: 'Disabled',
        privateLinkServiceNetworkPolicies: 'Enabled',
        more: {},
      },
    ],
  });
  network.callers.push({ name: 'worker', address: '203.0.113.10', subnetId });
  return network;
}

/** A private endpoint at 10.0.1.4, and a zone that leads `label` to it, linked to the network. */
function leadIn(network: ReturnType<typeof standIn>, targetId: string, zone: string, label: string | null) {
  const placed = { subscriptionId: 'sub', resourceGroup: 'rg' };
  const endpoint: PrivateEndpoint = {
    ...placed,
    name: 'pe',
    location: 'eastus',
    tags: undefined,
    resourceGuid: 'guid',
    etag: 'W/"1"',
    state: 'Succeeded',
    subnetId,
    nicName: 'pe.nic',
    connections: [
      {
        name: 'c',
        manual: false,
        targetId,
        groupIds: [],
        requestMessage: undefined,
        status: 'Approved',
        description: '',
      },
    ],
    addresses: [{ member: 'default', fqdn: '', address: '10.0.1.4' }],
    more: {},
    zoneGroups: [],
  };
  network.privateEndpoints.push(endpoint);
  network.privateDnsZones.push({
    ...placed,
    name: zone,
    tags: undefined,
    etag: 'e',
    links: [
      {
        name: 'l',
        tags: undefined,
        etag: '"e"',
        networkId,
        registrationEnabled: false,
        resolutionPolicy: undefined,
        createdAtMs: 0,
      },
    ],
    records:
      label === null
        ? []
        : [{ type: 'A', name: label, etag: 'e', properties: { aRecords: [{ ipv4Address: '10.0.1.4' }] } }],
  });
  return endpoint;
}

describe('an account with rules', () => {
  const detect = (plane: DataPlane, callerAddress = '203.0.113.10') =>
    plane.call('/text/analytics/v3.1/languages', { body: { documents: [{ id: '1', text: 'Hello' }] }, callerAddress });
  const rules = {
    networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.10' }], virtualNetworkRules: [] as object[] },
  };
  const zone = 'privatelink.cognitiveservices.azure.com';
  let plane: DataPlane;
  let id: string;
  beforeEach(() => {
    plane = dataPlane({ properties: structuredClone(rules) });
    const { subscriptionId, resourceGroup, name } = plane.account;
    id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/${name}`;
  });

  test('sees the egress of a caller in a subnet, and by a service endpoint the subnet instead', async () => {
    standIn(plane.azure.world);
    expect((await detect(plane)).status).toBe(200);
    const other = dataPlane({ properties: structuredClone(rules) });
    standIn(other.azure.world, 'Microsoft.CognitiveServices');
    expect((await detect(other)).status).toBe(403);
    const listed = { networkAcls: { ...rules.networkAcls, virtualNetworkRules: [{ id: subnetId }] } };
    const third = dataPlane({ properties: listed });
    standIn(third.azure.world, 'Microsoft.CognitiveServices');
    expect([(await detect(third)).status, (await detect(third, '10.0.1.77')).status]).toEqual([200, 200]);
  });

  test('is reached over a private endpoint although public access is off, by whoever its names lead there', async () => {
    const network = standIn(plane.azure.world);
    Object.assign(plane.account.resource.properties, {
      publicNetworkAccess: 'Disabled',
      privateEndpointConnections: [approved],
    });
    const endpoint = leadIn(network, id, zone, 'contoso-ai');
    expect([(await detect(plane)).status, (await detect(plane, '198.51.100.1')).status]).toEqual([200, 403]);
    Object.assign(endpoint.connections[0] ?? {}, { status: 'Rejected' });
    expect((await detect(plane)).status).toBe(403);
  });

  test('has no address for callers whose zone lacks its name', async () => {
    const network = standIn(plane.azure.world);
    plane.account.resource.properties.privateEndpointConnections = [approved];
    leadIn(network, id, zone, null);
    await expect(detect(plane)).rejects.toThrow(NameNotFound);
    Object.assign(network.privateDnsZones[0]?.links[0] ?? {}, { resolutionPolicy: 'NxDomainRedirect' });
    expect((await detect(plane)).status).toBe(200);
  });
});

test('a vault is asked in the same way: by service endpoint, private endpoint, or not at all', async () => {
  const closed = { publicNetworkAccess: 'Enabled' as const, defaultAction: 'Deny' as const, ipRules: [] };
  const { send, vault, world } = setUp({ vault: { network: { ...closed, subnets: [subnetId] } } });
  const network = standIn(world, 'Microsoft.KeyVault');
  expect((await send('GET', '/secrets?api-version=7.6')).status).toBe(200);
  vault.network.subnets = [];
  expect(await (await send('GET', '/secrets?api-version=7.6')).text()).toContain('ForbiddenByFirewall');
  vault.network.publicNetworkAccess = 'Disabled';
  expect(await (await send('GET', '/secrets?api-version=7.6')).text()).toContain('ForbiddenByConnection');
  vault.privateEndpointConnections = [approved];
  const id = `/subscriptions/${vault.subscriptionId}/resourceGroups/${vault.resourceGroup}/providers/Microsoft.KeyVault/vaults/${vault.name}`;
  leadIn(network, id, 'privatelink.vaultcore.azure.net', 'kv-contoso');
  expect((await send('GET', '/secrets?api-version=7.6')).status).toBe(200);
});

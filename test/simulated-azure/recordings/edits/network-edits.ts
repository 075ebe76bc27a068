import {
  findSubnet,
  findZone,
  networkId,
  networkOf,
  type PrivateDnsZone,
  type VirtualNetwork,
} from '../../../../local/simulated-azure/network/network-world.ts';
import type { World } from '../../../../local/simulated-azure/world.ts';
import { guidOf } from '../placeholders.ts';
import { idOf, putAccount } from '../recorded-account.ts';
import { at, isObject, itemsAt, type Json, type RecordedFile, textAt } from '../recorded-file.ts';
import type { WorldEdit } from './world-edit.ts';

const NETWORK =
  /\/subscriptions\/[^/"]+\/resourceGroups\/[^/"]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/"?]+/gi;
const SUBNET = new RegExp(`${NETWORK.source}/subnets/[^/"?]+`, 'gi');
const ZONE =
  /\/subscriptions\/[^/"]+\/resourceGroups\/[^/"]+\/providers\/Microsoft\.Network\/privateDnsZones\/[^/"?]+/gi;
const ENDPOINT =
  /\/subscriptions\/[^/"]+\/resourceGroups\/[^/"]+\/providers\/Microsoft\.Network\/privateEndpoints\/[^/"?]+/i;

/** Networks, private endpoints and zones that a recording stands on without having made them. */
export function networkEdits(file: RecordedFile): WorldEdit[] {
  const text = JSON.stringify(file.exchanges);
  if (!/Microsoft\.Network\//i.test(text)) return [];
  const made = (id: string) =>
    file.exchanges.some(
      ({ request }) => request.method === 'PUT' && samePath(new URL(request.url).pathname, id) && !isWithin(file, id),
    );
  const missing = (id: string) =>
    file.exchanges.some(
      ({ request, response }) => response.status === 404 && samePath(new URL(request.url).pathname, id),
    );
  const unseen = (pattern: RegExp) =>
    [...new Map((text.match(pattern) ?? []).map((id) => [id.toLowerCase(), id])).values()].filter(
      (id) => !made(id) && !missing(id),
    );
  return [
    {
      before: 0,
      apply: (world) => {
        for (const id of unseen(NETWORK)) addNetwork(world, id, locationIn(text));
        for (const id of unseen(SUBNET)) addSubnet(world, id, shownOf(file, id));
        for (const id of unseen(ZONE)) addZone(world, id, shownOf(file, id));
        for (const { request, response } of file.exchanges) {
          const [, type = '', name = ''] =
            /\/privateDnsZones\/[^/]+\/(A|CNAME|TXT)\/([^/]+)$/i.exec(new URL(request.url).pathname) ?? [];
          const zone = findZone(world, textAt(response.body, 'id')?.split(`/${type}/`)[0] ?? '');
          const properties = at(response.body, 'properties');
          if (request.method === 'GET' && response.status === 200 && zone !== undefined && isObject(properties)) {
            const { fqdn: _fqdn, isAutoRegistered: _registered, ...sent } = properties;
            zone.records.push({ type, name: name.toLowerCase(), etag: guidOf(name), properties: sent });
          }
          const id = ENDPOINT.exec(new URL(request.url).pathname)?.[0];
          if (id !== undefined && !made(id)) addEndpoint(world, id, shownOf(file, id), locationIn(text));
        }
        addTargets(world, file);
      },
    },
  ];
}

/** Whether the id's PUT comes from a sample that is about another resource of the same path; samples have one exchange. */
function isWithin(file: RecordedFile, id: string): boolean {
  return file.evidence === 'example' && !samePath(new URL(file.exchanges[0]?.request.url ?? 'https://x').pathname, id);
}

function samePath(one: string, other: string): boolean {
  return decodeURIComponent(one).toLowerCase() === other.toLowerCase();
}

function shownOf(file: RecordedFile, id: string): Json | undefined {
  return file.exchanges
    .map(({ response }) => response.body)
    .find((body) => textAt(body, 'id')?.toLowerCase() === id.toLowerCase());
}

function locationIn(text: string): string {
  return (
    /\/locations\/([^/"?]+)\/operations\//i.exec(text)?.[1] ??
    /"location":"(?!global)([^"]+)"/i.exec(text)?.[1] ??
    'eastus'
  );
}

function placeIn(id: string): { subscriptionId: string; resourceGroup: string; name: string } {
  const [, , subscriptionId = '', , resourceGroup = '', , , , name = ''] = id.split('/');
  return { subscriptionId, resourceGroup, name };
}

function addNetwork(world: World, id: string, location: string): void {
  const { virtualNetworks } = networkOf(world);
  virtualNetworks.push({
    ...placeIn(id),
    location,
    tags: undefined,
    resourceGuid: guidOf(id),
    etag: `W/"${guidOf(id)}"`,
    state: 'Succeeded',
    addressPrefixes: ['10.0.0.0/8'],
    more: {},
    subnets: [],
  });
}

function addSubnet(world: World, id: string, shown: Json | undefined): void {
  const [networkPart = '', name = ''] = id.split(/\/subnets\//i);
  const network = networkOf(world).virtualNetworks.find((one) => isOf(one, networkPart));
  if (network === undefined || findSubnet(world, id) !== undefined) return;
  network.subnets.push({
    name,
    etag: `W/"${guidOf(id)}"`,
    state: 'Succeeded',
    prefixes: [textAt(shown, 'properties', 'addressPrefix') ?? `10.${200 + network.subnets.length}.0.0/24`],
    asList: false,
    serviceEndpoints: [],
    privateEndpointNetworkPolicies: textAt(shown, 'properties', 'privateEndpointNetworkPolicies') ?? 'Enabled',
    privateLinkServiceNetworkPolicies: textAt(shown, 'properties', 'privateLinkServiceNetworkPolicies') ?? 'Enabled',
    more: {},
  });
}

function isOf(network: VirtualNetwork, id: string): boolean {
  return networkId('virtualNetworks', network).toLowerCase() === id.toLowerCase();
}

function addZone(world: World, id: string, shown: Json | undefined): void {
  if (findZone(world, id) !== undefined) return;
  const tags = at(shown, 'tags');
  const zone: PrivateDnsZone = {
    ...placeIn(id),
    tags: tags === undefined ? undefined : { ...(tags as Record<string, string>) },
    etag: guidOf(id),
    links: [],
    records: [{ type: 'SOA', name: '@', etag: guidOf(`${id}/SOA`), properties: { ttl: 3600 } }],
  };
  networkOf(world).privateDnsZones.push(zone);
}

function addEndpoint(world: World, id: string, shown: Json | undefined, location: string): void {
  const { privateEndpoints } = networkOf(world);
  const subnetId = textAt(shown, 'properties', 'subnet', 'id') ?? '';
  if (privateEndpoints.some((one) => networkId('privateEndpoints', one).toLowerCase() === id.toLowerCase())) return;
  privateEndpoints.push({
    ...placeIn(id),
    location: textAt(shown, 'location') ?? location,
    tags: undefined,
    resourceGuid: guidOf(id),
    etag: `W/"${guidOf(id)}"`,
    state: 'Succeeded',
    subnetId,
    nicName: `${placeIn(id).name}.nic.${guidOf(id)}`,
    connections: itemsAt(shown, 'properties', 'privateLinkServiceConnections').map((connection) => ({
      name: textAt(connection, 'name') ?? 'connection',
      manual: false,
      targetId: textAt(connection, 'properties', 'privateLinkServiceId') ?? '',
      groupIds: itemsAt(connection, 'properties', 'groupIds').map(String),
      requestMessage: textAt(connection, 'properties', 'requestMessage'),
      status: 'Approved',
      description: 'Approved',
    })),
    addresses: itemsAt(shown, 'properties', 'customDnsConfigs').map((config, index) => ({
      member: `member${index}`,
      fqdn: textAt(config, 'fqdn') ?? '',
      address: String(itemsAt(config, 'ipAddresses')[0]),
    })),
    more: {},
    zoneGroups: [],
  });
}

/** AI accounts that private endpoints lead to; their subdomain shows in the names that the endpoint answers for. */
function addTargets(world: World, file: RecordedFile): void {
  for (const { response } of file.exchanges) {
    const [connection] = itemsAt(response.body, 'properties', 'privateLinkServiceConnections');
    const id = idOf(textAt(connection, 'properties', 'privateLinkServiceId') ?? '');
    const [config] = itemsAt(response.body, 'properties', 'customDnsConfigs');
    const fqdn = textAt(config, 'fqdn');
    if (id === null || fqdn === undefined) continue;
    putAccount(world, id, 'live', {
      kind: 'CognitiveServices',
      properties: {
        provisioningState: 'Succeeded',
        customSubDomainName: fqdn.split('.')[0] ?? '',
        privateEndpointConnections: [],
      },
    });
  }
}

/** Virtual networks, private endpoints and private DNS zones, and where callers stand. Ids compare without case. */
export interface NetworkWorld {
  readonly virtualNetworks: VirtualNetwork[];
  readonly privateEndpoints: PrivateEndpoint[];
  readonly privateDnsZones: PrivateDnsZone[];
  /** Callers that do not simply come from the internet. One that stands nowhere here does. */
  readonly callers: Caller[];
}

/**
 * Who calls from where. `address` is the public address that its calls leave with, and what tells callers apart; behind
 * the proxy a caller may instead give `name` as the user name of the proxy's URL.
 */
interface Caller {
  readonly name: string;
  readonly address: string;
  /** The ARM id of the subnet it runs in; null: on the internet. */
  readonly subnetId: string | null;
}

/** What every ARM resource has. */
export interface PlacedResource {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

export type NetworkState = 'Updating' | 'Succeeded' | 'Deleting' | 'Failed';

export interface VirtualNetwork extends PlacedResource {
  readonly location: string;
  tags: Record<string, string> | undefined;
  readonly resourceGuid: string;
  etag: string;
  state: NetworkState;
  addressPrefixes: readonly string[];
  /** Further properties as sent, such as `dhcpOptions`. */
  more: Record<string, unknown>;
  readonly subnets: Subnet[];
}

export interface Subnet {
  readonly name: string;
  etag: string;
  state: NetworkState;
  /** One, shown as `addressPrefix`, or several. */
  prefixes: readonly string[];
  asList: boolean;
  serviceEndpoints: readonly ServiceEndpoint[];
  privateEndpointNetworkPolicies: string;
  privateLinkServiceNetworkPolicies: string;
  /** `delegations` and further properties as sent. */
  more: Record<string, unknown>;
}

interface ServiceEndpoint {
  readonly service: string;
  readonly locations: readonly string[];
  /** It was there before the write under way, which leaves it as it is. */
  readonly settled?: true;
}

export interface PrivateEndpoint extends PlacedResource {
  readonly location: string;
  tags: Record<string, string> | undefined;
  readonly resourceGuid: string;
  etag: string;
  state: NetworkState;
  readonly subnetId: string;
  readonly nicName: string;
  readonly connections: PrivateEndpointTarget[];
  /** Name and private address of each host that the target serves over it. */
  addresses: readonly { readonly member: string; readonly fqdn: string; readonly address: string }[];
  /** Further properties as sent: `customNetworkInterfaceName`, `ipConfigurations`, `applicationSecurityGroups`. */
  more: Record<string, unknown>;
  readonly zoneGroups: ZoneGroup[];
}

export interface PrivateEndpointTarget {
  readonly name: string;
  /** Asked for by hand: starts as Pending, no matter who asks. */
  readonly manual: boolean;
  readonly targetId: string;
  readonly groupIds: readonly string[];
  readonly requestMessage: string | undefined;
  status: 'Pending' | 'Approved' | 'Rejected' | 'Disconnected';
  description: string;
}

export interface ZoneGroup {
  readonly name: string;
  etag: string;
  state: NetworkState;
  configs: readonly { readonly name: string; readonly zoneId: string }[];
}

export interface PrivateDnsZone extends PlacedResource {
  tags: Record<string, string> | undefined;
  /** A bare GUID. */
  etag: string;
  readonly links: ZoneLink[];
  readonly records: RecordSet[];
}

export interface ZoneLink {
  readonly name: string;
  tags: Record<string, string> | undefined;
  etag: string;
  readonly networkId: string;
  registrationEnabled: boolean;
  resolutionPolicy: 'Default' | 'NxDomainRedirect' | undefined;
  readonly createdAtMs: number;
}

export interface RecordSet {
  readonly type: string;
  /** In lower case. */
  readonly name: string;
  etag: string;
  /** `ttl`, `aRecords` and the like, `metadata`; as sent. */
  properties: Record<string, unknown>;
}

/** What may have a network: a world. */
interface Networked {
  network?: NetworkWorld;
}

/** The network part of a world, made when the world has none yet. */
export function networkOf(world: Networked): NetworkWorld {
  world.network ??= emptyNetwork();
  return world.network;
}

export function emptyNetwork(): NetworkWorld {
  return { virtualNetworks: [], privateEndpoints: [], privateDnsZones: [], callers: [] };
}

/** `/subscriptions/…/providers/Microsoft.Network/{type}/{name}` */
export function networkId(type: string, { subscriptionId, resourceGroup, name }: PlacedResource): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/${type}/${name}`;
}

export function subnetId(network: VirtualNetwork, { name }: Subnet): string {
  return `${networkId('virtualNetworks', network)}/subnets/${name}`;
}

/** The subnet with that ARM id, and the network it is in. */
export function findSubnet(
  world: Networked,
  id: string,
): { readonly network: VirtualNetwork; readonly subnet: Subnet } | undefined {
  for (const network of networkOf(world).virtualNetworks) {
    const subnet = network.subnets.find((one) => sameId(subnetId(network, one), id));
    if (subnet !== undefined) return { network, subnet };
  }
  return undefined;
}

export function findZone(world: Networked, id: string): PrivateDnsZone | undefined {
  return networkOf(world).privateDnsZones.find((zone) => sameId(networkId('privateDnsZones', zone), id));
}

/** Drops what a deleted group held. */
export function dropNetworkOf(world: Networked, groupId: string): void {
  const { virtualNetworks, privateEndpoints, privateDnsZones } = networkOf(world);
  for (const list of [virtualNetworks, privateEndpoints, privateDnsZones] as PlacedResource[][]) {
    const kept = list.filter((one) => !networkId('', one).toLowerCase().startsWith(`${groupId.toLowerCase()}/`));
    list.splice(0, list.length, ...kept);
  }
}

export function sameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

import { rangeOf } from '../../network/cidr.ts';
import {
  networkId,
  networkOf,
  type Subnet,
  sameId,
  subnetId,
  type VirtualNetwork,
} from '../../network/network-world.ts';
import type { World } from '../../world.ts';
import { armAnswer, armEmpty, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locationIn, plainLocation } from '../locations.ts';
import { tagsIn } from '../tags-in.ts';
import { placeRefusal, prefixRefusal } from './address-refusal.ts';
import {
  accepted,
  anotherOperation,
  begin,
  deleting,
  isBusy,
  listIn,
  networkError,
  newNetworkEtag,
  objectIn,
} from './network-answer.ts';
import { newSubnet } from './new-subnet.ts';
import { ipConfigurationId, showNetwork } from './show-network.ts';

export function listNetworks(call: ArmCall): Response {
  const prefix = `${call.path.scope.split('/providers/')[0]}/`.toLowerCase();
  const value = networkOf(call.world)
    .virtualNetworks.filter((network) => networkId('virtualNetworks', network).toLowerCase().startsWith(prefix))
    .map((network) => showNetwork(call.world, network, call.apiVersion));
  return armAnswer(200, { value });
}

export function getNetwork(call: ArmCall): Response {
  const network = findNetwork(call);
  if (network === undefined) return networkNotFound(call);
  return armAnswer(200, showNetwork(call.world, network, call.apiVersion), { etag: network.etag });
}

/** The whole network, subnets included: a subnet that is not sent again is deleted. */
export function putNetwork(call: ArmCall): Response {
  const { world, body, apiVersion } = call;
  const existing = findNetwork(call);
  const sentLocation = locationIn(call, 'Microsoft.Network/virtualNetworks', existing?.location);
  if (sentLocation instanceof Response) return sentLocation;
  const location = plainLocation(sentLocation);
  const properties = objectIn(body.properties);
  const { addressSpace, subnets: sent, ...more } = properties;
  const addressPrefixes = listIn(objectIn(addressSpace).addressPrefixes).map(String);
  const placed = {
    subscriptionId: call.param('subscription'),
    resourceGroup: call.param('group'),
    name: call.param('network'),
  };
  if (addressPrefixes.length === 0) {
    return networkError(
      400,
      'VnetAddressSpaceCannotBeEmpty',
      `Address space for virtual network ${networkId('virtualNetworks', placed)} cannot be empty.`,
    );
  }
  if (existing !== undefined && isBusyAnywhere(existing)) return anotherOperation();
  const subnets = listIn(sent).map((subnet) => {
    const { name, properties: own } = objectIn(subnet);
    const before = existing?.subnets.find((one) => sameId(one.name, String(name)));
    return newSubnet(String(name), own, apiVersion, before);
  });
  const refusal =
    prefixRefusal(networkId('virtualNetworks', placed), addressPrefixes) ??
    subnetsRefusal(call, { name: placed.name, addressPrefixes }, subnets) ??
    (existing === undefined ? null : lostSubnetRefusal(world, existing, subnets));
  if (refusal !== null) return refusal;

  const tags = body.tags === undefined ? undefined : tagsIn(body);
  if (more.dhcpOptions !== undefined) more.dhcpOptions = { dnsServers: [], ...objectIn(more.dhcpOptions) };
  delete more.provisioningState;
  delete more.resourceGuid;
  delete more.virtualNetworkPeerings;
  delete more.privateEndpointVNetPolicies;
  const network: VirtualNetwork = existing ?? {
    ...placed,
    location,
    tags,
    resourceGuid: crypto.randomUUID(),
    etag: '',
    state: 'Updating',
    addressPrefixes,
    more,
    subnets: [],
  };
  Object.assign(network, { tags, addressPrefixes, more });
  network.subnets.splice(0, network.subnets.length, ...subnets);
  if (existing === undefined) networkOf(world).virtualNetworks.push(network);
  settle(network, 'Updating');
  const operation = begin(call, location, () => settle(network, 'Succeeded'));
  const status = existing === undefined ? 201 : 200;
  return accepted(call, status, showNetwork(world, network, apiVersion), operation, 3);
}

/** PATCH changes only tags, at once. */
export function patchNetwork(call: ArmCall): Response {
  const network = findNetwork(call);
  if (network === undefined) return networkNotFound(call);
  network.tags = tagsIn(call.body);
  network.etag = newNetworkEtag();
  return armAnswer(200, showNetwork(call.world, network, call.apiVersion), { etag: network.etag });
}

export function deleteNetwork(call: ArmCall): Response {
  const network = findNetwork(call);
  if (network === undefined) return armEmpty(204);
  if (isBusyAnywhere(network)) return anotherOperation();
  const { world } = call;
  const refusal = lostSubnetRefusal(world, network, []);
  if (refusal !== null) return refusal;
  const id = networkId('virtualNetworks', network);
  const link = networkOf(world)
    .privateDnsZones.flatMap((zone) => zone.links.map((one) => ({ zone, link: one })))
    .find((one) => sameId(one.link.networkId, id));
  if (link !== undefined) {
    const linkId = `${networkId('privateDnsZones', link.zone)}/virtualNetworkLinks/${link.link.name}`;
    return networkError(
      400,
      'InUseVirtualNetworkCannotBeDeleted',
      `Virtual network ${id} is in use by ${linkId} and cannot be deleted.`,
    );
  }
  network.state = 'Deleting';
  const operation = begin(call, network.location, () => {
    const all = networkOf(world).virtualNetworks;
    all.splice(all.indexOf(network), 1);
  });
  return deleting(call, operation);
}

export function findNetwork(call: ArmCall): VirtualNetwork | undefined {
  const id = networkId('virtualNetworks', {
    subscriptionId: call.param('subscription'),
    resourceGroup: call.param('group'),
    name: call.param('network'),
  });
  return networkOf(call.world).virtualNetworks.find((one) => sameId(networkId('virtualNetworks', one), id));
}

export function networkNotFound(call: ArmCall): Response {
  return resourceNotFound('Microsoft.Network/virtualNetworks', call.param('network'), call.param('group'));
}

export function isBusyAnywhere(network: VirtualNetwork): boolean {
  return isBusy(network.state) || network.subnets.some(({ state }) => isBusy(state));
}

/** Network and subnets move together, and show one etag. */
function settle(network: VirtualNetwork, state: 'Updating' | 'Succeeded'): void {
  const etag = newNetworkEtag();
  Object.assign(network, { state, etag });
  for (const subnet of network.subnets) Object.assign(subnet, { state, etag });
}

function subnetsRefusal(
  call: ArmCall,
  network: { readonly name: string; readonly addressPrefixes: readonly string[] },
  subnets: readonly Subnet[],
): Response | null {
  for (const [index, { name, prefixes }] of subnets.entries()) {
    const refusal =
      prefixRefusal(`${call.path.text}/subnets/${name}`, prefixes) ??
      placeRefusal(call, network, name, prefixes, subnets.slice(0, index));
    if (refusal !== null) return refusal;
  }
  return null;
}

/** The refusal to take away, or to move, a subnet that somebody has an address in; null when none is. */
export function lostSubnetRefusal(
  world: World,
  network: VirtualNetwork,
  kept: readonly { readonly name: string; readonly prefixes: readonly string[] }[],
): Response | null {
  for (const subnet of network.subnets) {
    const id = subnetId(network, subnet);
    const user = networkOf(world).privateEndpoints.find((endpoint) => sameId(endpoint.subnetId, id));
    if (user === undefined) continue;
    const next = kept.find(({ name }) => sameId(name, subnet.name));
    if (next === undefined) {
      return networkError(
        400,
        'InUseSubnetCannotBeDeleted',
        `Subnet ${subnet.name} is in use by ${ipConfigurationId(user)} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.`,
      );
    }
    const holds = user.addresses.every(({ address }) => next.prefixes.some((prefix) => isIn(address, prefix)));
    if (!holds) {
      return networkError(
        400,
        'InUsePrefixCannotBeDeleted',
        `IpPrefix ${subnet.prefixes[0]} on Subnet ${subnet.name} has active allocations and cannot be deleted.`,
      );
    }
  }
  return null;
}

function isIn(address: string, prefix: string): boolean {
  const [own, range] = [rangeOf(address), rangeOf(prefix)];
  return own !== null && range !== null && range.first <= own.first && own.last <= range.last;
}

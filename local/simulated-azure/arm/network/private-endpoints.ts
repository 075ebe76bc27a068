import { rangeOf, toAddress } from '../../network/cidr.ts';
import {
  findSubnet,
  networkId,
  networkOf,
  type PrivateEndpoint,
  type PrivateEndpointTarget,
  type Subnet,
  sameId,
} from '../../network/network-world.ts';
import type { World } from '../../world.ts';
import { armAnswer, armEmpty, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { linkedRefusal } from '../linked-refusal.ts';
import { locationIn, plainLocation } from '../locations.ts';
import { tagsIn } from '../tags-in.ts';
import {
  approvalOf,
  connect,
  disconnect,
  type EndpointTarget,
  findTarget,
  hostsOf,
  targetRefusal,
} from './endpoint-target.ts';
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
  retryable,
  textIn,
} from './network-answer.ts';
import { showEndpoint, showInterface } from './show-endpoint.ts';
import { clearRecords } from './zone-records.ts';

/** Addresses of a subnet that Azure keeps for itself, at its start. */
const reservedAddresses = 4;

export function listEndpoints(call: ArmCall): Response {
  const prefix = `${call.path.scope.split('/providers/')[0]}/`.toLowerCase();
  const value = networkOf(call.world)
    .privateEndpoints.filter((one) => networkId('privateEndpoints', one).toLowerCase().startsWith(prefix))
    .map((one) => showEndpoint(one, call.apiVersion));
  return armAnswer(200, { value });
}

export function getEndpoint(call: ArmCall): Response {
  const endpoint = findEndpoint(call);
  if (endpoint === undefined) return endpointNotFound(call);
  return armAnswer(200, showEndpoint(endpoint, call.apiVersion), { etag: endpoint.etag });
}

export function putEndpoint(call: ArmCall): Response {
  const { world, body, apiVersion } = call;
  const existing = findEndpoint(call);
  const sentLocation = locationIn(call, 'Microsoft.Network/privateEndpoints', existing?.location);
  if (sentLocation instanceof Response) return sentLocation;
  const location = plainLocation(sentLocation);
  const placed = {
    subscriptionId: call.param('subscription'),
    resourceGroup: call.param('group'),
    name: call.param('endpoint'),
  };
  const id = networkId('privateEndpoints', placed);
  const properties = objectIn(body.properties);
  const subnetId = textIn(objectIn(properties.subnet).id) ?? '';
  const linked = linkedRefusal(call, [
    { action: 'Microsoft.Network/virtualNetworks/subnets/join/action', scope: subnetId },
  ]);
  if (linked !== null) return linked;
  const found = findSubnet(world, subnetId);
  if (found === undefined || found.network.location !== location) return invalidReference(subnetId, id);
  if (isBusy(found.subnet.state)) return retryable(subnetId, id, 'PutSubnetOperation');
  if (isBusy(found.network.state))
    return retryable(networkId('virtualNetworks', found.network), id, 'PutVirtualNetworkOperation');
  if (listIn(found.subnet.more.delegations).length > 0) {
    return networkError(
      400,
      'PrivateEndpointCreationNotAllowedAsSubnetIsDelegated',
      `Private endpoint creation is not allowed as the subnet ${subnetId} is delegated.`,
    );
  }
  const asked = [
    ...listIn(properties.privateLinkServiceConnections).map((one) => connectionIn(one, false)),
    ...listIn(properties.manualPrivateLinkServiceConnections).map((one) => connectionIn(one, true)),
  ];
  const [wanted] = asked;
  if (wanted === undefined || asked.length !== 1) {
    return networkError(
      400,
      'PrivateEndpointMustHaveExactlyOneConnection',
      `Private endpoint ${id} must have exactly one private link service connection.`,
    );
  }
  const target = findTarget(world, wanted.targetId);
  if (target instanceof Response) return target;
  if (existing !== undefined) return change(call, existing, wanted, subnetId);
  const refusal = targetRefusal(call, target, wanted.groupIds);
  if (refusal !== null) return refusal;

  // Anyone who may not approve is refused, and must ask for a manual approval: MicrosoftDocs/azure-docs#96892.
  const approval = wanted.manual ? null : approvalOf(target);
  const unapproved = approval === null ? null : linkedRefusal(call, [approval]);
  if (unapproved !== null) return unapproved;
  const approved = !wanted.manual;
  if (!approved) Object.assign(wanted, { status: 'Pending', description: '' });
  const guid = crypto.randomUUID();
  const custom = textIn(properties.customNetworkInterfaceName);
  const addresses = allocate(world, found.subnet, subnetId, target);
  if (addresses === null) {
    return networkError(
      400,
      'SubnetIsFull',
      `Subnet ${found.subnet.name} with address prefix ${found.subnet.prefixes[0]} does not have enough capacity for 1 IP addresses.`,
    );
  }
  const endpoint: PrivateEndpoint = {
    ...placed,
    location,
    tags: body.tags === undefined ? undefined : tagsIn(body),
    resourceGuid: guid,
    etag: newNetworkEtag(),
    state: 'Updating',
    subnetId,
    nicName: custom ?? `${placed.name}.nic.${crypto.randomUUID()}`,
    connections: [wanted],
    addresses,
    more: furtherIn(properties),
    zoneGroups: [],
  };
  networkOf(world).privateEndpoints.push(endpoint);
  connect(call, target, endpoint, id);
  return accepted(call, 201, showEndpoint(endpoint, apiVersion), settleLater(call, endpoint), 10);
}

/** Only tags can change, and what is moved by other requests stays. */
function change(call: ArmCall, endpoint: PrivateEndpoint, wanted: PrivateEndpointTarget, subnetId: string): Response {
  if (isBusy(endpoint.state)) return anotherOperation();
  const [current] = endpoint.connections;
  const isSame =
    current !== undefined && sameId(current.targetId, wanted.targetId) && sameId(endpoint.subnetId, subnetId);
  // Not on record.
  if (!isSame) {
    return networkError(
      400,
      'PrivateEndpointCannotBeMoved',
      `Subnet and target of private endpoint ${call.path.text} cannot be changed.`,
    );
  }
  if (call.body.tags !== undefined) endpoint.tags = tagsIn(call.body);
  Object.assign(endpoint, { state: 'Updating', etag: newNetworkEtag() });
  return accepted(call, 200, showEndpoint(endpoint, call.apiVersion), settleLater(call, endpoint), 10);
}

function settleLater(call: ArmCall, endpoint: PrivateEndpoint) {
  return begin(call, endpoint.location, () => {
    Object.assign(endpoint, { state: 'Succeeded', etag: newNetworkEtag() });
  });
}

/** Zone groups and their records, the interface and the connection at the target go with it. */
export function deleteEndpoint(call: ArmCall): Response {
  const endpoint = findEndpoint(call);
  if (endpoint === undefined) return armEmpty(204);
  if (isBusy(endpoint.state)) return anotherOperation();
  endpoint.state = 'Deleting';
  const operation = begin(call, endpoint.location, () => {
    const { privateEndpoints } = networkOf(call.world);
    for (const group of endpoint.zoneGroups) clearRecords(call.world, endpoint, group);
    privateEndpoints.splice(privateEndpoints.indexOf(endpoint), 1);
    disconnect(call, networkId('privateEndpoints', endpoint));
  });
  return deleting(call, operation);
}

export function listInterfaces(call: ArmCall): Response {
  const prefix = `${call.path.scope.split('/providers/')[0]}/`.toLowerCase();
  const value = networkOf(call.world)
    .privateEndpoints.filter((one) => networkId('privateEndpoints', one).toLowerCase().startsWith(prefix))
    .map(showInterface);
  return armAnswer(200, { value });
}

export function getInterface(call: ArmCall): Response {
  const endpoint = networkOf(call.world).privateEndpoints.find((one) =>
    sameId(networkId('networkInterfaces', { ...one, name: one.nicName }), call.path.text),
  );
  if (endpoint !== undefined) return armAnswer(200, showInterface(endpoint), { etag: endpoint.etag });
  return resourceNotFound('Microsoft.Network/networkInterfaces', call.param('interface'), call.param('group'));
}

export function findEndpoint(call: ArmCall): PrivateEndpoint | undefined {
  const id = networkId('privateEndpoints', {
    subscriptionId: call.param('subscription'),
    resourceGroup: call.param('group'),
    name: call.param('endpoint'),
  });
  return networkOf(call.world).privateEndpoints.find((one) => sameId(networkId('privateEndpoints', one), id));
}

export function endpointNotFound(call: ArmCall): Response {
  return resourceNotFound('Microsoft.Network/privateEndpoints', call.param('endpoint'), call.param('group'));
}

function connectionIn(sent: unknown, manual: boolean): PrivateEndpointTarget {
  const { name, properties } = objectIn(sent);
  const { privateLinkServiceId, groupIds, requestMessage, privateLinkServiceConnectionState } = objectIn(properties);
  return {
    name: textIn(name) ?? crypto.randomUUID(),
    manual,
    targetId: textIn(privateLinkServiceId) ?? '',
    groupIds: listIn(groupIds).map(String),
    requestMessage: textIn(requestMessage),
    status: 'Approved',
    // As recorded: a state that the request brings along stays as it is.
    description: privateLinkServiceConnectionState === undefined ? 'Approved' : '',
  };
}

function furtherIn(properties: Record<string, unknown>): Record<string, unknown> {
  const kept = ['customNetworkInterfaceName', 'ipConfigurations', 'applicationSecurityGroups'];
  return Object.fromEntries(Object.entries(properties).filter(([name]) => kept.includes(name)));
}

/** The first free addresses of the subnet, one for each host; null when there are too few. */
function allocate(
  world: World,
  { prefixes }: Subnet,
  subnetId: string,
  target: EndpointTarget,
): PrivateEndpoint['addresses'] | null {
  const range = rangeOf(prefixes[0] ?? '');
  if (range === null) return null;
  const taken = networkOf(world)
    .privateEndpoints.filter((one) => sameId(one.subnetId, subnetId))
    .flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const hosts = hostsOf(world, target);
  const wanted = hosts.length === 0 ? [{ member: 'default', fqdn: '' }] : hosts;
  const free: string[] = [];
  for (let value = range.first + reservedAddresses; value < range.last && free.length < wanted.length; value += 1) {
    if (!taken.includes(toAddress(value))) free.push(toAddress(value));
  }
  return free.length < wanted.length ? null : wanted.map((host, index) => ({ ...host, address: free[index] ?? '' }));
}

function invalidReference(referenced: string, by: string): Response {
  return networkError(
    400,
    'InvalidResourceReference',
    `Resource ${referenced} referenced by resource ${by} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
  );
}

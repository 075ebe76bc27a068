import { type Subnet, subnetId, type VirtualNetwork } from '../../network/network-world.ts';
import { armAnswer, armEmpty } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { placeRefusal, prefixRefusal } from './address-refusal.ts';
import {
  accepted,
  anotherOperation,
  begin,
  childNotFound,
  deleting,
  networkError,
  newNetworkEtag,
  objectIn,
} from './network-answer.ts';
import { newSubnet } from './new-subnet.ts';
import { showSubnet } from './show-network.ts';
import { findNetwork, isBusyAnywhere, lostSubnetRefusal, networkNotFound } from './virtual-networks.ts';

export function listSubnets(call: ArmCall): Response {
  return inNetwork(call, (network) =>
    armAnswer(200, { value: network.subnets.map((one) => showSubnet(call.world, network, one, call.apiVersion)) }),
  );
}

export function getSubnet(call: ArmCall): Response {
  return inNetwork(call, (network) => {
    const subnet = findSubnet(call, network);
    if (subnet === undefined) return childNotFound(call);
    return armAnswer(200, showSubnet(call.world, network, subnet, call.apiVersion), { etag: subnet.etag });
  });
}

/** The whole subnet: what is not sent again is lost. `If-Match` is obeyed. */
export function putSubnet(call: ArmCall): Response {
  return inNetwork(call, (network) => {
    const { world, body, apiVersion } = call;
    if (isBusyAnywhere(network)) return anotherOperation();
    const existing = findSubnet(call, network);
    const ifMatch = call.exchange.request.headers.get('if-match');
    if (ifMatch !== null && ifMatch !== '*' && existing?.etag !== ifMatch) return etagMismatch(ifMatch);
    const subnet = newSubnet(existing?.name ?? call.param('subnet'), objectIn(body).properties, apiVersion, existing);
    const others = network.subnets.filter((one) => one !== existing);
    const refusal =
      prefixRefusal(subnetId(network, subnet), subnet.prefixes) ??
      (subnet.prefixes.length === 0
        ? networkError(400, 'InvalidRequestFormat', 'Cannot parse the request.')
        : placeRefusal(call, network, subnet.name, subnet.prefixes, others)) ??
      lostSubnetRefusal(world, network, [...others, subnet]);
    if (refusal !== null) return refusal;
    if (existing === undefined) network.subnets.push(subnet);
    else network.subnets.splice(network.subnets.indexOf(existing), 1, subnet);
    const operation = begin(call, network.location, () => settle(network, subnet));
    const status = existing === undefined ? 201 : 200;
    return accepted(call, status, showSubnet(world, network, subnet, apiVersion), operation, 3);
  });
}

export function deleteSubnet(call: ArmCall): Response {
  return inNetwork(call, (network) => {
    const subnet = findSubnet(call, network);
    if (subnet === undefined) return armEmpty(204);
    if (isBusyAnywhere(network)) return anotherOperation();
    const others = network.subnets.filter((one) => one !== subnet);
    const refusal = lostSubnetRefusal(call.world, network, others);
    if (refusal !== null) return refusal;
    subnet.state = 'Deleting';
    const operation = begin(call, network.location, () => {
      network.subnets.splice(network.subnets.indexOf(subnet), 1);
      network.etag = newNetworkEtag();
    });
    return deleting(call, operation);
  });
}

function settle(network: VirtualNetwork, subnet: Subnet): void {
  const etag = newNetworkEtag();
  Object.assign(subnet, { state: 'Succeeded', etag });
  network.etag = etag;
}

function etagMismatch(ifMatch: string): Response {
  return armAnswer(412, {
    error: {
      code: 'PreconditionFailed',
      message: `Precondition failed. Etag provided in if-match header ${ifMatch} does not match etag of the resource in NRP database.`,
      details: [],
    },
  });
}

function inNetwork(call: ArmCall, answer: (network: VirtualNetwork) => Response): Response {
  const network = findNetwork(call);
  return network === undefined ? networkNotFound(call) : answer(network);
}

function findSubnet(call: ArmCall, network: VirtualNetwork): Subnet | undefined {
  return network.subnets.find(({ name }) => name.toLowerCase() === call.param('subnet').toLowerCase());
}

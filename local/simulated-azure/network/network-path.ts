import type { Exchange } from '../exchange.ts';
import type { World } from '../world.ts';
import { isInside, rangeOf } from './cidr.ts';
import { findSubnet, networkOf, sameId, subnetId } from './network-world.ts';
import { resolveName, targetsAt } from './resolve-name.ts';

/** How a request reaches a service: what its network rules look at. */
export type NetworkPath =
  | { readonly kind: 'no-such-name' }
  /** Through a private endpoint; `approved` false: the service has not let it in. */
  | { readonly kind: 'private-endpoint'; readonly approved: boolean }
  /** By a service endpoint of the caller's subnet. */
  | { readonly kind: 'subnet'; readonly subnetId: string; readonly address: string }
  | { readonly kind: 'internet'; readonly address: string };

/** The subnet in which a caller stands, by the address or name it is told apart by, or by being an address of a subnet. */
export function subnetOfCaller(world: World, address: string): string | null {
  const { callers, virtualNetworks } = networkOf(world);
  const caller = callers.find((one) => one.address === address || one.name === address);
  if (caller !== undefined) return caller.subnetId;
  const own = rangeOf(address);
  if (own === null) return null;
  for (const network of virtualNetworks) {
    for (const subnet of network.subnets) {
      const ranges = subnet.prefixes.map(rangeOf);
      if (ranges.some((range) => range !== null && isInside(own, range))) return subnetId(network, subnet);
    }
  }
  return null;
}

/**
 * The way of a request to its host. The name is looked up where the caller stands; a private answer leads to whatever
 * private endpoint has that address, a public one out by the subnet's service endpoint for `service`, else by the egress.
 * A private address that no network of this world holds stands for a caller behind some approved private endpoint.
 */
export function networkPath(exchange: Exchange, service: string): NetworkPath {
  const { azure, url, callerAddress } = exchange;
  const { world } = azure;
  const from = subnetOfCaller(world, callerAddress);
  const address = networkOf(world).callers.find((one) => one.name === callerAddress)?.address ?? callerAddress;
  if (from === null) {
    return isPrivate(address) ? { kind: 'private-endpoint', approved: true } : { kind: 'internet', address };
  }
  const resolution = resolveName(world, url.hostname, from);
  if (resolution.kind === 'no-such-name') return { kind: 'no-such-name' };
  const inside = resolution.addresses.filter(isPrivate);
  if (inside.length > 0) return { kind: 'private-endpoint', approved: leadsThere(world, url.hostname, inside) };
  const placed = findSubnet(world, from);
  const bySubnet = placed?.subnet.serviceEndpoints.some((endpoint) => sameId(endpoint.service, service)) === true;
  return bySubnet ? { kind: 'subnet', subnetId: from, address } : { kind: 'internet', address };
}

function leadsThere(world: World, host: string, addresses: readonly string[]): boolean {
  const targets = targetsAt(world, host);
  return networkOf(world).privateEndpoints.some(
    (endpoint) =>
      endpoint.addresses.some(({ address }) => addresses.includes(address)) &&
      endpoint.connections.some(
        ({ status, targetId }) => status === 'Approved' && targets.some((target) => sameId(target, targetId)),
      ),
  );
}

/** https://www.rfc-editor.org/rfc/rfc1918 */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(rangeOf);

/** Whether it lies in a range of RFC 1918. */
export function isPrivate(address: string): boolean {
  const own = rangeOf(address);
  return own !== null && privateRanges.some((range) => range !== null && isInside(own, range));
}

import { BlockList, isIPv4 } from 'node:net';
import type { NetworkPath } from '../network/network-path.ts';
import { sameId } from '../network/network-world.ts';
import type { Account } from '../world.ts';

/** What an account's network rules say of a caller. */
export type NetworkVerdict = 'open' | 'public-access-disabled' | 'not-on-the-list';

/** A private endpoint is never asked about public rules; it needs an approved connection. */
export function networkVerdict(account: Account, path: Exclude<NetworkPath, { kind: 'no-such-name' }>): NetworkVerdict {
  const { publicNetworkAccess, networkAcls } = account.resource.properties;
  if (path.kind === 'private-endpoint' && path.approved && hasApprovedPrivateEndpoint(account)) return 'open';
  // No perimeter is simulated, so none of its rules lets a public caller in.
  const isClosed = publicNetworkAccess === 'Disabled' || publicNetworkAccess === 'SecuredByPerimeter';
  if (path.kind === 'private-endpoint' || isClosed) return 'public-access-disabled';
  const acls = record(networkAcls);
  if (acls.defaultAction !== 'Deny') return 'open';
  return isListed(acls, path) ? 'open' : 'not-on-the-list';
}

/** By a service endpoint a caller comes with a private address, which no IP rule can name. */
function isListed(acls: Record<string, unknown>, path: Extract<NetworkPath, { address: string }>): boolean {
  if (path.kind === 'subnet') {
    return list(acls.virtualNetworkRules).some((rule) => sameId(String(record(rule).id), path.subnetId));
  }
  return list(acls.ipRules).some((rule) => contains(String(record(rule).value), path.address));
}

/** True when the account turns any public caller away. */
export function hasNetworkRules({ resource }: Account): boolean {
  const { publicNetworkAccess, networkAcls } = resource.properties;
  return publicNetworkAccess === 'Disabled' || record(networkAcls).defaultAction === 'Deny';
}

function hasApprovedPrivateEndpoint({ resource }: Account): boolean {
  return list(resource.properties.privateEndpointConnections).some((connection) => {
    const state = record(record(record(connection).properties).privateLinkServiceConnectionState);
    return state.status === 'Approved';
  });
}

/** `range` is an address or a CIDR range, IPv4 as in Azure's rules. */
function contains(range: string, address: string): boolean {
  const [network = '', prefix] = range.split('/');
  if (!isIPv4(network) || !isIPv4(address)) return false;
  const within = new BlockList();
  within.addSubnet(network, Number(prefix ?? 32), 'ipv4');
  return within.check(address, 'ipv4');
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

import { BlockList, isIPv4 } from 'node:net';
import type { Account } from '../world.ts';

/** What an account's network rules say of a caller. */
export type NetworkVerdict = 'open' | 'public-access-disabled' | 'not-on-the-list';

/**
 * A private address stands for a caller that comes through a private endpoint, which is never asked about public rules;
 * it needs an approved private endpoint connection.
 */
export function networkVerdict(account: Account, callerAddress: string): NetworkVerdict {
  if (isPrivate(callerAddress) && hasApprovedPrivateEndpoint(account)) return 'open';
  if (account.resource.properties.publicNetworkAccess === 'Disabled') return 'public-access-disabled';
  const acls = record(account.resource.properties.networkAcls);
  if (acls.defaultAction !== 'Deny') return 'open';
  const allowed = list(acls.ipRules).map((rule) => String(record(rule).value));
  return allowed.some((range) => contains(range, callerAddress)) ? 'open' : 'not-on-the-list';
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

/** The ranges of RFC 1918. */
function isPrivate(address: string): boolean {
  return ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].some((range) => contains(range, address));
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

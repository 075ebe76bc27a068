import { difference, type Risk } from '../../shared/difference.ts';
import { contains, overlap, parseIpRange } from '../../shared/ip-range.ts';
import { type AccountId, sameResource } from '../../shared/resource-id.ts';
import type { NetworkDifference } from './network-change.ts';
import type { NetworkFacts } from './network-facts.ts';
import type { AskedPrivateEndpoint, AskedSubnet } from './network-request.ts';
import { networkRisk } from './network-risks.ts';
import { accountGroupId, endpointIdOf, networkIdOf, subnetIdOf } from './resource-names.ts';

/** What is missing of the private endpoint that is asked for: network, subnet, endpoint, approval; in that order. */
export function planPrivateEndpoint(
  account: AccountId,
  asked: AskedPrivateEndpoint,
  facts: NetworkFacts,
): readonly NetworkDifference[] {
  const place = planSubnet(account, asked, facts);
  const { endpoint, connection } = facts;
  const subnetId = subnetIdOf(account, asked);
  const id = endpointIdOf(account, asked);
  const what = `private endpoint ${id}`;
  const { armId: targetId } = account;
  const made = (location: string) =>
    ({ kind: 'create-private-endpoint', id, subnetId, location, targetId, groupId: accountGroupId }) as const;
  if (endpoint === null) {
    const location = facts.virtualNetwork?.location ?? newLocation(asked.subnet);
    const why = 'The account is to be reached over a private address of this subnet.';
    const noSubdomain = networkRisk(
      'no-custom-subdomain',
      'A private endpoint needs an account with a custom subdomain, which can be set once and never changed: az cognitiveservices account update --custom-domain.',
    );
    const risks = [...(facts.account.subdomain === null ? [noSubdomain] : []), ...subnetRisks(facts)];
    return [...place, difference(what, why, made(location), risks)];
  }
  if (!sameResource(endpoint.subnetId, subnetId) || !sameResource(endpoint.targetId, targetId)) {
    const text = `There is a private endpoint ${endpoint.id} with another subnet or target, and neither can be changed: give another name, or delete it.`;
    const risks = [networkRisk('endpoint-elsewhere', text)];
    return [difference(what, 'It is in the way.', made(''), risks)];
  }
  if (connection === null || connection.status === 'Approved') return place;
  const change = { kind: 'approve-connection', connection: connection.name, endpointId: endpoint.id } as const;
  const risks =
    connection.status === 'Pending'
      ? []
      : [
          networkRisk(
            'connection-rejected',
            `Somebody has set the connection ${connection.name} to ${connection.status}: delete the private endpoint, or approve it by hand.`,
          ),
        ];
  const why = 'The endpoint works only once the account has let it in.';
  return [...place, difference(`connection ${connection.name}`, why, change, risks)];
}

function planSubnet(
  account: AccountId,
  asked: AskedPrivateEndpoint,
  facts: NetworkFacts,
): readonly NetworkDifference[] {
  const { subnet } = asked;
  const id = subnetIdOf(account, asked);
  const networkId = networkIdOf(id);
  const what = `subnet ${id}`;
  if (subnet.kind === 'existing') {
    if (facts.subnet !== null) return [];
    const risk = networkRisk('subnet-missing', `The subnet ${id} does not exist, or Keyturn may not see it.`);
    const change = { kind: 'create-subnet', id, prefix: '', privateEndpointNetworkPolicies: '' } as const;
    return [difference(what, 'The private endpoint needs it.', change, [risk])];
  }
  const { prefix, privateEndpointNetworkPolicies, virtualNetwork } = subnet;
  const change = { kind: 'create-subnet', id, prefix, privateEndpointNetworkPolicies } as const;
  if (facts.subnet !== null) {
    const { prefixes } = facts.subnet;
    if (prefixes.includes(prefix)) return [];
    // A subnet of that name with another range is somebody else's.
    const text = `The subnet ${id} has ${prefixes.join(', ')}, not ${prefix}: give its id instead, or another name.`;
    return [difference(what, 'It is in the way.', change, [networkRisk('subnet-differs', text)])];
  }
  const risks = [...networkRisks(virtualNetwork, facts), ...prefixRisks(subnet, facts)];
  const made = difference(what, 'The private endpoint is to have it.', change, risks);
  if (facts.virtualNetwork !== null) return [made];
  if (virtualNetwork.kind === 'existing') {
    const text = `The virtual network ${networkId} does not exist, or Keyturn may not see it.`;
    return [difference(made.what, made.why, change, [networkRisk('virtual-network-missing', text)])];
  }
  const { location, addressSpace } = virtualNetwork;
  const network = { kind: 'create-virtual-network', id: networkId, location, addressSpace } as const;
  return [difference(`virtual network ${networkId}`, 'The private endpoint is to have it.', network), made];
}

/** A network of that name with another place or range is somebody else's. */
function networkRisks(
  asked: Extract<AskedSubnet, { kind: 'new' }>['virtualNetwork'],
  { virtualNetwork }: NetworkFacts,
): readonly Risk[] {
  if (virtualNetwork === null || asked.kind === 'existing') return [];
  const { id, location, addressSpace } = virtualNetwork;
  if (location === asked.location && addressSpace.includes(asked.addressSpace)) return [];
  const text = `The virtual network ${id} is there, in ${location} with ${addressSpace.join(', ')}: give its id instead, or another name.`;
  return [networkRisk('network-differs', text)];
}

function prefixRisks(asked: Extract<AskedSubnet, { kind: 'new' }>, { virtualNetwork }: NetworkFacts): readonly Risk[] {
  const range = parseIpRange(asked.prefix);
  if (range === null || virtualNetwork === null) return [];
  const spaces = virtualNetwork.addressSpace.flatMap((space) => parseIpRange(space) ?? []);
  if (!spaces.some((space) => contains(space, range))) {
    const text = `${asked.prefix} is outside the address space of the network: ${virtualNetwork.addressSpace.join(', ')}.`;
    return [networkRisk('prefix-outside', text)];
  }
  const rival = virtualNetwork.subnets.find(({ prefixes }) =>
    prefixes.some((prefix) => {
      const taken = parseIpRange(prefix);
      return taken !== null && overlap(taken, range);
    }),
  );
  if (rival === undefined) return [];
  return [
    networkRisk('prefix-taken', `${asked.prefix} overlaps with ${rival.id}, which has ${rival.prefixes.join(', ')}.`),
  ];
}

function newLocation(subnet: AskedSubnet): string {
  return subnet.kind === 'new' && subnet.virtualNetwork.kind === 'new' ? subnet.virtualNetwork.location : '';
}

/** The first four addresses of a subnet and its last: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq */
const addressesOfAzure = 5;

/** Why the subnet that is there takes no private endpoint. */
function subnetRisks({ subnet }: NetworkFacts): readonly Risk[] {
  if (subnet === null) return [];
  const { id, delegations, prefixes, takenAddresses } = subnet;
  if (delegations.length > 0) {
    const text = `The subnet ${id} is delegated to ${delegations.join(', ')}: Azure takes no private endpoint there. Give another subnet.`;
    return [networkRisk('subnet-delegated', text)];
  }
  const ranges = prefixes.flatMap((prefix) => parseIpRange(prefix) ?? []);
  const size = ranges.reduce((sum, { first, last }) => sum + last - first + 1 - addressesOfAzure, 0);
  if (ranges.length === 0 || takenAddresses < size) return [];
  const text = `The subnet ${id} has ${prefixes.join(', ')}, and all ${size} addresses that Azure leaves of it are taken. Enlarge it, or give another one.`;
  return [networkRisk('subnet-full', text)];
}

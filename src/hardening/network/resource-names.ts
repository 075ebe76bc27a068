import { createHash } from 'node:crypto';
import { networkResourceId, shortName } from '../../shared/arm-id.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import type { AskedPrivateEndpoint } from './network-request.ts';

/** The one group that an account's private endpoint can join. */
export const accountGroupId = 'account';

export const zoneGroupName = 'default';

export const serviceEndpointName = 'Microsoft.CognitiveServices';

/** The endpoint that is asked for: the same request always names the same one. */
export function endpointIdOf(account: AccountId, asked: AskedPrivateEndpoint): string {
  return besideAccount(account, asked.resourceGroup, `privateEndpoints/${asked.name ?? `pe-${account.account}`}`);
}

/** The subnet that is asked for, by its id; made or not. */
export function subnetIdOf(account: AccountId, { subnet }: AskedPrivateEndpoint): string {
  if (subnet.kind === 'existing') return subnet.id;
  const { virtualNetwork } = subnet;
  const network =
    virtualNetwork.kind === 'existing'
      ? virtualNetwork.id
      : besideAccount(account, virtualNetwork.resourceGroup, `virtualNetworks/${virtualNetwork.name}`);
  return `${network}/subnets/${subnet.name}`;
}

/** The network that a subnet is in. */
export function networkIdOf(subnetId: string): string {
  return subnetId.replace(/\/subnets\/[^/]+$/i, '');
}

/** One link a network and zone: named after the network, and a hash of its id, since names repeat between groups. */
export function linkNameOf(virtualNetworkId: string): string {
  const hash = createHash('sha256').update(virtualNetworkId.toLowerCase()).digest('hex').slice(0, 8);
  // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules: 80 characters
  return `link-${shortName(virtualNetworkId).slice(0, 60)}-${hash}`;
}

export function zoneIdOf(account: AccountId, resourceGroup: string | null, zoneName: string): string {
  return besideAccount(account, resourceGroup, `privateDnsZones/${zoneName}`);
}

/** In the account's subscription, and in its group if none is named. */
function besideAccount({ subscriptionId, resourceGroup }: AccountId, group: string | null, path: string): string {
  return networkResourceId(subscriptionId, group ?? resourceGroup, path);
}

/** The hosts that a zone answers for: `{subdomain}` before the zone's name without `privatelink.`. */
export function hostIn(zoneName: string, subdomain: string): string {
  return `${subdomain}.${zoneName.replace(/^privatelink\./, '')}`.toLowerCase();
}

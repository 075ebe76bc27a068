import { type Subnet, sameId } from '../../network/network-world.ts';
import { listIn, newNetworkEtag, objectIn, textIn } from './network-answer.ts';

/** What `Subnet` keeps apart or the service makes itself. */
const kept = [
  'addressPrefix',
  'addressPrefixes',
  'serviceEndpoints',
  'privateEndpointNetworkPolicies',
  'privateLinkServiceNetworkPolicies',
  'provisioningState',
  'ipConfigurations',
  'privateEndpoints',
  'purpose',
];

/**
 * A subnet as a request describes it, whole: what is left out takes its default.
 * @param before the subnet of that name that it replaces
 */
export function newSubnet(name: string, sent: unknown, apiVersion: string, before?: Subnet): Subnet {
  const properties = objectIn(sent);
  const single = textIn(properties.addressPrefix);
  const several = listIn(properties.addressPrefixes).filter((one) => typeof one === 'string');
  return {
    name,
    etag: newNetworkEtag(),
    state: 'Updating',
    prefixes: single === undefined ? several : [single],
    asList: single === undefined,
    serviceEndpoints: listIn(properties.serviceEndpoints).map((endpoint) => {
      const { service, locations } = objectIn(endpoint);
      const asked = listIn(locations).map(String);
      const isKnown = before?.serviceEndpoints.some((known) => sameId(known.service, String(service))) === true;
      const named = { service: String(service), locations: asked.length === 0 ? ['*'] : asked };
      return isKnown ? { ...named, settled: true } : named;
    }),
    // The default changed with 2022-07-01.
    privateEndpointNetworkPolicies: policy(
      properties.privateEndpointNetworkPolicies,
      apiVersion < '2022-07-01' ? 'Enabled' : 'Disabled',
    ),
    privateLinkServiceNetworkPolicies: policy(properties.privateLinkServiceNetworkPolicies, 'Enabled'),
    more: Object.fromEntries(Object.entries(properties).filter(([member]) => !kept.includes(member))),
  };
}

/** Taken in any case, shown in its own. */
function policy(sent: unknown, otherwise: string): string {
  const known = ['Enabled', 'Disabled', 'NetworkSecurityGroupEnabled', 'RouteTableEnabled'];
  return known.find((one) => one.toLowerCase() === String(sent ?? otherwise).toLowerCase()) ?? otherwise;
}

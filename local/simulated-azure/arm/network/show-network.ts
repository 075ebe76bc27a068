import {
  networkId,
  networkOf,
  type Subnet,
  sameId,
  subnetId,
  type VirtualNetwork,
} from '../../network/network-world.ts';
import type { World } from '../../world.ts';

/** A virtual network's body as that api-version answers it. */
export function showNetwork(world: World, network: VirtualNetwork, apiVersion: string): Record<string, unknown> {
  const { name, etag, location, tags, state, resourceGuid, addressPrefixes, subnets, more } = network;
  return {
    name,
    id: networkId('virtualNetworks', network),
    etag,
    type: 'Microsoft.Network/virtualNetworks',
    location,
    ...(tags === undefined ? {} : { tags }),
    properties: {
      provisioningState: state,
      resourceGuid,
      addressSpace: { addressPrefixes },
      // Since 2023-11-01; https://learn.microsoft.com/azure/templates/microsoft.network/virtualnetworks
      ...(apiVersion >= '2023-11-01' ? { privateEndpointVNetPolicies: 'Disabled' } : {}),
      ...more,
      subnets: subnets.map((subnet) => showSubnet(world, network, subnet, apiVersion)),
      virtualNetworkPeerings: [],
      enableDdosProtection: more.enableDdosProtection ?? false,
      ...(apiVersion < '2020-05-01' ? { enableVmProtection: false } : {}),
    },
  };
}

export function showSubnet(
  world: World,
  network: VirtualNetwork,
  subnet: Subnet,
  apiVersion: string,
): Record<string, unknown> {
  const { name, etag, state, prefixes, asList, serviceEndpoints, more } = subnet;
  const id = subnetId(network, subnet);
  const here = networkOf(world).privateEndpoints.filter((endpoint) => sameId(endpoint.subnetId, id));
  return {
    name,
    id,
    etag,
    properties: {
      provisioningState: state,
      ...(asList ? { addressPrefixes: prefixes } : { addressPrefix: prefixes[0] }),
      ...(serviceEndpoints.length === 0
        ? {}
        : {
            serviceEndpoints: serviceEndpoints.map(({ settled, service, locations }) => ({
              provisioningState: settled ? 'Succeeded' : state,
              service,
              locations,
            })),
          }),
      ...(here.length === 0
        ? {}
        : {
            ipConfigurations: here.map((endpoint) => ({ id: ipConfigurationId(endpoint) })),
            privateEndpoints: here.map((endpoint) => ({ id: networkId('privateEndpoints', endpoint) })),
            ...(apiVersion < '2019-12-01' ? {} : { purpose: 'PrivateEndpoints' }),
          }),
      ...more,
      delegations: more.delegations ?? [],
      privateEndpointNetworkPolicies: subnet.privateEndpointNetworkPolicies,
      privateLinkServiceNetworkPolicies: subnet.privateLinkServiceNetworkPolicies,
    },
    type: 'Microsoft.Network/virtualNetworks/subnets',
  };
}

/** The ip configuration of a private endpoint's network interface: what takes an address of the subnet. */
export function ipConfigurationId(endpoint: {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  readonly nicName: string;
}): string {
  return `${networkId('networkInterfaces', { ...endpoint, name: endpoint.nicName })}/ipConfigurations/privateEndpointIpConfig`;
}

import { networkId, type PrivateEndpoint, type PrivateEndpointTarget } from '../../network/network-world.ts';
import { ipConfigurationId } from './show-network.ts';

/** A private endpoint's body as that api-version answers it. */
export function showEndpoint(endpoint: PrivateEndpoint, apiVersion: string): Record<string, unknown> {
  const { name, etag, location, tags, state, resourceGuid, connections, subnetId, nicName, addresses, more } = endpoint;
  const id = networkId('privateEndpoints', endpoint);
  const show = (list: readonly PrivateEndpointTarget[], type: string) =>
    list.map((one) => showConnection(one, `${id}/${type}/${one.name}`, etag, type, state));
  const isReady = state === 'Succeeded' && connections.every(({ status }) => status === 'Approved');
  return {
    name,
    id,
    etag,
    type: 'Microsoft.Network/privateEndpoints',
    location,
    ...(tags === undefined ? {} : { tags }),
    properties: {
      provisioningState: state,
      resourceGuid,
      privateLinkServiceConnections: show(
        connections.filter(({ manual }) => !manual),
        'privateLinkServiceConnections',
      ),
      manualPrivateLinkServiceConnections: show(
        connections.filter(({ manual }) => manual),
        'manualPrivateLinkServiceConnections',
      ),
      ...(apiVersion < '2021-05-01' ? {} : { customNetworkInterfaceName: '', ipConfigurations: [] }),
      ...more,
      subnet: { id: subnetId },
      networkInterfaces: [{ id: networkId('networkInterfaces', { ...endpoint, name: nicName }) }],
      // A zone group takes its place.
      ...(apiVersion < '2020-05-01'
        ? {}
        : {
            customDnsConfigs:
              isReady && endpoint.zoneGroups.length === 0
                ? addresses.map(({ fqdn, address }) => ({ fqdn, ipAddresses: [address] }))
                : [],
          }),
    },
  };
}

function showConnection(
  connection: PrivateEndpointTarget,
  id: string,
  etag: string,
  type: string,
  state: PrivateEndpoint['state'],
): Record<string, unknown> {
  const { name, targetId, groupIds, requestMessage, status, description } = connection;
  const shown = state === 'Updating' && description === 'Approved' ? 'Auto Approved' : description;
  return {
    name,
    id,
    etag,
    properties: {
      provisioningState: 'Succeeded',
      privateLinkServiceId: targetId,
      groupIds,
      ...(requestMessage === undefined ? {} : { requestMessage }),
      privateLinkServiceConnectionState: { status, description: shown, actionsRequired: 'None' },
    },
    type: `Microsoft.Network/privateEndpoints/${type}`,
  };
}

/** The network interface that the endpoint brought along. */
export function showInterface(endpoint: PrivateEndpoint): Record<string, unknown> {
  const { nicName: name, etag, location, subnetId, addresses, connections } = endpoint;
  const id = networkId('networkInterfaces', { ...endpoint, name });
  const [of] = connections;
  return {
    name,
    id,
    etag,
    location,
    properties: {
      provisioningState: 'Succeeded',
      resourceGuid: endpoint.resourceGuid,
      ipConfigurations: addresses.map(({ member, fqdn, address }, index) => ({
        name: index === 0 ? 'privateEndpointIpConfig' : `privateEndpointIpConfig.${member}`,
        id: index === 0 ? ipConfigurationId(endpoint) : `${id}/ipConfigurations/privateEndpointIpConfig.${member}`,
        etag,
        type: 'Microsoft.Network/networkInterfaces/ipConfigurations',
        properties: {
          provisioningState: 'Succeeded',
          privateIPAddress: address,
          privateIPAllocationMethod: 'Dynamic',
          subnet: { id: subnetId },
          primary: index === 0,
          privateIPAddressVersion: 'IPv4',
          privateLinkConnectionProperties: {
            groupId: of?.groupIds[0] ?? '',
            requiredMemberName: member,
            fqdns: fqdn === '' ? [] : [fqdn],
          },
        },
      })),
      dnsSettings: { dnsServers: [], appliedDnsServers: [] },
      enableAcceleratedNetworking: false,
      enableIPForwarding: false,
      hostedWorkloads: [],
      tapConfigurations: [],
      nicType: 'Standard',
      privateEndpoint: { id: networkId('privateEndpoints', endpoint) },
    },
    type: 'Microsoft.Network/networkInterfaces',
  };
}

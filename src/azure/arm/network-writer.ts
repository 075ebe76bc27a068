import type { NetworkRules, NetworkWriter } from '../../hardening/network/ports.ts';
import { shortName } from '../../shared/arm-id.ts';
import type { Fence } from '../../shared/fence.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { armRead, azureWrite } from '../azure-call.ts';
import { type NetworkClients, partsOf } from './network-reader.ts';

/**
 * Changes networks through Azure Resource Manager. Each write is sent once; no operation is followed, since the worker
 * that sent it may be gone before it ends.
 */
export function armNetworkWriter(clients: NetworkClients, fence: Fence): NetworkWriter {
  const write = (send: () => Promise<unknown>): Promise<void> => azureWrite('arm', fence, send);
  return {
    createVirtualNetwork({ id, location, addressSpace }) {
      const { subscriptionId, resourceGroup, names } = partsOf(id);
      return write(async () => {
        const { virtualNetworks } = await clients.network(subscriptionId);
        const body = { location, addressSpace: { addressPrefixes: [addressSpace] } };
        await virtualNetworks.createOrUpdate(resourceGroup, names[0] ?? '', body).submitted();
      });
    },

    createSubnet({ id, prefix, privateEndpointNetworkPolicies }) {
      const { subscriptionId, resourceGroup, names } = partsOf(id);
      const [network = '', name = ''] = names;
      return write(async () => {
        const { subnets } = await clients.network(subscriptionId);
        const body = { addressPrefix: prefix, privateEndpointNetworkPolicies };
        await subnets.createOrUpdate(resourceGroup, network, name, body).submitted();
      });
    },

    async addServiceEndpoint(subnetId, service) {
      const { subscriptionId, resourceGroup, names } = partsOf(subnetId);
      const [network = '', name = ''] = names;
      const found = await armRead(async () =>
        (await clients.network(subscriptionId)).subnets.get(resourceGroup, network, name),
      );
      const serviceEndpoints = [...(found.serviceEndpoints ?? []), { service }];
      await write(async () => {
        const { subnets } = await clients.network(subscriptionId);
        // A PUT replaces the whole subnet: somebody else's change in between must not be undone.
        const requestOptions =
          found.etag === undefined ? {} : { requestOptions: { headers: { 'If-Match': found.etag } } };
        await subnets
          .createOrUpdate(resourceGroup, network, name, { ...found, serviceEndpoints }, requestOptions)
          .submitted();
      });
    },

    createPrivateEndpoint({ id, subnetId, location, targetId, groupId }) {
      const { subscriptionId, resourceGroup, names } = partsOf(id);
      const name = names[0] ?? '';
      const connection = { name, privateLinkServiceId: targetId, groupIds: [groupId] };
      return write(async () => {
        const { privateEndpoints } = await clients.network(subscriptionId);
        const body = { location, subnet: { id: subnetId }, privateLinkServiceConnections: [connection] };
        await privateEndpoints.createOrUpdate(resourceGroup, name, body).submitted();
      });
    },

    approveConnection({ subscriptionId, resourceGroup, account }, connection) {
      return write(async () => {
        const { privateEndpointConnections } = await clients.cognitive(subscriptionId);
        const privateLinkServiceConnectionState = { status: 'Approved', description: 'Approved by Keyturn' };
        await privateEndpointConnections.beginCreateOrUpdate(resourceGroup, account, connection, {
          properties: { privateLinkServiceConnectionState },
        });
      });
    },

    createZone(id) {
      const { subscriptionId, resourceGroup, names } = partsOf(id);
      return write(async () => {
        const { privateZones } = await clients.privateDns(subscriptionId);
        // Somebody may have made it since it was looked for: its tags are not ours to change.
        await privateZones
          .createOrUpdate(resourceGroup, names[0] ?? '', { location: 'global' }, { ifNoneMatch: '*' })
          .submitted();
      });
    },

    linkZone({ zoneId, name, virtualNetworkId, nxDomainRedirect }) {
      const { subscriptionId, resourceGroup, names } = partsOf(zoneId);
      return write(async () => {
        const { virtualNetworkLinks } = await clients.privateDns(subscriptionId);
        const properties = {
          registrationEnabled: false,
          virtualNetwork: { id: virtualNetworkId },
          ...(nxDomainRedirect ? { resolutionPolicy: 'NxDomainRedirect' } : {}),
        };
        await virtualNetworkLinks
          .createOrUpdate(resourceGroup, names[0] ?? '', name, { location: 'global', ...properties })
          .submitted();
      });
    },

    setZoneGroup(endpointId, name, zoneIds) {
      const { subscriptionId, resourceGroup, names } = partsOf(endpointId);
      const privateDnsZoneConfigs = zoneIds.map((id) => ({
        name: shortName(id).replaceAll('.', '-'),
        privateDnsZoneId: id,
      }));
      return write(async () => {
        const { privateDnsZoneGroups } = await clients.network(subscriptionId);
        await privateDnsZoneGroups
          .createOrUpdate(resourceGroup, names[0] ?? '', name, { privateDnsZoneConfigs })
          .submitted();
      });
    },

    setRules({ subscriptionId, resourceGroup, account }: AccountId, rules: NetworkRules) {
      return write(async () => {
        const { accounts } = await clients.cognitive(subscriptionId);
        await accounts.beginUpdate(resourceGroup, account, { properties: rulesBody(rules) });
      });
    },
  };
}

/** A PATCH replaces `networkAcls` as a whole: what is to stay must be sent again. */
function rulesBody({ publicNetworkAccess, defaultAction, ipRules, subnets, bypass }: NetworkRules) {
  return {
    publicNetworkAccess,
    networkAcls: {
      defaultAction,
      ipRules: ipRules.map((value) => ({ value })),
      virtualNetworkRules: subnets.map(({ id, ignoreMissingServiceEndpoint }) => ({
        id,
        ignoreMissingVnetServiceEndpoint: ignoreMissingServiceEndpoint,
      })),
      ...(bypass === null ? {} : { bypass }),
    },
  };
}

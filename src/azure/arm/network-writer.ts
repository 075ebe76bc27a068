import type { NetworkRules, NetworkWriter } from '../../hardening/network/ports.ts';
import { shortName } from '../../shared/arm-id.ts';
import type { Fence } from '../../shared/fence.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { armRead, azureWrite } from '../azure-call.ts';
import { atResource } from './at-resource.ts';
import type { NetworkClients } from './network-reader.ts';

/**
 * Changes networks through Azure Resource Manager. Each write is sent once; no operation is followed, since the worker
 * that sent it may be gone before it ends.
 */
export function armNetworkWriter(clients: NetworkClients, fence: Fence): NetworkWriter {
  const { network, privateDns, cognitive } = clients;
  const write = (send: () => Promise<unknown>): Promise<void> => azureWrite('arm', fence, send);
  return {
    createVirtualNetwork({ id, location, addressSpace }) {
      const body = { location, addressSpace: { addressPrefixes: [addressSpace] } };
      return write(
        atResource(id, network, ({ virtualNetworks }, group, name) =>
          virtualNetworks.createOrUpdate(group, name, body).submitted(),
        ),
      );
    },

    createSubnet({ id, prefix, privateEndpointNetworkPolicies }) {
      const body = { addressPrefix: prefix, privateEndpointNetworkPolicies };
      return write(
        atResource(id, network, ({ subnets }, group, virtualNetwork, name) =>
          subnets.createOrUpdate(group, virtualNetwork, name, body).submitted(),
        ),
      );
    },

    async addServiceEndpoint(subnetId, service) {
      const found = await armRead(
        atResource(subnetId, network, ({ subnets }, group, virtualNetwork, name) =>
          subnets.get(group, virtualNetwork, name),
        ),
      );
      const body = { ...found, serviceEndpoints: [...(found.serviceEndpoints ?? []), { service }] };
      // A PUT replaces the whole subnet: somebody else's change in between must not be undone.
      const options = found.etag === undefined ? {} : { requestOptions: { headers: { 'If-Match': found.etag } } };
      await write(
        atResource(subnetId, network, ({ subnets }, group, virtualNetwork, name) =>
          subnets.createOrUpdate(group, virtualNetwork, name, body, options).submitted(),
        ),
      );
    },

    createPrivateEndpoint({ id, subnetId, location, targetId, groupId }) {
      return write(
        atResource(id, network, ({ privateEndpoints }, group, name) => {
          const connection = { name, privateLinkServiceId: targetId, groupIds: [groupId] };
          const body = { location, subnet: { id: subnetId }, privateLinkServiceConnections: [connection] };
          return privateEndpoints.createOrUpdate(group, name, body).submitted();
        }),
      );
    },

    approveConnection({ subscriptionId, resourceGroup, account }, connection) {
      return write(async () => {
        const { privateEndpointConnections } = await cognitive(subscriptionId);
        const privateLinkServiceConnectionState = { status: 'Approved', description: 'Approved by Keyturn' };
        await privateEndpointConnections.beginCreateOrUpdate(resourceGroup, account, connection, {
          properties: { privateLinkServiceConnectionState },
        });
      });
    },

    createZone(id) {
      return write(
        atResource(id, privateDns, ({ privateZones }, group, name) =>
          // Somebody may have made it since it was looked for: its tags are not ours to change.
          privateZones.createOrUpdate(group, name, { location: 'global' }, { ifNoneMatch: '*' }).submitted(),
        ),
      );
    },

    linkZone({ zoneId, name: link, virtualNetworkId, nxDomainRedirect }) {
      const body = {
        location: 'global',
        registrationEnabled: false,
        virtualNetwork: { id: virtualNetworkId },
        ...(nxDomainRedirect ? { resolutionPolicy: 'NxDomainRedirect' } : {}),
      };
      return write(
        atResource(zoneId, privateDns, ({ virtualNetworkLinks }, group, zone) =>
          virtualNetworkLinks.createOrUpdate(group, zone, link, body).submitted(),
        ),
      );
    },

    setZoneGroup(endpointId, name, zoneIds) {
      const privateDnsZoneConfigs = zoneIds.map((id) => ({
        name: shortName(id).replaceAll('.', '-'),
        privateDnsZoneId: id,
      }));
      return write(
        atResource(endpointId, network, ({ privateDnsZoneGroups }, group, endpoint) =>
          privateDnsZoneGroups.createOrUpdate(group, endpoint, name, { privateDnsZoneConfigs }).submitted(),
        ),
      );
    },

    setRules({ subscriptionId, resourceGroup, account }: AccountId, rules: NetworkRules) {
      return write(async () => {
        const { accounts } = await cognitive(subscriptionId);
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

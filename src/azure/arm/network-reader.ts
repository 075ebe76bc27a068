import type { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import type { NetworkManagementClient, Subnet } from '@azure/arm-network';
import type { PrivateDnsManagementClient } from '@azure/arm-privatedns';
import type {
  Connection,
  NetworkReader,
  NetworkRules,
  PrivateZoneNames,
  SubnetFacts,
} from '../../hardening/network/ports.ts';
import { accountKind } from '../../keys/account-kinds.ts';
import { shortName } from '../../shared/arm-id.ts';
import { armFind, armRead, everyItem } from '../azure-call.ts';
import type { Cloud } from '../clouds.ts';
import { readAccount } from './accounts.ts';
import { atResource } from './at-resource.ts';

/** The management clients that a network needs, one a subscription, each loaded when it is first used. */
export interface NetworkClients {
  readonly cognitive: (subscriptionId: string) => Promise<CognitiveServicesManagementClient>;
  readonly network: (subscriptionId: string) => Promise<NetworkManagementClient>;
  readonly privateDns: (subscriptionId: string) => Promise<PrivateDnsManagementClient>;
}

/** Looks at networks through Azure Resource Manager. */
export function armNetworkReader(clients: NetworkClients): NetworkReader {
  return {
    async account(id) {
      const { properties, location, known } = await readAccount(clients.cognitive, id);
      const { customSubDomainName, publicNetworkAccess, networkAcls } = properties;
      const rules: NetworkRules = {
        publicNetworkAccess: publicNetworkAccess || 'Enabled',
        // Without rules of its own an account lets everybody in.
        defaultAction: networkAcls?.defaultAction || 'Allow',
        ipRules: (networkAcls?.ipRules ?? []).map(({ value: range }) => range),
        subnets: (networkAcls?.virtualNetworkRules ?? []).map(({ id, ignoreMissingVnetServiceEndpoint }) => ({
          id,
          ignoreMissingServiceEndpoint: ignoreMissingVnetServiceEndpoint ?? false,
        })),
        bypass: networkAcls?.bypass ?? null,
      };
      return {
        ...known,
        location,
        subdomain: customSubDomainName ?? null,
        rules,
        connections: (properties.privateEndpointConnections ?? []).flatMap(
          ({ name, properties: own }): Connection[] => {
            const endpointId = own?.privateEndpoint?.id;
            // Some versions show a child's name as `account/child`.
            if (!name || !endpointId) return [];
            const { status } = own.privateLinkServiceConnectionState;
            return [{ name: shortName(name), endpointId, status: status ?? 'Unknown' }];
          },
        ),
      };
    },

    async virtualNetwork(id) {
      const found = await armFind(
        atResource(id, clients.network, ({ virtualNetworks }, group, name) => virtualNetworks.get(group, name)),
      );
      if (found === null) return null;
      const { location, addressSpace, subnets, provisioningState } = found;
      return {
        id,
        location: location ?? '',
        addressSpace: addressSpace?.addressPrefixes ?? [],
        subnets: (subnets ?? []).map(subnetFacts),
        state: provisioningState ?? 'Unknown',
      };
    },

    async privateEndpoint(id) {
      const found = await armFind(
        atResource(id, clients.network, ({ privateEndpoints }, group, name) => privateEndpoints.get(group, name)),
      );
      if (found === null) return null;
      const [connection] = [
        ...(found.privateLinkServiceConnections ?? []),
        ...(found.manualPrivateLinkServiceConnections ?? []),
      ];
      return {
        id: found.id ?? id,
        subnetId: found.subnet?.id ?? '',
        targetId: connection?.privateLinkServiceId ?? '',
        state: found.provisioningState ?? 'Unknown',
      };
    },

    async zoneGroups(endpointId) {
      const found = await armRead(
        atResource(endpointId, clients.network, ({ privateDnsZoneGroups }, group, name) =>
          everyItem(privateDnsZoneGroups.list(group, name)),
        ),
      );
      return found.map(({ name, privateDnsZoneConfigs, provisioningState }) => ({
        name: name ?? 'default',
        zoneIds: (privateDnsZoneConfigs ?? []).flatMap(({ privateDnsZoneId }) => privateDnsZoneId ?? []),
        state: provisioningState ?? 'Unknown',
      }));
    },

    async zoneExists(id) {
      const found = await armFind(
        atResource(id, clients.privateDns, ({ privateZones }, group, name) => privateZones.get(group, name)),
      );
      return found !== null;
    },

    async zonesNamed(subscriptionId, names) {
      const found = await armRead(
        async () => everyItem((await clients.privateDns(subscriptionId)).privateZones.list()),
        // Zones in groups that Keyturn may not read are not there for it: then only those asked for by id count.
        ({ status }) => (status === 403 ? [] : undefined),
      );
      return found.flatMap(({ id, name }) => (id && names.includes(String(name).toLowerCase()) ? [id] : []));
    },

    async zoneLinks(zoneId) {
      const found = await armFind(
        atResource(zoneId, clients.privateDns, ({ virtualNetworkLinks }, group, name) =>
          everyItem(virtualNetworkLinks.list(group, name)),
        ),
      );
      return (found ?? []).map(({ name, virtualNetwork }) => ({
        name: name ?? '',
        virtualNetworkId: virtualNetwork?.id ?? '',
      }));
    },
  };
}

function subnetFacts(subnet: Subnet): SubnetFacts {
  const { id, addressPrefix, addressPrefixes, serviceEndpoints, delegations, ipConfigurations, provisioningState } =
    subnet;
  return {
    id: id ?? '',
    prefixes: addressPrefix ? [addressPrefix] : (addressPrefixes ?? []),
    serviceEndpoints: (serviceEndpoints ?? []).flatMap(({ service }) => service ?? []),
    delegations: (delegations ?? []).flatMap(({ serviceName }) => serviceName ?? []),
    takenAddresses: ipConfigurations?.length ?? 0,
    state: provisioningState ?? 'Unknown',
  };
}

/**
 * Which private DNS zones an account needs, by its kind, as far as the cloud has them; null for a kind that Keyturn does not
 * know. An account's own list is `requiredZoneNames` of its private link resources, which is right if the two disagree.
 */
export function privateZoneNames({ cognitive }: Pick<Cloud, 'cognitive'>): PrivateZoneNames {
  return (kind) => {
    const hosts = accountKind(kind)?.zones;
    if (hosts === undefined) return null;
    const zones = hosts.flatMap((host) => cognitive.hosts[host]?.zone ?? []);
    return zones.length === 0 ? null : zones;
  };
}

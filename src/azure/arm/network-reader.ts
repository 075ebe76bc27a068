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
import { type ArmId, parseArmId } from '../../shared/arm-id.ts';
import { FailureError, notApplied } from '../../shared/failure.ts';
import { armFind, armRead, everyItem } from '../azure-call.ts';
import type { Cloud } from '../clouds.ts';

/** The management clients that a network needs, one a subscription, each loaded when it is first used. */
export interface NetworkClients {
  cognitive(subscriptionId: string): Promise<CognitiveServicesManagementClient>;
  network(subscriptionId: string): Promise<NetworkManagementClient>;
  privateDns(subscriptionId: string): Promise<PrivateDnsManagementClient>;
}

/** Looks at networks through Azure Resource Manager. */
export function armNetworkReader(clients: NetworkClients): NetworkReader {
  return {
    async account({ subscriptionId, resourceGroup, account }) {
      const { properties, kind, location } = await armRead(async () =>
        (await clients.cognitive(subscriptionId)).accounts.get(resourceGroup, account),
      );
      if (!properties?.endpoint || !kind) throw notApplied('account-incomplete');
      const { customSubDomainName, provisioningState, disableLocalAuth, publicNetworkAccess, networkAcls } = properties;
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
        kind,
        endpoint: properties.endpoint,
        location: location ?? null,
        subdomain: customSubDomainName ?? null,
        provisioningState: provisioningState ?? 'Unknown',
        localAuthDisabled: disableLocalAuth ?? false,
        rules,
        connections: (properties.privateEndpointConnections ?? []).flatMap(
          ({ name, properties: own }): Connection[] => {
            const endpointId = own?.privateEndpoint?.id;
            // Some versions show a child's name as `account/child`.
            if (!name || !endpointId) return [];
            const { status } = own.privateLinkServiceConnectionState;
            return [{ name: name.split('/').at(-1) ?? name, endpointId, status: status ?? 'Unknown' }];
          },
        ),
      };
    },

    async virtualNetwork(id) {
      const { subscriptionId, resourceGroup, names } = partsOf(id);
      const found = await armFind(async () =>
        (await clients.network(subscriptionId)).virtualNetworks.get(resourceGroup, names[0] ?? ''),
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
      const { subscriptionId, resourceGroup, names } = partsOf(id);
      const found = await armFind(async () =>
        (await clients.network(subscriptionId)).privateEndpoints.get(resourceGroup, names[0] ?? ''),
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
      const { subscriptionId, resourceGroup, names } = partsOf(endpointId);
      const found = await armRead(async () =>
        everyItem((await clients.network(subscriptionId)).privateDnsZoneGroups.list(resourceGroup, names[0] ?? '')),
      );
      return found.map(({ name, privateDnsZoneConfigs, provisioningState }) => ({
        name: name ?? 'default',
        zoneIds: (privateDnsZoneConfigs ?? []).flatMap(({ privateDnsZoneId }) => privateDnsZoneId ?? []),
        state: provisioningState ?? 'Unknown',
      }));
    },

    async zoneExists(id) {
      const { subscriptionId, resourceGroup, names } = partsOf(id);
      const found = await armFind(async () =>
        (await clients.privateDns(subscriptionId)).privateZones.get(resourceGroup, names[0] ?? ''),
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
      const { subscriptionId, resourceGroup, names } = partsOf(zoneId);
      const found = await armFind(async () =>
        everyItem((await clients.privateDns(subscriptionId)).virtualNetworkLinks.list(resourceGroup, names[0] ?? '')),
      );
      return (found ?? []).map(({ name, virtualNetwork, resolutionPolicy }) => ({
        name: name ?? '',
        virtualNetworkId: virtualNetwork?.id ?? '',
        resolutionPolicy: resolutionPolicy ?? null,
      }));
    },
  };
}

/** The parts of an ARM id that was checked when it came in. */
export function partsOf(id: string): ArmId {
  const parts = parseArmId(id);
  if (parts === null) throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'not-an-arm-id' });
  return parts;
}

function subnetFacts(subnet: Subnet): SubnetFacts {
  const { id, addressPrefix, addressPrefixes, serviceEndpoints, privateEndpointNetworkPolicies } = subnet;
  const { delegations, ipConfigurations, provisioningState } = subnet;
  return {
    id: id ?? '',
    prefixes: addressPrefix ? [addressPrefix] : (addressPrefixes ?? []),
    serviceEndpoints: (serviceEndpoints ?? []).flatMap(({ service }) => service ?? []),
    privateEndpointNetworkPolicies: privateEndpointNetworkPolicies ?? 'Disabled',
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

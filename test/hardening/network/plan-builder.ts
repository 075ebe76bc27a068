import type { NetworkFacts, ZoneFacts } from '../../../src/hardening/network/network-facts.ts';
import type { NetworkRequest } from '../../../src/hardening/network/network-request.ts';
import type { SubnetFacts } from '../../../src/hardening/network/ports.ts';
import {
  networkAccount as account,
  armId,
  virtualNetworkId as network,
  open,
  subnetId,
  zoneName,
} from './network-builder.ts';

export const group = `/subscriptions/${account.subscriptionId}/resourceGroups/rg-ai`;
export const endpointId = `${group}/providers/Microsoft.Network/privateEndpoints/pe-ai-contoso`;
export const zoneId = `${group}/providers/Microsoft.Network/privateDnsZones/${zoneName}`;

export const subnet: SubnetFacts = {
  id: subnetId,
  prefixes: ['10.0.1.0/24'],
  serviceEndpoints: [],
  delegations: [],
  takenAddresses: 3,
  state: 'Succeeded',
};
export const linked: ZoneFacts = {
  name: zoneName,
  id: zoneId,
  exists: true,
  link: { name: 'l', virtualNetworkId: network },
  isOther: false,
};

/** An open account with a custom subdomain, its endpoint made, approved and in its zone. */
export function facts(
  change: Partial<Omit<NetworkFacts, 'account'>> & { account?: Partial<NetworkFacts['account']> } = {},
): NetworkFacts {
  const { account: ofAccount, ...rest } = change;
  return {
    virtualNetwork: {
      id: network,
      location: 'eastus',
      addressSpace: ['10.0.0.0/16'],
      subnets: [subnet],
      state: 'Succeeded',
    },
    subnet,
    endpoint: { id: endpointId, subnetId, targetId: armId, state: 'Succeeded' },
    connection: { name: 'c', endpointId, status: 'Approved' },
    zoneGroup: { name: 'default', zoneIds: [zoneId], state: 'Succeeded' },
    zoneNames: [zoneName],
    zones: [linked],
    privateNetworks: [],
    ruleSubnets: new Map(),
    ...rest,
    account: {
      kind: 'OpenAI',
      endpoint: 'https://ai-contoso.openai.azure.com/',
      subdomain: 'ai-contoso',
      provisioningState: 'Succeeded',
      localAuthDisabled: false,
      rules: open,
      connections: [{ name: 'c', endpointId, status: 'Approved' }],
      ...ofAccount,
    },
  };
}

export function request(change: Partial<NetworkRequest> = {}): NetworkRequest {
  return {
    mode: 'private',
    ipRules: null,
    subnets: null,
    bypass: null,
    privateEndpoint: { subnet: { kind: 'existing', id: subnetId }, name: null, resourceGroup: null },
    privateDns: { zones: 'create', resourceGroup: null, nxDomainRedirect: false },
    keyturn: { egress: null, subnetId },
    consumers: [],
    ...change,
  };
}

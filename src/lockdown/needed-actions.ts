import type { NetworkChange } from './network-change.ts';

const readingAccount = ['Microsoft.CognitiveServices/accounts/read'];

/** The ARM actions that each change needs, besides the reads of the plan; each on the resource that the change names. */
export const neededActions: Readonly<Record<NetworkChange['kind'], readonly string[]>> = {
  'create-virtual-network': ['Microsoft.Network/virtualNetworks/write'],
  'create-subnet': ['Microsoft.Network/virtualNetworks/subnets/write'],
  'add-service-endpoint': [
    'Microsoft.Network/virtualNetworks/subnets/read',
    'Microsoft.Network/virtualNetworks/subnets/write',
  ],
  'create-private-endpoint': [
    'Microsoft.Network/privateEndpoints/write',
    'Microsoft.Network/virtualNetworks/subnets/join/action',
    'Microsoft.CognitiveServices/accounts/privateEndpointConnectionsApproval/action',
  ],
  'approve-connection': ['Microsoft.CognitiveServices/accounts/privateEndpointConnections/write'],
  'create-zone': ['Microsoft.Network/privateDnsZones/write'],
  'link-zone': [
    'Microsoft.Network/privateDnsZones/virtualNetworkLinks/write',
    'Microsoft.Network/virtualNetworks/join/action',
  ],
  'set-zone-group': [
    'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write',
    'Microsoft.Network/privateDnsZones/join/action',
  ],
  'prove-private-path': ['Microsoft.CognitiveServices/accounts/listKeys/action'],
  'set-network-rules': [
    ...readingAccount,
    'Microsoft.CognitiveServices/accounts/write',
    'Microsoft.CognitiveServices/accounts/listKeys/action',
    'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
  ],
};

/** What the reads of every plan need: on the account, and, where a private endpoint is asked for, around it. */
export const readingActions: readonly string[] = [
  ...readingAccount,
  'Microsoft.Network/virtualNetworks/read',
  'Microsoft.Network/privateEndpoints/read',
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read',
  'Microsoft.Network/privateDnsZones/read',
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read',
];

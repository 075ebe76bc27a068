import type { NetworkChange } from './network-change.ts';

const listKeys = 'Microsoft.CognitiveServices/accounts/listKeys/action';
const joinViaServiceEndpoint = 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action';

/** When a change needs an action that not every change of its kind needs. */
export const conditions: Readonly<Record<string, string>> = {
  [listKeys]: 'if the account takes keys, for the proof',
  [joinViaServiceEndpoint]: 'if the rules name subnets',
};

/** The ARM actions that changes of each kind may need, besides the reads of the plan; each on the resource that the change names. */
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
  'prove-private-path': [listKeys],
  'set-network-rules': ['Microsoft.CognitiveServices/accounts/write', listKeys, joinViaServiceEndpoint],
};

/**
 * The ARM actions that one change needs, besides the reads of the plan. Rules are sent as a whole, and the former ones put back
 * if the new ones shut Keyturn out: that Azure then asks for the right to join each subnet that they name is assumed of both.
 * @param callsWithKeys whether the proof calls the account with its keys
 */
export function neededFor(change: NetworkChange, callsWithKeys: boolean): readonly string[] {
  const namesSubnets = change.kind === 'set-network-rules' && change.from.subnets.length + change.to.subnets.length > 0;
  return neededActions[change.kind].filter(
    (action) => (action !== listKeys || callsWithKeys) && (action !== joinViaServiceEndpoint || namesSubnets),
  );
}

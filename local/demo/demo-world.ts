import { defaultDefinition } from '../simulated-azure/default-world.ts';
import type { WorldDefinition } from '../simulated-azure/world-definition.ts';

/** The roles of infra/hardening-role.bicep, action by action. */
const hardeningRoles = [
  {
    name: 'Keyturn Hardening',
    guid: '7c9e2a4b-3d5f-4e61-8a72-9b0c1d2e3f41',
    actions: [
      'Microsoft.CognitiveServices/accounts/write',
      'Microsoft.CognitiveServices/accounts/privateEndpointConnectionsApproval/action',
      'Microsoft.CognitiveServices/accounts/privateEndpointConnections/write',
      'Microsoft.Network/virtualNetworks/read',
      'Microsoft.Network/virtualNetworks/write',
      'Microsoft.Network/virtualNetworks/join/action',
      'Microsoft.Network/virtualNetworks/subnets/read',
      'Microsoft.Network/virtualNetworks/subnets/write',
      'Microsoft.Network/virtualNetworks/subnets/join/action',
      'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
      'Microsoft.Network/privateEndpoints/read',
      'Microsoft.Network/privateEndpoints/write',
      'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read',
      'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write',
      'Microsoft.Network/privateDnsZones/read',
      'Microsoft.Network/privateDnsZones/write',
      'Microsoft.Network/privateDnsZones/join/action',
      'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read',
      'Microsoft.Network/privateDnsZones/virtualNetworkLinks/write',
      'Microsoft.Authorization/roleAssignments/read',
      'Microsoft.Authorization/locks/read',
      'Microsoft.Authorization/roleDefinitions/read',
      'Microsoft.Insights/eventtypes/values/read',
    ],
  },
  {
    name: 'Keyturn Access',
    guid: '7c9e2a4b-3d5f-4e61-8a72-9b0c1d2e3f42',
    actions: [
      'Microsoft.Authorization/roleAssignments/write',
      'Microsoft.Authorization/roleAssignments/delete',
      'Microsoft.ManagedIdentity/userAssignedIdentities/read',
      'Microsoft.ManagedIdentity/userAssignedIdentities/write',
    ],
  },
];

const group = defaultDefinition.resourceGroups[0]?.name ?? '';

/** Takes the vault's audit log, in the table that every cloud has. */
export const demoWorkspace = {
  name: 'log-ai102',
  resourceGroup: group,
  customerId: '7c9e2a4b-3d5f-4e61-8a72-9b0c1d2e3f43',
  vaults: { [defaultDefinition.vaults?.[0]?.name ?? '']: 'AzureDiagnostics' },
} as const;

/** The default world, in which the template was deployed with the account's group as `hardeningGroupIds` and `accessGroupIds`. */
export const demoDefinition: WorldDefinition = {
  ...defaultDefinition,
  workspaces: [demoWorkspace],
  // Minutes in Azure; as short as can be watched.
  pace: { ...defaultDefinition.pace, logIngestionMs: 500 },
  customRoles: [...(defaultDefinition.customRoles ?? []), ...hardeningRoles],
  roleAssignments: [
    ...(defaultDefinition.roleAssignments ?? []),
    ...hardeningRoles.map(({ name }) => ({ principal: 'func-keyturn', role: name, on: group })),
    { principal: 'func-keyturn', role: 'Log Analytics Reader', on: demoWorkspace.name },
  ],
};

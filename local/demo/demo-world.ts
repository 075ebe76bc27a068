import type { SimulatedClock } from '../simulated-azure/clock.ts';
import { defaultApiClientId, defaultDefinition, worldFrom } from '../simulated-azure/default-world.ts';
import { newVersion } from '../simulated-azure/key-vault/write-secret.ts';
import type { SimulatedCloudName } from '../simulated-azure/simulated-clouds.ts';
import type { World } from '../simulated-azure/world.ts';
import type { WorldDefinition } from '../simulated-azure/world-definition.ts';
import { copiedTarget, demoCopy, demoTarget } from './demo-target.ts';

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

/** The role of infra/copy-keeper-role.bicep. */
const copyRole = {
  name: 'Keyturn Copy Keeper',
  guid: '7c9e2a4b-3d5f-4e61-8a72-9b0c1d2e3f44',
  actions: [],
  dataActions: [
    'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    'Microsoft.KeyVault/vaults/secrets/setSecret/action',
    'Microsoft.KeyVault/vaults/secrets/update/action',
  ],
};

const group = defaultDefinition.resourceGroups[0]?.name ?? '';

/** Takes the vault's audit log, in the table that every cloud has. */
const demoWorkspace = {
  name: 'log-ai102',
  resourceGroup: group,
  customerId: '7c9e2a4b-3d5f-4e61-8a72-9b0c1d2e3f43',
  vaults: { [defaultDefinition.vaults?.[0]?.name ?? '']: 'AzureDiagnostics' },
} as const;

/** The default world, in which the template was deployed with the account's group as `hardeningGroupIds` and `accessGroupIds`. */
export const demoDefinition: WorldDefinition = {
  ...defaultDefinition,
  vaults: [
    ...(defaultDefinition.vaults ?? []),
    ...[copiedTarget.vault, demoCopy.vault].map((name) => ({ name, resourceGroup: group })),
  ],
  workspaces: [demoWorkspace],
  // Minutes in Azure; as short as can be watched.
  pace: { ...defaultDefinition.pace, logIngestionMs: 500 },
  customRoles: [...(defaultDefinition.customRoles ?? []), ...hardeningRoles, copyRole],
  roleAssignments: [
    ...(defaultDefinition.roleAssignments ?? []),
    ...hardeningRoles.map(({ name }) => ({ principal: 'func-keyturn', role: name, on: group })),
    { principal: 'func-keyturn', role: 'Log Analytics Reader', on: demoWorkspace.name },
    { principal: 'func-keyturn', role: 'Key Vault Secrets Officer', on: copiedTarget.vault },
    { principal: 'func-keyturn', role: copyRole.name, on: demoCopy.vault },
    { principal: 'id-demo-consumer', role: 'Key Vault Secrets User', on: demoCopy.vault },
  ],
};

/** The world as it is before Keyturn comes: the team of the copy has stored the key there itself. */
export function demoWorld(cloud: SimulatedCloudName, clock: SimulatedClock): World {
  const world = worldFrom({ ...demoDefinition, cloud }, clock);
  const value = world.accounts.find(({ name }) => name === copiedTarget.name)?.keys[0]?.value ?? '';
  const versions = [newVersion({ value }, clock.nowMs())];
  const vault = world.vaults.find(({ name }) => name === demoCopy.vault);
  vault?.secrets.push({ name: demoCopy.secretName, versions, deletedAtMs: null, busyUntilMs: 0 });
  return world;
}

/** The app's settings, as they would stand in the function app's configuration. */
export function demoSettings({ tenantId, cloud = 'public' }: World): Record<string, string> {
  return {
    KEYTURN_CLOUD: cloud,
    KEYTURN_TENANT_ID: tenantId,
    KEYTURN_API_CLIENT_ID: defaultApiClientId,
    KEYTURN_INSTANCE: 'func-keyturn',
    KEYTURN_AUDIT_WORKSPACE: demoWorkspace.customerId,
    KEYTURN_TARGETS: JSON.stringify([demoTarget, copiedTarget]),
  };
}

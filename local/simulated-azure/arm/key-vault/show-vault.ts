import { vaultId } from '../../key-vault/vault-id.ts';
import { cloudOf } from '../../simulated-clouds.ts';
import type { Vault, World } from '../../world.ts';

/** When a vault began to show who made it, its public access and that it soft-deletes. */
const fullSince = '2019-09-01';
const authorsSince = '2021-04-01-preview';

/** The vault's body as a GET of that api-version answers it, as recorded from 2018-02-14 to 2021-11-01. */
export function showVault(world: World, vault: Vault, apiVersion: string, nowMs: number): Record<string, unknown> {
  const { tags = {}, resource: { systemData } = {} } = vault;
  return {
    id: vaultId(vault),
    name: vault.name,
    type: 'Microsoft.KeyVault/vaults',
    location: vault.location,
    tags,
    ...(systemData === undefined || apiVersion < authorsSince ? {} : { systemData }),
    properties: showVaultProperties(world, vault, apiVersion, nowMs),
  };
}

export function showVaultProperties(
  world: World,
  vault: Vault,
  apiVersion: string,
  nowMs: number,
): Record<string, unknown> {
  const { sku = 'standard', asked = {}, registeringUntilMs = 0 } = vault.resource ?? {};
  const { network, accessPolicies, privateEndpointConnections = [] } = vault;
  const isRegistering = nowMs < registeringUntilMs;
  const isOld = apiVersion < fullSince;
  const rules = networkAcls(vault);
  return {
    sku: { family: 'A', name: sku },
    tenantId: world.tenantId,
    ...(rules === null ? {} : { networkAcls: rules }),
    ...(privateEndpointConnections.length === 0 ? {} : { privateEndpointConnections }),
    accessPolicies: (accessPolicies ?? []).map(({ objectId, secretPermissions, applicationId, permissions = {} }) => ({
      tenantId: world.tenantId,
      objectId,
      ...(applicationId === undefined ? {} : { applicationId }),
      permissions: { ...permissions, secrets: secretPermissions },
    })),
    enabledForDeployment: false,
    ...asked,
    ...(isOld || 'enableSoftDelete' in asked ? {} : { enableSoftDelete: vault.softDeleteDays > 0 }),
    // A vault whose maker did not ask for a number of days shows none.
    ...(vault.resource === undefined ? { softDeleteRetentionInDays: vault.softDeleteDays } : {}),
    ...(accessPolicies === undefined ? { enableRbacAuthorization: true } : {}),
    vaultUri: `https://${vault.name}.${cloudOf(world).vaultSuffix}/`,
    provisioningState: isRegistering ? 'RegisteringDns' : 'Succeeded',
    ...(isOld ? {} : { publicNetworkAccess: network.publicNetworkAccess }),
  };
}

/** Rules that let everybody in, and name nobody, are not shown. */
function networkAcls({ network, resource }: Vault): Record<string, unknown> | null {
  const { defaultAction, ipRules, subnets = [] } = network;
  if (defaultAction === 'Allow' && ipRules.length === 0 && subnets.length === 0) return null;
  return {
    bypass: resource?.bypass ?? 'AzureServices',
    defaultAction,
    ipRules: ipRules.map((value) => ({ value })),
    virtualNetworkRules: subnets.map((id) => ({ id })),
  };
}

import { isAllowed, isWithin } from '../rbac.ts';
import type { SimulatedAzure } from '../simulated-azure.ts';
import type { Vault } from '../world.ts';
import { type CallerText, forbiddenByAccessPolicy, forbiddenByRbac } from './vault-refusal.ts';

/** What an operation needs: a data action of a role, or the permission's name in an access policy. */
export interface Permission {
  /** After `Microsoft.KeyVault/vaults/secrets/`. */
  readonly dataAction: string;
  readonly policy: string;
}

/** The data action in full, as roles and messages write it. */
export function fullAction({ dataAction }: Permission): string {
  return `Microsoft.KeyVault/vaults/secrets/${dataAction}`;
}

/**
 * Refuses a caller without the permission on the vault, or on the one secret.
 * @returns the name of a role assignment of the caller's that covers it; null on a vault with access policies
 */
export function authorize(
  azure: SimulatedAzure,
  vault: Vault,
  caller: CallerText,
  permission: Permission,
  secretName: string,
): string | null {
  if (vault.accessPolicies !== undefined) {
    const policies = vault.accessPolicies.filter(({ objectId }) => same(objectId, caller.objectId));
    if (!policies.some(({ secretPermissions }) => grants(secretPermissions, permission.policy))) {
      throw forbiddenByAccessPolicy(caller, permission.policy, vault);
    }
    return null;
  }
  const action = fullAction(permission);
  // The vault writes the path in lower case and the names as they are.
  const vaultScope = `/subscriptions/${vault.subscriptionId}/resourcegroups/${vault.resourceGroup}/providers/microsoft.keyvault/vaults/${vault.name}`;
  const scope = secretName === '' ? vaultScope : `${vaultScope}/secrets/${secretName}`;
  if (!isAllowed(azure, caller.objectId, 'dataAction', action, scope)) {
    throw forbiddenByRbac(caller, action, scope, vault);
  }
  const assignment = azure.world.roleAssignments.find(
    ({ principalId, scope: assigned }) => same(principalId, caller.objectId) && isWithin(scope, assigned),
  );
  return assignment?.name ?? null;
}

function grants(permissions: readonly string[], wanted: string): boolean {
  return permissions.some((permission) => same(permission, wanted) || same(permission, 'all'));
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

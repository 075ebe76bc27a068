import type { Vault } from '../world.ts';

/** The vault's ARM id. */
export function vaultId({ subscriptionId, resourceGroup, name }: Vault): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}`;
}

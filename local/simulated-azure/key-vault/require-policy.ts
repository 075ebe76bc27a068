import type { Vault, VaultSecretVersion } from '../world.ts';
import { disallowedByPolicy } from './vault-refusal.ts';

const daySeconds = 86_400;

/** Refuses a version whose dates break the vault's policies: https://learn.microsoft.com/azure/key-vault/general/azure-policy */
export function requirePolicy(vault: Vault, name: string, version: VaultSecretVersion): void {
  const { expires, notBefore, created } = version;
  if (expires === null) {
    if (vault.expiryRequired) throw disallowedByPolicy(name, 'Key Vault secrets should have an expiration date');
    return;
  }
  const { maxValidityDays } = vault;
  const validSeconds = expires - (notBefore ?? created);
  if (maxValidityDays !== null && validSeconds > maxValidityDays * daySeconds) {
    throw disallowedByPolicy(name, 'Secrets should have the specified maximum validity period');
  }
}

import { type SecretPart, secretNames, secretParts } from '../keys/target.ts';
import type { KnownTarget } from './target-source.ts';

export type SecretPlace =
  | { readonly kind: 'found'; readonly known: KnownTarget; readonly role: SecretPart }
  | { readonly kind: 'vault-unknown' | 'secret-unknown' };

/**
 * Whose secret that is and what it is for. Names of vaults and secrets compare without case, as Key Vault's own do.
 * @param vault the vault's name, as `kv-contoso`
 */
export function targetOfSecret(targets: readonly KnownTarget[], vault: string, secret: string): SecretPlace {
  const inVault = targets.filter(({ target }) => sameName(vaultName(target.vaultUrl), vault));
  if (inVault.length === 0) return { kind: 'vault-unknown' };
  for (const known of inVault) {
    const names = secretNames(known.target);
    const role = secretParts.find((one) => names[one] !== null && sameName(names[one], secret));
    if (role !== undefined) return { kind: 'found', known, role };
  }
  return { kind: 'secret-unknown' };
}

/** `https://kv-contoso.vault.azure.net` is the vault `kv-contoso`. */
function vaultName(vaultUrl: string): string {
  return new URL(vaultUrl).hostname.split('.')[0] ?? '';
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

import type { Target, TargetPolicy } from './target.ts';
import type { VaultSnapshot } from './vault-snapshot.ts';

/** Between the last read of a cached pointer and the request that uses it. */
const marginMs = 1000;
/** App Service refreshes references to secrets within 24 h; two hours for the restart that follows. https://learn.microsoft.com/azure/app-service/app-service-key-vault-references */
export const directHoldMs = 26 * 60 * 60_000;

/** How long a consumer that follows the pointer may use a key after the pointer has left it. Milliseconds. */
export function pointerHoldMs({ pointerCacheMs, keyCacheMs, longestRequestMs }: TargetPolicy): number {
  return pointerCacheMs + keyCacheMs + longestRequestMs + marginMs;
}

/**
 * Whether a consumer may still read the secret of the slot that the pointer does not name, by a pointer from its cache.
 * @param seenSinceMs since when this very version of the pointer is known to stand, by the vault's clock; null: it shows only its date
 */
export function isInactiveSecretRead(
  { pointer, vaultNowMs }: Pick<VaultSnapshot, 'pointer' | 'vaultNowMs'>,
  { pointerCacheMs }: TargetPolicy,
  seenSinceMs: number | null,
): boolean {
  if (pointer.kind !== 'stored') return false;
  // Key Vault's dates are rounded down to the second: the margin holds that second, too.
  const standsForMs = vaultNowMs - Math.max(pointer.createdAtMs, seenSinceMs ?? 0);
  return standsForMs < pointerCacheMs + 2 * marginMs;
}

/** How long any consumer of the target may use a key after the switch to another. Milliseconds. */
export function consumersHoldMs({ layout, policy }: Target): number {
  const byPointerMs = pointerHoldMs(policy);
  return layout.kind === 'pointer' ? byPointerMs : Math.max(byPointerMs, directHoldMs);
}

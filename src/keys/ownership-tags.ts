import { sameResource } from '../shared/resource-id.ts';
import type { VaultSnapshot } from './vault-snapshot.ts';

/** The pointer's tag that names the Keyturn instance to which the target belongs. */
export const instanceTag = 'keyturn-instance';
/** Microsoft's rotation convention: the full ARM id of the account to which a key secret belongs. */
export const providerTag = 'ProviderAddress';

/** Whether another Keyturn instance has taken the target over. A pointer without the tag belongs to nobody else. */
export function takenOver(snapshot: VaultSnapshot, instance: string): boolean {
  const owner = snapshot.pointer.kind === 'stored' ? snapshot.pointer.tags[instanceTag] : undefined;
  return owner !== undefined && owner !== instance;
}

type Tagged =
  | { readonly kind: 'stored'; readonly tags: Readonly<Record<string, string>> }
  | { readonly kind: 'absent' | 'disabled' };

/** Whether a secret says that it belongs to another account. */
export function belongsElsewhere(secret: Tagged | null, armId: string): boolean {
  const provider = secret?.kind === 'stored' ? secret.tags[providerTag] : undefined;
  return provider !== undefined && !sameResource(provider, armId);
}

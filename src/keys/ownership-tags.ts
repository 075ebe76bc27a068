import { sameResource } from '../shared/resource-id.ts';
import type { VaultSnapshot } from './vault-snapshot.ts';

/** The pointer's tag that names the Keyturn instance to which the target belongs. */
export const instanceTag = 'keyturn-instance';
/** Microsoft's rotation convention: the full ARM id of the account to which a key secret belongs. */
export const providerTag = 'ProviderAddress';

type Tags = Readonly<Record<string, string>>;

/** Whether a pointer's tags say that another Keyturn instance owns the target. Without the tag it is nobody else's. */
export function namesAnotherInstance(tags: Tags, instance: string): boolean {
  const owner = tags[instanceTag];
  return owner !== undefined && owner !== instance;
}

/** Whether another Keyturn instance has taken the target over. */
export function takenOver({ pointer }: VaultSnapshot, instance: string): boolean {
  return pointer.kind === 'stored' && namesAnotherInstance(pointer.tags, instance);
}

/** Whether a secret's tags say that it belongs to another account. */
export function namesAnotherAccount(tags: Tags, armId: string): boolean {
  const provider = tags[providerTag];
  return provider !== undefined && !sameResource(provider, armId);
}

type Tagged = { readonly kind: 'stored'; readonly tags: Tags } | { readonly kind: 'absent' | 'disabled' };

/** Whether a secret says that it belongs to another account. */
export function belongsElsewhere(secret: Tagged | null, armId: string): boolean {
  return secret?.kind === 'stored' && namesAnotherAccount(secret.tags, armId);
}

import type { KeyFingerprints } from './key-fingerprints.ts';
import { instanceTag, ownerOf } from './ownership-tags.ts';
import type { SecretVersion, StoredSecret, Tags } from './ports.ts';
import type { SecretPart } from './target.ts';
import { namedSlot, type VaultSnapshot } from './vault-snapshot.ts';

/** The current version of a secret that is disabled: the vault shows no value of it. */
export type DisabledVersion = Pick<SecretVersion, 'version' | 'tags' | 'contentType'>;

/** What stands under a target's names, in every state that a secret can be in. */
export interface ExistingSecrets {
  readonly keys: KeyFingerprints;
  readonly accountEndpoint: string;
  readonly vault: VaultSnapshot;
  readonly endpoint: StoredSecret;
  readonly disabled: Readonly<Partial<Record<SecretPart, DisabledVersion>>>;
  /** What lies in the soft-deleted state, absent in the vault, with its tags. */
  readonly deleted: Readonly<Partial<Record<SecretPart, Tags>>>;
}

/**
 * Whose a secret is. `unknown`: neither its tags nor its value show it, so it may be somebody else's. Of what is disabled
 * or deleted only tags can be seen.
 * @param armIds every id that the account has or had
 */
export function whoseSecret(
  part: SecretPart,
  existing: ExistingSecrets,
  { armIds, instance }: { readonly armIds: readonly string[]; readonly instance: string },
): 'nobody' | 'ours' | 'another-account' | 'unknown' {
  const tags = tagsOf(part, existing);
  if (tags === null) return 'nobody';
  const owner = ownerOf(tags, armIds);
  if (owner !== 'not-said') return owner === 'this-account' ? 'ours' : 'another-account';
  if (part === 'pointer' && tags[instanceTag] === instance) return 'ours';
  return showsItself(part, existing) ? 'ours' : 'unknown';
}

/** The tags of a secret, whatever state it is in; null if there is none. */
export function tagsOf(part: SecretPart, { vault, endpoint, disabled, deleted }: ExistingSecrets): Tags | null {
  const secret = part === 'endpoint' ? endpoint : vault[part];
  if (secret?.kind === 'stored') return secret.tags;
  // A disabled one that its versions do not show says nothing.
  return secret?.kind === 'disabled' ? (disabled[part]?.tags ?? {}) : (deleted[part] ?? null);
}

/** Whether the value is one that only this target's secrets hold. */
function showsItself(part: SecretPart, { vault, endpoint, keys, accountEndpoint }: ExistingSecrets): boolean {
  if (part === 'endpoint') return endpoint.kind === 'stored' && sameEndpoint(endpoint.value.reveal(), accountEndpoint);
  if (part === 'pointer') return namedSlot(vault) !== null;
  const secret = vault[part];
  return secret?.kind === 'stored' && (secret.fingerprint === keys.key1 || secret.fingerprint === keys.key2);
}

/** Whether two texts name one endpoint: people write it with and without the last `/`. */
export function sameEndpoint(one: string, other: string): boolean {
  const plain = (text: string) => text.trim().toLowerCase().replace(/\/+$/, '');
  return plain(one) === plain(other);
}

/**
 * The current version of a secret that is disabled, by the list of its versions; null if none is. Key Vault keeps
 * whole seconds: of several that may be it, the one that least says that it is ours.
 * @param armIds every id that the account has or had
 */
export function disabledVersion(versions: readonly SecretVersion[], armIds: readonly string[]): DisabledVersion | null {
  const newestMs = Math.max(...versions.map(({ createdAtMs }) => createdAtMs));
  const current = versions.filter(({ createdAtMs, enabled }) => createdAtMs === newestMs && !enabled);
  return current.find(({ tags }) => ownerOf(tags, armIds) !== 'this-account') ?? current[0] ?? null;
}

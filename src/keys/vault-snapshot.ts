import { type Fingerprint, fingerprint } from '../shared/fingerprint.ts';
import { isSlot, type Slot } from '../shared/slot.ts';
import { namesAnotherInstance } from './ownership-tags.ts';
import type { CurrentVersion, ReadSecret, Secrets, SecretVersion, StoredSecret } from './ports.ts';
import { marginMs, secretNames, type Target, type TargetPolicy } from './target.ts';

type Seen = Pick<SecretVersion, 'version' | 'createdAtMs' | 'tags' | 'contentType'>;

/** A secret's current version as decisions see it: its value is only a fingerprint. */
export type SecretFact = CurrentVersion<Seen & { fingerprint: Fingerprint }>;

/** The pointer's value is no secret: it names a slot. */
export type PointerFact = CurrentVersion<Seen & { value: string }>;

/** What consumers find in the vault beside the key itself, all read within one moment. */
interface Followed {
  /** The vault's clock at the earliest of the reads: ages counted from it are never too great. */
  readonly vaultNowMs: number;
  /** The same at the latest of the reads: what counts from when this was seen counts from then. A worker may have stood still in between. */
  readonly seenByMs: number;
  readonly pointer: PointerFact;
  /** Null if the target has no direct-value secret. */
  readonly direct: SecretFact | null;
}

/** What the vault says of a target. */
export interface VaultSnapshot extends Followed {
  readonly key1: SecretFact;
  readonly key2: SecretFact;
}

/** What the vault says of a target and of one slot's key; the other slot's is not asked for. */
export interface SlotSnapshot extends Followed {
  readonly key: SecretFact;
}

/**
 * Reads a target's pointer, key secrets and direct-value secret, all at once. The key secrets come back whole beside the snapshot:
 * their values stay in memory, where a proof needs them.
 * @param salt names the values by fingerprint
 * @throws FailureError when the vault cannot be read
 */
export async function readVault(
  secrets: Pick<Secrets, 'read'>,
  target: Target,
  salt: string,
): Promise<{ readonly snapshot: VaultSnapshot; readonly keys: Readonly<Record<Slot, ReadSecret>> }> {
  const names = secretNames(target);
  const [pointer, key1, key2, direct] = await Promise.all([
    secrets.read(names.pointer),
    secrets.read(names.key1),
    secrets.read(names.key2),
    names.direct === null ? null : secrets.read(names.direct),
  ]);
  const followed = followedIn(pointer, direct, [key1, key2], salt);
  return {
    snapshot: { ...followed, key1: secretFact(key1, salt), key2: secretFact(key2, salt) },
    keys: { key1, key2 },
  };
}

/** The same without the key of the other slot. */
export async function readSlot(
  secrets: Pick<Secrets, 'read'>,
  target: Target,
  slot: Slot,
  salt: string,
): Promise<{ readonly snapshot: SlotSnapshot; readonly key: ReadSecret }> {
  const names = secretNames(target);
  const [pointer, key, direct] = await Promise.all([
    secrets.read(names.pointer),
    secrets.read(names[slot]),
    names.direct === null ? null : secrets.read(names.direct),
  ]);
  return { snapshot: { ...followedIn(pointer, direct, [key], salt), key: secretFact(key, salt) }, key };
}

function followedIn(
  pointer: ReadSecret,
  direct: ReadSecret | null,
  keys: readonly ReadSecret[],
  salt: string,
): Followed {
  const answeredMs = [pointer, ...keys, ...(direct === null ? [] : [direct])].map(({ vaultNowMs }) => vaultNowMs);
  return {
    vaultNowMs: Math.min(...answeredMs),
    seenByMs: Math.max(...answeredMs),
    pointer: pointerFact(pointer.secret),
    direct: direct === null ? null : secretFact(direct, salt),
  };
}

export function secretFact({ secret }: ReadSecret, salt: string): SecretFact {
  if (secret.kind !== 'stored') return secret;
  const { version, createdAtMs, tags, contentType } = secret;
  return { kind: 'stored', version, createdAtMs, fingerprint: fingerprint(secret.value, salt), tags, contentType };
}

function pointerFact(secret: StoredSecret): PointerFact {
  if (secret.kind !== 'stored') return secret;
  const { version, createdAtMs, tags, contentType } = secret;
  return { kind: 'stored', version, createdAtMs, value: secret.value.reveal(), tags, contentType };
}

/** Whether another Keyturn instance has taken the target over. */
export function takenOver({ pointer }: Pick<VaultSnapshot, 'pointer'>, instance: string): boolean {
  return pointer.kind === 'stored' && namesAnotherInstance(pointer.tags, instance);
}

/** Why nobody may go by the pointer. */
export type UnusablePointer = 'taken-over' | 'pointer-missing' | 'pointer-disabled' | 'pointer-invalid';

/** What the pointer tells: the slot that consumers use, or why nobody may go by it. */
export type ReadPointer =
  | { readonly kind: 'read'; readonly slot: Slot; readonly version: string; readonly createdAtMs: number }
  | { readonly kind: 'unusable'; readonly reason: UnusablePointer };

/** The slot that the pointer names, whosever it is; null: it shows none. */
export function namedSlot({ pointer }: Pick<VaultSnapshot, 'pointer'>): Slot | null {
  return pointer.kind === 'stored' && isSlot(pointer.value) ? pointer.value : null;
}

/** The pointer as `instance` may go by it. */
export function readPointer(vault: Pick<VaultSnapshot, 'pointer'>, instance: string): ReadPointer {
  const { pointer } = vault;
  if (takenOver(vault, instance)) return { kind: 'unusable', reason: 'taken-over' };
  if (pointer.kind === 'absent') return { kind: 'unusable', reason: 'pointer-missing' };
  if (pointer.kind === 'disabled') return { kind: 'unusable', reason: 'pointer-disabled' };
  if (!isSlot(pointer.value)) return { kind: 'unusable', reason: 'pointer-invalid' };
  const { version, createdAtMs } = pointer;
  return { kind: 'read', slot: pointer.value, version, createdAtMs };
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

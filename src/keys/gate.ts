import { otherSlot, type Slot } from '../shared/slot.ts';
import { keyCall } from './account-probe.ts';
import type { KeyFingerprints } from './key-fingerprints.ts';
import { hasRoomForTags } from './key-secret.ts';
import { belongsElsewhere } from './ownership-tags.ts';
import type { AccountFacts, CurrentVersion } from './ports.ts';
import { readPointer, type UnusablePointer, type VaultSnapshot } from './vault-snapshot.ts';

/** Which versions stand behind a target's names. */
export interface SeenVersions {
  readonly pointer: string;
  readonly key1: string;
  readonly key2: string;
  readonly direct: string | null;
}

/** What was seen before, and since when it has been so, by the vault's clock. */
export interface LastSeen {
  readonly pointer: Slot;
  readonly versions: SeenVersions;
  readonly sinceMs: number;
}

export interface GateFacts {
  readonly vault: VaultSnapshot;
  /** What ARM says; null while it has not been asked: what the vault forbids costs no call to ARM. */
  readonly arm: { readonly account: AccountFacts; readonly keys: KeyFingerprints } | null;
  readonly lastSeen: LastSeen | null;
}

export interface GateRules {
  readonly armId: string;
  readonly internalId: string;
  readonly instance: string;
  /** How long what consumers read must have stood before `inactiveSlot` is regenerated: until nobody can hold its key. 0: it does not wait. */
  readonly standsForMs: (inactiveSlot: Slot, versions: SeenVersions) => number;
  /** Whether keys are proved by calls to the account's endpoint: then one must be known. */
  readonly callsEndpoint: boolean;
  /** Key Vault rounds `created` down to the second. */
  readonly vaultRoundingMs: number;
}

type GateBlock =
  | UnusablePointer
  | 'account-recreated'
  | 'local-auth-disabled'
  | 'endpoint-not-azure'
  | 'kind-not-probeable'
  | 'secrets-of-another-account'
  | 'secret-missing'
  | 'secret-disabled'
  | 'vault-stale'
  | 'direct-stale'
  | 'too-many-tags';

export type GateAnswer =
  | { readonly kind: 'open'; readonly inactiveSlot: Slot; readonly versions: SeenVersions }
  /** Something that only a person can set right. */
  | { readonly kind: 'blocked'; readonly reason: GateBlock }
  /** Azure refuses key operations: the account is being changed, or failed to be. */
  | { readonly kind: 'busy'; readonly provisioningState: string }
  /** What stands in the vault is not what was last seen there: its age restarts. */
  | { readonly kind: 'changed'; readonly inactiveSlot: Slot; readonly seen: LastSeen }
  /** The vault has nothing against it: now ask ARM. */
  | { readonly kind: 'ask-arm' }
  /** A consumer may hold the inactive key for this much longer. */
  | { readonly kind: 'young'; readonly inactiveSlot: Slot; readonly forMs: number };

export type OpenGate = Extract<GateAnswer, { kind: 'open' }>;

export type ClosedGate = Exclude<GateAnswer, OpenGate | { kind: 'ask-arm' }>;

/**
 * May the inactive slot be regenerated? Pointer, active secret and direct-value secret must agree with the account and be
 * enabled, and each must have stood unchanged for the overlap: only then can no consumer hold the inactive key.
 */
export function gate(facts: GateFacts & { readonly arm: null }, rules: GateRules): Exclude<GateAnswer, OpenGate>;
export function gate(
  facts: GateFacts & { readonly arm: object },
  rules: GateRules,
): Exclude<GateAnswer, { kind: 'ask-arm' }>;
export function gate(facts: GateFacts, rules: GateRules): GateAnswer;
export function gate(facts: GateFacts, rules: GateRules): GateAnswer {
  const { vault, arm, lastSeen } = facts;
  const blocked = (reason: GateBlock): GateAnswer => ({ kind: 'blocked', reason });

  if (arm !== null) {
    if (arm.account.internalId !== rules.internalId) return blocked('account-recreated');
    if (arm.account.localAuthDisabled) return blocked('local-auth-disabled');
    if (arm.account.provisioningState !== 'Succeeded')
      return { kind: 'busy', provisioningState: arm.account.provisioningState };
    // Its first write is the endpoint's.
    if (!arm.account.endpointIsAzure) return blocked('endpoint-not-azure');
    // A new key that nothing can prove is never published: none is made.
    if (rules.callsEndpoint && keyCall(arm.account) === null) return blocked('kind-not-probeable');
  }
  const pointer = readPointer(vault, rules.instance);
  if (pointer.kind === 'unusable') return blocked(pointer.reason);
  if ([vault.pointer, vault.key1, vault.key2, vault.direct].some((secret) => belongsElsewhere(secret, rules.armId)))
    return blocked('secrets-of-another-account');

  const { key1, key2, direct } = vault;
  const activeSlot = pointer.slot;
  const inactiveSlot = otherSlot(activeSlot);
  if (key1.kind === 'absent' || key2.kind === 'absent' || direct?.kind === 'absent') return blocked('secret-missing');
  if (key1.kind === 'disabled' || key2.kind === 'disabled' || direct?.kind === 'disabled')
    return blocked('secret-disabled');
  const active = activeSlot === 'key1' ? key1 : key2;
  if (direct !== null && direct.fingerprint !== active.fingerprint) return blocked('direct-stale');
  if (arm !== null && (key1.fingerprint !== arm.keys.key1 || key2.fingerprint !== arm.keys.key2))
    return blocked('vault-stale');
  if (tooManyTags(vault)) return blocked('too-many-tags');

  const versions = versionsIn(vault);
  if (lastSeen === null || lastSeen.pointer !== activeSlot || !sameVersions(lastSeen.versions, versions)) {
    return { kind: 'changed', inactiveSlot, seen: { pointer: activeSlot, versions, sinceMs: vault.seenByMs } };
  }
  const createdMs = [pointer, active, ...(direct === null ? [] : [direct])].map(({ createdAtMs }) => createdAtMs);
  const standsSinceMs = Math.max(lastSeen.sinceMs, ...createdMs) + rules.vaultRoundingMs;
  const wantedMs = rules.standsForMs(inactiveSlot, versions);
  const forMs = standsSinceMs + wantedMs - vault.vaultNowMs;
  if (wantedMs > 0 && forMs > 0) return { kind: 'young', inactiveSlot, forMs };
  return arm === null ? { kind: 'ask-arm' } : { kind: 'open', inactiveSlot, versions };
}

/** What is disabled or gone has no version that could be told from another: consumers may have been given any before. */
export function versionsIn({ pointer, key1, key2, direct }: VaultSnapshot): SeenVersions {
  return {
    pointer: versionOf(pointer),
    key1: versionOf(key1),
    key2: versionOf(key2),
    direct: direct && versionOf(direct),
  };
}

export function versionOf(secret: CurrentVersion<{ version: string }>): string {
  return secret.kind === 'stored' ? secret.version : secret.kind;
}

export function sameVersions(one: SeenVersions, other: SeenVersions): boolean {
  return (
    one.pointer === other.pointer && one.key1 === other.key1 && one.key2 === other.key2 && one.direct === other.direct
  );
}

/** Whether a secret has no room for Keyturn's own tags. */
export function tooManyTags(vault: VaultSnapshot): boolean {
  return (['key1', 'key2', 'pointer', 'direct'] as const).some((part) => {
    const secret = vault[part];
    return secret?.kind === 'stored' && !hasRoomForTags(part, secret.tags);
  });
}

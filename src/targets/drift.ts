import type { CopyFact } from '../keys/copies/copy.ts';
import { tooManyTags } from '../keys/gate.ts';
import type { KeyFingerprints } from '../keys/key-fingerprints.ts';
import { hasRoomForTags } from '../keys/key-secret.ts';
import { belongsElsewhere, ownerOf } from '../keys/ownership-tags.ts';
import type { AccountFacts } from '../keys/ports.ts';
import { namedSlot, type SecretFact, takenOver, type VaultSnapshot } from '../keys/vault-snapshot.ts';
import { type Slot, slots } from '../shared/slot.ts';
import type { DriftReason } from './drift-reasons.ts';

export interface DriftFacts {
  readonly armId: string;
  readonly instance: string;
  /** The account that was adopted. */
  readonly internalId: string;
  readonly account: Pick<AccountFacts, 'internalId' | 'localAuthDisabled' | 'endpointIsAzure'>;
  /** Keyturn turned keys off, or the settings say that they are: what the vault holds matters to nobody. */
  readonly isKeyless: boolean;
  /** Null if the account has none, since keys are turned off. */
  readonly keys: KeyFingerprints | null;
  readonly vault: VaultSnapshot;
  readonly endpointIsRight: boolean;
  /** Of the endpoint secret; none if it is absent or disabled. */
  readonly endpointTags: Readonly<Record<string, string>>;
  /** The keys that Keyturn last knew to be the account's, named with the same salt; null if it knew none. */
  readonly known: KeyFingerprints | null;
  /** Declared copies, as they stand. */
  readonly copies: readonly CopyFact[];
}

interface Check {
  readonly reason: DriftReason;
  readonly holds: (facts: DriftFacts) => boolean;
}

/** In the order in which they are shown: what stops consumers or Keyturn comes before what follows from it. */
const checks: readonly Check[] = [
  { reason: 'account-recreated', holds: ({ account, internalId }) => account.internalId !== internalId },
  { reason: 'local-auth-disabled', holds: ({ account }) => account.localAuthDisabled },
  { reason: 'endpoint-not-azure', holds: ({ account }) => !account.endpointIsAzure },
  { reason: 'taken-over', holds: ({ vault, instance }) => takenOver(vault, instance) },
  {
    reason: 'secrets-of-another-account',
    holds: ({ vault, armId, endpointTags }) =>
      [vault.pointer, ...keyHolders(vault)].some((secret) => belongsElsewhere(secret, armId)) ||
      ownerOf(endpointTags, [armId]) === 'another-account',
  },
  { reason: 'pointer-missing', holds: ({ vault }) => vault.pointer.kind === 'absent' },
  { reason: 'pointer-disabled', holds: ({ vault }) => vault.pointer.kind === 'disabled' },
  {
    reason: 'pointer-invalid',
    holds: ({ vault }) => vault.pointer.kind === 'stored' && namedSlot(vault) === null,
  },
  { reason: 'pointer-to-dead-key', holds: pointerToDeadKey },
  { reason: 'secret-missing', holds: ({ vault }) => keyHolders(vault).some(({ kind }) => kind === 'absent') },
  { reason: 'secret-disabled', holds: ({ vault }) => keyHolders(vault).some(({ kind }) => kind === 'disabled') },
  { reason: 'out-of-band-regenerated', holds: (facts) => staleSlots(facts).some((slot) => !isKnown(facts, slot)) },
  { reason: 'vault-stale', holds: (facts) => staleSlots(facts).some((slot) => isKnown(facts, slot)) },
  { reason: 'direct-stale', holds: directStale },
  { reason: 'copy-stale', holds: (facts) => staleCopies(facts).length > 0 },
  { reason: 'copy-unreadable', holds: (facts) => unreadableCopies(facts).length > 0 },
  { reason: 'copy-not-sticky', holds: (facts) => movingCopies(facts).length > 0 },
  { reason: 'endpoint-stale', holds: ({ account, endpointIsRight }) => account.endpointIsAzure && !endpointIsRight },
  {
    reason: 'too-many-tags',
    holds: ({ vault, endpointTags }) => tooManyTags(vault) || !hasRoomForTags('endpoint', endpointTags),
  },
];

/** Every way in which vault and account disagree. */
export function drift(facts: DriftFacts): readonly DriftReason[] {
  if (facts.isKeyless) return keylessDrift(facts);
  return checks.filter(({ holds }) => holds(facts)).map(({ reason }) => reason);
}

function keylessDrift({ account, internalId }: DriftFacts): readonly DriftReason[] {
  if (account.internalId !== internalId) return ['account-recreated'];
  return account.localAuthDisabled ? [] : ['keys-on-again'];
}

/** Whether the vault holds the account's key in both slots. */
export function agrees({ keys, vault }: Pick<DriftFacts, 'keys' | 'vault'>): boolean {
  return keys !== null && slots.every((slot) => holdsKey(vault[slot], keys[slot]));
}

function keyHolders({ key1, key2, direct }: VaultSnapshot): readonly SecretFact[] {
  return direct === null ? [key1, key2] : [key1, key2, direct];
}

function holdsKey(secret: SecretFact, print: KeyFingerprints[Slot]): boolean {
  return secret.kind === 'stored' && secret.fingerprint === print;
}

/** Neither key of the account: a key of the other slot, though in the wrong place, still serves. */
function pointerToDeadKey({ vault, keys }: DriftFacts): boolean {
  const activeSlot = namedSlot(vault);
  if (keys === null || activeSlot === null) return false;
  const active = vault[activeSlot];
  return active.kind === 'stored' && slots.every((slot) => active.fingerprint !== keys[slot]);
}

function staleSlots({ vault, keys }: DriftFacts): readonly Slot[] {
  if (keys === null) return [];
  return slots.filter((slot) => vault[slot].kind === 'stored' && !holdsKey(vault[slot], keys[slot]));
}

/** The account still has the key that Keyturn knew, so it is the vault that changed. Unknown keys accuse nobody. */
function isKnown({ keys, known }: DriftFacts, slot: Slot): boolean {
  return known === null || known[slot] === keys?.[slot];
}

function directStale({ vault, keys }: DriftFacts): boolean {
  const activeSlot = namedSlot(vault);
  if (keys === null || vault.direct?.kind !== 'stored' || activeSlot === null) return false;
  return vault.direct.fingerprint !== keys[activeSlot];
}

/** Which declared copies a finding is about, by its reason. */
export type CopiesFound = Readonly<Partial<Record<DriftReason, readonly string[]>>>;

/** The copies behind each finding that is about copies; none if the account is keyless. */
export function copiesFound(facts: DriftFacts): CopiesFound {
  if (facts.isKeyless) return {};
  const found = { 'copy-stale': staleCopies, 'copy-unreadable': unreadableCopies, 'copy-not-sticky': movingCopies };
  return Object.fromEntries(
    Object.entries(found)
      .map(([reason, copiesOf]) => [reason, copiesOf(facts).map(({ name }) => name)] as const)
      .filter(([, names]) => names.length > 0),
  );
}

/** One that is gone holds nothing. */
function staleCopies({ vault, keys, copies }: DriftFacts): readonly CopyFact[] {
  const activeSlot = namedSlot(vault);
  if (keys === null || activeSlot === null) return [];
  const active = keys[activeSlot];
  return copies.filter((copy) => copy.kind === 'outdated' || (copy.kind === 'stored' && copy.fingerprint !== active));
}

function unreadableCopies({ copies }: DriftFacts): readonly CopyFact[] {
  return copies.filter(({ kind }) => kind === 'disabled' || kind === 'unreadable');
}

function movingCopies({ copies }: DriftFacts): readonly CopyFact[] {
  return copies.filter((copy) => copy.kind === 'stored' && copy.isCarriedAway);
}

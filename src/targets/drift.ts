import type { CopyFact } from '../keys/copies/copy.ts';
import { tooManyTags } from '../keys/gate.ts';
import type { KeyFingerprints } from '../keys/key-fingerprints.ts';
import { hasRoomForTags } from '../keys/key-secret.ts';
import { belongsElsewhere, ownerOf } from '../keys/ownership-tags.ts';
import type { AccountFacts } from '../keys/ports.ts';
import { namedSlot, type SecretFact, takenOver, type VaultSnapshot } from '../keys/vault-snapshot.ts';
import { type Slot, slots } from '../shared/slot.ts';

/** How vault, account and journal can disagree. Each has an entry in docs/reasons.md. */
export const driftReasons = {
  'journal-lost':
    "Keyturn's record of this target is gone, and vault and account disagree, so a rotation may have been under way. Adopt it again.",
  'journal-restored': "Keyturn's record of this target is an older copy; the age of all that it holds restarts.",
  'account-recreated': 'The account was deleted and recreated; its keys are different. Adopt it again.',
  'local-auth-disabled': 'Keys are turned off on this account: there is nothing to rotate.',
  'keys-on-again': 'This account was keyless, and somebody outside Keyturn has turned keys on again.',
  'endpoint-not-azure': 'Azure shows an endpoint for this account that is no address of an AI account of this cloud.',
  'taken-over': 'The pointer belongs to another Keyturn instance.',
  'secrets-of-another-account': 'A secret under this prefix belongs to another account.',
  'pointer-missing': 'The pointer secret does not exist.',
  'pointer-disabled': 'The pointer secret is disabled.',
  'pointer-invalid': 'The pointer names no slot.',
  'pointer-to-dead-key': 'The pointer designates a key that the account no longer has: consumers that read it fail.',
  'secret-missing': 'A key secret does not exist.',
  'secret-disabled': 'A key secret is disabled.',
  'out-of-band-regenerated': 'Somebody regenerated a key outside Keyturn.',
  'vault-stale': 'A key secret does not hold the key that the account has in its slot.',
  'active-key-refused':
    'The endpoint refuses the active key, although vault and account agree on it: consumers fail. Diagnose the target.',
  'direct-stale': 'The direct-value secret does not hold the active key.',
  'copy-stale': 'A copy does not hold the active key, so its readers use another one, which may no longer work.',
  'copy-unreadable': 'A copy cannot be read, so nobody knows which key it holds.',
  'copy-not-sticky':
    'A copy is a setting that moves when slots are swapped, and not every slot of its app is declared as a copy.',
  'endpoint-stale': "The endpoint secret does not hold the account's endpoint.",
  'too-many-tags': 'A secret has so many tags that its next version has no room for those that Keyturn adds.',
} as const satisfies Record<string, string>;

export type DriftReason = keyof typeof driftReasons;

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

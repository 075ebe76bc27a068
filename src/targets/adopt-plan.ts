import { keyCall } from '../keys/account-probe.ts';
import type { KeyFingerprints } from '../keys/key-fingerprints.ts';
import { hasRoomForTags } from '../keys/key-secret.ts';
import { instanceTag, namesAnotherInstance, ownerOf } from '../keys/ownership-tags.ts';
import type { AccountFacts, ReadSecret } from '../keys/ports.ts';
import { type SecretPart, secretParts } from '../keys/target.ts';
import { namedSlot, type SecretFact, takenOver } from '../keys/vault-snapshot.ts';
import { type ExistingSecrets, tagsOf, whoseSecret } from '../keys/whose-secret.ts';
import { hasFailedProvisioning } from '../shared/public-access.ts';
import { otherSlot, type Slot, slots } from '../shared/slot.ts';

export interface AdoptFacts extends Pick<ExistingSecrets, 'keys' | 'vault' | 'disabled' | 'deleted'> {
  readonly account: AccountFacts;
  readonly endpoint: ReadSecret;
  /** The ids that the account had before it was moved, as far as its secrets name them. */
  readonly formerIds: readonly string[];
  /** Of secrets that do not show whose they are: those of which an earlier version says that it was ours. Looked up for a repair. */
  readonly onceOurs: ReadonlySet<SecretPart>;
}

/** What the secrets are written for. */
export type Intent =
  /** `takeOver`: the pointer may be claimed from another Keyturn instance. */
  | { readonly kind: 'adopt'; readonly askedSlot: Slot | null; readonly takeOver: boolean }
  /** Of a target that was adopted before: what the row knows of it. `pointed`: where the pointer stood, in case it is gone. */
  | { readonly kind: 'repair'; readonly pointed: Slot; readonly internalId: string };

export type AdoptRefusal =
  | 'account-recreated'
  | 'endpoint-not-azure'
  | 'kind-not-probeable'
  | 'too-many-tags'
  | 'local-auth-disabled'
  | 'account-busy'
  | 'account-provisioning-failed'
  | 'taken-over'
  | 'secrets-of-another-account'
  | 'foreign-secret'
  | 'direct-slot-unclear'
  | 'pointer-disabled'
  | 'pointer-invalid'
  | 'leaked-key-not-confirmed';

export type Change = 'created' | 'updated' | 'unchanged';

/**
 * What one round of an adoption will do to each secret. Nothing here changes a key. A deleted secret shows what it holds
 * only when it is back: a key's, which is `created`, gets the right value at once; one that the pointer names waits until
 * consumers have been led to the other key, and a deleted pointer until both keys are right.
 */
export interface AdoptPlan {
  readonly kind: 'plan';
  readonly activeSlot: Slot;
  readonly keys: Readonly<Record<Slot, Change>>;
  readonly endpoint: Change;
  readonly pointer: Change;
  readonly direct: Change | null;
  /** The pointer is another instance's: writing it comes first, and everything else waits for that one's last calls. */
  readonly claims: boolean;
  /**
   * What is asked of the active key before it is stored: nothing if consumers have it already, as much as of a new key
   * if they are led to it from another one.
   */
  readonly proof: 'none' | 'in-use' | 'new';
}

export type RefusedPlan = {
  readonly kind: 'refused';
  readonly reason: AdoptRefusal;
  /** The secrets that stand in the way, if it is they. */
  readonly parts: readonly SecretPart[];
};

interface PlanRules {
  /** The account's id now. */
  readonly armId: string;
  readonly instance: string;
  /** Whether keys are proved by calls to the account's endpoint. */
  readonly callsEndpoint: boolean;
  readonly intent: Intent;
  /** Slots whose key was reported as leaked, and that no confirmation names. Default none. */
  readonly leaked?: readonly Slot[];
}

/**
 * Decides what is to be stored: whatever the vault already holds rightly stays as it is, so doing it twice changes
 * nothing. An existing pointer is kept; else the slot where it stood, or the one asked for, or the one whose key the
 * direct-value secret holds, else key1. Everything that could refuse it is asked before the first write, of every secret
 * that stands under the target's names: enabled, disabled or deleted.
 */
export function planAdoption(facts: AdoptFacts, rules: PlanRules): AdoptPlan | RefusedPlan {
  const { account, keys, vault, endpoint, deleted } = facts;
  const { intent, leaked = [] } = rules;
  const refused = (reason: AdoptRefusal, parts: readonly SecretPart[] = []): RefusedPlan => {
    return { kind: 'refused', reason, parts };
  };
  if (intent.kind === 'repair' && account.internalId !== intent.internalId) return refused('account-recreated');
  if (account.localAuthDisabled) return refused('local-auth-disabled');
  if (account.provisioningState !== 'Succeeded')
    return refused(hasFailedProvisioning(account.provisioningState) ? 'account-provisioning-failed' : 'account-busy');
  if (!account.endpointIsAzure) return refused('endpoint-not-azure');
  if (rules.callsEndpoint && keyCall(account) === null) return refused('kind-not-probeable');
  const isForeign = takenOver(vault, rules.instance) || namesAnotherInstance(deleted.pointer ?? {}, rules.instance);
  if (isForeign && !(intent.kind === 'adopt' && intent.takeOver)) return refused('taken-over');
  const { pointer } = vault;
  if (pointer.kind === 'disabled') return refused('pointer-disabled');
  const others = othersSecrets(facts, rules);
  if (others['another-account'].length > 0) return refused('secrets-of-another-account', others['another-account']);
  const pointed = namedSlot(vault);
  if (pointer.kind === 'stored' && pointed === null && intent.kind === 'adopt') return refused('pointer-invalid');
  if (others.unknown.length > 0) return refused('foreign-secret', others.unknown);

  const isLedAway = pointed !== null && deleted[pointed] !== undefined;
  const kept = isLedAway ? otherSlot(pointed) : pointed;
  const comesBack = deleted.pointer !== undefined;
  const said = intent.kind === 'adopt' ? intent.askedSlot : intent.pointed;
  const held = kept === null && said === null && !comesBack ? slotOfDirect(vault.direct, keys) : null;
  if (held === 'unclear') return refused('direct-slot-unclear');
  const activeSlot = kept ?? said ?? held ?? (leaked.includes('key1') && !leaked.includes('key2') ? 'key2' : 'key1');
  // Nobody is led to a leaked key: a repair puts the pointer where it stood, an adoption where it is told to.
  const isLed = isLedAway || (intent.kind === 'adopt' && kept === null && !comesBack);
  if (isLed && leaked.includes(activeSlot)) return refused('leaked-key-not-confirmed');

  // Adopting also gives a right value the tags that say whose it is.
  const isTagged = (part: SecretPart) => intent.kind === 'repair' || saysOurs(part, facts, rules.armId);
  const change = (part: 'direct' | Slot, secret: SecretFact, print: KeyFingerprints['key1']): Change => {
    if (secret.kind === 'absent') return 'created';
    return secret.kind === 'disabled' || secret.fingerprint !== print || !isTagged(part) ? 'updated' : 'unchanged';
  };
  const keyOf = (slot: Slot): Change =>
    isLedAway && slot === pointed ? 'unchanged' : change(slot, vault[slot], keys[slot]);
  const keyChanges = { key1: keyOf('key1'), key2: keyOf('key2') };
  // Which key it is to hold the pointer says, when it is back.
  const direct =
    vault.direct === null ? null : comesBack ? 'unchanged' : change('direct', vault.direct, keys[activeSlot]);
  const mustWork =
    (kept === null && !comesBack) ||
    isForeign ||
    keyChanges[activeSlot] !== 'unchanged' ||
    (direct !== null && direct !== 'unchanged');
  const isSigned = pointer.kind === 'stored' && pointer.tags[instanceTag] !== undefined;
  const standsAsOurs = kept !== null && !isLedAway && isSigned && isTagged('pointer') && !isForeign;
  const pointerChange: Change =
    comesBack || standsAsOurs ? 'unchanged' : pointer.kind === 'absent' ? 'created' : 'updated';
  const plan: AdoptPlan = {
    kind: 'plan',
    activeSlot,
    keys: keyChanges,
    endpoint: endpointChange(endpoint, account.endpoint, isTagged('endpoint')),
    pointer: pointerChange,
    direct,
    claims: isForeign,
    proof: isLedAway ? 'new' : mustWork ? 'in-use' : 'none',
  };
  const full = secretParts.filter((part) => isWritten(part, plan, facts) && !hasRoom(part, facts));
  return full.length > 0 ? refused('too-many-tags', full) : plan;
}

export function writesNothing(plan: AdoptPlan): boolean {
  return changesOf(plan).every((change) => change === 'unchanged');
}

/** Whether none of the target's secrets existed: then nobody else can have been writing them. */
export function createsAll(plan: AdoptPlan): boolean {
  return changesOf(plan).every((change) => change === 'created');
}

function changesOf({ keys, endpoint, pointer, direct }: AdoptPlan): readonly Change[] {
  return [keys.key1, keys.key2, endpoint, pointer, ...(direct === null ? [] : [direct])];
}

/** The secrets that may not be written, by what is known of their owner. */
function othersSecrets(facts: AdoptFacts, { armId, instance, intent }: PlanRules) {
  const others: Record<'another-account' | 'unknown', SecretPart[]> = { 'another-account': [], unknown: [] };
  const existing = existingSecrets(facts);
  for (const part of secretParts) {
    const whose = whoseSecret(part, existing, { armIds: [armId, ...facts.formerIds], instance });
    if (whose === 'another-account') others[whose].push(part);
    // What a person stored over a secret of ours is what a repair is for.
    if (whose === 'unknown' && !(intent.kind === 'repair' && facts.onceOurs.has(part))) others[whose].push(part);
  }
  return others;
}

/** What stands under the target's names, as `whoseSecret` takes it. */
export function existingSecrets({
  account,
  endpoint,
  ...rest
}: Omit<AdoptFacts, 'onceOurs' | 'formerIds'>): ExistingSecrets {
  return { ...rest, endpoint: endpoint.secret, accountEndpoint: account.endpoint };
}

function saysOurs(part: SecretPart, facts: AdoptFacts, armId: string): boolean {
  const tags = tagsOf(part, existingSecrets(facts)) ?? {};
  return ownerOf(tags, [armId]) === 'this-account' && tags.service !== undefined;
}

/** Whether this round or a later one writes it: what is deleted waits for the right moment. */
function isWritten(part: SecretPart, plan: AdoptPlan, { deleted }: AdoptFacts): boolean {
  const change = part === 'key1' || part === 'key2' ? plan.keys[part] : plan[part];
  return deleted[part] !== undefined || (change !== null && change !== 'unchanged');
}

function hasRoom(part: SecretPart, facts: AdoptFacts): boolean {
  return hasRoomForTags(part, tagsOf(part, existingSecrets(facts)) ?? {});
}

/**
 * The slot whose key consumers of the direct-value secret use: the one that its tag `CredentialId` names, if the
 * account has that very value there. A tag that says otherwise than the value, or a value that is no key any more, is for
 * a person to judge.
 */
function slotOfDirect(direct: SecretFact | null, keys: KeyFingerprints): Slot | 'unclear' | null {
  if (direct?.kind !== 'stored') return null;
  const held = slots.find((slot) => keys[slot] === direct.fingerprint);
  const named = direct.tags.CredentialId?.trim().toLowerCase();
  return held !== undefined && (named === undefined || named === held) ? held : 'unclear';
}

function endpointChange({ secret }: ReadSecret, endpoint: string, isTagged: boolean): Change {
  if (secret.kind === 'absent') return 'created';
  return secret.kind === 'stored' && secret.value.reveal() === endpoint && isTagged ? 'unchanged' : 'updated';
}

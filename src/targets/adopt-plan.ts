import type { KeyPrints } from '../keys/key-prints.ts';
import {
  belongsElsewhere,
  instanceTag,
  namesAnotherAccount,
  namesAnotherInstance,
  providerTag,
  takenOver,
} from '../keys/ownership-tags.ts';
import type { AccountFacts, ReadSecret } from '../keys/ports.ts';
import type { SecretFact, VaultSnapshot } from '../keys/vault-snapshot.ts';
import { isSlot, otherSlot, type Slot, slots } from '../shared/slot.ts';

/** One of a target's secrets, by what it is for. */
export type Part = Slot | 'endpoint' | 'pointer' | 'direct';

export interface AdoptFacts {
  readonly account: AccountFacts;
  readonly keys: KeyPrints;
  readonly vault: VaultSnapshot;
  readonly endpoint: ReadSecret;
  /** What lies in the soft-deleted state, absent in the vault, with its tags. */
  readonly deleted: Readonly<Partial<Record<Part, Readonly<Record<string, string>>>>>;
}

/** What the secrets are written for. */
export type Intent =
  /** `takeOver`: the pointer may be claimed from another Keyturn instance. */
  | { readonly kind: 'adopt'; readonly askedSlot: Slot | null; readonly takeOver: boolean }
  /** Of a target that was adopted before: what the row knows of it. `pointed`: where the pointer stood, in case it is gone. */
  | { readonly kind: 'repair'; readonly pointed: Slot; readonly internalId: string };

export type AdoptRefusal =
  | 'account-recreated'
  | 'local-auth-disabled'
  | 'account-busy'
  | 'taken-over'
  | 'secrets-of-another-account'
  | 'foreign-secret'
  | 'direct-slot-unclear'
  | 'pointer-disabled'
  | 'pointer-invalid';

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
   * What is asked of the active key before it is stored: nothing where consumers have it already, as much as of a new key
   * where they are led to it from another one.
   */
  readonly proof: 'none' | 'in-use' | 'new';
}

/**
 * Decides what is to be stored: whatever the vault already holds rightly stays as it is, so doing it twice changes
 * nothing. An existing pointer is kept; else the slot where it stood, or the one asked for, or the one whose key the
 * direct-value secret holds, else key1.
 */
export function planAdoption(
  facts: AdoptFacts,
  rules: { readonly armId: string; readonly instance: string; readonly intent: Intent },
): AdoptPlan | { readonly kind: 'refused'; readonly reason: AdoptRefusal } {
  const { account, keys, vault, endpoint, deleted } = facts;
  const { intent } = rules;
  const refused = (reason: AdoptRefusal) => ({ kind: 'refused', reason }) as const;
  if (intent.kind === 'repair' && account.internalId !== intent.internalId) return refused('account-recreated');
  if (account.localAuthDisabled) return refused('local-auth-disabled');
  if (account.provisioningState !== 'Succeeded') return refused('account-busy');
  const isForeign = takenOver(vault, rules.instance) || namesAnotherInstance(deleted.pointer ?? {}, rules.instance);
  if (isForeign && !(intent.kind === 'adopt' && intent.takeOver)) return refused('taken-over');
  const keyHolders = [vault.key1, vault.key2, ...(vault.direct === null ? [] : [vault.direct])];
  const lost = [deleted.key1, deleted.key2, deleted.direct];
  if (
    keyHolders.some((secret) => belongsElsewhere(secret, rules.armId)) ||
    lost.some((tags) => namesAnotherAccount(tags ?? {}, rules.armId))
  )
    return refused('secrets-of-another-account');
  // Under the names of an adopted target nobody else's secrets lie: a strange value there is what repair is for.
  if (intent.kind === 'adopt' && keyHolders.some((secret) => isStrange(secret, keys))) return refused('foreign-secret');

  const { pointer } = vault;
  if (pointer.kind === 'disabled') return refused('pointer-disabled');
  const pointed = pointer.kind === 'stored' && isSlot(pointer.value) ? pointer.value : null;
  if (pointer.kind === 'stored' && pointed === null && intent.kind === 'adopt') return refused('pointer-invalid');
  const isLedAway = pointed !== null && deleted[pointed] !== undefined;
  const kept = isLedAway ? otherSlot(pointed) : pointed;
  const comesBack = deleted.pointer !== undefined;
  const said = intent.kind === 'adopt' ? intent.askedSlot : intent.pointed;
  const held = kept === null && said === null && !comesBack ? slotOfDirect(vault.direct, keys) : null;
  if (held === 'unclear') return refused('direct-slot-unclear');
  const activeSlot = kept ?? said ?? held ?? 'key1';

  const change = intent.kind === 'adopt' ? keyChange : valueChange;
  const keyOf = (slot: Slot): Change => (isLedAway && slot === pointed ? 'unchanged' : change(vault[slot], keys[slot]));
  const keyChanges = { key1: keyOf('key1'), key2: keyOf('key2') };
  // Which key it is to hold the pointer says, when it is back.
  const direct = vault.direct === null ? null : comesBack ? 'unchanged' : change(vault.direct, keys[activeSlot]);
  const mustWork =
    (kept === null && !comesBack) ||
    isForeign ||
    keyChanges[activeSlot] !== 'unchanged' ||
    (direct !== null && direct !== 'unchanged');
  const standsAsOurs = kept !== null && !isLedAway && isTagged(vault) && !isForeign;
  const pointerChange: Change =
    comesBack || standsAsOurs ? 'unchanged' : pointer.kind === 'absent' ? 'created' : 'updated';
  return {
    kind: 'plan',
    activeSlot,
    keys: keyChanges,
    endpoint: endpointChange(endpoint, account.endpoint),
    pointer: pointerChange,
    direct,
    claims: isForeign,
    proof: isLedAway ? 'new' : mustWork ? 'in-use' : 'none',
  };
}

/** Whether the plan writes at all. */
export function writesNothing(plan: AdoptPlan): boolean {
  const changes = [...slots.map((slot) => plan.keys[slot]), plan.endpoint, plan.pointer, plan.direct ?? 'unchanged'];
  return changes.every((change) => change === 'unchanged');
}

/** Whether none of the target's secrets existed: then nobody else can have been writing them. */
export function createsAll(plan: AdoptPlan): boolean {
  const changes = [...slots.map((slot) => plan.keys[slot]), plan.endpoint, plan.pointer, plan.direct ?? 'created'];
  return changes.every((change) => change === 'created');
}

/** A value that is neither key, in a secret that does not say whose it is: somebody else's secret under our name. */
export function isStrange(secret: SecretFact, keys: KeyPrints): boolean {
  if (secret.kind !== 'stored' || secret.tags[providerTag] !== undefined) return false;
  return secret.print !== keys.key1 && secret.print !== keys.key2;
}

/**
 * The slot whose key consumers of the direct-value secret use: the one that its tag `CredentialId` names, where the
 * account has that very value there. A tag that says otherwise than the value, or a value that is no key any more, is for
 * a person to judge.
 */
function slotOfDirect(direct: SecretFact | null, keys: KeyPrints): Slot | 'unclear' | null {
  if (direct?.kind !== 'stored') return null;
  const held = slots.find((slot) => keys[slot] === direct.print);
  const named = direct.tags.CredentialId?.trim().toLowerCase();
  return held !== undefined && (named === undefined || named === held) ? held : 'unclear';
}

/** What stays is the value; adopting also gives it the tags that say whose it is. */
function keyChange(secret: SecretFact, print: KeyPrints['key1']): Change {
  const isTagged = secret.kind === 'stored' && secret.tags.service !== undefined;
  const change = valueChange(secret, print);
  return change === 'unchanged' && !isTagged ? 'updated' : change;
}

/** A stored value that the account still has in that slot is never replaced. */
function valueChange(secret: SecretFact, print: KeyPrints['key1']): Change {
  if (secret.kind === 'absent') return 'created';
  return secret.kind === 'disabled' || secret.print !== print ? 'updated' : 'unchanged';
}

function isTagged(vault: VaultSnapshot): boolean {
  return vault.pointer.kind === 'stored' && vault.pointer.tags[instanceTag] !== undefined;
}

function endpointChange({ secret }: ReadSecret, endpoint: string): Change {
  if (secret.kind === 'absent') return 'created';
  return secret.kind === 'stored' && secret.value.reveal() === endpoint ? 'unchanged' : 'updated';
}

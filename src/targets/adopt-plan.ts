import type { KeyPrints } from '../keys/key-prints.ts';
import { belongsElsewhere, providerTag, takenOver } from '../keys/ownership-tags.ts';
import type { AccountFacts, ReadSecret } from '../keys/ports.ts';
import type { SecretFact, VaultSnapshot } from '../keys/vault-snapshot.ts';
import { isSlot, type Slot, slots } from '../shared/slot.ts';

export interface AdoptFacts {
  readonly account: AccountFacts;
  readonly keys: KeyPrints;
  readonly vault: VaultSnapshot;
  readonly endpoint: ReadSecret;
}

export type AdoptRefusal =
  | 'local-auth-disabled'
  | 'account-busy'
  | 'taken-over'
  | 'secrets-of-another-account'
  | 'foreign-secret'
  | 'pointer-disabled'
  | 'pointer-invalid';

export type Change = 'created' | 'updated' | 'unchanged';

/** What an adoption will do to each secret. Nothing here changes a key. */
export interface AdoptPlan {
  readonly kind: 'plan';
  readonly activeSlot: Slot;
  readonly keys: Readonly<Record<Slot, Change>>;
  readonly endpoint: Change;
  readonly pointer: Change;
  readonly direct: Change | null;
  /** Consumers will be given a value that they did not have: it is proved first. */
  readonly needsProof: boolean;
}

/**
 * Decides what is to be stored: whatever the vault already holds rightly stays as it is, so a second adoption changes
 * nothing. An existing pointer is kept; else the slot asked for, else key1.
 */
export function planAdoption(
  facts: AdoptFacts,
  rules: { readonly armId: string; readonly instance: string; readonly askedSlot: Slot | null },
): AdoptPlan | { readonly kind: 'refused'; readonly reason: AdoptRefusal } {
  const { account, keys, vault, endpoint } = facts;
  const refused = (reason: AdoptRefusal) => ({ kind: 'refused', reason }) as const;
  if (account.localAuthDisabled) return refused('local-auth-disabled');
  if (account.provisioningState !== 'Succeeded') return refused('account-busy');
  if (takenOver(vault, rules.instance)) return refused('taken-over');
  const keyHolders = [vault.key1, vault.key2, ...(vault.direct === null ? [] : [vault.direct])];
  if (keyHolders.some((secret) => belongsElsewhere(secret, rules.armId))) return refused('secrets-of-another-account');
  if (keyHolders.some((secret) => isForeign(secret, keys))) return refused('foreign-secret');

  const { pointer } = vault;
  if (pointer.kind === 'disabled') return refused('pointer-disabled');
  if (pointer.kind === 'stored' && !isSlot(pointer.value)) return refused('pointer-invalid');
  const kept = pointer.kind === 'stored' && isSlot(pointer.value) ? pointer.value : null;
  const activeSlot = kept ?? rules.askedSlot ?? 'key1';

  const keyChanges = { key1: keyChange(vault.key1, keys.key1), key2: keyChange(vault.key2, keys.key2) };
  const direct = vault.direct === null ? null : keyChange(vault.direct, keys[activeSlot]);
  const pointerChange: Change = kept === null ? 'created' : ownsPointer(vault) ? 'unchanged' : 'updated';
  return {
    kind: 'plan',
    activeSlot,
    keys: keyChanges,
    endpoint: endpointChange(endpoint, account.endpoint),
    pointer: pointerChange,
    direct,
    needsProof: kept === null || keyChanges[activeSlot] !== 'unchanged' || (direct !== null && direct !== 'unchanged'),
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
function isForeign(secret: SecretFact, keys: KeyPrints): boolean {
  if (secret.kind !== 'stored' || secret.tags[providerTag] !== undefined) return false;
  return secret.print !== keys.key1 && secret.print !== keys.key2;
}

function keyChange(secret: SecretFact, print: KeyPrints['key1']): Change {
  if (secret.kind === 'absent') return 'created';
  if (secret.kind === 'disabled' || secret.print !== print) return 'updated';
  return secret.tags.service === undefined ? 'updated' : 'unchanged';
}

function ownsPointer(vault: VaultSnapshot): boolean {
  return vault.pointer.kind === 'stored' && vault.pointer.tags['keyturn-instance'] !== undefined;
}

function endpointChange({ secret }: ReadSecret, endpoint: string): Change {
  if (secret.kind === 'absent') return 'created';
  return secret.kind === 'stored' && secret.value.reveal() === endpoint ? 'unchanged' : 'updated';
}

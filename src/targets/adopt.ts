import { keyPrints } from '../keys/key-prints.ts';
import { carried, directSecret, endpointSecret, keySecret, pointerSecret } from '../keys/key-secret.ts';
import type { AccountFacts, Accounts, KeyPair, KeyProbe, Secrets, SecretToStore } from '../keys/ports.ts';
import { proveKey } from '../keys/prove-key.ts';
import { secretNames, type Target } from '../keys/target.ts';
import { readVault, type VaultSnapshot } from '../keys/vault-snapshot.ts';
import type { Clock } from '../shared/clock.ts';
import { slots } from '../shared/slot.ts';
import {
  type AdoptPlan,
  type AdoptRefusal,
  type Change,
  createsAll,
  type Intent,
  planAdoption,
  writesNothing,
} from './adopt-plan.ts';
import { type FoundValidity, foundValidity } from './found-validity.ts';
import type { StoredView } from './stored-view.ts';

export interface AdoptPorts {
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly probe: KeyProbe;
  readonly clock: Clock;
}

/** What the owner of the account's row lets an adoption do, and when. */
export interface AdoptRules {
  readonly instance: string;
  readonly intent: Intent;
  readonly salt: string;
  /** Two looks this far apart must agree before a key is stored. */
  readonly staleBoundMs: number;
  readonly proof: { readonly acceptances: number; readonly spreadMs: number };
  /** Asked with the plan, before the first write: `false` when another writer may still be at work. */
  mayWrite(plan: { readonly createsAll: boolean; readonly claims: boolean }): boolean;
  /** Called before each write: renews the lease. */
  beforeWrite(): Promise<void>;
}

export type Adoption =
  | {
      readonly kind: 'adopted';
      readonly account: AccountFacts;
      readonly secrets: readonly StoredView[];
      readonly vault: VaultSnapshot;
      /** None of the secrets existed before: nobody else can be writing them. */
      readonly createdAll: boolean;
      /** How long the direct-value secret lived under another tool; null where it was none's. */
      readonly validity: FoundValidity | null;
    }
  | { readonly kind: 'settling' }
  /** The pointer carries our tag now; the rest follows when the other instance's last calls have settled. */
  | { readonly kind: 'claimed' }
  | {
      readonly kind: 'refused';
      readonly reason: AdoptRefusal | 'keys-unsteady' | 'key-refused' | 'endpoint-unclear' | 'lost-race';
    };

/**
 * Brings an account under care: stores its two keys, its endpoint and the pointer, where they are not there already.
 * Regenerates nothing. A pointer that belongs to another instance is claimed first, where that was asked for, and nothing
 * else is written in that run. Keys first, the pointer last, and before consumers are given a value that is new to them, two
 * looks agree on it and the account accepts it.
 * @throws FailureError
 */
export async function adopt(ports: AdoptPorts, target: Target, rules: AdoptRules): Promise<Adoption> {
  const { accounts, secrets } = ports;
  const names = secretNames(target);
  const account = await accounts.get(target.account);
  const deleted = account.localAuthDisabled ? [] : await deletedSecrets(secrets, target);
  if (deleted.length > 0 && !rules.mayWrite({ createsAll: false, claims: false })) return { kind: 'settling' };
  for (const name of deleted) {
    await rules.beforeWrite();
    await secrets.recover(name);
  }
  const { pair, prints, vault, endpoint, keys } = await readAll(ports, target, rules.salt);
  const plan = planAdoption(
    { account, keys: prints, vault, endpoint },
    { armId: target.account.armId, instance: rules.instance, intent: rules.intent },
  );
  if (plan.kind === 'refused') return plan;
  if (writesNothing(plan))
    return {
      kind: 'adopted',
      account,
      secrets: views(target, plan, pair, account, deleted),
      vault,
      createdAll: false,
      validity: null,
    };
  if (!rules.mayWrite({ createsAll: createsAll(plan), claims: plan.claims })) return { kind: 'settling' };

  const proof = await proveBeforeStoring(ports, target, account, plan, pair, rules);
  if (proof !== 'proved') return { kind: 'refused', reason: proof };

  const store = async (secret: SecretToStore) => {
    await rules.beforeWrite();
    await secrets.store(secret);
  };
  const { vaultNowMs } = vault;
  /** Read again right before it is written: somebody who has moved it since is not overwritten. */
  const storePointer = async (): Promise<'stored' | 'lost-race'> => {
    await rules.beforeWrite();
    const { secret } = await secrets.read(names.pointer);
    const planned = vault.pointer.kind === 'stored' ? vault.pointer.version : vault.pointer.kind;
    if ((secret.kind === 'stored' ? secret.version : secret.kind) !== planned) return 'lost-race';
    await secrets.store(pointerSecret(target, rules.instance, plan.activeSlot, carried(secret), vaultNowMs));
    return 'stored';
  };
  if (plan.claims)
    return (await storePointer()) === 'stored' ? { kind: 'claimed' } : { kind: 'refused', reason: 'lost-race' };
  for (const slot of slots)
    if (plan.keys[slot] !== 'unchanged')
      await store(keySecret(target, slot, pair[slot], carried(keys[slot].secret), vaultNowMs));
  if (plan.endpoint !== 'unchanged')
    await store(endpointSecret(target, account.endpoint, carried(endpoint.secret), vaultNowMs));
  let validity: FoundValidity | null = null;
  if (names.direct !== null && plan.direct !== 'unchanged') {
    const direct = await secrets.read(names.direct);
    validity = foundValidity(target, direct.secret);
    await store(
      directSecret(target, names.direct, plan.activeSlot, pair[plan.activeSlot], carried(direct.secret), vaultNowMs),
    );
  }
  if (plan.pointer !== 'unchanged' && (await storePointer()) === 'lost-race')
    return { kind: 'refused', reason: 'lost-race' };
  const after = await readVault(secrets, target, rules.salt);
  const secretViews = views(target, plan, pair, account, deleted);
  return {
    kind: 'adopted',
    account,
    secrets: secretViews,
    vault: after.snapshot,
    createdAll: deleted.length === 0 && createsAll(plan),
    validity,
  };
}

/** Names in the vault's soft-deleted state cannot be used again: their secrets are brought back, dates and all. */
async function deletedSecrets(secrets: Secrets, target: Target): Promise<readonly string[]> {
  const { key1, key2, endpoint, pointer, direct } = secretNames(target);
  const deleted: string[] = [];
  for (const name of [key1, key2, endpoint, pointer, ...(direct === null ? [] : [direct])]) {
    const { secret } = await secrets.read(name);
    if (secret.kind === 'absent' && (await secrets.isDeleted(name))) deleted.push(name);
  }
  return deleted;
}

async function readAll(ports: AdoptPorts, target: Target, salt: string) {
  const pair = await ports.accounts.listKeys(target.account);
  const { snapshot, keys } = await readVault(ports.secrets, target, salt);
  const endpoint = await ports.secrets.read(secretNames(target).endpoint);
  return { pair, prints: keyPrints(pair, salt), vault: snapshot, keys, endpoint };
}

async function proveBeforeStoring(
  ports: AdoptPorts,
  target: Target,
  account: AccountFacts,
  plan: AdoptPlan,
  pair: KeyPair,
  rules: AdoptRules,
): Promise<'proved' | 'keys-unsteady' | 'key-refused' | 'endpoint-unclear'> {
  await ports.clock.sleep(rules.staleBoundMs);
  const again = await ports.accounts.listKeys(target.account);
  if (!again.key1.equals(pair.key1) || !again.key2.equals(pair.key2)) return 'keys-unsteady';
  if (!plan.needsProof || target.policy.probe === 'control-plane-only') return 'proved';
  const { kind, endpoint } = account;
  const run = await proveKey(ports.probe, ports.clock, { kind, endpoint }, pair[plan.activeSlot], rules.proof);
  switch (run.answer.kind) {
    case 'accepted':
      return 'proved';
    case 'refused':
      return 'key-refused';
    case 'unknown':
      return 'endpoint-unclear';
  }
}

function views(
  target: Target,
  plan: AdoptPlan,
  pair: KeyPair,
  account: AccountFacts,
  deleted: readonly string[],
): readonly StoredView[] {
  const names = secretNames(target);
  const view = (secret: string, change: Change, shows: string): StoredView => ({
    secret,
    change: change === 'unchanged' && deleted.includes(secret) ? 'recovered' : change,
    shows,
  });
  return [
    ...slots.map((slot) => view(names[slot], plan.keys[slot], pair[slot].masked())),
    view(names.endpoint, plan.endpoint, account.endpoint),
    view(names.pointer, plan.pointer, plan.activeSlot),
    ...(names.direct !== null && plan.direct !== null
      ? [view(names.direct, plan.direct, pair[plan.activeSlot].masked())]
      : []),
  ];
}

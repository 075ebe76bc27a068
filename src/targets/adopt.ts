import { disabledVersion } from '../keys/disabled-version.ts';
import { mayCallEndpoint } from '../keys/endpoint-calls.ts';
import { keyPrints } from '../keys/key-prints.ts';
import { type Carried, directSecret, endpointSecret, keySecret, pointerSecret } from '../keys/key-secret.ts';
import { ownerOf, providerAddress } from '../keys/ownership-tags.ts';
import type { AccountFacts, KeyPair, KeyProbe, SecretVersion, StoredSecret } from '../keys/ports.ts';
import { proveKey } from '../keys/prove-key.ts';
import { type SecretPart, secretNames, secretParts, type Target } from '../keys/target.ts';
import { readVault, type VaultSnapshot } from '../keys/vault-snapshot.ts';
import { type DisabledVersion, whoseSecret } from '../keys/whose-secret.ts';
import { sameResource } from '../shared/resource-id.ts';
import { slots } from '../shared/slot.ts';
import {
  type AdoptPlan,
  type AdoptRefusal,
  createsAll,
  planAdoption,
  standingSecrets,
  writesNothing,
} from './adopt-plan.ts';
import type { AdoptPorts, AdoptRules } from './adopt-rules.ts';
import { adoptWrites, type Found, Refused } from './adopt-writes.ts';
import { type FoundValidity, foundValidity } from './found-validity.ts';
import type { StoredView } from './stored-view.ts';

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
      readonly reason: AdoptRefusal | 'keys-unsteady' | 'key-refused' | 'endpoint-unclear' | Refused['reason'];
      /** The secrets that stand in the way, with the state that they are in, where it is they. */
      readonly secrets?: readonly string[];
    };

/** One to lead consumers to another key or to bring a pointer back, one for what follows, one for what others do meanwhile. */
const mostRounds = 3;

/**
 * Brings an account under care: stores its two keys, its endpoint and the pointer, where they are not there already.
 * Regenerates nothing. A pointer that belongs to another instance is claimed first, where that was asked for, and nothing
 * else is written in that run. Keys first, the pointer last, and before consumers are given a value that is new to them, two
 * looks agree on it and the account accepts it. What depends on a secret that is still deleted is left to another round.
 * @throws FailureError
 */
export async function adopt(ports: AdoptPorts, target: Target, rules: AdoptRules): Promise<Adoption> {
  const account = await ports.accounts.get(target.account);
  const changed: Changed = new Map();
  try {
    for (let round = 0; round < mostRounds; round += 1) {
      const found = await findAll(ports, target, account, rules);
      const { instance, intent, leaked } = rules;
      const plan = planAdoption(found, {
        armId: target.account.armId,
        instance,
        callsEndpoint: mayCallEndpoint(target),
        intent,
        leaked,
      });
      if (plan.kind === 'refused') return { ...plan, secrets: plan.parts.map((part) => inTheWay(part, target, found)) };
      const end = await carryOut(ports, target, rules, found, plan, changed);
      if (end !== 'look-again') return end;
    }
    throw new Refused('lost-race');
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reason: error.reason };
    throw error;
  }
}

/** What became of each secret in the rounds so far. */
type Changed = Map<SecretPart, StoredView['change']>;

async function findAll(ports: AdoptPorts, target: Target, account: AccountFacts, rules: AdoptRules): Promise<Found> {
  const { secrets } = ports;
  const { salt, instance, intent } = rules;
  const names = secretNames(target);
  const pair = await ports.accounts.listKeys(target.account);
  const { snapshot: vault } = await readVault(secrets, target, salt);
  const endpoint = await secrets.read(names.endpoint);
  const stands = { ...vault, endpoint: endpoint.secret };
  const deleted: Partial<Record<SecretPart, Readonly<Record<string, string>>>> = {};
  const versions: Partial<Record<SecretPart, readonly SecretVersion[]>> = {};
  const disabled: Partial<Record<SecretPart, DisabledVersion>> = {};
  for (const part of secretParts) {
    const name = names[part];
    if (name === null) continue;
    const kind = stands[part]?.kind;
    const tags = kind === 'absent' ? await secrets.deletedTags(name) : null;
    if (tags !== null) deleted[part] = tags;
    if (kind === 'disabled') versions[part] = await secrets.listVersions(name);
  }
  const tags = [
    ...secretParts.flatMap((part) => {
      const fact = stands[part];
      return fact?.kind === 'stored' ? [fact.tags] : [];
    }),
    ...Object.values(deleted),
    ...Object.values(versions).flatMap((list) => list.map((one) => one.tags)),
  ];
  const formerIds = await formerIdsIn(tags, target.account.armId, account.internalId, rules);
  const armIds = [target.account.armId, ...formerIds];
  for (const part of secretParts) {
    const current = disabledVersion(versions[part] ?? [], armIds);
    if (current !== null) disabled[part] = current;
  }
  const found = { account, pair, keys: keyPrints(pair, salt), vault, endpoint, deleted, disabled };
  const onceOurs = new Set<SecretPart>();
  for (const part of intent.kind === 'repair' ? secretParts : []) {
    const name = names[part];
    if (name === null || whoseSecret(part, standingSecrets(found), { armIds, instance }) !== 'unknown') continue;
    const all = versions[part] ?? (await secrets.listVersions(name));
    if (all.some((one) => ownerOf(one.tags, armIds) === 'this-account')) onceOurs.add(part);
  }
  return { ...found, onceOurs, formerIds };
}

/** Which of the ids that secrets name are this account's of before. Throws `Refused` while somebody works under one. */
async function formerIdsIn(
  tags: readonly Readonly<Record<string, string>>[],
  armId: string,
  internalId: string,
  rules: AdoptRules,
): Promise<readonly string[]> {
  const named = new Set(tags.flatMap((one) => providerAddress(one) ?? []).filter((id) => !sameResource(id, armId)));
  const former: string[] = [];
  for (const id of named) {
    const found = await rules.isFormerId(id, internalId);
    if (found === 'at-work') throw new Refused('lost-race');
    if (found === 'former') former.push(id);
  }
  return former;
}

/** Whether one that stood nowhere lies deleted after all: a vault shows it nowhere for the first seconds. */
async function isOneDeleted({ secrets }: AdoptPorts, target: Target, found: Found): Promise<boolean> {
  const stands = { ...found.vault, endpoint: found.endpoint.secret };
  const names = secretNames(target);
  const nowhere = secretParts.filter((part) => stands[part]?.kind === 'absent' && found.deleted[part] === undefined);
  const tags = await Promise.all(nowhere.map((part) => secrets.deletedTags(names[part] ?? '')));
  return tags.some((one) => one !== null);
}

function inTheWay(part: SecretPart, target: Target, { deleted, disabled }: Found): string {
  const name = secretNames(target)[part] ?? '';
  return deleted[part] !== undefined ? `${name} (deleted)` : disabled[part] !== undefined ? `${name} (disabled)` : name;
}

/** One round. Throws `Refused`. */
async function carryOut(
  ports: AdoptPorts,
  target: Target,
  rules: AdoptRules,
  found: Found,
  plan: AdoptPlan,
  changed: Changed,
): Promise<Adoption | 'look-again'> {
  const { account, pair, vault, endpoint, deleted } = found;
  const { activeSlot, claims } = plan;
  const names = secretNames(target);
  const { direct } = names;
  const nothingDeleted = Object.keys(deleted).length === 0;
  if (nothingDeleted && writesNothing(plan))
    return { ...adopted(target, found, plan, changed), vault, createdAll: false, validity: null };
  const isAlone = nothingDeleted && createsAll(plan) && changed.size === 0;
  if (!rules.mayWrite({ createsAll: isAlone, claims })) return { kind: 'settling' };
  const proof = await proveBeforeStoring(ports, target, account, plan, pair, rules);
  if (proof !== 'proved') return { kind: 'refused', reason: proof };
  if (await isOneDeleted(ports, target, found)) return 'look-again';

  const { put, recover } = adoptWrites(ports.secrets, target, rules, found);
  const { vaultNowMs } = vault;
  const note = (part: SecretPart, change: StoredView['change']) => {
    changed.set(part, change);
    rules.wrote(names[part] ?? '', change);
  };
  const putPointer = async () => {
    const make = (_: StoredSecret, carried: Carried | null) =>
      pointerSecret(target, rules.instance, activeSlot, carried, vaultNowMs);
    if (plan.pointer !== 'unchanged') note('pointer', await put('pointer', plan.pointer, vault.pointer, make));
  };
  const recoverPointer = async () => {
    await recover('pointer');
    note('pointer', 'recovered');
    return 'look-again' as const;
  };

  if (claims) {
    if (deleted.pointer !== undefined) return await recoverPointer();
    await putPointer();
    return { kind: 'claimed' };
  }
  for (const slot of slots) {
    const make = (_: StoredSecret, carried: Carried | null) => keySecret(target, slot, pair[slot], carried, vaultNowMs);
    if (plan.keys[slot] !== 'unchanged') note(slot, await put(slot, plan.keys[slot], vault[slot], make));
  }
  if (plan.endpoint !== 'unchanged') {
    const make = (_: StoredSecret, carried: Carried | null) =>
      endpointSecret(target, account.endpoint, carried, vaultNowMs);
    note('endpoint', await put('endpoint', plan.endpoint, endpoint.secret, make));
  }
  if (deleted.pointer !== undefined) return await recoverPointer();
  let validity: FoundValidity | null = null;
  if (direct !== null && vault.direct !== null && plan.direct !== null && plan.direct !== 'unchanged') {
    const make = (now: StoredSecret, carried: Carried | null) => {
      validity = foundValidity(target, now);
      return directSecret(target, direct, activeSlot, pair[activeSlot], carried, vaultNowMs);
    };
    note('direct', await put('direct', plan.direct, vault.direct, make));
  }
  if (plan.pointer !== 'unchanged') {
    const { secret } = await ports.secrets.read(names[activeSlot]);
    if (secret.kind !== 'stored' || !secret.value.equals(pair[activeSlot])) throw new Refused('lost-race');
  }
  await putPointer();
  if (!nothingDeleted) return 'look-again';
  const { snapshot } = await readVault(ports.secrets, target, rules.salt);
  return { ...adopted(target, found, plan, changed), vault: snapshot, createdAll: isAlone, validity };
}

function adopted(target: Target, { account, pair }: Found, plan: AdoptPlan, changed: Changed) {
  return { kind: 'adopted', account, secrets: views(target, plan, pair, account, changed) } as const;
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
  if (plan.proof === 'none' || target.policy.probe === 'control-plane-only') return 'proved';
  const isNew = plan.proof === 'new';
  const probe: KeyProbe = {
    call: async (of, key) => {
      // A new key's proof may outlast the lease.
      if (isNew) await rules.renewLease();
      return await ports.probe.call(of, key);
    },
  };
  const asked = isNew ? target.policy.newKeyProof : rules.proofInUse;
  const run = await proveKey(probe, ports.clock, account, pair[plan.activeSlot], asked);
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
  changed: Changed,
): readonly StoredView[] {
  const names = secretNames(target);
  const view = (part: SecretPart, secret: string, shows: string): StoredView => ({
    secret,
    change: changed.get(part) ?? 'unchanged',
    shows,
  });
  return [
    ...slots.map((slot) => view(slot, names[slot], pair[slot].masked())),
    view('endpoint', names.endpoint, account.endpoint),
    view('pointer', names.pointer, plan.activeSlot),
    ...(names.direct === null ? [] : [view('direct', names.direct, pair[plan.activeSlot].masked())]),
  ];
}

import { directSecret, endpointSecret, keySecret, pointerSecret } from '../keys/key-secret.ts';
import type { AccountFacts } from '../keys/ports.ts';
import { type SecretPart, secretNames, type Target } from '../keys/target.ts';
import { readVault, type VaultSnapshot } from '../keys/vault-snapshot.ts';
import { slots } from '../shared/slot.ts';
import { type AdoptPlan, type AdoptRefusal, createsAll, writesNothing } from './adopt-plan.ts';
import type { AdoptPorts, AdoptRules } from './adopt-rules.ts';
import { adoptWrites, type Found, Refused, type Rests } from './adopt-writes.ts';
import { isOneDeleted, lookForAdoption } from './find-for-adoption.ts';
import { type FoundValidity, foundValidity } from './found-validity.ts';
import { plannedSecrets, storedSecrets } from './planned-secrets.ts';
import { proveBeforeStoring, type Unproved } from './prove-before-storing.ts';
import type { PlannedSecret, StoredView } from './stored-view.ts';

export type Adoption =
  | {
      readonly kind: 'adopted';
      readonly account: AccountFacts;
      readonly secrets: readonly StoredView[];
      readonly vault: VaultSnapshot;
      /** None of the secrets existed before: nobody else can be writing them. */
      readonly createdAll: boolean;
      /** How long the direct-value secret lived under another tool; null if it was none's. */
      readonly validity: FoundValidity | null;
    }
  /** `planned`: what it will do to each secret. */
  | { readonly kind: 'settling'; readonly planned: readonly PlannedSecret[] }
  /** The pointer carries our tag now; the rest follows when the other instance's last calls have settled. */
  | { readonly kind: 'claimed'; readonly planned: readonly PlannedSecret[] }
  | {
      readonly kind: 'refused';
      readonly reason: AdoptRefusal | Unproved | Refused['reason'];
      /** The secrets that stand in the way, with the state that they are in, if it is they. */
      readonly secrets?: readonly string[];
      /** If it is the key that is not proved: what it would have done to each secret. */
      readonly planned?: readonly PlannedSecret[];
    };

/** One to lead consumers to another key or to bring a pointer back, one for what follows, one for what others do meanwhile. */
const mostRounds = 3;

/**
 * Brings an account under care: stores its two keys, its endpoint and the pointer, if they are not there already.
 * Regenerates nothing. A pointer that belongs to another instance is claimed first, if that was asked for, and nothing
 * else is written in that run. Keys first, the pointer last, and before consumers are given a value that is new to them, two
 * looks agree on it and the account accepts it. What depends on a secret that is still deleted is left to another round.
 * A repair stores again, by the same rules, what the account has and the vault does not hold.
 * @throws FailureError
 */
export async function adopt(ports: AdoptPorts, target: Target, rules: AdoptRules): Promise<Adoption> {
  const account = await ports.accounts.get(target.account);
  const soFar: SoFar = { changed: new Map(), rests: { taken: 0 } };
  try {
    for (let round = 0; round < mostRounds; round += 1) {
      const { found, plan, inTheWay } = await lookForAdoption(ports, target, account, rules);
      if (plan.kind === 'refused') return { ...plan, secrets: inTheWay };
      const end = await carryOut(ports, target, rules, found, plan, soFar);
      if (end !== 'recheck') return end;
    }
    throw new Refused('lost-race');
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reason: error.reason };
    throw error;
  }
}

/** What became of each secret. */
type Changed = Map<SecretPart, StoredView['change']>;

/** What has come of the rounds so far. */
interface SoFar {
  readonly changed: Changed;
  readonly rests: Rests;
}

/** One round. Throws `Refused`. */
async function carryOut(
  ports: AdoptPorts,
  target: Target,
  rules: AdoptRules,
  found: Found,
  plan: AdoptPlan,
  { changed, rests }: SoFar,
): Promise<Adoption | 'recheck'> {
  const { account, pair, vault, endpoint, deleted } = found;
  const { activeSlot, claims } = plan;
  const names = secretNames(target);
  const { direct } = names;
  const nothingDeleted = Object.keys(deleted).length === 0;
  if (nothingDeleted && writesNothing(plan))
    return { ...adopted(target, found, plan, changed), vault, createdAll: false, validity: null };
  const planned = plannedSecrets(target, found, plan);
  const isAlone = nothingDeleted && createsAll(plan) && changed.size === 0;
  if (!rules.mayWrite({ createsAll: isAlone, claims })) return { kind: 'settling', planned };
  const proof = await proveBeforeStoring(ports, target, found, plan, rules);
  if (proof !== 'proved') return { kind: 'refused', reason: proof, planned };
  if (await isOneDeleted(ports, target, found)) return 'recheck';

  const { put, recover } = adoptWrites(ports, target, rules, found, rests);
  const { vaultNowMs } = vault;
  const note = (part: SecretPart, now: StoredView['change']) => {
    const change = changed.get(part) === 'recovered' ? 'recovered' : now;
    changed.set(part, change);
    rules.wrote(names[part] ?? '', change);
  };
  const store = async (...[part, change, was, make]: Parameters<typeof put>) => {
    if (change !== 'unchanged') note(part, await put(part, change, was, make));
  };
  const storePointer = () =>
    store('pointer', plan.pointer, vault.pointer, (_, carried) =>
      pointerSecret(target, rules.instance, activeSlot, carried, vaultNowMs),
    );
  const recoverPointer = async () => {
    await recover('pointer');
    note('pointer', 'recovered');
    return 'recheck' as const;
  };

  if (claims) {
    if (deleted.pointer !== undefined) return await recoverPointer();
    await storePointer();
    return { kind: 'claimed', planned };
  }
  for (const slot of slots)
    await store(slot, plan.keys[slot], vault[slot], (_, carried) =>
      keySecret(target, slot, pair[slot], carried, vaultNowMs),
    );
  await store('endpoint', plan.endpoint, endpoint.secret, (_, carried) =>
    endpointSecret(target, account.endpoint, carried, vaultNowMs),
  );
  if (deleted.pointer !== undefined) return await recoverPointer();
  let validity: FoundValidity | null = null;
  if (direct !== null && vault.direct !== null && plan.direct !== null)
    await store('direct', plan.direct, vault.direct, (now, carried) => {
      validity = foundValidity(target, now);
      return directSecret(target, direct, activeSlot, pair[activeSlot], carried, vaultNowMs);
    });
  if (plan.pointer !== 'unchanged') {
    const { secret } = await ports.secrets.read(names[activeSlot]);
    if (secret.kind !== 'stored' || !secret.value.equals(pair[activeSlot])) throw new Refused('lost-race');
  }
  await storePointer();
  if (!nothingDeleted) return 'recheck';
  const { snapshot } = await readVault(ports.secrets, target, rules.salt);
  return { ...adopted(target, found, plan, changed), vault: snapshot, createdAll: isAlone, validity };
}

function adopted(target: Target, found: Found, plan: AdoptPlan, changed: Changed) {
  const secrets = storedSecrets(target, found, plan.activeSlot, (part) => changed.get(part) ?? 'unchanged');
  return { kind: 'adopted', account: found.account, secrets } as const;
}

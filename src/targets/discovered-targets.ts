import type { Target } from '../keys/target.ts';
import type { FieldProblem } from '../shared/field-problem.ts';
import { fleetClaims } from './fleet-rules.ts';
import type { Inventory, TaggedAccount } from './ports.ts';
import { asksForTarget, isPaused, ownerTag, ownTags, taggedTarget, type WrittenTarget } from './tagged-target.ts';
import type { BlockReason, RefusedAccount, RefusedReason } from './target-source.ts';

/** What tags may do, from the settings. */
export interface DiscoveryRules {
  /** Subscriptions in which tags count, in lower case. */
  readonly subscriptions: readonly string[];
  /** Vaults that tags may name, as `vaultUrl` gives them. */
  readonly vaultUrls: readonly string[];
  readonly vaultSuffix: string;
  readonly instance: string;
}

/** A discovered target, as it is kept between looks. */
export interface FoundTarget {
  readonly target: Target;
  readonly written: WrittenTarget;
  readonly blocked: BlockReason | null;
}

/** What one look found only by tags, before accounts are weighed against each other. */
export interface Candidates {
  readonly candidates: readonly FoundTarget[];
  readonly refused: readonly RefusedAccount[];
  /** Declared accounts that are paused by their tag, ids in lower case. */
  readonly pausedDeclared: readonly string[];
}

/** Reads the tags of each account by itself: one that cannot be used refuses that account and no other. */
export function candidatesIn(
  inventory: Pick<Inventory, 'accounts'>,
  declared: readonly Target[],
  rules: DiscoveryRules,
): Candidates {
  const names = new Map(declared.map((target) => [idOf(target), target.name]));
  const candidates: FoundTarget[] = [];
  const refused: RefusedAccount[] = [];
  const pausedDeclared: string[] = [];
  for (const tagged of inventory.accounts) {
    const tags = ownTags(tagged.tags);
    const owner = tags.get(ownerTag);
    if (owner !== undefined && owner.toLowerCase() !== rules.instance.toLowerCase()) continue;
    const accountId = tagged.account.armId;
    const declaredName = names.get(accountId.toLowerCase());
    if (declaredName !== undefined && isPaused(tags)) pausedDeclared.push(accountId.toLowerCase());
    if (!asksForTarget(tags)) continue;
    const read = declaredName === undefined ? readTags(tagged, tags, rules) : alreadyDeclared(declaredName);
    if ('target' in read) candidates.push({ ...read, blocked: isPaused(tags) ? 'paused-by-tag' : null });
    else refused.push({ accountId, ...read });
  }
  return { candidates, refused, pausedDeclared };
}

type Refusal = Omit<RefusedAccount, 'accountId'>;

function readTags(
  tagged: TaggedAccount,
  tags: ReadonlyMap<string, string>,
  { subscriptions, vaultUrls, vaultSuffix }: DiscoveryRules,
): { readonly target: Target; readonly written: WrittenTarget } | Refusal {
  const { subscriptionId } = tagged.account;
  if (!subscriptions.includes(subscriptionId.toLowerCase())) {
    const accepted = `one of KEYTURN_DISCOVERY_SUBSCRIPTIONS: ${subscriptions.join(', ')}`;
    return refusal('subscription-not-allowed', { field: 'subscriptionId', found: subscriptionId, accepted });
  }
  const read = taggedTarget(tagged, tags, vaultSuffix);
  if ('problems' in read) return { reason: 'bad-tag', problems: read.problems };
  const { target } = read;
  if (vaultUrls.includes(target.vaultUrl)) return read;
  const accepted = `one of KEYTURN_DISCOVERY_VAULTS: ${vaultUrls.join(', ')}`;
  return refusal('vault-not-allowed', { field: 'keyturn-vault', found: target.vaultUrl, accepted });
}

function alreadyDeclared(name: string): Refusal {
  const accepted = `no tags that make a target: the account is declared as ${name}, only keyturn-pause counts`;
  return refusal('declared-already', { field: 'accountId', found: `the account of ${name}`, accepted });
}

/**
 * The targets that hold from now on. Anybody who came first keeps name, vault and prefix: declared targets, then those of
 * the last look, then new ones in the order of their ids; so nobody takes over a target's secrets with a tag.
 *
 * A rotation in flight keeps the definition that it began with until it ends, whatever becomes of the tags.
 * @param kept the targets of the last look
 * @param readable the subscriptions that this look saw; of the others the last look stands
 * @param inFlight accounts of `kept` that have a rotation in flight, ids in lower case
 */
export function weighTargets(
  candidates: readonly FoundTarget[],
  known: {
    readonly declared: readonly Target[];
    readonly kept: readonly FoundTarget[];
    readonly inFlight: ReadonlySet<string>;
    readonly readable: ReadonlySet<string>;
  },
  rules: DiscoveryRules,
): { readonly targets: readonly FoundTarget[]; readonly refused: readonly RefusedAccount[] } {
  const claims = fleetClaims();
  for (const target of known.declared) claims.take({ at: `the declared target ${target.name}`, target });
  const isDeclared = new Set(known.declared.map(idOf));
  const isUnseen = ({ account }: Target) => {
    const subscription = account.subscriptionId.toLowerCase();
    return rules.subscriptions.includes(subscription) && !known.readable.has(subscription);
  };
  const wanted = new Map(candidates.map((one) => [idOf(one.target), one]));
  const kept: FoundTarget[] = [];
  for (const old of known.kept) {
    const id = idOf(old.target);
    if (isDeclared.has(id)) continue;
    const now = wanted.get(id);
    // What was not seen says nothing: neither that the account is there nor that it is gone.
    if (isUnseen(old.target)) kept.push(old);
    else if (known.inFlight.has(id)) kept.push({ ...old, blocked: now ? now.blocked : 'no-longer-a-target' });
    else if (now !== undefined) kept.push(now);
  }
  const isStanding = new Set(kept.map(({ target }) => idOf(target)));
  const fresh = candidates.filter(({ target }) => !isStanding.has(idOf(target)));
  const targets: FoundTarget[] = [];
  const refused: RefusedAccount[] = [];
  // A definition that changed may have moved onto somebody else's ground, so those that did not change go first.
  const unchanged = new Set(known.kept.map(({ written }) => JSON.stringify(written)));
  const isUnchanged = ({ written }: FoundTarget) => unchanged.has(JSON.stringify(written));
  const inOrder = [
    ...kept.filter(isUnchanged),
    ...kept.filter((one) => !isUnchanged(one)),
    ...fresh.toSorted((one, other) => (idOf(one.target) < idOf(other.target) ? -1 : 1)),
  ];
  for (const one of inOrder) {
    const claim = { at: one.target.account.armId, target: one.target };
    const [problem] = claims.problems(claim);
    if (problem === undefined) {
      claims.take(claim);
      targets.push(one);
    } else refused.push({ accountId: claim.at, ...taken(problem, claim.at) });
  }
  return { targets, refused };
}

function taken({ field, ...rest }: FieldProblem, at: string): Refusal {
  const own = field.slice(at.length + 1);
  const tags: Record<string, string> = {
    name: 'keyturn-name',
    prefix: 'keyturn-prefix',
    directSecretName: 'keyturn-direct-secret-name',
  };
  return refusal(own === 'name' ? 'name-taken' : 'secrets-taken', { field: tags[own] ?? own, ...rest });
}

function refusal(reason: RefusedReason, problem: FieldProblem): Refusal {
  return { reason, problems: [problem] };
}

/** The id of the target's account, to be compared. */
export function idOf({ account }: Pick<Target, 'account'>): string {
  return account.armId.toLowerCase();
}

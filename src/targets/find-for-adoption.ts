import { mayCallEndpoint } from '../keys/endpoint-calls.ts';
import { keyFingerprints } from '../keys/key-fingerprints.ts';
import { ownerOf, providerAddress } from '../keys/ownership-tags.ts';
import type { AccountFacts, SecretVersion } from '../keys/ports.ts';
import { type SecretPart, secretNames, secretParts, type Target } from '../keys/target.ts';
import { readVault } from '../keys/vault-snapshot.ts';
import { type DisabledVersion, disabledVersion, whoseSecret } from '../keys/whose-secret.ts';
import { sameResource } from '../shared/resource-id.ts';
import { type AdoptPlan, existingSecrets, planAdoption, type RefusedPlan } from './adopt-plan.ts';
import type { AdoptPorts, AdoptRules } from './adopt-rules.ts';
import { type Found, Refused } from './adopt-writes.ts';

/** What a look needs; it writes nothing. */
export type LookPorts = Pick<AdoptPorts, 'accounts' | 'secrets'>;
export type LookRules = Pick<AdoptRules, 'instance' | 'intent' | 'leaked' | 'salt' | 'isFormerId'>;

/** What an adoption would do, or why it would do nothing. */
export interface Look {
  readonly found: Found;
  readonly plan: AdoptPlan | RefusedPlan;
  /** The secrets that stand in the way, with the state that they are in. */
  readonly inTheWay: readonly string[];
}

/**
 * Reads the account's keys and all of the target's secrets, and plans on them. The one look of an adoption and of its dry run.
 * @throws FailureError; `Refused` while somebody works under a former id of the account
 */
export async function lookForAdoption(
  ports: LookPorts,
  target: Target,
  account: AccountFacts,
  rules: LookRules,
): Promise<Look> {
  const found = await findAll(ports, target, account, rules);
  const { instance, intent, leaked } = rules;
  const { armId } = target.account;
  const plan = planAdoption(found, { armId, instance, callsEndpoint: mayCallEndpoint(target), intent, leaked });
  const parts = plan.kind === 'refused' ? plan.parts : [];
  return { found, plan, inTheWay: parts.map((part) => inTheWay(part, target, found)) };
}

async function findAll(ports: LookPorts, target: Target, account: AccountFacts, rules: LookRules): Promise<Found> {
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
  const found = { account, pair, keys: keyFingerprints(pair, salt), vault, endpoint, deleted, disabled };
  const onceOurs = new Set<SecretPart>();
  for (const part of intent.kind === 'repair' ? secretParts : []) {
    const name = names[part];
    if (name === null || whoseSecret(part, existingSecrets(found), { armIds, instance }) !== 'unknown') continue;
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
  rules: LookRules,
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
export async function isOneDeleted({ secrets }: LookPorts, target: Target, found: Found): Promise<boolean> {
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

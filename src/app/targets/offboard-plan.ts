import type { HardeningArea } from '../../hardening/ports.ts';
import { accountTagNames, accountTags, instanceTag, namesAnotherInstance, ownerOf } from '../../keys/ownership-tags.ts';
import type { StoredSecret } from '../../keys/ports.ts';
import { type SecretPart, secretNames, secretParts, type Target } from '../../keys/target.ts';
import type { AccountRow } from '../../rotation/account-row.ts';
import { isKeyless, isLeakPending } from '../../rotation/requests/start-rotation.ts';
import { rotationIdOf } from '../../rotation/state.ts';
import { type Difference, difference, type Risk, type RiskLevel } from '../../shared/difference.ts';
import { type MissingPermission, withMissing } from '../../shared/missing-permission.ts';
import { refusalReasons } from '../../shared/refusals.ts';
import { iso } from '../../shared/time.ts';
import type { KnownTarget } from '../../targets/target-source.ts';

/** What offboarding a target changes. */
export type OffboardChange =
  /** The tags that name Keyturn go from the current version; its value, its other tags and all else stay. */
  | { readonly kind: 'untag'; readonly secret: string; readonly version: string; readonly tags: readonly string[] }
  | { readonly kind: 'forget-target' }
  | { readonly kind: 'remove-history' };

export type OffboardDifference = Difference<OffboardChange>;

export interface OffboardFacts {
  readonly row: AccountRow | null;
  /** The hardening of which a row stands, and whether a change is under way. */
  readonly hardeningRows: readonly { readonly area: HardeningArea; readonly isChanging: boolean }[];
  /** What stands in the vault; or why it cannot be read, as a code. */
  readonly vault: Secrets | { readonly refused: string; readonly missing: MissingPermission | null };
  /** Whether there is any history. */
  readonly hasHistory: boolean;
}

export interface OffboardRules {
  readonly instance: string;
  readonly history: 'keep' | 'remove';
}

/** What may stand in the way, or is to be known, before a target leaves. Each has an entry in docs/leaving.md. */
export const offboardRisks = [
  'in-flight',
  'change-under-way',
  'leak-open',
  'leak-unresolved',
  'journal-lost',
  'rotation-abandoned',
  'tags-stay',
  'disabled-keeps-tags',
  'taken-over',
  'readers-unknown',
  'secrets-expire',
  'keys-stay-off',
  'still-declared',
  'still-tagged',
] as const;

type SayRisk = (level: RiskLevel, name: (typeof offboardRisks)[number], text: string) => void;

type Secrets = Readonly<Partial<Record<SecretPart, StoredSecret>>>;

/** Tags that only Keyturn writes; those of Microsoft's convention say what a secret holds, to whatever tool comes next. */
const ownTags: readonly string[] = [instanceTag, ...accountTagNames.filter((name) => name.startsWith('keyturn-'))];

/** Keys of an account or vault that is gone for good cannot be put in order: such a rotation may be left behind. */
const goneForGood: readonly string[] = ['account-not-found', 'vault-not-found', 'account-recreated'];

/** What is taken away when a target leaves Keyturn, in order. Account, keys and secrets stay as they are. Pure. */
export function planOffboarding(known: KnownTarget, facts: OffboardFacts, rules: OffboardRules): OffboardDifference[] {
  const { target } = known;
  const { row, hardeningRows, vault, hasHistory } = facts;
  const untag = 'refused' in vault ? [] : untagged(target, vault, rules.instance);
  const hasRow = row !== null || hardeningRows.length > 0;
  const plan: OffboardDifference[] = untag.map((change) =>
    difference(`tags of ${change.secret}`, `${change.tags.join(', ')} says that Keyturn looks after it.`, change),
  );
  if (hasRow || untag.length > 0)
    plan.push(
      difference(
        "Keyturn's record of the target",
        'Without it nothing is rotated, checked or notified. Account, keys, secrets, network and roles stay as they are.',
        { kind: 'forget-target' },
        risksOf(known, facts, rules),
      ),
    );
  if (rules.history === 'remove' && hasHistory)
    plan.push(
      difference('history and audit trail', 'Asked for by history=remove; nobody can bring it back.', {
        kind: 'remove-history',
      }),
    );
  return plan;
}

function untagged(target: Target, vault: Secrets, instance: string): Extract<OffboardChange, { kind: 'untag' }>[] {
  if (isTakenOver(vault, instance)) return [];
  return secretsOf(target, vault).flatMap(({ name, secret }) => {
    if (secret.kind !== 'stored') return [];
    if (ownerOf(secret.tags, [target.account.armId]) === 'another-account') return [];
    const tags = ownTags.filter((tag) => tag in secret.tags);
    return tags.length === 0 ? [] : [{ kind: 'untag', secret: name, version: secret.version, tags }];
  });
}

function isTakenOver({ pointer }: Secrets, instance: string): boolean {
  return pointer?.kind === 'stored' && namesAnotherInstance(pointer.tags, instance);
}

function risksOf(known: KnownTarget, facts: OffboardFacts, { instance }: OffboardRules): readonly Risk[] {
  const { target, origin } = known;
  const { row, hardeningRows, vault } = facts;
  const risks: Risk[] = [];
  const risk: SayRisk = (level, name, text) => risks.push({ name, level, text });
  if (row !== null) rotationRisk(row, target, risk);
  for (const { area, isChanging } of hardeningRows)
    if (isChanging)
      risk('blocked', 'change-under-way', `A change of ${area} is under way: wait until GET …/${area} shows its end.`);
  if (row !== null) leakRisks(row, target, risk);
  if ('refused' in vault) {
    const text = `The vault refuses to be read (${vault.refused}), so tags of Keyturn's in it stay.`;
    risk('confirm', 'tags-stay', withMissing(text, vault.missing));
  } else vaultRisks(target, vault, row, instance, risk);
  if (row?.keyless != null)
    risk('advisory', 'keys-stay-off', 'Keys are turned off on the account, and stay so: the stored keys are refused.');
  const remains = 'it is listed as offboarded, and only an adoption by name takes it in again, until';
  if (origin === 'declared')
    risk(
      'advisory',
      'still-declared',
      `The settings still declare it: ${remains} it is taken out of KEYTURN_TARGETS, or of the targets document.`,
    );
  else
    risk(
      'advisory',
      'still-tagged',
      `Its account still has tags that start with keyturn-, which Keyturn may not remove: ${remains} a person removes them.`,
    );
  return risks;
}

/** Of a vault that can be read. */
function vaultRisks(target: Target, vault: Secrets, row: AccountRow | null, instance: string, risk: SayRisk): void {
  if (row === null && untagged(target, vault, instance).length > 0)
    risk(
      'blocked',
      'journal-lost',
      'Its row in the journal is lost. The sweep recreates it, or adopt it; then ask again.',
    );
  for (const name of disabledWithTags(target, vault))
    risk('advisory', 'disabled-keeps-tags', `${name} is disabled, so tags of Keyturn's stay on it.`);
  if (isTakenOver(vault, instance))
    risk('advisory', 'taken-over', 'The pointer belongs to another Keyturn instance: no secret is touched.');
  const stored = secretsOf(target, vault).flatMap(({ name, secret }) =>
    secret.kind === 'stored' ? { name, expiresAtMs: secret.expiresAtMs } : [],
  );
  if (stored.length > 0)
    risk(
      'advisory',
      'readers-unknown',
      `Keyturn cannot see who reads ${stored.map(({ name }) => name).join(', ')}. Whoever does goes on reading them as they are now; the vault's own log (SecretGet) tells who that is.`,
    );
  const ends = stored.flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
  if (ends.length > 0)
    risk(
      'advisory',
      'secrets-expire',
      `Nobody renews the secrets: the first expires on ${iso(Math.min(...ends)).slice(0, 10)}.`,
    );
}

/** A leaked key is waited for only if waiting helps: while keys are off, or Azure refuses for good, nothing replaces it. */
function leakRisks(row: AccountRow, target: Target, risk: SayRisk): void {
  const { leaks, rotation } = row;
  // With its account the key is gone.
  for (const { slot, failure } of leaks.filter((leak) => leak.failure !== 'account-not-found')) {
    const leaked = `The key in ${slot} was reported as leaked`;
    const isOver = rotation?.kind === 'suspended' && goneForGood.includes(rotation.reason);
    const why = isOver ? rotation.reason : failure !== null && isRefusal(failure) ? failure : null;
    if (isKeyless(row, target)) {
      const text = `${leaked} and is not replaced while keys are off: the account takes it again if somebody turns them on.`;
      risk('confirm', 'leak-unresolved', text);
    } else if (why === null) risk('blocked', 'leak-open', `${leaked} and may still be valid: wait until it is gone.`);
    else {
      const text = `${leaked} and may stay valid: Keyturn cannot replace it, or see it gone (${why}).`;
      risk('confirm', 'leak-unresolved', text);
    }
  }
}

/** Whether Azure refuses until a person acts. */
function isRefusal(failure: string): boolean {
  return refusalReasons.some((reason) => reason === failure);
}

/** Somebody disabled them on purpose: they stay as they are, and the vault does not show their tags with a plain read. */
function disabledWithTags(target: Target, vault: Secrets): readonly string[] {
  const everyPart = ownTags.some((tag) => tag in accountTags(target.account.armId));
  return secretsOf(target, vault).flatMap(({ part, name, secret }) =>
    secret.kind === 'disabled' && (part === 'pointer' || everyPart) ? name : [],
  );
}

function rotationRisk(row: AccountRow, target: Target, risk: SayRisk): void {
  const { rotation } = row;
  if (rotation === null) {
    if (isLeakPending(row, target))
      risk('blocked', 'in-flight', 'A leaked key is about to be replaced: wait until it is.');
    return;
  }
  const id = rotationIdOf(rotation);
  if (rotation.kind !== 'suspended') {
    const text = `Rotation ${id} is in flight (${rotation.kind}): let it end, cancel it or roll it back.`;
    risk('blocked', 'in-flight', text);
    return;
  }
  const suspended = `Rotation ${id} is suspended (${rotation.reason}) in ${rotation.from.kind}`;
  if (goneForGood.includes(rotation.reason))
    risk('confirm', 'rotation-abandoned', `${suspended}, and is never finished.`);
  else risk('blocked', 'in-flight', `${suspended}: resume it and let it end, or cancel it.`);
}

/** What was read of the secrets that the target has, in their order. */
function secretsOf(target: Target, vault: Secrets) {
  const names = secretNames(target);
  return secretParts.flatMap((part) => {
    const [name, secret] = [names[part], vault[part]];
    return name === null || secret === undefined ? [] : [{ part, name, secret }];
  });
}

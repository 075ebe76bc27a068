import type { HardeningArea } from '../../hardening/ports.ts';
import { accountTagNames, accountTags, instanceTag, namesAnotherInstance, ownerOf } from '../../keys/ownership-tags.ts';
import type { StoredSecret } from '../../keys/ports.ts';
import { type SecretPart, secretNames, secretParts, type Target } from '../../keys/target.ts';
import type { AccountRow } from '../../rotation/account-row.ts';
import { isKeyless, isLeakPending } from '../../rotation/requests/start-rotation.ts';
import { rotationIdOf } from '../../rotation/state.ts';
import { type Difference, difference, type Risk, type RiskLevel } from '../../shared/difference.ts';
import { refusalReasons } from '../../shared/failure.ts';
import { type MissingPermission, withMissing } from '../../shared/missing-permission.ts';
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
  readonly vault:
    | Readonly<Partial<Record<SecretPart, StoredSecret>>>
    | { readonly refused: string; readonly missing: MissingPermission | null };
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

type SayRisk = (level: RiskLevel, name: (typeof offboardRisks)[number], text: string) => Risk;

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

function untagged(
  target: Target,
  vault: Readonly<Partial<Record<SecretPart, StoredSecret>>>,
  instance: string,
): Extract<OffboardChange, { kind: 'untag' }>[] {
  if (isTakenOver(vault, instance)) return [];
  const names = secretNames(target);
  return secretParts.flatMap((part) => {
    const secret = vault[part];
    const name = names[part];
    if (secret?.kind !== 'stored' || name === null) return [];
    if (ownerOf(secret.tags, [target.account.armId]) === 'another-account') return [];
    const tags = ownTags.filter((tag) => tag in secret.tags);
    return tags.length === 0 ? [] : [{ kind: 'untag', secret: name, version: secret.version, tags }];
  });
}

function isTakenOver({ pointer }: Readonly<Partial<Record<SecretPart, StoredSecret>>>, instance: string): boolean {
  return pointer?.kind === 'stored' && namesAnotherInstance(pointer.tags, instance);
}

function risksOf(known: KnownTarget, facts: OffboardFacts, { instance }: OffboardRules): readonly Risk[] {
  const { target, origin } = known;
  const { row, hardeningRows, vault } = facts;
  const risk: SayRisk = (level, name, text) => ({ name, level, text });
  const changing = hardeningRows.filter(({ isChanging }) => isChanging).map(({ area }) => area);
  const secrets = 'refused' in vault ? [] : stored(target, vault);
  const ends = secrets.flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
  const refused = 'refused' in vault ? vault : null;
  const isLost = row === null && !('refused' in vault) && untagged(target, vault, instance).length > 0;
  return [
    ...(row === null ? [] : rotationRisk(row, target, risk)),
    ...changing.map((area) =>
      risk('blocked', 'change-under-way', `A change of ${area} is under way: wait until GET …/${area} shows its end.`),
    ),
    ...(row === null ? [] : leakRisks(row, target, risk)),
    ...(isLost
      ? [
          risk(
            'blocked',
            'journal-lost',
            'Its row in the journal is lost. The sweep recreates it, or adopt it; then ask again.',
          ),
        ]
      : []),
    ...(refused === null
      ? []
      : [
          risk(
            'confirm',
            'tags-stay',
            withMissing(
              `The vault refuses to be read (${refused.refused}), so tags of Keyturn's in it stay.`,
              refused.missing,
            ),
          ),
        ]),
    ...('refused' in vault ? [] : disabledRisk(target, vault, risk)),
    ...('refused' in vault || !isTakenOver(vault, instance)
      ? []
      : [risk('advisory', 'taken-over', 'The pointer belongs to another Keyturn instance: no secret is touched.')]),
    ...(secrets.length === 0
      ? []
      : [
          risk(
            'advisory',
            'readers-unknown',
            `Keyturn cannot see who reads ${secrets.map(({ name }) => name).join(', ')}. Whoever does goes on reading them as they are now; the vault's own log (SecretGet) tells who that is.`,
          ),
        ]),
    ...(ends.length === 0
      ? []
      : [
          risk(
            'advisory',
            'secrets-expire',
            `Nobody renews the secrets: the first expires on ${new Date(Math.min(...ends)).toISOString().slice(0, 10)}.`,
          ),
        ]),
    ...(row?.keyless == null
      ? []
      : [
          risk(
            'advisory',
            'keys-stay-off',
            'Keys are turned off on the account, and stay so: the stored keys are refused.',
          ),
        ]),
    origin === 'declared'
      ? risk(
          'advisory',
          'still-declared',
          'The settings still declare it: it is listed as offboarded, and only an adoption by name takes it in again, until it is taken out of KEYTURN_TARGETS.',
        )
      : risk(
          'advisory',
          'still-tagged',
          'Its account still has tags that start with keyturn-, which Keyturn may not remove: it is listed as offboarded, and only an adoption by name takes it in again, until a person removes them.',
        ),
  ];
}

/** A leaked key is waited for only if waiting helps: while keys are off, or Azure refuses for good, nothing replaces it. */
function leakRisks(row: AccountRow, target: Target, risk: SayRisk): readonly Risk[] {
  const { leaks, rotation } = row;
  // With its account the key is gone.
  const open = leaks.filter(({ failure }) => failure !== 'account-not-found');
  return open.map(({ slot, failure }) => {
    const leaked = `The key in ${slot} was reported as leaked`;
    if (isKeyless(row, target))
      return risk(
        'confirm',
        'leak-unresolved',
        `${leaked} and is not replaced while keys are off: the account takes it again if somebody turns them on.`,
      );
    const isOver = rotation?.kind === 'suspended' && goneForGood.includes(rotation.reason);
    const why = isOver ? rotation.reason : failure !== null && isRefusal(failure) ? failure : null;
    return why === null
      ? risk('blocked', 'leak-open', `${leaked} and may still be valid: wait until it is gone.`)
      : risk(
          'confirm',
          'leak-unresolved',
          `${leaked} and may stay valid: Keyturn cannot replace it, or see it gone (${why}).`,
        );
  });
}

/** Whether Azure refuses until a person acts. */
function isRefusal(failure: string): boolean {
  return refusalReasons.some((reason) => reason === failure);
}

/** Somebody disabled it on purpose: it stays as it is, and the vault does not show its tags with a plain read. */
function disabledRisk(
  target: Target,
  vault: Readonly<Partial<Record<SecretPart, StoredSecret>>>,
  risk: SayRisk,
): readonly Risk[] {
  const names = secretNames(target);
  const everyPart = ownTags.some((tag) => tag in accountTags(target.account.armId));
  const disabled = secretParts.flatMap((part) =>
    vault[part]?.kind === 'disabled' && (part === 'pointer' || everyPart) ? (names[part] ?? []) : [],
  );
  return disabled.map((name) =>
    risk('advisory', 'disabled-keeps-tags', `${name} is disabled, so tags of Keyturn's stay on it.`),
  );
}

function rotationRisk(row: AccountRow, target: Target, risk: SayRisk): readonly Risk[] {
  const { rotation } = row;
  if (rotation === null)
    return !isLeakPending(row, target)
      ? []
      : [risk('blocked', 'in-flight', 'A leaked key is about to be replaced: wait until it is.')];
  const id = rotationIdOf(rotation);
  if (rotation.kind !== 'suspended')
    return [
      risk(
        'blocked',
        'in-flight',
        `Rotation ${id} is in flight (${rotation.kind}): let it end, cancel it or roll it back.`,
      ),
    ];
  return goneForGood.includes(rotation.reason)
    ? [
        risk(
          'confirm',
          'rotation-abandoned',
          `Rotation ${id} is suspended (${rotation.reason}) in ${rotation.from.kind}, and is never finished.`,
        ),
      ]
    : [
        risk(
          'blocked',
          'in-flight',
          `Rotation ${id} is suspended (${rotation.reason}) in ${rotation.from.kind}: resume it and let it end, or cancel it.`,
        ),
      ];
}

function stored(target: Target, vault: Readonly<Partial<Record<SecretPart, StoredSecret>>>) {
  const names = secretNames(target);
  return secretParts.flatMap((part) => {
    const secret = vault[part];
    const name = names[part];
    return secret?.kind === 'stored' && name !== null ? [{ name, expiresAtMs: secret.expiresAtMs }] : [];
  });
}

import { type Copy, placeOf } from '../keys/copies/copy.ts';
import { secretNames } from '../keys/target.ts';
import type { FieldProblem } from '../shared/field-problem.ts';
import type { PlacedTarget } from './target-rules.ts';

/** A target and where it is written or found, for messages. */
export type ClaimingTarget = Pick<PlacedTarget, 'at' | 'target'>;

/** What targets must not share, as a book: who came first holds it. */
export interface FleetClaims {
  /** What the target would share with an earlier one, which each problem names, or have twice itself. */
  problems(one: ClaimingTarget): FieldProblem[];
  take(one: ClaimingTarget): void;
}

/** What two declared targets must not share; each problem names the earlier one. */
export function fleetProblems(placed: readonly ClaimingTarget[]): FieldProblem[] {
  const claims = fleetClaims();
  return placed.flatMap((one) => {
    const problems = claims.problems(one);
    claims.take(one);
    return problems;
  });
}

/** An empty book. One look-up per name, account and secret: a fleet has ten thousand targets. */
export function fleetClaims(): FleetClaims {
  const holders = new Map<string, ClaimingTarget>();
  return {
    problems(one) {
      const { target } = one;
      const { vaultUrl } = target;
      const neighbour = namesOf(one).find((name) => holders.has(secretKey(vaultUrl, name)));
      const prefixTwin = holders.get(prefixKey(target));
      const problems = [
        sharedName(one, holders.get(`name ${target.name}`)),
        sharedAccount(one, holders.get(accountKey(target))),
        sharedPrefix(one, prefixTwin) ??
          (neighbour === undefined
            ? null
            : secretProblem(one, neighbour, holders.get(secretKey(vaultUrl, neighbour))?.target.name ?? '')),
        secretWithTwoPurposes(one),
        ...takenCopies(one, (key) => holders.get(key)),
      ];
      return problems.filter((problem) => problem !== null);
    },
    take(one) {
      const { target } = one;
      const secrets = namesOf(one).map((name) => secretKey(target.vaultUrl, name));
      const copies = target.copies.map(copyKey);
      for (const key of [`name ${target.name}`, accountKey(target), prefixKey(target), ...secrets, ...copies])
        if (!holders.has(key)) holders.set(key, one);
    },
  };
}

function accountKey({ account }: ClaimingTarget['target']): string {
  return `account ${account.armId.toLowerCase()}`;
}

function prefixKey({ vaultUrl, prefix }: ClaimingTarget['target']): string {
  return `prefix ${vaultUrl} ${prefix.toLowerCase()}`;
}

function secretKey(vaultUrl: string, name: string): string {
  return `secret ${vaultUrl} ${name}`;
}

/** Names of vaults, apps and settings ignore case; a copy in a vault has a secret like a target's own. */
function copyKey(copy: Copy): string {
  switch (copy.kind) {
    case 'key-vault-secret':
      return secretKey(copy.vaultUrl, copy.secretName.toLowerCase());
    case 'app-setting':
    case 'reference-refresh':
      return `setting ${placeOf(copy).toLowerCase()}`;
  }
}

/** Copies in a place that is a secret of this target or of an earlier one, or a copy of either. */
function takenCopies(
  { at, target }: ClaimingTarget,
  holderOf: (key: string) => ClaimingTarget | undefined,
): FieldProblem[] {
  const own = new Set(namesOf({ at, target }).map((name) => secretKey(target.vaultUrl, name)));
  return target.copies.flatMap((copy, index) => {
    const key = copyKey(copy);
    const isTwice = target.copies.findIndex((one) => copyKey(one) === key) < index;
    const holder = own.has(key) || isTwice ? target.name : holderOf(key)?.target.name;
    if (holder === undefined) return [];
    const [member, what, name] =
      copy.kind === 'key-vault-secret'
        ? (['secretName', 'secret', copy.secretName] as const)
        : (['setting', 'setting', copy.setting] as const);
    const accepted = `a ${what} of its own: ${holder} uses this one already`;
    return [{ field: `${at}.copies[${index}].${member}`, found: `"${name}"`, accepted }];
  });
}

function sharedName({ at, target }: ClaimingTarget, twin: ClaimingTarget | undefined): FieldProblem | null {
  if (twin === undefined) return null;
  return { field: `${at}.name`, found: `"${target.name}"`, accepted: `a name of its own: ${twin.at} has it already` };
}

function sharedAccount({ at, target }: ClaimingTarget, twin: ClaimingTarget | undefined): FieldProblem | null {
  if (twin === undefined) return null;
  const accepted = `an account of its own: ${twin.target.name} (${twin.at}) has it already, and two would rotate each other's keys`;
  return { field: `${at}.accountId`, found: `"${target.account.armId}"`, accepted };
}

function sharedPrefix({ at, target }: ClaimingTarget, twin: ClaimingTarget | undefined): FieldProblem | null {
  if (twin === undefined) return null;
  const accepted = `a prefix of its own in ${target.vaultUrl}: ${twin.target.name} (${twin.target.account.account}) and ${target.name} (${target.account.account}) would overwrite each other's keys`;
  return { field: `${at}.prefix`, found: `"${target.prefix}"`, accepted };
}

function secretWithTwoPurposes(one: ClaimingTarget): FieldProblem | null {
  const names = namesOf(one);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? null : secretProblem(one, twice, one.target.name);
}

function secretProblem({ at, target }: ClaimingTarget, secret: string, holder: string): FieldProblem {
  const field = target.layout.kind === 'direct' ? 'directSecretName' : 'prefix';
  return {
    field: `${at}.${field}`,
    found: `"${secret}"`,
    accepted: `secret names of its own: ${holder} uses this one already`,
  };
}

/** In lower case: a vault's names ignore case. */
function namesOf({ target }: ClaimingTarget): string[] {
  return Object.values(secretNames(target)).flatMap((name) => (name === null ? [] : [name.toLowerCase()]));
}

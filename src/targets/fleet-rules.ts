import { type Copy, placeOf } from '../keys/copies/copy.ts';
import { secretNames } from '../keys/target.ts';
import type { FieldProblem } from '../shared/field-problem.ts';
import type { PlacedTarget } from './target-rules.ts';

/** A target and where it is written or found, for messages. */
export type ClaimingTarget = Pick<PlacedTarget, 'at' | 'target'>;

/** What two declared targets must not share; each problem names the earlier one. */
export function fleetProblems(placed: readonly ClaimingTarget[]): FieldProblem[] {
  const claims = fleetClaims();
  return placed.flatMap((one) => {
    const problems = claims.problems(one);
    claims.take(one);
    return problems;
  });
}

/**
 * What targets must not share, as an empty book: who came first holds it. One look-up per name, account and secret, since a
 * fleet has ten thousand targets.
 */
export function fleetClaims() {
  const holders = new Map<string, ClaimingTarget>();
  return {
    /** What the target would share with an earlier one, which each problem names, or have twice itself. */
    problems(one: ClaimingTarget): FieldProblem[] {
      const { at, target } = one;
      const { name, account, vaultUrl, prefix } = target;
      const problems: FieldProblem[] = [];
      const ofName = holders.get(`name ${name}`);
      if (ofName !== undefined)
        problems.push(problem(at, 'name', name, `a name of its own: ${ofName.at} has it already`));
      const ofAccount = holders.get(accountKey(target));
      if (ofAccount !== undefined) {
        const accepted = `an account of its own: ${ofAccount.target.name} (${ofAccount.at}) has it already, and two would rotate each other's keys`;
        problems.push(problem(at, 'accountId', account.armId, accepted));
      }
      const ofPrefix = holders.get(prefixKey(target))?.target;
      const taken = namesOf(one).find((secret) => holders.has(secretKey(vaultUrl, secret)));
      if (ofPrefix !== undefined) {
        const accepted = `a prefix of its own in ${vaultUrl}: ${ofPrefix.name} (${ofPrefix.account.account}) and ${name} (${account.account}) would overwrite each other's keys`;
        problems.push(problem(at, 'prefix', prefix, accepted));
      } else if (taken !== undefined)
        problems.push(secretProblem(one, taken, holders.get(secretKey(vaultUrl, taken))?.target.name ?? ''));
      const twice = namesOf(one).find((secret, index, all) => all.indexOf(secret) !== index);
      if (twice !== undefined) problems.push(secretProblem(one, twice, name));
      return [...problems, ...takenCopies(one, (key) => holders.get(key))];
    },
    take(one: ClaimingTarget): void {
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
  if (copy.kind === 'key-vault-secret') return secretKey(copy.vaultUrl, copy.secretName.toLowerCase());
  return `setting ${placeOf(copy).toLowerCase()}`;
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
    return problem(at, `copies[${index}].${member}`, name, `a ${what} of its own: ${holder} uses this one already`);
  });
}

function secretProblem({ at, target }: ClaimingTarget, secret: string, holder: string): FieldProblem {
  const field = target.layout.kind === 'direct' ? 'directSecretName' : 'prefix';
  return problem(at, field, secret, `secret names of its own: ${holder} uses this one already`);
}

function problem(at: string, field: string, text: string, accepted: string): FieldProblem {
  return { field: `${at}.${field}`, found: `"${text}"`, accepted };
}

/** In lower case: a vault's names ignore case. */
function namesOf({ target }: ClaimingTarget): string[] {
  return Object.values(secretNames(target)).flatMap((name) => (name === null ? [] : [name.toLowerCase()]));
}

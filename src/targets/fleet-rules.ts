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
      ];
      return problems.filter((problem) => problem !== null);
    },
    take(one) {
      const { target } = one;
      const secrets = namesOf(one).map((name) => secretKey(target.vaultUrl, name));
      for (const key of [`name ${target.name}`, accountKey(target), prefixKey(target), ...secrets])
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

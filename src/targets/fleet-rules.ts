import { secretNames } from '../keys/target.ts';
import type { FieldProblem } from '../shared/field-problem.ts';
import { sameResource } from '../shared/resource-id.ts';
import type { PlacedTarget } from './placed-target.ts';

/** What two declared targets must not share; each problem names the earlier one. */
export function fleetProblems(placed: readonly PlacedTarget[]): FieldProblem[] {
  return placed.flatMap((one, index) => {
    const earlier = placed.slice(0, index);
    return [
      sharedName(one, earlier),
      sharedAccount(one, earlier),
      sharedPrefix(one, earlier) ?? secretOfNeighbour(one, earlier),
      secretWithTwoPurposes(one),
    ].filter((problem) => problem !== null);
  });
}

function sharedName({ at, target }: PlacedTarget, earlier: readonly PlacedTarget[]): FieldProblem | null {
  const twin = earlier.find((other) => other.target.name === target.name);
  if (twin === undefined) return null;
  return { field: `${at}.name`, found: `"${target.name}"`, accepted: `a name of its own: ${twin.at} has it already` };
}

function sharedAccount({ at, target }: PlacedTarget, earlier: readonly PlacedTarget[]): FieldProblem | null {
  const twin = earlier.find((other) => sameResource(other.target.account.armId, target.account.armId));
  if (twin === undefined) return null;
  const accepted = `an account of its own: ${twin.target.name} (${twin.at}) has it already, and two would rotate each other's keys`;
  return { field: `${at}.accountId`, found: `"${target.account.armId}"`, accepted };
}

function sharedPrefix({ at, target }: PlacedTarget, earlier: readonly PlacedTarget[]): FieldProblem | null {
  const twin = earlier.find(
    ({ target: other }) =>
      other.vaultUrl === target.vaultUrl && other.prefix.toLowerCase() === target.prefix.toLowerCase(),
  );
  if (twin === undefined) return null;
  const accepted = `a prefix of its own in ${target.vaultUrl}: ${twin.target.name} (${twin.target.account.account}) and ${target.name} (${target.account.account}) would overwrite each other's keys`;
  return { field: `${at}.prefix`, found: `"${target.prefix}"`, accepted };
}

function secretOfNeighbour(one: PlacedTarget, earlier: readonly PlacedTarget[]): FieldProblem | null {
  const own = namesOf(one);
  for (const other of earlier.filter(({ target }) => target.vaultUrl === one.target.vaultUrl)) {
    const shared = namesOf(other).find((name) => own.includes(name));
    if (shared !== undefined) return secretProblem(one, shared, other.target.name);
  }
  return null;
}

function secretWithTwoPurposes(one: PlacedTarget): FieldProblem | null {
  const names = namesOf(one);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? null : secretProblem(one, twice, one.target.name);
}

function secretProblem({ at, target }: PlacedTarget, secret: string, holder: string): FieldProblem {
  const field = target.layout.kind === 'direct' ? 'directSecretName' : 'prefix';
  return {
    field: `${at}.${field}`,
    found: `"${secret}"`,
    accepted: `secret names of its own: ${holder} uses this one already`,
  };
}

/** In lower case: a vault's names ignore case. */
function namesOf({ target }: PlacedTarget): string[] {
  return Object.values(secretNames(target)).flatMap((name) => (name === null ? [] : [name.toLowerCase()]));
}

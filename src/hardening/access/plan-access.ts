import type { ProbedAccount } from '../../keys/ports.ts';
import { type Difference, difference, type Risk } from '../../shared/difference.ts';
import { sameResource } from '../../shared/resource-id.ts';
import type { AccessChange, Grant } from './access-state.ts';
import { isMadeByKeyturn } from './made-by-keyturn.ts';
import type { Assignment } from './ports.ts';
import { opensProof } from './role.ts';

export interface AccessFacts {
  /** Principal ids by the ARM ids of the user-assigned identities that exist. */
  readonly principals: ReadonlyMap<string, string>;
  /** Every assignment at the account and above. */
  readonly assignments: readonly Assignment[];
  /** What other targets of this instance ask for at scopes that this one shares. */
  readonly askedByOthers: readonly Grant[];
  readonly account: Pick<ProbedAccount, 'kind' | 'endpoint'>;
  /** False if the target's settings keep Keyturn off the account's endpoint: then its own access cannot be proved. */
  readonly endpointCalls: boolean;
}

export interface AccessRules {
  readonly accountScope: string;
  readonly groupScope: string;
  /** What marks Keyturn's own assignments for this target. */
  readonly description: string;
}

/**
 * What is to be done so that the identities have the roles that are asked for: identities first, then roles, the proof of
 * Keyturn's own, and removals last, so that nobody loses a role before its replacement is there. Nothing that Keyturn did
 * not make is ever removed. Empty when everything is as asked.
 */
export function planAccess(
  asked: readonly Grant[],
  facts: AccessFacts,
  rules: AccessRules,
): readonly Difference<AccessChange>[] {
  const missing = asked.filter((grant) => !has(grant, facts));
  const toCreate = new Map<string, string>();
  for (const { identity } of asked) {
    if (identity.kind !== 'user-assigned' || identity.createIn === null) continue;
    if (!facts.principals.has(identity.armId.toLowerCase())) toCreate.set(identity.armId, identity.createIn);
  }
  const provesOwn =
    facts.endpointCalls &&
    missing.some(({ identity, role }) => identity.kind === 'keyturn' && opensProof(role, facts.account));
  return [
    ...[...toCreate].map(([armId, location]) =>
      difference<AccessChange>(`identity ${armId.split('/').at(-1)}`, 'It does not exist yet.', {
        kind: 'create-identity',
        armId,
        location,
      }),
    ),
    ...missing.map((grant) =>
      difference<AccessChange>(
        `role ${grant.role.name} of ${label(grant)} at ${scopeLabel(grant.scope, rules)}`,
        'It was asked for and is not there.',
        { kind: 'assign', grant },
        risksOf(grant, facts),
      ),
    ),
    ...(provesOwn
      ? [
          difference<AccessChange>(
            "Keyturn's own access",
            'A new role counts after up to ten minutes: Keyturn calls the account with its token until it does.',
            { kind: 'prove-own-access' },
          ),
        ]
      : []),
    ...supersededAssignments(asked, facts, rules).map(({ scope, name, principalId, roleGuid }) =>
      difference<AccessChange>(
        `role ${roleGuid} of ${principalId} at ${scopeLabel(scope, rules)}`,
        'Keyturn made it, and it is no longer asked for.',
        { kind: 'unassign', scope, name, principalId, roleGuid },
      ),
    ),
  ];
}

/** The object id of who is to have the role; null while the identity does not exist. */
export function principalOf({ identity }: Grant, principals: AccessFacts['principals']): string | null {
  return identity.kind === 'user-assigned'
    ? (principals.get(identity.armId.toLowerCase()) ?? null)
    : identity.principalId;
}

function has(grant: Grant, facts: AccessFacts): boolean {
  return twinsOf(grant, facts).some(({ hasCondition }) => !hasCondition);
}

/** Assignments of the very role to the very principal at the very scope; what is inherited from above may go any day. */
function twinsOf(grant: Grant, { assignments, principals }: AccessFacts): readonly Assignment[] {
  const principalId = principalOf(grant, principals);
  return assignments.filter(
    (one) =>
      principalId !== null &&
      one.principalId.toLowerCase() === principalId.toLowerCase() &&
      one.roleGuid.toLowerCase() === grant.role.guid.toLowerCase() &&
      sameResource(one.scope, grant.scope),
  );
}

function risksOf(grant: Grant, facts: AccessFacts): readonly Risk[] {
  const { name, isBroad, canListKeys } = grant.role;
  const risks: (Risk | false)[] = [
    isBroad && {
      name: 'broad-role',
      level: 'confirm',
      text: `${name} allows more than using the service: changing it, or giving roles to others.`,
    },
    canListKeys && {
      name: 'role-can-list-keys',
      level: 'confirm',
      text: `${name} can read the account's keys, and so go around the vault and outlive its place on the way to no keys.`,
    },
    twinsOf(grant, facts).length > 0 && {
      name: 'assignment-has-condition',
      level: 'blocked',
      text: 'The same role is assigned under a condition. Azure takes no second one: remove it, or take its condition away.',
    },
  ];
  return risks.filter((risk) => risk !== false);
}

function supersededAssignments(asked: readonly Grant[], facts: AccessFacts, rules: AccessRules): readonly Assignment[] {
  const wanted = [...asked, ...facts.askedByOthers];
  return facts.assignments.filter(
    (one) =>
      (sameResource(one.scope, rules.accountScope) || sameResource(one.scope, rules.groupScope)) &&
      isMadeByKeyturn(one, rules.description) &&
      !wanted.some((grant) => twinsOf(grant, { ...facts, assignments: [one] }).length > 0),
  );
}

function label({ identity }: Grant): string {
  switch (identity.kind) {
    case 'user-assigned':
      return identity.armId.split('/').at(-1) ?? identity.armId;
    case 'keyturn':
      return 'Keyturn itself';
    case 'principal':
      return identity.principalId;
  }
}

function scopeLabel(scope: string, { accountScope }: AccessRules): string {
  return sameResource(scope, accountScope) ? 'the account' : 'its resource group';
}

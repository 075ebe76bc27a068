import { asRefusal } from '../../shared/failure.ts';
import type { FieldProblem } from '../../shared/field-problem.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import type { Grant, GrantIdentity } from './access-state.ts';
import type { Authorization, Identities } from './ports.ts';
import { knownRole, type Role, roleFrom } from './role.ts';

/** One identity and the roles that it is to have, as a request names them. Exactly one of the first four members is set. */
export interface NamedIdentity {
  readonly principalId: string | null;
  readonly resourceId: string | null;
  readonly create: { readonly name: string; readonly resourceGroup: string; readonly location: string } | null;
  readonly keyturn: boolean;
  readonly principalType: 'ServicePrincipal' | 'User' | 'Group';
  readonly roles: readonly { readonly role: string; readonly scope: 'account' | 'resource-group' }[];
}

export interface ResolvedAccess {
  readonly grants: readonly Grant[];
  /** Principal ids by the lower-cased ARM ids of the user-assigned identities that exist. */
  readonly principals: ReadonlyMap<string, string>;
  readonly problems: readonly FieldProblem[];
}

type Ports = { readonly authorization: Authorization; readonly identities: Identities };

/** The resource group of an account, as a scope. */
export function groupScopeOf({ subscriptionId, resourceGroup }: AccountId): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}

/**
 * Finds out what the names in a request mean: roles by name or GUID, identities by ARM id. What means nothing is a problem
 * of its field.
 * @throws FailureError
 */
export async function resolveAccess(
  ports: Ports,
  account: AccountId,
  named: readonly NamedIdentity[],
): Promise<ResolvedAccess> {
  const principals = new Map<string, string>();
  const problems: FieldProblem[] = [];
  const roles = new Map<string, Role | null>();
  const grants = new Map<string, Grant>();
  for (const [index, one] of named.entries()) {
    const at = `identities[${index}]`;
    const identity = await identityOf(ports, account, one);
    if (identity.kind === 'user-assigned') {
      const found = await ports.identities.find(identity.armId);
      if (found !== null) principals.set(identity.armId.toLowerCase(), found.principalId);
      else if (identity.createIn === null)
        problems.push({
          field: `${at}.resourceId`,
          found: JSON.stringify(identity.armId),
          accepted: 'an identity that exists and that Keyturn may read; `create` makes a new one',
        });
    }
    for (const [roleIndex, { role: text, scope: kind }] of one.roles.entries()) {
      const known = roles.has(text) ? (roles.get(text) ?? null) : await resolveRole(ports, account, text);
      roles.set(text, known);
      if (known === null) {
        const accepted = 'the name or GUID of a role that can be assigned at the account';
        problems.push({ field: `${at}.roles[${roleIndex}].role`, found: JSON.stringify(text.slice(0, 80)), accepted });
        continue;
      }
      const scope = kind === 'account' ? account.armId : groupScopeOf(account);
      const who = identity.kind === 'user-assigned' ? identity.armId : identity.principalId;
      // Asked twice is asked once.
      grants.set(`${who} ${known.guid} ${scope}`.toLowerCase(), { identity, role: known, scope });
    }
  }
  return { grants: [...grants.values()], principals, problems };
}

/** The principal ids of user-assigned identities that were asked for before. @throws FailureError */
export async function findPrincipals(
  { identities }: Pick<Ports, 'identities'>,
  grants: readonly Grant[],
): Promise<ReadonlyMap<string, string>> {
  const principals = new Map<string, string>();
  for (const { identity } of grants) {
    if (identity.kind !== 'user-assigned' || principals.has(identity.armId.toLowerCase())) continue;
    const found = await identities.find(identity.armId);
    if (found !== null) principals.set(identity.armId.toLowerCase(), found.principalId);
  }
  return principals;
}

async function identityOf({ identities }: Ports, account: AccountId, one: NamedIdentity): Promise<GrantIdentity> {
  const { principalId, principalType, resourceId, create } = one;
  if (principalId !== null) return { kind: 'principal', principalId: principalId.toLowerCase(), principalType };
  if (resourceId !== null) return { kind: 'user-assigned', armId: resourceId, createIn: null };
  if (create !== null) {
    const { name, resourceGroup, location } = create;
    const armId = `/subscriptions/${account.subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
    return { kind: 'user-assigned', armId, createIn: location };
  }
  return { kind: 'keyturn', principalId: await identities.ownPrincipalId() };
}

async function resolveRole({ authorization }: Ports, account: AccountId, text: string): Promise<Role | null> {
  const known = knownRole(text);
  // A role that every cloud is said to have may be missing in this one; anybody who may not look it up is told when it is given.
  if (known !== null)
    return (await authorization.roleByGuid(account.armId, known.guid).catch(asRefusal)) === null ? null : known;
  const isGuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.trim());
  const found = isGuid
    ? await authorization.roleByGuid(account.armId, text.trim())
    : await authorization.roleByName(account.armId, text.trim());
  return found === null ? null : roleFrom(found);
}

import { builtInRoles, type RoleDefinition } from './roles.ts';
import type { SimulatedAzure } from './simulated-azure.ts';

/**
 * Says whether the principal may do `name` on `scope`, from the world's role assignments: one on the scope itself or on
 * any scope above it counts, from the instant it has spread (`effectiveAtMs`). A role's `not…` list only narrows that
 * role; it takes nothing away that another one gives.
 */
export function isAllowed(
  azure: SimulatedAzure,
  principalId: string,
  kind: 'action' | 'dataAction',
  name: string,
  scope: string,
): boolean {
  const { world, clock } = azure;
  return world.roleAssignments.some(
    (assignment) =>
      same(assignment.principalId, principalId) &&
      assignment.effectiveAtMs <= clock.nowMs() &&
      isWithin(scope, assignment.scope) &&
      grants(findRole(azure, assignment.roleGuid), kind, name),
  );
}

/** The built-in or custom role of that GUID. */
export function findRole(azure: SimulatedAzure, guid: string): RoleDefinition | undefined {
  return [...builtInRoles, ...(azure.world.customRoles ?? [])].find((role) => same(role.guid, guid));
}

/** True when `scope` is `above` or lies below it; whole path segments count, so `/a/bc` is not within `/a/b`. */
export function isWithin(scope: string, above: string): boolean {
  const below = `${scope.toLowerCase().replace(/\/+$/, '')}/`;
  return below.startsWith(`${above.toLowerCase().replace(/\/+$/, '')}/`);
}

function grants(role: RoleDefinition | undefined, kind: 'action' | 'dataAction', name: string): boolean {
  if (role === undefined) return false;
  const [given, withheld] =
    kind === 'action' ? [role.actions, role.notActions] : [role.dataActions, role.notDataActions];
  return given.some((pattern) => matches(pattern, name)) && !withheld.some((pattern) => matches(pattern, name));
}

/** `*` stands for any characters, `/` included; case does not matter. */
function matches(pattern: string, name: string): boolean {
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (char) => (char === '*' ? '.*' : `\\${char}`));
  return new RegExp(`^${source}$`, 'i').test(name);
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

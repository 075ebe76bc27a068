import { newRoleAssignment } from '../../local/simulated-azure/arm/authorization/new-role-assignment.ts';
import type { SimulatedAzure } from '../../local/simulated-azure/simulated-azure.ts';
import type { Feature, GrantScope, Permission } from '../../src/shared/permissions.ts';
import { permissions } from '../../src/shared/permissions.ts';

/** What the feature needs, by the table. */
export function neededBy(feature: Feature): readonly Permission[] {
  return permissions.filter(({ features }) => features.includes(feature));
}

/** What it asks for besides, and goes on without. */
export function sparedBy(feature: Feature): readonly Permission[] {
  return permissions.filter(({ spared = [] }) => spared.includes(feature));
}

/** The ARM ids that the words of the table's third column mean in this world. */
export type Scopes = Partial<Record<GrantScope, string>>;

/**
 * Takes every role from Keyturn's identity and gives it these permissions, each on its own scope and nowhere else.
 * @returns the operations that the identity asked for since, by what the simulated Azure noted
 */
export function grantExactly(azure: SimulatedAzure, granted: readonly Permission[], scopes: Scopes) {
  const { world } = azure;
  const principalId = world.principals.find(({ name }) => name === 'func-keyturn')?.objectId ?? '';
  const others = world.roleAssignments.filter((one) => one.principalId !== principalId);
  world.roleAssignments.splice(0, world.roleAssignments.length, ...others);
  const customRoles = [...(world.customRoles ?? [])];
  for (const scopeName of new Set(granted.map(({ scope }) => scope))) {
    const scope = scopes[scopeName];
    if (scope === undefined) throw new TypeError(`this world has no ${scopeName}`);
    const guid = crypto.randomUUID();
    const names = (kind: Permission['kind']) =>
      granted.filter((one) => one.scope === scopeName && one.kind === kind).map(({ name }) => name);
    customRoles.push({
      guid,
      roleName: `Exactly what the ${scopeName} needs`,
      description: '',
      kind: 'CustomRole',
      assignableScopes: [],
      actions: names('action'),
      notActions: [],
      dataActions: names('data action'),
      notDataActions: [],
    });
    const request = {
      name: crypto.randomUUID(),
      scope,
      principalId,
      principalType: 'ServicePrincipal',
      roleGuid: guid,
      createdBy: principalId,
    };
    world.roleAssignments.push({ ...newRoleAssignment(world, request, 0), effectiveAtMs: 0 });
  }
  Object.assign(world, { customRoles });
  const before = azure.calls.length;
  return {
    asked: () =>
      new Set(
        azure.calls
          .slice(before)
          .filter(({ caller }) => caller === principalId)
          .map(({ operation }) => operation.toLowerCase()),
      ),
  };
}

import type { RoleAssignment, World } from '../../world.ts';
import { roleDefinitionId } from './role-definitions.ts';

export interface RoleAssignmentRequest {
  /** A GUID. */
  readonly name: string;
  readonly scope: string;
  readonly principalId: string;
  /** Null: as the directory has it. */
  readonly principalType: string | null;
  readonly roleGuid: string;
  /** An object id. */
  readonly createdBy: string;
  /** `description`, `condition`, `conditionVersion` and the like, as the request has them. */
  readonly remarks?: Readonly<Record<string, unknown>>;
}

/** A role assignment that counts once the world's `roleAssignmentMs` have passed. */
export function newRoleAssignment(world: World, request: RoleAssignmentRequest, nowMs: number): RoleAssignment {
  const { name, scope, principalId, roleGuid, createdBy } = request;
  const known = world.principals.find(({ objectId }) => objectId.toLowerCase() === principalId.toLowerCase());
  const principalType = request.principalType ?? (known?.kind === 'user' ? 'User' : 'ServicePrincipal');
  return {
    name,
    scope,
    principalId,
    principalType,
    roleGuid,
    createdAtMs: nowMs,
    effectiveAtMs: nowMs + world.pace.roleAssignmentMs,
    resource: {
      properties: {
        roleDefinitionId: roleDefinitionId(scope, roleGuid),
        ...request.remarks,
        createdBy,
        updatedBy: createdBy,
      },
    },
  };
}

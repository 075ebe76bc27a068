import { type ArmOperation, at } from '../arm-call.ts';
import { deleteLock, getLock, listLocks, putLock } from './management-locks.ts';
import { listPermissions } from './permissions.ts';
import { deleteRoleAssignment, getRoleAssignment, listRoleAssignments, putRoleAssignment } from './role-assignments.ts';
import { deleteRoleDefinition, getRoleDefinition, listRoleDefinitions, putRoleDefinition } from './role-definitions.ts';

const provider = '{+scope}/providers/Microsoft.Authorization';

/** Microsoft.Authorization, below any scope: role definitions, role assignments, locks. */
export const microsoftAuthorization: readonly ArmOperation[] = [
  ...at(`${provider}/roleDefinitions`, { GET: listRoleDefinitions }),
  ...at(`${provider}/roleDefinitions/{role}`, {
    GET: getRoleDefinition,
    PUT: putRoleDefinition,
    DELETE: deleteRoleDefinition,
  }),
  ...at(`${provider}/roleAssignments`, { GET: listRoleAssignments }),
  ...at(`${provider}/roleAssignments/{assignment}`, {
    GET: getRoleAssignment,
    PUT: putRoleAssignment,
    DELETE: deleteRoleAssignment,
  }),
  ...at(`${provider}/permissions`, { GET: listPermissions }),
  ...at(`${provider}/locks`, { GET: listLocks }),
  ...at(`${provider}/locks/{lock}`, { GET: getLock, PUT: putLock, DELETE: deleteLock }),
];

import type { ArmOperation } from '../arm-call.ts';
import { deleteLock, getLock, listLocks, putLock } from './management-locks.ts';
import { listPermissions } from './permissions.ts';
import { deleteRoleAssignment, getRoleAssignment, listRoleAssignments, putRoleAssignment } from './role-assignments.ts';
import { deleteRoleDefinition, getRoleDefinition, listRoleDefinitions, putRoleDefinition } from './role-definitions.ts';

const provider = '{+scope}/providers/Microsoft.Authorization';

/** Microsoft.Authorization, below any scope: role definitions, role assignments, locks. */
export const microsoftAuthorization: readonly ArmOperation[] = [
  { method: 'GET', path: `${provider}/roleDefinitions`, answer: listRoleDefinitions },
  { method: 'GET', path: `${provider}/roleDefinitions/{role}`, answer: getRoleDefinition },
  { method: 'PUT', path: `${provider}/roleDefinitions/{role}`, answer: putRoleDefinition },
  { method: 'DELETE', path: `${provider}/roleDefinitions/{role}`, answer: deleteRoleDefinition },
  { method: 'GET', path: `${provider}/roleAssignments`, answer: listRoleAssignments },
  { method: 'GET', path: `${provider}/roleAssignments/{assignment}`, answer: getRoleAssignment },
  { method: 'PUT', path: `${provider}/roleAssignments/{assignment}`, answer: putRoleAssignment },
  { method: 'DELETE', path: `${provider}/roleAssignments/{assignment}`, answer: deleteRoleAssignment },
  { method: 'GET', path: `${provider}/permissions`, answer: listPermissions },
  { method: 'GET', path: `${provider}/locks`, answer: listLocks },
  { method: 'GET', path: `${provider}/locks/{lock}`, answer: getLock },
  { method: 'PUT', path: `${provider}/locks/{lock}`, answer: putLock },
  { method: 'DELETE', path: `${provider}/locks/{lock}`, answer: deleteLock },
];

import { findRole, isWithin } from '../../rbac.ts';
import { armAnswer } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';

/** What the caller may do at the scope: the permissions of each role that it has there or above. */
export function listPermissions(call: ArmCall): Response {
  const { azure, world, caller, path } = call;
  const scope = path.text.split(/\/providers\/Microsoft\.Authorization\//i)[0] ?? '';
  const nowMs = azure.clock.nowMs();
  const value = world.roleAssignments
    .filter(({ principalId }) => principalId.toLowerCase() === caller.objectId.toLowerCase())
    .filter((assignment) => assignment.effectiveAtMs <= nowMs && isWithin(scope, assignment.scope))
    .flatMap(({ roleGuid }) => findRole(azure, roleGuid) ?? [])
    .map(({ actions, notActions, dataActions, notDataActions }) => ({
      actions,
      notActions,
      // Data actions came in 2018: https://learn.microsoft.com/azure/role-based-access-control/role-definitions
      ...(call.apiVersion < '2018-01-01-preview' ? {} : { dataActions, notDataActions }),
    }));
  return armAnswer(200, { value });
}

import { findRole, isWithin } from '../../rbac.ts';
import { builtInRoles, type RoleDefinition } from '../../roles.ts';
import { armAnswer, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';

/** Lists the roles that can be assigned at the scope; `$filter` knows `roleName eq` (without case) and `type eq`. */
export function listRoleDefinitions(call: ArmCall): Response {
  const filter = call.exchange.url.searchParams.get('$filter') ?? '';
  const roleName = /roleName\s+eq\s+'([^']*)'/i.exec(filter)?.[1]?.toLowerCase();
  const type = /type\s+eq\s+'([^']*)'/i.exec(filter)?.[1]?.toLowerCase();
  const value = [...builtInRoles, ...(call.world.customRoles ?? [])]
    .filter((role) => role.assignableScopes.some((above) => isWithin(call.param('scope'), above)))
    .filter((role) => roleName === undefined || role.roleName.toLowerCase() === roleName)
    .filter((role) => type === undefined || role.kind.toLowerCase() === type)
    .map((role) => show(call, role));
  return armAnswer(200, { value }, charge(1));
}

export function getRoleDefinition(call: ArmCall): Response {
  const role = findRole(call.azure, call.param('role'));
  return role === undefined ? roleUnknown(404, call.param('role')) : armAnswer(200, show(call, role), charge(1));
}

export function roleUnknown(status: number, guid: string): Response {
  return armError(
    status,
    'RoleDefinitionDoesNotExist',
    `The specified role definition with ID '${guid}' does not exist.`,
  );
}

/** Role and assignment answers say what they cost the directory. */
export function charge(units: number): Record<string, string> {
  return { 'x-ms-request-charge': String(units) };
}

/** The id stands at the subscription, however deep the scope that was asked. */
export function roleDefinitionId(scope: string, guid: string): string {
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? '';
  return `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
}

function show(call: ArmCall, role: RoleDefinition): Record<string, unknown> {
  const { guid, roleName, kind, description, assignableScopes, actions, notActions, dataActions, notDataActions } =
    role;
  return {
    properties: {
      roleName,
      type: kind,
      description,
      assignableScopes,
      permissions: [{ actions, notActions, dataActions, notDataActions }],
      createdOn: '2015-02-02T21:55:09.8806423Z',
      updatedOn: '2019-02-05T21:24:35.7424745Z',
      createdBy: null,
      updatedBy: null,
    },
    id: roleDefinitionId(call.param('scope'), guid),
    type: 'Microsoft.Authorization/roleDefinitions',
    name: guid,
  };
}

import { findRole, isWithin } from '../../rbac.ts';
import { builtInRoles, type RoleAuthors, type RoleDefinition } from '../../roles.ts';
import { armAnswer, armEmpty, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { timestamp } from '../timestamp.ts';

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

/** 201 for a custom role, new or changed. Its name is the tenant's own: two roles cannot share one. */
export function putRoleDefinition(call: ArmCall): Response {
  const guid = call.param('role').toLowerCase();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(guid)) {
    return armError(
      400,
      'InvalidRoleDefinitionId',
      `The role definition ID '${guid}' is not valid. It must be a GUID.`,
    );
  }
  const existing = findRole(call.azure, guid);
  if (existing?.kind === 'BuiltInRole') {
    return armError(400, 'BadRequest', `The built-in role '${existing.roleName}' cannot be changed.`);
  }
  const described = customRoleIn(call.body, guid);
  if (described === null) return armError(400, 'BadRequestFormat', 'The request was incorrectly formatted.');
  const wanted = { ...described, authors: authorsOf(call, existing) };
  const others = [...builtInRoles, ...(call.world.customRoles ?? [])].filter((role) => role !== existing);
  if (others.some(({ roleName }) => roleName.toLowerCase() === wanted.roleName.toLowerCase())) {
    return armError(
      409,
      'RoleDefinitionWithSameNameExists',
      'Custom role with the same name already exists in this directory. Use a different name',
    );
  }
  call.world.customRoles = [...(call.world.customRoles ?? []).filter((role) => role !== existing), wanted];
  return armAnswer(201, show(call, wanted), charge(4));
}

/** 200 with what was deleted, 204 when there was none; a role that somebody has stays. */
export function deleteRoleDefinition(call: ArmCall): Response {
  const role = (call.world.customRoles ?? []).find(
    ({ guid }) => guid.toLowerCase() === call.param('role').toLowerCase(),
  );
  if (role === undefined) return armEmpty(204);
  if (call.world.roleAssignments.some(({ roleGuid }) => roleGuid.toLowerCase() === role.guid.toLowerCase())) {
    return armError(
      400,
      'RoleDefinitionHasAssignments',
      'There are existing role assignments referencing role (code: RoleDefinitionHasAssignments)',
    );
  }
  call.world.customRoles = (call.world.customRoles ?? []).filter((one) => one !== role);
  return armAnswer(200, show(call, role), charge(1));
}

function customRoleIn({ properties }: ArmCall['body'], guid: string): RoleDefinition | null {
  if (typeof properties !== 'object' || properties === null) return null;
  const given: Readonly<Record<string, unknown>> = { ...properties };
  const { roleName, description, assignableScopes, permissions } = given;
  if (typeof roleName !== 'string' || !Array.isArray(assignableScopes) || !Array.isArray(permissions)) return null;
  const names = (member: string) =>
    permissions.flatMap((one: unknown) =>
      texts(typeof one === 'object' && one !== null ? Reflect.get(one, member) : null),
    );
  return {
    guid,
    roleName,
    description: typeof description === 'string' ? description : '',
    kind: 'CustomRole',
    assignableScopes: texts(assignableScopes),
    actions: names('actions'),
    notActions: names('notActions'),
    dataActions: names('dataActions'),
    notDataActions: names('notDataActions'),
  };
}

/** Who made it, and who wrote it last. */
function authorsOf({ caller, azure }: ArmCall, existing: RoleDefinition | undefined): RoleAuthors {
  const now = { updatedBy: caller.objectId, updatedAtMs: azure.clock.nowMs() };
  const { createdBy, createdAtMs } = existing?.authors ?? { createdBy: now.updatedBy, createdAtMs: now.updatedAtMs };
  return { createdBy, createdAtMs, ...now };
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
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
  const { guid, roleName, kind, description, assignableScopes, authors } = role;
  const { actions, notActions, dataActions, notDataActions } = role;
  return {
    properties: {
      roleName,
      type: kind,
      description,
      assignableScopes,
      // Data actions came in 2018: https://learn.microsoft.com/azure/role-based-access-control/role-definitions
      permissions: [
        call.apiVersion < '2018-01-01-preview'
          ? { actions, notActions }
          : { actions, notActions, dataActions, notDataActions },
      ],
      createdOn: authors === undefined ? '2015-02-02T21:55:09.8806423Z' : timestamp(authors.createdAtMs),
      updatedOn: authors === undefined ? '2019-02-05T21:24:35.7424745Z' : timestamp(authors.updatedAtMs),
      createdBy: authors?.createdBy ?? null,
      updatedBy: authors?.updatedBy ?? null,
    },
    id: roleDefinitionId(call.param('scope'), guid),
    type: 'Microsoft.Authorization/roleDefinitions',
    name: guid,
  };
}

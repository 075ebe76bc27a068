import { findRole, isWithin } from '../../rbac.ts';
import type { RoleAssignment } from '../../world.ts';
import { armAnswer, armEmpty, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { timestamp } from '../timestamp.ts';
import { newRoleAssignment } from './new-role-assignment.ts';
import { charge, roleUnknown } from './role-definitions.ts';

const guidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Assignments at the scope, above and below it, the deepest first. `$filter` knows `atScope()`, which leaves out those
 * below, `principalId eq '…'`, `assignedTo('…')`, and the last one after `atScope() and`; nothing else.
 */
export function listRoleAssignments(call: ArmCall): Response {
  const filter = call.exchange.url.searchParams.get('$filter') ?? '';
  const known =
    /^\s*(?:(atScope\(\))|(?:(atScope\(\))\s+and\s+)?assignedTo\('([^']+)'\)|principalId\s+eq\s+'([^']+)')?\s*$/i.exec(
      filter,
    );
  if (known === null) {
    return armError(
      400,
      'BadRequest',
      `The filter '${filter}' is not supported. Supported filters are either 'atScope()' or 'principalId eq '{value}' or assignedTo('{value}')'.`,
    );
  }
  const scope = scopeOf(call);
  const atScope = (known[1] ?? known[2]) !== undefined;
  const principal = known[3] ?? known[4];
  const value = call.world.roleAssignments
    .filter((one) => isWithin(scope, one.scope) || (!atScope && isWithin(one.scope, scope)))
    .filter((one) => principal === undefined || same(one.principalId, principal))
    .toSorted((left, right) => right.scope.split('/').length - left.scope.split('/').length)
    .map((one) => show(call, one));
  return armAnswer(200, { value }, charge(1));
}

export function getRoleAssignment(call: ArmCall): Response {
  const found = find(call);
  if (found !== undefined) return armAnswer(200, show(call, found), charge(1));
  return armError(404, 'RoleAssignmentNotFound', `The role assignment '${call.param('assignment')}' is not found.`);
}

/** 201 for a new assignment, 200 for one of that name that says the same. It counts after the world's `roleAssignmentMs`. */
export function putRoleAssignment(call: ArmCall): Response {
  const name = call.param('assignment');
  if (!guidPattern.test(name)) {
    return armError(
      400,
      'InvalidRoleAssignmentId',
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
    );
  }
  const wanted = wantedIn(call);
  if (wanted === null) {
    return armError(400, 'BadRequestFormat', 'The request was incorrectly formatted.');
  }
  const { world, azure, caller } = call;
  const scope = scopeOf(call);
  const says = (one: RoleAssignment) =>
    same(one.principalId, wanted.principalId) && same(one.roleGuid, wanted.roleGuid) && same(one.scope, scope);
  const named = world.roleAssignments.find((one) => same(one.name, name));
  if (named !== undefined) {
    if (says(named)) return armAnswer(200, show(call, named), charge(2));
    return armError(
      400,
      'RoleAssignmentUpdateNotPermitted',
      'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
    );
  }
  if (findRole(azure, wanted.roleGuid) === undefined) return roleUnknown(400, wanted.roleGuid);
  const refusal = principalRefusal(call, wanted);
  if (refusal !== null) return refusal;
  const twin = world.roleAssignments.find(says);
  if (twin !== undefined) {
    // Newer services name the one that is there.
    const which =
      call.apiVersion < '2020-01-01'
        ? ''
        : ` The ID of the existing role assignment is ${twin.name.replaceAll('-', '')}.`;
    return armError(409, 'RoleAssignmentExists', `The role assignment already exists.${which}`);
  }
  const made = newRoleAssignment(world, { name, scope, ...wanted, createdBy: caller.objectId }, azure.clock.nowMs());
  world.roleAssignments.push(made);
  return armAnswer(201, show(call, made, { createdBy: null }), charge(4));
}

/** 200 with what was deleted, 204 when there was none. */
export function deleteRoleAssignment(call: ArmCall): Response {
  const found = find(call);
  if (found === undefined) return armEmpty(204);
  const { roleAssignments } = call.world;
  roleAssignments.splice(roleAssignments.indexOf(found), 1);
  return armAnswer(200, show(call, found), charge(1));
}

interface Wanted {
  readonly principalId: string;
  readonly roleGuid: string;
  /** Null when the request leaves it to the directory. */
  readonly principalType: string | null;
  readonly roleDefinitionId: string;
  readonly remarks: Readonly<Record<string, unknown>>;
}

/** What an assignment says beside who, what and where. */
const remarkNames = ['description', 'condition', 'conditionVersion', 'delegatedManagedIdentityResourceId'];

function wantedIn({ body }: ArmCall): Wanted | null {
  const { properties } = body;
  if (typeof properties !== 'object' || properties === null) return null;
  if (!('principalId' in properties) || !('roleDefinitionId' in properties)) return null;
  const { principalId, roleDefinitionId } = properties;
  if (typeof principalId !== 'string' || typeof roleDefinitionId !== 'string') return null;
  const roleGuid = roleDefinitionId.split('/').at(-1) ?? '';
  const type = 'principalType' in properties ? properties.principalType : null;
  const remarks = Object.fromEntries(Object.entries(properties).filter(([name]) => remarkNames.includes(name)));
  return { principalId, roleGuid, roleDefinitionId, principalType: typeof type === 'string' ? type : null, remarks };
}

/** A new principal is unknown for some time; anyone who says that it is a service principal need not wait. */
function principalRefusal({ world, azure, apiVersion }: ArmCall, wanted: Wanted): Response | null {
  const known = world.principals.find(({ objectId }) => same(objectId, wanted.principalId));
  const isKnown = known !== undefined && (known.knownFromMs ?? 0) <= azure.clock.nowMs();
  if (!isKnown && wanted.principalType !== 'ServicePrincipal') {
    const id = wanted.principalId.replaceAll('-', '');
    const advice =
      apiVersion < '2020-01-01'
        ? ''
        : ' Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype';
    return armError(
      400,
      'PrincipalNotFound',
      `Principal ${id} does not exist in the directory ${world.tenantId}.${advice}`,
    );
  }
  const actual = known?.kind === 'user' ? 'User' : 'ServicePrincipal';
  if (known === undefined || wanted.principalType === null || wanted.principalType === actual) return null;
  return armError(
    400,
    'UnmatchedPrincipalType',
    `The PrincipalId '${wanted.principalId.replaceAll('-', '')}' has type '${actual}' , which is different from specified PrinciaplType '${wanted.principalType}'.`,
  );
}

function show(
  call: ArmCall,
  one: RoleAssignment,
  changed: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const { properties } = one.resource;
  const known: Record<string, unknown> = { ...(typeof properties === 'object' ? properties : {}), ...changed };
  const newer = {
    condition: null,
    conditionVersion: null,
    delegatedManagedIdentityResourceId: null,
    description: null,
  };
  const at = timestamp(one.createdAtMs);
  return {
    properties: {
      principalId: one.principalId,
      // Came with 2018-01-01-preview. The answer of 2015-07-01 has all the rest up to here, `principalId` included, as
      // recorded in the tests of the Azure CLI (azure-cli-role, test_role_assignment_scenario.yaml).
      ...(call.apiVersion < '2018-01-01-preview' ? {} : { principalType: one.principalType }),
      scope: one.scope,
      ...(call.apiVersion < '2020-03-01' ? {} : newer),
      createdOn: at,
      updatedOn: at,
      ...known,
    },
    id: `${one.scope === '/' ? '' : one.scope}/providers/Microsoft.Authorization/roleAssignments/${one.name}`,
    type: 'Microsoft.Authorization/roleAssignments',
    name: one.name,
  };
}

function find(call: ArmCall): RoleAssignment | undefined {
  const scope = scopeOf(call);
  return call.world.roleAssignments.find((one) => same(one.name, call.param('assignment')) && same(one.scope, scope));
}

/** `/` at the root. */
function scopeOf(call: ArmCall): string {
  return call.param('scope') || '/';
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

import { builtInRoles } from '../../../../local/simulated-azure/roles.ts';
import { guidOf } from '../placeholders.ts';
import { at, isObject, itemsAt, type Json, type RecordedFile, textAt } from '../recorded-file.ts';
import type { RecordedWorld, WorldEdit } from './world-edit.ts';

/** The role assignments, role definitions and directory entries that a recording shows without having made them. */
export function assignmentEdits(file: RecordedFile): WorldEdit[] {
  const edits: WorldEdit[] = [];
  const standing = new Map<string, boolean>();
  for (const [index, { request, response }] of file.exchanges.entries()) {
    const code = textAt(response.body, 'error', 'code');
    const path = new URL(request.url).pathname.replace(/^\/+/, '/');
    if (request.method === 'DELETE' && response.status === 204 && standing.get(path.toLowerCase()) === true) {
      edits.push({ before: index, apply: (world) => removeAssignment(world, path.toLowerCase()) });
    }
    // What is locked cannot be told from its own requests, only from the refusal.
    const locked = /following scope\(s\) are locked: '([^']+)'/.exec(
      textAt(response.body, 'error', 'message') ?? '',
    )?.[1];
    if (locked !== undefined) {
      const level = request.method === 'DELETE' ? 'CanNotDelete' : 'ReadOnly';
      const id = `${locked}/providers/Microsoft.Authorization/locks/recorded`;
      edits.push({ before: index, apply: (world) => addLock(world, { id, name: 'recorded', properties: { level } }) });
    }
    if (code === 'PrincipalNotFound') standing.set(path.toLowerCase(), false);
    if (code === 'RoleAssignmentExists') {
      edits.push({ before: index, apply: (world) => addTwin(world, path, request.body) });
    }
    for (const shown of [response.body, ...itemsAt(response.body, 'value')]) {
      const type = textAt(shown, 'type')?.toLowerCase();
      if (type === 'microsoft.authorization/locks' && request.method === 'GET') {
        edits.push({ before: index, apply: (world) => addLock(world, shown) });
      }
      const id = textAt(shown, 'id')?.toLowerCase() ?? '';
      const roleId = textAt(shown, 'properties', 'roleDefinitionId');
      if (roleId !== undefined) edits.push({ before: 0, apply: (world) => addRole(world, roleId, undefined) });
      if (type === 'microsoft.authorization/roledefinitions') {
        edits.push({ before: 0, apply: (world) => addRole(world, id, shown) });
      }
      if (type !== 'microsoft.authorization/roleassignments') continue;
      const known = standing.get(id);
      const madeHere = request.method === 'PUT' && response.status === 201;
      // A principal may be too new for the directory at first.
      if (known !== true) {
        const before = madeHere || known === false ? index : 0;
        edits.push({ before, apply: (world) => addPrincipal(world, shown) });
      }
      // Recorders do not always keep the order of time: a list may stand before what made its items.
      if (madeHere && known === true) edits.push({ before: index, apply: (world) => removeAssignment(world, id) });
      if (!madeHere && known !== true) {
        edits.push({ before: known === undefined ? 0 : index, apply: (world) => addAssignment(world, shown) });
      }
      standing.set(id, request.method !== 'DELETE');
    }
  }
  return edits;
}

function addLock(world: RecordedWorld, shown: Json | undefined): void {
  const scope = textAt(shown, 'id')?.replace(/\/providers\/Microsoft\.Authorization\/locks\/.*/i, '') ?? '';
  const name = textAt(shown, 'name') ?? '';
  if (world.locks.some((lock) => lock.scope === scope && lock.name === name)) return;
  const notes = textAt(shown, 'properties', 'notes');
  const level = textAt(shown, 'properties', 'level') === 'ReadOnly' ? 'ReadOnly' : 'CanNotDelete';
  world.locks.push({ scope, name, level, ...(notes === undefined ? {} : { notes }) });
}

function removeAssignment(world: RecordedWorld, id: string): void {
  const present = world.roleAssignments.findIndex(({ name }) => id.endsWith(name.toLowerCase()));
  if (present >= 0) world.roleAssignments.splice(present, 1);
}

function addPrincipal(world: RecordedWorld, assignment: Json | undefined): void {
  const objectId = textAt(assignment, 'properties', 'principalId') ?? '';
  if (world.principals.some((principal) => principal.objectId === objectId)) return;
  const kind = textAt(assignment, 'properties', 'principalType') === 'User' ? 'user' : 'application';
  world.principals.push({
    objectId,
    clientId: objectId,
    name: objectId,
    kind,
    resourceId: null,
    secret: null,
    appRoles: {},
  });
}

/** The assignment that is in the way of a new one, unless it is there already. */
function addTwin(world: RecordedWorld, path: string, wanted: Json | undefined): void {
  const properties = at(wanted, 'properties');
  const scope = path.replace(/\/providers\/Microsoft\.Authorization\/.*/i, '');
  const roleGuid = textAt(properties, 'roleDefinitionId')?.split('/').at(-1) ?? '';
  const principalId = textAt(properties, 'principalId') ?? '';
  const isThere = world.roleAssignments.some(
    (one) =>
      one.principalId === principalId && one.roleGuid === roleGuid && one.scope.toLowerCase() === scope.toLowerCase(),
  );
  if (isThere) return;
  const name = guidOf(`twin of ${path}`);
  addPrincipal(world, wanted);
  addAssignment(world, { name, properties: { ...(isObject(properties) ? properties : {}), scope } });
}

function addAssignment(world: RecordedWorld, shown: Json | undefined): void {
  const { type: _type, id: _id, ...resource } = isObject(shown) ? shown : {};
  const scope = textAt(shown, 'properties', 'scope') ?? '/';
  const roleGuid = textAt(shown, 'properties', 'roleDefinitionId')?.split('/').at(-1) ?? '';
  world.roleAssignments.push({
    name: textAt(shown, 'name') ?? '',
    scope,
    principalId: textAt(shown, 'properties', 'principalId') ?? '',
    principalType: textAt(shown, 'properties', 'principalType') ?? 'ServicePrincipal',
    roleGuid,
    createdAtMs: 0,
    effectiveAtMs: 0,
    resource,
  });
}

function addRole(world: RecordedWorld, id: string, shown: Json | undefined): void {
  const guid = id.split('/').at(-1) ?? '';
  const known = [...builtInRoles, ...world.customRoles].some((role) => role.guid.toLowerCase() === guid.toLowerCase());
  if (known) return;
  const permissions = itemsAt(shown, 'properties', 'permissions')[0];
  const names = (member: string) => itemsAt(permissions, member).filter((name) => typeof name === 'string');
  world.customRoles.push({
    guid,
    roleName: textAt(shown, 'properties', 'roleName') ?? guid,
    description: textAt(shown, 'properties', 'description') ?? '',
    kind: at(shown, 'properties', 'type') === 'CustomRole' ? 'CustomRole' : 'BuiltInRole',
    assignableScopes: itemsAt(shown, 'properties', 'assignableScopes').filter((scope) => typeof scope === 'string'),
    actions: names('actions'),
    notActions: names('notActions'),
    dataActions: names('dataActions'),
    notDataActions: names('notDataActions'),
  });
}

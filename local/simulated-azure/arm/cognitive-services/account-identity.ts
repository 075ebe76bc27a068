import type { World } from '../../world.ts';

/**
 * The `identity` block of an answer to what a request asked for. A system-assigned identity is made with its account and
 * kept by it; user-assigned ones are looked up by their ARM id.
 */
export function accountIdentity(
  world: World,
  accountName: string,
  asked: unknown,
  current: unknown,
  nowMs: number,
): unknown {
  if (typeof asked !== 'object' || asked === null || !('type' in asked) || typeof asked.type !== 'string')
    return current;
  const { type } = asked;
  if (type === 'None') return undefined;
  const system = type.includes('SystemAssigned') ? systemAssigned(world, accountName, current, nowMs) : {};
  const user = 'userAssignedIdentities' in asked ? userAssigned(world, asked.userAssignedIdentities) : {};
  return { ...system, type, ...user };
}

function systemAssigned(world: World, name: string, current: unknown, nowMs: number): Record<string, unknown> {
  if (typeof current === 'object' && current !== null && 'principalId' in current) {
    return { principalId: current.principalId, tenantId: world.tenantId };
  }
  const [objectId, clientId] = [crypto.randomUUID(), crypto.randomUUID()];
  world.principals.push({
    objectId,
    clientId,
    name,
    kind: 'system-assigned',
    resourceId: null,
    secret: null,
    appRoles: {},
    knownFromMs: nowMs + (world.pace.directoryMs ?? 0),
  });
  return { principalId: objectId, tenantId: world.tenantId };
}

function userAssigned(world: World, asked: unknown): Record<string, unknown> {
  if (typeof asked !== 'object' || asked === null) return {};
  const shown = Object.keys(asked).map((id) => {
    const principal = world.principals.find(({ resourceId }) => resourceId?.toLowerCase() === id.toLowerCase());
    return [id, { principalId: principal?.objectId ?? '', clientId: principal?.clientId ?? '' }] as const;
  });
  return { userAssignedIdentities: Object.fromEntries(shown) };
}

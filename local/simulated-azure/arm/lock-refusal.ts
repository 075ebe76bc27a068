import { isWithin } from '../rbac.ts';
import type { World } from '../world.ts';
import { gatewayError } from './arm-answer.ts';
import type { ArmPath } from './arm-path.ts';

/**
 * The 409 for a request that a lock on the scope, or above it, forbids; else null. ReadOnly forbids every write, delete
 * and POST (listKeys too), CanNotDelete only deletes. Locks themselves can always be changed.
 */
export function lockRefusal(world: World, method: string, path: ArmPath): Response | null {
  const isLock = path.namespace?.toLowerCase() === 'microsoft.authorization' && path.type.toLowerCase() === 'locks';
  if (method === 'GET' || method === 'HEAD' || isLock) return null;
  const forbidding = world.locks.filter(
    (lock) => (lock.level === 'ReadOnly' || method === 'DELETE') && isAffected(method, path.scope, lock.scope),
  );
  if (forbidding.length === 0) return null;
  const verb = method === 'DELETE' ? 'delete' : 'write';
  const scopes = [...new Set(forbidding.map((lock) => lock.scope))].join(',');
  return gatewayError(
    409,
    'ScopeLocked',
    `The scope '${path.scope}' cannot perform ${verb} operation because following scope(s) are locked: '${scopes}'. Please remove the lock and try again.`,
  );
}

/** Deleting a group deletes what is in it, so a lock below counts too. */
function isAffected(method: string, scope: string, locked: string): boolean {
  return isWithin(scope, locked) || (method === 'DELETE' && isWithin(locked, scope));
}

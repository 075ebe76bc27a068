import { isWithin } from '../../rbac.ts';
import type { Lock } from '../../world.ts';
import { armAnswer, armEmpty, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';

/** Locks at the scope and below it; with `atScope()` those at the scope and above it. */
export function listLocks(call: ArmCall): Response {
  const scope = call.param('scope');
  const atScope = /atScope\(\)/i.test(call.exchange.url.searchParams.get('$filter') ?? '');
  const value = call.world.locks
    .filter((lock) => (atScope ? isWithin(scope, lock.scope) : isWithin(lock.scope, scope)))
    .map(show);
  return armAnswer(200, { value });
}

export function getLock(call: ArmCall): Response {
  const lock = find(call);
  if (lock !== undefined) return armAnswer(200, show(lock));
  return gatewayError(404, 'LockNotFound', `The lock '${call.param('lock')}' could not be found.`);
}

/** 201 for a new lock, 200 for one that is there. */
export function putLock(call: ArmCall): Response {
  const { properties } = call.body;
  const level =
    typeof properties === 'object' && properties !== null && 'level' in properties ? properties.level : null;
  if (level !== 'ReadOnly' && level !== 'CanNotDelete') {
    return gatewayError(
      400,
      'InvalidLockLevel',
      `The lock level '${String(level)}' is invalid. It must be 'CanNotDelete' or 'ReadOnly'.`,
    );
  }
  const { locks } = call.world;
  const existing = find(call);
  const notes =
    properties !== null && typeof properties === 'object' && 'notes' in properties ? properties.notes : undefined;
  const lock: Lock = {
    scope: call.param('scope'),
    name: call.param('lock'),
    level,
    ...(typeof notes === 'string' ? { notes } : {}),
  };
  if (existing !== undefined) locks.splice(locks.indexOf(existing), 1);
  locks.push(lock);
  return armAnswer(existing === undefined ? 201 : 200, show(lock));
}

export function deleteLock(call: ArmCall): Response {
  const lock = find(call);
  if (lock === undefined) return armEmpty(204);
  call.world.locks.splice(call.world.locks.indexOf(lock), 1);
  return armEmpty(200);
}

function show({ scope, name, level, notes }: Lock): Record<string, unknown> {
  return {
    properties: { level, ...(notes === undefined ? {} : { notes }) },
    id: `${scope}/providers/Microsoft.Authorization/locks/${name}`,
    type: 'Microsoft.Authorization/locks',
    name,
  };
}

function find(call: ArmCall): Lock | undefined {
  const [scope, name] = [call.param('scope').toLowerCase(), call.param('lock').toLowerCase()];
  return call.world.locks.find((lock) => lock.name.toLowerCase() === name && lock.scope.toLowerCase() === scope);
}

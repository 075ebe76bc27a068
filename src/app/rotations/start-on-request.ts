import type { Target } from '../../keys/target.ts';
import { startRotation } from '../../rotation/requests/start-rotation.ts';
import { viewRotation } from '../../rotation/rotation-view.ts';
import { notNow } from '../answers.ts';
import type { Operator, StartAnswer, StartRequest } from '../contract.ts';
import type { InvocationPorts } from '../in-invocation.ts';
import { readRotation } from './read-rotations.ts';

/**
 * Starts a rotation that an operator asks for; windows and bounds are the schedule's, people are not asked for them.
 * @throws FailureError when the journal cannot be read or saved
 */
export async function startOnRequest(
  parts: InvocationPorts,
  target: Target,
  asked: StartRequest,
  by: Operator,
): Promise<StartAnswer> {
  const { inactiveKeyUnused, idempotencyKey: key = null } = asked;
  const request = key === null ? null : { by: by.objectId, key, asks: JSON.stringify({ inactiveKeyUnused }) };
  const options = { cause: 'operator', startedBy: by.objectId, inactiveKeyUnused, request } as const;
  const started = await startRotation(parts, target, options);
  switch (started.kind) {
    case 'started': {
      const { rotation, leaks, wakeAtMs } = started;
      return { kind: 'started', rotation: viewRotation(rotation, leaks, target, wakeAtMs) };
    }
    case 'started-before': {
      const before = await readRotation(parts.rows, target, started.rotationId);
      return before.kind === 'found' ? { kind: 'started', rotation: before.rotation } : notNow('lost-race');
    }
    case 'key-reused':
      return started;
    case 'refused':
      return notNow(started.reason, started.rotationId);
  }
}

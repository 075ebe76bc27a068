import type { Target } from '../../keys/target.ts';
import { requestAction, type Wish } from '../../rotation/requests/request-action.ts';
import { viewRotation } from '../../rotation/rotation-view.ts';
import { notNow, onlyIn } from '../answers.ts';
import type { ActionAnswer, Operator } from '../contract.ts';
import type { InvocationPorts } from '../in-invocation.ts';

/**
 * Notes what an operator wants of a rotation.
 * @throws FailureError when the journal cannot be read or saved
 */
export async function actOnRotation(
  parts: InvocationPorts,
  target: Target,
  id: string,
  wish: Wish,
  by: Operator,
): Promise<ActionAnswer> {
  const requested = await requestAction(parts, target, id, wish, by.objectId);
  switch (requested.kind) {
    case 'noted': {
      const { row, rotation, wakeAtMs } = requested;
      return { kind: 'noted', rotation: viewRotation(rotation, row.leaks, target, wakeAtMs) };
    }
    case 'illegal':
      return onlyIn(requested.legalIn, id);
    case 'unknown-rotation':
    case 'not-confirmed':
      return requested;
    case 'newer-schema':
    case 'lost-race':
    case 'request-pending':
    case 'not-shorter':
      return notNow(requested.kind, id);
  }
}

import type { EventGridHandler } from '@azure/functions';
import type { Edge } from '../api/edge.ts';
import { handleSecretEvents } from './handle-secret-events.ts';
import { inTrigger } from './in-trigger.ts';

/**
 * Key Vault's events, pushed by Event Grid; the host answers its handshake. Throws only when Keyturn's own storage fails
 * for now: the host then answers 500, and Event Grid delivers again, with growing pauses, for a day.
 */
export function secretNearExpiry(edge: Edge): EventGridHandler {
  return (event, context) => inTrigger(edge, context, () => handleSecretEvents(edge, event, 'push'));
}

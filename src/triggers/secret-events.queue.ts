import type { StorageQueueHandler } from '@azure/functions';
import type { Edge } from '../api/edge.ts';
import { handleSecretEvents } from './handle-secret-events.ts';
import { inTrigger } from './in-trigger.ts';

/**
 * The same events from a storage queue, for a function app that Event Grid cannot reach. Throws only when Keyturn's own
 * storage fails for now: the host delivers again, five times, half a minute apart; the sweep finds by itself what is due.
 */
export function secretEvents(edge: Edge): StorageQueueHandler {
  return (message, context) => inTrigger(edge, context, () => handleSecretEvents(edge, message, 'queue'));
}

import type { EventGridHandler, StorageQueueHandler } from '@azure/functions';
import type { Edge } from '../api/edge.ts';
import type { SecretEvent } from '../shared/azure-events.ts';
import { inTrigger } from './in-trigger.ts';
import { readSecretEvents } from './read-secret-events.ts';

/**
 * Hands over each event of one delivery. What is no event, or not for us, is logged and acknowledged: Event Grid drops
 * what is refused and repeats what fails, and neither helps.
 * @throws what the app throws for one of them, after the others had their turn
 */
async function handleSecretEvents(
  edge: Edge,
  message: unknown,
  deliveryPath: NonNullable<SecretEvent['deliveryPath']>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const read of readSecretEvents(message)) {
    if (read.kind === 'malformed') edge.log({ event: 'secret-event-malformed', fields: read.fields });
    else if (read.kind === 'other') edge.log({ event: 'secret-event-ignored', reason: 'other-event-type' });
    else
      await edge
        .app()
        .then((app) =>
          read.kind === 'regenerated-key'
            ? app.handleRegeneratedKey(read.event)
            : app.handleSecretEvent({ ...read.event, deliveryPath }),
        )
        .catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * The same events from a storage queue, for a function app that Event Grid cannot reach. Throws only when Keyturn's own
 * storage fails for now: the host delivers again, five times, half a minute apart; the sweep finds by itself what is due.
 */
export function secretEvents(edge: Edge): StorageQueueHandler {
  return (message, context) => inTrigger(edge, context, () => handleSecretEvents(edge, message, 'queue'));
}

/**
 * Key Vault's events, pushed by Event Grid; the host answers its handshake. Throws only when Keyturn's own storage fails
 * for now: the host then answers 500, and Event Grid delivers again, with growing pauses, for a day.
 */
export function secretNearExpiry(edge: Edge): EventGridHandler {
  return (event, context) => inTrigger(edge, context, () => handleSecretEvents(edge, event, 'push'));
}

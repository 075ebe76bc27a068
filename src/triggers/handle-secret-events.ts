import type { Edge } from '../api/edge.ts';
import type { SecretEvent } from '../shared/secret-event.ts';
import { readSecretEvents } from './read-secret-events.ts';

/**
 * Hands over each event of one delivery. What is no event, or not for us, is logged and acknowledged: Event Grid drops
 * what is refused and repeats what fails, and neither helps.
 * @throws what the app throws for one of them, after the others had their turn
 */
export async function handleSecretEvents(
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

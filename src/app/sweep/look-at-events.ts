import type { Target } from '../../keys/target.ts';
import { FailureError } from '../../shared/failure.ts';
import { type EventDeliveryPath, eventDeliveryPath } from '../../targets/event-delivery-path.ts';
import type { EventSubscription, VaultEvents } from '../../targets/ports.ts';

/** How it is found out by which path events come. */
export interface EventsLook {
  readonly vaults: VaultEvents;
  /** The queue that Keyturn reads. */
  readonly queue: string;
}

/** The path of a target; null when Azure could not say now, so that what was known stands. */
export type DeliveryPathOf = (target: Target) => Promise<EventDeliveryPath | null>;

/** Asks of each vault once, however many targets are in it: for one sweep. */
export function lookAtEvents(look: EventsLook | undefined): DeliveryPathOf {
  const asked = new Map<string, Promise<readonly EventSubscription[] | 'unknown' | null>>();
  if (look === undefined) return async () => null;
  const vaults = look.vaults.look();
  const ask = (vaultUrl: string) =>
    vaults.subscriptions(vaultUrl).then(
      (found) => found ?? 'unknown',
      (error: unknown) => {
        if (!(error instanceof FailureError)) throw error;
        return error.failure.kind === 'refused' ? 'unknown' : null;
      },
    );
  return async (target) => {
    const found = asked.get(target.vaultUrl) ?? ask(target.vaultUrl);
    asked.set(target.vaultUrl, found);
    const subscriptions = await found;
    if (subscriptions === null || subscriptions === 'unknown') return subscriptions;
    return eventDeliveryPath(subscriptions, target, look.queue);
  };
}

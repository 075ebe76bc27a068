import { secretNames, type Target } from '../keys/target.ts';
import { namesOf } from '../shared/names-of.ts';
import type { EventSubscription } from './ports.ts';

/** By which path Key Vault's near-expiry events reach Keyturn for a target, with what that means. */
export const eventDeliveryPaths = {
  push: 'Event Grid calls the function secret-near-expiry when a key nears its end.',
  queue: "Event Grid puts the vault's events into Keyturn's queue.",
  none: 'No event subscription of the vault leads to Keyturn: the sweep finds what is due.',
  unknown:
    "It is not known yet, or Keyturn's identity may not read the vault's event subscriptions. The sweep finds what is due either way.",
} as const;

export type EventDeliveryPath = keyof typeof eventDeliveryPaths;

export const eventDeliveryPathNames = namesOf(eventDeliveryPaths);

const nearExpiry = 'microsoft.keyvault.secretnearexpiry';

/**
 * The path of a target among its vault's event subscriptions. One that leads elsewhere, takes other events, or leaves
 * out the target's key secrets, is none.
 * @param eventsQueue the queue that Keyturn reads
 */
export function eventDeliveryPath(
  subscriptions: readonly EventSubscription[],
  target: Target,
  eventsQueue: string,
): Exclude<EventDeliveryPath, 'unknown'> {
  const { key1, key2, direct } = secretNames(target);
  const names = [key1, key2, ...(direct === null ? [] : [direct])];
  const paths = subscriptions
    .filter((one) => one.isWorking && takesNearExpiry(one) && names.some((name) => takesSubject(one, name)))
    .map((one) => leadsTo(one, eventsQueue));
  return (['push', 'queue'] as const).find((deliveryPath) => paths.includes(deliveryPath)) ?? 'none';
}

function takesNearExpiry({ eventTypes }: EventSubscription): boolean {
  return eventTypes === null || eventTypes.some((type) => ['all', nearExpiry].includes(type.toLowerCase()));
}

function takesSubject({ subject }: EventSubscription, name: string): boolean {
  const cased = (text: string) => (subject.hasCase ? text : text.toLowerCase());
  return cased(name).startsWith(cased(subject.beginsWith)) && cased(name).endsWith(cased(subject.endsWith));
}

function leadsTo({ destination }: EventSubscription, eventsQueue: string): 'push' | 'queue' | null {
  switch (destination.kind) {
    case 'function':
      return /\/functions\/secret-near-expiry$/i.test(destination.resourceId) ? 'push' : null;
    case 'webhook':
      // The host's address for every Event Grid trigger; the rest of it, with the function's name, Azure keeps to itself.
      return /\/runtime\/webhooks\/eventgrid$/i.test(destination.address) ? 'push' : null;
    case 'queue':
      return destination.queue.toLowerCase() === eventsQueue ? 'queue' : null;
    case 'other':
      return null;
  }
}

import type { SimulatedAzure } from '../simulated-azure.ts';
import { type Delivery, type EventSubscription, eventGridOf } from './event-grid-world.ts';
import type { EventOutlets, SubscriberAnswer } from './outlets.ts';
import { raiseSecretEvents } from './raise-secret-events.ts';

/** https://learn.microsoft.com/azure/event-grid/delivery-and-retry: the pauses, of which the last is repeated. */
const pausesSeconds = [10, 30, 60, 300, 600, 1_800, 3_600];
/** The same page: never tried again. 404 of a webhook is added by reports. */
const finalStatuses = {
  WebHook: [400, 401, 403, 404, 413],
  AzureFunction: [400, 401, 403, 404, 413],
  StorageQueue: [400, 403, 413],
} as const;

/**
 * Raises the events that have become due and sends what waits: anyone who moves the clock calls it, and a running
 * simulated Azure does so every second. Resolves when everyone who is to be asked now has answered.
 */
export async function deliverEvents(azure: SimulatedAzure): Promise<void> {
  const { world, clock, outlets } = azure;
  raiseSecretEvents(world, clock.nowMs());
  const due = eventGridOf(world).deliveries.filter(
    ({ state, nextAttemptAtMs }) => state === 'waiting' && nextAttemptAtMs <= clock.nowMs(),
  );
  await Promise.all(
    due.map(async (delivery) => {
      delivery.state = 'sending';
      delivery.attempts += 1;
      const { status } = await send(outlets, delivery);
      settle(delivery, status, clock.nowMs());
    }),
  );
}

function settle(delivery: Delivery, status: number, nowMs: number): void {
  const { destination, retryPolicy } = delivery.subscription;
  const pauseMs = (pausesSeconds[delivery.attempts - 1] ?? 3_600) * 1000;
  const endsAtMs = delivery.raisedAtMs + retryPolicy.eventTimeToLiveInMinutes * 60_000;
  const isFinal = finalStatuses[destination.kind].some((final) => final === status);
  const isOver = delivery.attempts >= retryPolicy.maxDeliveryAttempts || nowMs + pauseMs > endsAtMs;
  delivery.lastStatus = status;
  delivery.nextAttemptAtMs = nowMs + pauseMs;
  delivery.state = status >= 200 && status <= 204 ? 'delivered' : isFinal || isOver ? 'dropped' : 'waiting';
}

async function send(outlets: EventOutlets, delivery: Delivery): Promise<SubscriberAnswer> {
  const { subscription, body, attempts } = delivery;
  const { destination, schema } = subscription;
  if (destination.kind === 'StorageQueue') {
    const message = Buffer.from(JSON.stringify(body)).toString('base64');
    return await outlets.queue(destination.resourceId, destination.queueName, message);
  }
  const url = subscriberUrl(outlets, subscription);
  if (url === null) return { status: 0, body: '' };
  const isCloudEvent = schema === 'CloudEventSchemaV1_0';
  const headers = {
    'content-type': `${isCloudEvent ? 'application/cloudevents+json' : 'application/json'}; charset=utf-8`,
    'aeg-event-type': 'Notification',
    'aeg-subscription-name': subscription.name.toUpperCase(),
    'aeg-delivery-count': String(attempts - 1),
    ...(isCloudEvent ? {} : { 'aeg-data-version': '1', 'aeg-metadata-version': '1' }),
  };
  return await outlets.webhook(url, headers, JSON.stringify(isCloudEvent ? body : [body]));
}

/** Where events for the subscription are POSTed; null where nobody takes them. */
export function subscriberUrl(
  outlets: EventOutlets,
  { destination }: Pick<EventSubscription, 'destination'>,
): string | null {
  if (destination.kind === 'WebHook') return destination.endpointUrl;
  return destination.kind === 'AzureFunction' ? outlets.functionUrl(destination.resourceId) : null;
}

import type { SimulatedAzure } from '../simulated-azure.ts';
import { subscriberUrl } from './deliver-events.ts';
import type { EventSubscription } from './event-grid-world.ts';

/** How Event Grid names itself to webhooks of CloudEvents. */
const origin = 'eventgrid.azure.net';

/**
 * The handshake before a webhook gets its first event: a validation event whose code comes back, or, with CloudEvents, an
 * OPTIONS request whose answer allows Event Grid's origin. Null when the subscriber agreed, else what ARM says.
 * https://learn.microsoft.com/azure/event-grid/webhook-event-delivery
 */
export async function shakeHands(azure: SimulatedAzure, subscription: EventSubscription): Promise<string | null> {
  const { destination, source, name, schema } = subscription;
  if (destination.kind === 'StorageQueue') return null;
  const url = subscriberUrl(azure.outlets, subscription);
  const shown = destination.kind === 'WebHook' ? withoutQuery(destination.endpointUrl) : destination.resourceId;
  if (url === null) return failed(shown, 'Unknown');
  if (schema === 'CloudEventSchemaV1_0') {
    const answer = await azure.outlets.allowedOrigin(url, origin);
    const isAllowed = answer.status === 200 && (answer.allowed === origin || answer.allowed === '*');
    return isAllowed ? null : failed(shown, answer.status === 0 ? 'Unknown' : answer.status);
  }
  const validationCode = crypto.randomUUID();
  const event = {
    id: crypto.randomUUID(),
    topic: source,
    subject: '',
    data: { validationCode },
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    eventTime: new Date(azure.clock.nowMs()).toISOString().replace('Z', '0000Z'),
    metadataVersion: '1',
    dataVersion: '2',
  };
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'aeg-event-type': 'SubscriptionValidation',
    'aeg-subscription-name': name.toUpperCase(),
  };
  const { status, body } = await azure.outlets.webhook(url, headers, JSON.stringify([event]));
  // 202 is refused, too.
  return status === 200 && body.includes(validationCode) ? null : failed(shown, status === 0 ? 'Unknown' : status);
}

export function withoutQuery(url: string): string {
  return url.split('?')[0] ?? url;
}

function failed(url: string, status: number | 'Unknown'): string {
  return `Webhook validation handshake failed for ${url}. Http POST request failed with response code ${status}. For troublehooting, visit https://aka.ms/esvalidation.`;
}

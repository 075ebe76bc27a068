import { deliverEvents } from '../../local/simulated-azure/event-grid/deliver-events.ts';
import { type EventSubscription, eventGridOf } from '../../local/simulated-azure/event-grid/event-grid-world.ts';
import type { EventOutlets } from '../../local/simulated-azure/event-grid/outlets.ts';
import { vaultId } from '../../local/simulated-azure/key-vault/vault-id.ts';
import type { Edge } from '../../src/api/edge.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { secretEvents, secretNearExpiry } from '../../src/triggers/secret-events.ts';
import { fakeContext } from '../api/fake-request.ts';
import type { SimulatedKeyturn } from './simulated-keyturn.ts';

export interface DeliveryPath {
  readonly through: 'webhook' | 'queue';
  readonly schema: EventSubscription['schema'];
  readonly types?: readonly string[];
}

/**
 * Subscribes Keyturn to its vault's events, from now on. Its functions are called as the host would: an invocation an
 * event, 202 when it went well, 500 when it threw; a queue message decoded and parsed.
 */
export function subscribe(keyturn: SimulatedKeyturn, { through, schema, types }: DeliveryPath) {
  const { azure, vault, clock, log } = keyturn;
  const edge: Edge = {
    app: async () => keyturn.app,
    authorise: () => Promise.reject(new TypeError('nobody signs in here')),
    log: (event: LogEvent) => log.push(event),
    newId: () => 'id',
  };
  const answers: number[] = [];
  const run = async (handler: () => unknown) => {
    const status = await Promise.resolve()
      .then(handler)
      .then(
        () => 202,
        () => 500,
      );
    answers.push(status);
    return { status, body: '' };
  };
  const outlets: EventOutlets = {
    async webhook(_url, _headers, body) {
      const content: unknown = JSON.parse(body);
      const [event] = Array.isArray(content) ? content : [content];
      return run(() => secretNearExpiry(edge)(event, fakeContext('secret-near-expiry')));
    },
    allowedOrigin: async (_url, origin) => ({ status: 200, allowed: origin }),
    functionUrl: () => 'https://func-keyturn.azurewebsites.net',
    async queue(_account, _queue, message) {
      const parsed: unknown = JSON.parse(Buffer.from(message, 'base64').toString());
      await run(() => secretEvents(edge)(parsed, fakeContext('secret-events')));
      return { status: 201, body: '' };
    },
  };
  Object.assign(azure, { outlets });
  const batch = { maxEventsPerBatch: 1, preferredBatchSizeInKilobytes: 64 };
  eventGridOf(azure.world).eventSubscriptions.push({
    scope: vaultId(vault),
    name: 'keyturn',
    isOfSystemTopic: false,
    source: vaultId(vault),
    createdAtMs: clock.nowMs(),
    destination:
      through === 'webhook'
        ? { kind: 'AzureFunction', resourceId: '/sites/func-keyturn/functions/secret-near-expiry', batch }
        : { kind: 'StorageQueue', resourceId: '/storageAccounts/st', queueName: 'keyturn-secret-events' },
    filter: {
      includedEventTypes: types ?? ['Microsoft.KeyVault.SecretNearExpiry', 'Microsoft.KeyVault.SecretExpired'],
      subjectBeginsWith: '',
      subjectEndsWith: '',
      isSubjectCaseSensitive: false,
    },
    schema,
    labels: null,
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
    provisioningState: 'Succeeded',
  });
  return {
    /** What the functions answered, in order. */
    answers,
    /** Lets time pass, and Event Grid do what is due then. */
    async pass(durationMs: number) {
      clock.advance(durationMs);
      await deliverEvents(azure);
    },
  };
}

/** What became of each event, in order. */
export function handled(log: readonly LogEvent[]): string[] {
  return log.flatMap((event) =>
    event.event === 'secret-near-expiry' || event.event === 'secret-expired'
      ? [`${event.event} ${event.secret}: ${event.reason ?? event.answer}`]
      : [],
  );
}

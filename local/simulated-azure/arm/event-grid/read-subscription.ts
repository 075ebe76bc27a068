import { z } from 'zod';
import type { Destination, EventFilter, EventSubscription } from '../../event-grid/event-grid-world.ts';

const batch = {
  maxEventsPerBatch: z.int().min(1).max(5000).nullish(),
  preferredBatchSizeInKilobytes: z.int().min(1).max(1024).nullish(),
};

const destination = z.discriminatedUnion('endpointType', [
  z.object({ endpointType: z.literal('WebHook'), properties: z.object({ endpointUrl: z.url(), ...batch }) }),
  z.object({
    endpointType: z.literal('AzureFunction'),
    properties: z.object({ resourceId: z.string().min(1), ...batch }),
  }),
  z.object({
    endpointType: z.literal('StorageQueue'),
    properties: z.object({ resourceId: z.string().min(1), queueName: z.string().min(1) }),
  }),
]);

const asked = z.object({
  destination,
  filter: z
    .object({
      includedEventTypes: z.array(z.string()).nullish(),
      subjectBeginsWith: z.string().nullish(),
      subjectEndsWith: z.string().nullish(),
      isSubjectCaseSensitive: z.boolean().nullish(),
      // What narrows in ways that this simulation does not know must not be taken for no filter.
      advancedFilters: z.array(z.unknown()).max(0).nullish(),
    })
    .nullish(),
  labels: z.array(z.string()).nullish(),
  eventDeliverySchema: z.enum(['EventGridSchema', 'CloudEventSchemaV1_0']).nullish(),
  retryPolicy: z
    .object({
      maxDeliveryAttempts: z.int().min(1).max(30).nullish(),
      eventTimeToLiveInMinutes: z.int().min(1).max(1440).nullish(),
    })
    .nullish(),
});

export type AskedSubscription = Pick<EventSubscription, 'destination' | 'filter' | 'schema' | 'labels' | 'retryPolicy'>;

/** The same destination, written to by the topic's identity. */
function plainDestination(properties: unknown): unknown {
  if (typeof properties !== 'object' || properties === null || !('deliveryWithResourceIdentity' in properties))
    return properties;
  const { deliveryWithResourceIdentity: delivery, ...rest } = properties;
  const destination =
    typeof delivery === 'object' && delivery !== null && 'destination' in delivery ? delivery.destination : null;
  return destination === null ? rest : { ...rest, destination };
}

/** What a PUT asks for, with the defaults of https://learn.microsoft.com/azure/event-grid/delivery-and-retry; a text says what is wrong. */
export function readSubscription(properties: unknown): AskedSubscription | string {
  const parsed = asked.safeParse(plainDestination(properties));
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => `properties.${path.join('.')}: ${message}`).join('; ');
  const { filter, labels, eventDeliverySchema, retryPolicy } = parsed.data;
  return {
    destination: destinationOf(parsed.data.destination),
    filter: {
      includedEventTypes: filter?.includedEventTypes ?? null,
      subjectBeginsWith: filter?.subjectBeginsWith ?? '',
      subjectEndsWith: filter?.subjectEndsWith ?? '',
      isSubjectCaseSensitive: filter?.isSubjectCaseSensitive ?? false,
    } satisfies EventFilter,
    labels: labels ?? null,
    schema: eventDeliverySchema ?? 'EventGridSchema',
    retryPolicy: {
      maxDeliveryAttempts: retryPolicy?.maxDeliveryAttempts ?? 30,
      eventTimeToLiveInMinutes: retryPolicy?.eventTimeToLiveInMinutes ?? 1440,
    },
  };
}

function destinationOf({ endpointType, properties }: z.output<typeof destination>): Destination {
  if (endpointType === 'StorageQueue') return { kind: endpointType, ...properties };
  const { maxEventsPerBatch, preferredBatchSizeInKilobytes, ...where } = properties;
  const sizes = {
    maxEventsPerBatch: maxEventsPerBatch ?? 1,
    preferredBatchSizeInKilobytes: preferredBatchSizeInKilobytes ?? 64,
  };
  return 'endpointUrl' in where
    ? { kind: 'WebHook', ...where, batch: sizes }
    : { kind: 'AzureFunction', ...where, batch: sizes };
}

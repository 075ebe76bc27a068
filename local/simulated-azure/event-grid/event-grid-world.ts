/** What of Event Grid exists in the simulated Azure. */
export interface EventGridWorld {
  readonly systemTopics: SystemTopic[];
  readonly eventSubscriptions: EventSubscription[];
  /** What was raised so far, a line a version and kind, so that it is raised once. */
  readonly raised: Set<string>;
  /** Every event on its way to a subscriber, or arrived, or given up; oldest first. */
  readonly deliveries: Delivery[];
}

export interface SystemTopic {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
  readonly source: string;
  readonly topicType: string;
  readonly metricResourceId: string;
  tags: Record<string, string> | null;
  identity: unknown;
  provisioningState: ProvisioningState;
}

type ProvisioningState = 'Creating' | 'Updating' | 'Deleting' | 'Succeeded' | 'Failed';

export interface EventSubscription {
  /** The system topic to which it belongs, or the resource whose events it takes. */
  readonly scope: string;
  readonly name: string;
  readonly isOfSystemTopic: boolean;
  /** The resource whose events it takes. */
  readonly source: string;
  /** Events of versions that were there before are none of its. */
  readonly createdAtMs: number;
  destination: Destination;
  filter: EventFilter;
  schema: 'EventGridSchema' | 'CloudEventSchemaV1_0';
  labels: readonly string[] | null;
  retryPolicy: { readonly maxDeliveryAttempts: number; readonly eventTimeToLiveInMinutes: number };
  provisioningState: ProvisioningState;
}

export type Destination =
  | { readonly kind: 'WebHook'; readonly endpointUrl: string; readonly batch: Batch }
  | { readonly kind: 'AzureFunction'; readonly resourceId: string; readonly batch: Batch }
  | { readonly kind: 'StorageQueue'; readonly resourceId: string; readonly queueName: string };

interface Batch {
  readonly maxEventsPerBatch: number;
  readonly preferredBatchSizeInKilobytes: number;
}

export interface EventFilter {
  /** Null: every type of the topic. */
  readonly includedEventTypes: readonly string[] | null;
  readonly subjectBeginsWith: string;
  readonly subjectEndsWith: string;
  readonly isSubjectCaseSensitive: boolean;
}

export interface Delivery {
  readonly subscription: EventSubscription;
  readonly eventId: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly raisedAtMs: number;
  attempts: number;
  nextAttemptAtMs: number;
  /** `dropped`: the endpoint refused it for good, or its time was over. */
  state: 'waiting' | 'sending' | 'delivered' | 'dropped';
  /** What the last attempt was answered; 0 where nothing answered. */
  lastStatus: number | null;
}

export function eventGridOf(world: { eventGrid?: EventGridWorld }): EventGridWorld {
  world.eventGrid ??= { systemTopics: [], eventSubscriptions: [], raised: new Set(), deliveries: [] };
  return world.eventGrid;
}

/** One Microsoft.EventGrid/topics resource and what was published to it. */
export interface CustomTopic {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  /** As ARM shows it: lower case, no blanks. */
  readonly location: string;
  readonly metricResourceId: string;
  readonly inputSchema: 'EventGridSchema' | 'CloudEventSchemaV1_0';
  publicNetworkAccess: 'Enabled' | 'Disabled';
  disableLocalAuth: boolean;
  tags: Record<string, string> | null;
  identity: unknown;
  provisioningState: 'Creating' | 'Updating' | 'Deleting' | 'Succeeded';
  keys: { key1: string; key2: string };
  /** Everything that was taken, oldest first, as it was sent. */
  readonly events: Readonly<Record<string, unknown>>[];
}

/** The custom topics of a world; made when they are first asked for. */
export function customTopicsOf(world: { customTopics?: CustomTopic[] }): CustomTopic[] {
  world.customTopics ??= [];
  return world.customTopics;
}

export function newCustomTopic(
  at: Pick<CustomTopic, 'subscriptionId' | 'resourceGroup' | 'name' | 'location'>,
  inputSchema: CustomTopic['inputSchema'],
): CustomTopic {
  return {
    ...at,
    inputSchema,
    metricResourceId: crypto.randomUUID(),
    publicNetworkAccess: 'Enabled',
    disableLocalAuth: false,
    tags: null,
    identity: undefined,
    provisioningState: 'Succeeded',
    keys: { key1: newTopicKey(), key2: newTopicKey() },
    events: [],
  };
}

/** 32 random bytes in base64, as topics have had them from the start. */
export function newTopicKey(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
}

export function topicIdOf({ subscriptionId, resourceGroup, name }: CustomTopic): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.EventGrid/topics/${name}`;
}

/** @param suffix of the cloud, such as `eventgrid.azure.net` */
export function topicHostOf({ name, location }: CustomTopic, suffix: string): string {
  return `${name}.${location}-1.${suffix}`.toLowerCase();
}

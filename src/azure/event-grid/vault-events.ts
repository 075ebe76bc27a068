import type { ResourceGraphClient } from '@azure/arm-resourcegraph';
import * as z from 'zod';
import type { EventSubscription, VaultEvents } from '../../targets/ports.ts';
import type { ArmLists } from '../arm/arm-lists.ts';
import { everyGraphRow, graphText } from '../arm/graph-rows.ts';
import { keptByName } from '../kept-by-name.ts';

const eventGridVersion = '2022-06-15';

/**
 * The vaults, and the system topics that tell of them, each in its vault's subscription. Anybody who subscribes to a vault
 * makes such a topic, also if the subscription is written as one of the vault itself:
 * https://learn.microsoft.com/azure/event-grid/system-topics
 * The tables hold no event subscriptions. A vault's name is the only one in its cloud.
 */
const placesQuery = `resources
| where type =~ 'microsoft.keyvault/vaults' or (type =~ 'microsoft.eventgrid/systemtopics' and tostring(properties.topicType) =~ 'microsoft.keyvault.vaults')
| project id, type, source = tostring(properties.source)
| order by id asc`;

const topic = z.object({ id: z.string(), properties: z.object({ source: z.string() }) });

const text = z.string().nullish();
const shown = z.object({
  properties: z.object({
    provisioningState: text,
    destination: z.unknown(),
    /** In place of `destination`, if the topic's identity delivers. */
    deliveryWithResourceIdentity: z.object({ destination: z.unknown() }).nullish(),
    filter: z
      .object({
        includedEventTypes: z.array(z.string()).nullish(),
        subjectBeginsWith: text,
        subjectEndsWith: text,
        isSubjectCaseSensitive: z.boolean().nullish(),
      })
      .nullish(),
  }),
});

const destination = z.union([
  z
    .object({ endpointType: z.literal('AzureFunction'), properties: z.object({ resourceId: z.string() }) })
    .transform(({ properties: { resourceId } }) => ({ kind: 'function', resourceId }) as const),
  z
    .object({ endpointType: z.literal('WebHook'), properties: z.object({ endpointBaseUrl: z.string() }) })
    .transform(({ properties }) => ({ kind: 'webhook', address: properties.endpointBaseUrl }) as const),
  z
    .object({ endpointType: z.literal('StorageQueue'), properties: z.object({ queueName: z.string() }) })
    .transform(({ properties }) => ({ kind: 'queue', queue: properties.queueName }) as const),
]);

/**
 * Event subscriptions of vaults: a look asks Resource Graph once, then Resource Manager once or twice for each vault, and
 * once for each of Azure's subscriptions in which a vault seems to have no topic. With
 * Reader on the vault's subscription all can be seen; with less, what is seen counts, and what is not seen is not
 * taken for absent.
 */
export function armVaultEvents(graph: () => Promise<ResourceGraphClient>, lists: ArmLists): VaultEvents {
  return {
    look() {
      const places = keptByName(() => placesIn(graph));
      const listed = keptByName((path) => lists(path, eventGridVersion));
      return { subscriptions: async (vaultUrl) => subscriptionsOf(vaultUrl, await places(''), listed) };
    },
  };
}

interface Place {
  readonly id: string;
  /** The vault itself, or the one of which a topic tells; in lower case. */
  readonly vaultName: string;
  readonly isVault: boolean;
}

async function placesIn(graph: () => Promise<ResourceGraphClient>): Promise<ReadonlyMap<string, readonly Place[]>> {
  const places = (await everyGraphRow(graph, placesQuery)).map((row): Place => {
    const id = graphText(row, 'id');
    const isVault = graphText(row, 'type').toLowerCase() === 'microsoft.keyvault/vaults';
    const of = isVault ? id : graphText(row, 'source');
    return { id, isVault, vaultName: of.split('/').at(-1)?.toLowerCase() ?? '' };
  });
  return Map.groupBy(places, ({ vaultName }) => vaultName);
}

async function subscriptionsOf(
  vaultUrl: string,
  places: ReadonlyMap<string, readonly Place[]>,
  listed: (path: string) => ReturnType<ArmLists>,
): Promise<readonly EventSubscription[] | null> {
  const [vault = ''] = new URL(vaultUrl).hostname.split('.');
  const ofThis = places.get(vault) ?? [];
  const vaultId = ofThis.find(({ isVault }) => isVault)?.id;
  const ofVault =
    vaultId === undefined ? null : await listed(`${vaultId}/providers/Microsoft.EventGrid/eventSubscriptions`);
  const seenTopics = ofThis.filter(({ isVault }) => !isVault).map(({ id }) => id);
  // Resource Graph leaves out what may not be read, and is behind: of absence only Resource Manager's own list is proof.
  const topics = seenTopics.length > 0 || vaultId === undefined ? seenTopics : await topicsOf(listed, vaultId);
  const ofTopics = await Promise.all((topics ?? []).map((id) => listed(`${id}/eventSubscriptions`)));
  const found = [ofVault, ...ofTopics].flatMap((list) => (list ?? []).map(readSubscription));
  const isWhole = ofVault !== null && topics !== null && ofTopics.every((list) => list !== null);
  return found.length > 0 || isWhole ? found : null;
}

async function topicsOf(
  listed: (path: string) => ReturnType<ArmLists>,
  vaultId: string,
): Promise<readonly string[] | null> {
  const [, , subscription = ''] = vaultId.split('/');
  const all = await listed(`/subscriptions/${subscription}/providers/Microsoft.EventGrid/systemTopics`);
  return (
    all?.flatMap((one) => {
      const { data } = topic.safeParse(one);
      return data?.properties.source.toLowerCase() === vaultId.toLowerCase() ? data.id : [];
    }) ?? null
  );
}

function readSubscription(row: unknown): EventSubscription {
  const { data } = shown.safeParse(row);
  const { provisioningState, filter, deliveryWithResourceIdentity } = data?.properties ?? {};
  const delivered = deliveryWithResourceIdentity?.destination ?? data?.properties.destination;
  return {
    isWorking:
      data !== undefined && !/^(Failed|Canceled|Deleting|AwaitingManualAction)$/i.test(provisioningState ?? ''),
    eventTypes: filter?.includedEventTypes ?? null,
    subject: {
      beginsWith: filter?.subjectBeginsWith ?? '',
      endsWith: filter?.subjectEndsWith ?? '',
      hasCase: filter?.isSubjectCaseSensitive ?? false,
    },
    destination: destination.safeParse(delivered).data ?? { kind: 'other' },
  };
}

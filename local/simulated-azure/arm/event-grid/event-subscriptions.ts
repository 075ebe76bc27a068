import { type EventSubscription, eventGridOf } from '../../event-grid/event-grid-world.ts';
import { shakeHands, withoutQuery } from '../../event-grid/shake-hands.ts';
import { vaultId } from '../../key-vault/vault-id.ts';
import { armAnswer, armEmpty, armError, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { operationUrl, startChange } from './operations.ts';
import { type AskedSubscription, readSubscription } from './read-subscription.ts';
import { findTopic, topicId } from './system-topics.ts';

/** To what a subscription belongs, and whose events it takes. */
interface Place {
  readonly scope: string;
  readonly source: string;
  readonly isOfSystemTopic: boolean;
}

export function listEventSubscriptions(call: ArmCall): Response {
  const place = placeOf(call);
  if (place instanceof Response) return place;
  const value = eventGridOf(call.world)
    .eventSubscriptions.filter(({ scope }) => same(scope, place.scope))
    .map((subscription) => show(call, subscription));
  return armAnswer(200, { value });
}

export function getEventSubscription(call: ArmCall): Response {
  const found = find(call);
  return found instanceof Response ? found : armAnswer(200, show(call, found));
}

/** 201 with what was asked for; a webhook is asked for its consent before it gets an event. */
export async function putEventSubscription(call: ArmCall): Promise<Response> {
  const place = placeOf(call);
  if (place instanceof Response) return place;
  const asked = readSubscription(call.body.properties);
  if (typeof asked === 'string') return armError(400, 'InvalidRequest', asked);
  const { eventSubscriptions } = eventGridOf(call.world);
  const known = find(call);
  const isNew = known instanceof Response;
  const subscription: EventSubscription = isNew
    ? {
        ...place,
        name: call.param('name'),
        createdAtMs: call.azure.clock.nowMs(),
        ...asked,
        provisioningState: 'Creating',
      }
    : Object.assign(known, asked);
  subscription.provisioningState = 'Updating';
  if (isNew) eventSubscriptions.push(subscription);
  const refusal = await shakeHands(call.azure, subscription);
  const operation = startChange(call, () => {
    subscription.provisioningState = refusal === null ? 'Succeeded' : 'Failed';
    return refusal === null ? null : { code: 'Url validation', message: refusal };
  });
  return armAnswer(201, showAsAsked(call, subscription, asked), {
    'azure-asyncoperation': operationUrl(call, operation, 'operationsStatus'),
  });
}

export function deleteEventSubscription(call: ArmCall): Response {
  const found = find(call);
  if (found instanceof Response) return armEmpty(204);
  const { eventSubscriptions } = eventGridOf(call.world);
  found.provisioningState = 'Deleting';
  const operation = startChange(call, () => {
    eventSubscriptions.splice(eventSubscriptions.indexOf(found), 1);
    return null;
  });
  return armEmpty(202, { location: operationUrl(call, operation, 'operationResults') });
}

/** The one place where the address is shown with its query, in which keys are. */
export function getFullUrl(call: ArmCall): Response {
  const found = find(call);
  if (found instanceof Response) return found;
  const { destination } = found;
  if (destination.kind === 'WebHook') return armAnswer(200, { endpointUrl: destination.endpointUrl });
  return armError(
    400,
    'InvalidRequest',
    'Full URL can only be retrieved for event subscriptions with a webhook destination.',
  );
}

function find(call: ArmCall): EventSubscription | Response {
  const place = placeOf(call);
  if (place instanceof Response) return place;
  const name = call.param('name');
  const found = eventGridOf(call.world).eventSubscriptions.find(
    (subscription) => same(subscription.scope, place.scope) && same(subscription.name, name),
  );
  return found ?? armError(404, 'ResourceNotFound', `Event subscription doesn't exist: ${place.scope}/${name}.`);
}

function placeOf(call: ArmCall): Place | Response {
  if (/\/systemTopics\/[^/]+\/eventSubscriptions/i.test(call.path.text)) {
    const topic = findTopic(call);
    return topic === undefined
      ? resourceNotFound('Microsoft.EventGrid/systemTopics', call.param('topic'), call.param('group'))
      : { scope: topicId(topic), source: topic.source, isOfSystemTopic: true };
  }
  const scope = call.param('scope');
  const vaultName = /\/providers\/Microsoft\.KeyVault\/vaults\/([^/]+)$/i.exec(scope)?.[1];
  const isThere = vaultName === undefined || call.world.vaults.some((vault) => same(vaultId(vault), scope));
  return isThere
    ? { scope, source: scope, isOfSystemTopic: false }
    : resourceNotFound('Microsoft.KeyVault/vaults', vaultName, call.path.resourceGroup ?? '');
}

/** Right after a PUT the answer has what was asked for; the defaults show later. */
function showAsAsked(call: ArmCall, subscription: EventSubscription, { filter }: AskedSubscription) {
  const shown = show(call, subscription);
  const { eventDeliverySchema: _, retryPolicy: __, filter: ___, ...properties } = shown.properties;
  const asked = (call.body.properties ?? {}) as Record<string, unknown>;
  const kept = Object.fromEntries(
    ['eventDeliverySchema', 'retryPolicy'].filter((name) => name in asked).map((name) => [name, asked[name]]),
  );
  const { includedEventTypes } = filter;
  return { ...shown, properties: { ...properties, filter: asked.filter ?? { includedEventTypes }, ...kept } };
}

function show({ apiVersion }: ArmCall, subscription: EventSubscription) {
  const { scope, source, name, isOfSystemTopic, filter, labels, schema, retryPolicy, provisioningState } = subscription;
  const { isSubjectCaseSensitive, ...plain } = filter;
  // The first stable versions showed less.
  const isOld = apiVersion < '2019';
  return {
    properties: {
      topic: source,
      provisioningState,
      destination: showDestination(subscription),
      filter: {
        ...plain,
        includedEventTypes: filter.includedEventTypes ?? secretEventTypes,
        ...(isOld && !isSubjectCaseSensitive ? {} : { isSubjectCaseSensitive }),
      },
      labels,
      eventDeliverySchema: schema,
      ...(isOld ? {} : { retryPolicy }),
    } as Record<string, unknown>,
    id: isOfSystemTopic
      ? `${scope}/eventSubscriptions/${name}`
      : `${scope}/providers/Microsoft.EventGrid/eventSubscriptions/${name}`,
    name,
    type: isOfSystemTopic
      ? 'Microsoft.EventGrid/systemTopics/eventSubscriptions'
      : 'Microsoft.EventGrid/eventSubscriptions',
  };
}

function showDestination({ destination }: EventSubscription): Record<string, unknown> {
  switch (destination.kind) {
    case 'WebHook': {
      const { endpointUrl, batch } = destination;
      return {
        endpointType: destination.kind,
        properties: { endpointUrl: null, endpointBaseUrl: withoutQuery(endpointUrl), ...batch },
      };
    }
    case 'AzureFunction':
      return {
        endpointType: destination.kind,
        properties: { resourceId: destination.resourceId, ...destination.batch },
      };
    case 'StorageQueue': {
      const { resourceId, queueName } = destination;
      return { endpointType: destination.kind, properties: { resourceId, queueName } };
    }
  }
}

/** What a vault raises about secrets, keys and certificates. */
const secretEventTypes = ['Secret', 'Key', 'Certificate'].flatMap((kind) =>
  ['NewVersionCreated', 'NearExpiry', 'Expired'].map((what) => `Microsoft.KeyVault.${kind}${what}`),
);

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

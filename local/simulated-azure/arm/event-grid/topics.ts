import {
  type CustomTopic,
  customTopicsOf,
  newCustomTopic,
  newTopicKey,
  topicHostOf,
  topicIdOf,
} from '../../event-grid-topics/custom-topic.ts';
import { cloudOf } from '../../simulated-clouds.ts';
import { armAnswer, armEmpty, armError, gatewayError, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locationIn, plainLocation } from '../locations.ts';
import { findOperation, startOperation } from '../long-operations.ts';
import { tagsIn } from '../tags-in.ts';

export function listTopics(call: ArmCall): Response {
  const inside = `${call.path.scope.split('/providers/')[0]}/`.toLowerCase();
  const value = customTopicsOf(call.world)
    .filter((topic) => topicIdOf(topic).toLowerCase().startsWith(inside))
    .map((topic) => showTopic(call, topic));
  return armAnswer(200, { value });
}

export function getTopic(call: ArmCall): Response {
  const topic = findTopic(call);
  return topic === undefined ? absent(call) : armAnswer(200, showTopic(call, topic));
}

/** 201, `Creating` or `Updating`; the schema of a topic never changes. */
export function putTopic(call: ArmCall): Response {
  const { body, world } = call;
  const known = findTopic(call);
  const location = locationIn(call, 'Microsoft.EventGrid/topics', known?.location);
  if (location instanceof Response) return location;
  const properties = propertiesIn(body);
  const inputSchema = properties.inputSchema ?? 'EventGridSchema';
  if (inputSchema !== 'EventGridSchema' && inputSchema !== 'CloudEventSchemaV1_0')
    return armError(400, 'InvalidRequest', `The input schema ${String(inputSchema)} is not simulated.`);
  const name = call.param('topic');
  if (!/^[0-9A-Za-z-]{3,50}$/.test(name))
    return armError(
      400,
      'InvalidRequest',
      'Topic name must be 3-50 characters in length and can only contain letters, numbers and hyphens.',
    );
  if (known !== undefined && known.inputSchema !== inputSchema)
    return armError(400, 'InvalidRequest', 'Updating the inputSchema of an existing topic is not allowed.');
  const at = { subscriptionId: call.param('subscription'), resourceGroup: call.param('group'), name };
  const topic = known ?? newCustomTopic({ ...at, location: plainLocation(location) }, inputSchema);
  if (known === undefined) customTopicsOf(world).push(topic);
  return changed(call, topic, known === undefined ? 'Creating' : 'Updating');
}

export function patchTopic(call: ArmCall): Response {
  const topic = findTopic(call);
  return topic === undefined ? absent(call) : changed(call, topic, 'Updating');
}

/** 202 and a place to look; 204 where there is none. */
export function deleteTopic(call: ArmCall): Response {
  const topic = findTopic(call);
  if (topic === undefined) return armEmpty(204);
  topic.provisioningState = 'Deleting';
  const topics = customTopicsOf(call.world);
  const operation = startOperation(call.azure, about(call, topic), () => {
    const index = topics.indexOf(topic);
    if (index >= 0) topics.splice(index, 1);
  });
  return armEmpty(202, { location: operationUrl(call, topic, 'operationResults', operation.id) });
}

export function listTopicKeys(call: ArmCall): Response {
  const topic = findTopic(call);
  return topic === undefined ? absent(call) : armAnswer(200, topic.keys);
}

/** Answers both keys, the other one unchanged. */
export function regenerateTopicKey(call: ArmCall): Response {
  const topic = findTopic(call);
  if (topic === undefined) return absent(call);
  const { keyName } = call.body;
  if (keyName !== 'key1' && keyName !== 'key2')
    return armError(400, 'InvalidRequest', "The key name is invalid. It must be 'key1' or 'key2'.");
  topic.keys = { ...topic.keys, [keyName]: newTopicKey() };
  return armAnswer(200, topic.keys);
}

export function getTopicOperation(call: ArmCall): Response {
  const operation = findOperation(call.azure, call.param('operation'));
  if (operation === undefined) return unknownOperation(call);
  const { pathname, search } = call.exchange.url;
  return armAnswer(200, {
    id: `https://${call.exchange.url.host}:443${pathname}${search}`,
    name: operation.id,
    status: operation.endedAtMs === null ? 'InProgress' : 'Succeeded',
  });
}

export function getTopicOperationResult(call: ArmCall): Response {
  const operation = findOperation(call.azure, call.param('operation'));
  if (operation === undefined) return unknownOperation(call);
  const { host, pathname, search } = call.exchange.url;
  return operation.endedAtMs === null
    ? armEmpty(202, { location: `https://${host}:443${pathname}${search}` })
    : armEmpty(200);
}

function changed(call: ArmCall, topic: CustomTopic, running: 'Creating' | 'Updating'): Response {
  const properties = propertiesIn(call.body);
  if (call.body.tags !== undefined) topic.tags = tagsIn(call.body);
  if (call.body.identity !== undefined) topic.identity = call.body.identity;
  if (typeof properties.disableLocalAuth === 'boolean') topic.disableLocalAuth = properties.disableLocalAuth;
  if (properties.publicNetworkAccess === 'Enabled' || properties.publicNetworkAccess === 'Disabled')
    topic.publicNetworkAccess = properties.publicNetworkAccess;
  topic.provisioningState = running;
  const operation = startOperation(call.azure, about(call, topic), () => {
    if (topic.provisioningState === running) topic.provisioningState = 'Succeeded';
  });
  return armAnswer(201, showTopic(call, topic), {
    'azure-asyncoperation': operationUrl(call, topic, 'operationsStatus', operation.id),
    'retry-after': '10',
  });
}

export function showTopic(call: ArmCall, topic: CustomTopic): Record<string, unknown> {
  const { name, location, tags, identity, provisioningState, inputSchema, metricResourceId } = topic;
  const suffix = cloudOf(call.world).eventGridSuffix;
  // It came with 2021-10-15-preview.
  const newer = call.apiVersion >= '2021-10-15' ? { disableLocalAuth: topic.disableLocalAuth } : {};
  return {
    properties: {
      provisioningState,
      ...(provisioningState === 'Creating' ? {} : { endpoint: `https://${topicHostOf(topic, suffix)}/api/events` }),
      inputSchema,
      metricResourceId,
      publicNetworkAccess: topic.publicNetworkAccess,
      ...newer,
    },
    ...(identity === undefined ? {} : { identity }),
    location,
    tags,
    id: topicIdOf(topic),
    name,
    type: 'Microsoft.EventGrid/topics',
  };
}

function about(call: ArmCall, { location }: CustomTopic) {
  return { subscriptionId: call.param('subscription'), location, running: 'InProgress' };
}

/** Ids are in capitals there, and the host names its port. */
function operationUrl(
  call: ArmCall,
  { location }: CustomTopic,
  kind: 'operationsStatus' | 'operationResults',
  id: string,
): string {
  const provider = `/subscriptions/${call.param('subscription')}/providers/Microsoft.EventGrid`;
  return `https://${call.exchange.url.host}:443${provider}/locations/${location}/${kind}/${id.toUpperCase()}?api-version=${call.apiVersion}`;
}

function findTopic(call: ArmCall): CustomTopic | undefined {
  const [subscription, group, name] = [call.param('subscription'), call.param('group'), call.param('topic')];
  return customTopicsOf(call.world).find(
    (topic) => same(topic.subscriptionId, subscription) && same(topic.resourceGroup, group) && same(topic.name, name),
  );
}

function propertiesIn({ properties }: ArmCall['body']): Readonly<Record<string, unknown>> {
  return typeof properties === 'object' && properties !== null ? { ...properties } : {};
}

function absent(call: ArmCall): Response {
  return resourceNotFound('Microsoft.EventGrid/topics', call.param('topic'), call.param('group'));
}

function unknownOperation(call: ArmCall): Response {
  return gatewayError(404, 'OperationNotFound', `The operation '${call.param('operation')}' could not be found.`);
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

import { eventGridOf, type SystemTopic } from '../../event-grid/event-grid-world.ts';
import { vaultId } from '../../key-vault/vault-id.ts';
import { armAnswer, armEmpty, armError, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locationIn, plainLocation } from '../locations.ts';
import { tagsIn } from '../tags-in.ts';
import { operationUrl, startChange } from './operations.ts';

export function listSystemTopics(call: ArmCall): Response {
  const inside = `${call.path.scope.split('/providers/')[0]}/`.toLowerCase();
  const { systemTopics } = eventGridOf(call.world);
  const value = systemTopics.filter((topic) => topicId(topic).toLowerCase().startsWith(inside)).map(showSystemTopic);
  return armAnswer(200, { value });
}

export function getSystemTopic(call: ArmCall): Response {
  const topic = findTopic(call);
  return topic === undefined ? absent(call) : armAnswer(200, showSystemTopic(topic));
}

/** 201 with the topic on its way. The source must exist, and has one topic. */
export function putSystemTopic(call: ArmCall): Response {
  const { world, body } = call;
  const { systemTopics } = eventGridOf(world);
  const known = findTopic(call);
  const location = locationIn(call, 'Microsoft.EventGrid/systemTopics', known?.location);
  if (location instanceof Response) return location;
  const { source, topicType } = (body.properties ?? {}) as { source?: unknown; topicType?: unknown };
  if (typeof source !== 'string' || typeof topicType !== 'string')
    return refused('properties.source and properties.topicType are required for a system topic.');
  if (topicType.toLowerCase() !== 'microsoft.keyvault.vaults')
    return refused(`The topic type ${topicType} is not simulated: Microsoft.KeyVault.vaults is.`);
  if (!world.vaults.some((vault) => same(vaultId(vault), source)))
    return refused(`The source resource ${source} of the system topic was not found.`);
  const other = systemTopics.find((topic) => same(topic.source, source) && topic !== known);
  if (other !== undefined)
    return refused(`Only one system topic is allowed per source. Existing system topic: ${topicId(other)}.`);
  if (known !== undefined && !same(known.source, source))
    return refused('The source of a system topic cannot be changed.');
  const topic: SystemTopic = known ?? {
    subscriptionId: call.param('subscription'),
    resourceGroup: call.param('group'),
    name: call.param('topic'),
    location: plainLocation(location),
    source,
    topicType: 'microsoft.keyvault.vaults',
    metricResourceId: crypto.randomUUID(),
    tags: null,
    identity: undefined,
    provisioningState: 'Creating',
  };
  topic.tags = tagsIn(body) ?? null;
  topic.identity = body.identity;
  topic.provisioningState = known === undefined ? 'Creating' : 'Updating';
  if (known === undefined) systemTopics.push(topic);
  const operation = startChange(call, () => {
    topic.provisioningState = 'Succeeded';
    return null;
  });
  return armAnswer(201, showSystemTopic(topic), {
    'azure-asyncoperation': operationUrl(call, operation, 'operationsStatus'),
  });
}

export function patchSystemTopic(call: ArmCall): Response {
  const topic = findTopic(call);
  if (topic === undefined) return absent(call);
  if (call.body.tags !== undefined) topic.tags = tagsIn(call.body) ?? null;
  if (call.body.identity !== undefined) topic.identity = call.body.identity;
  return armAnswer(200, showSystemTopic(topic));
}

/** Its event subscriptions go with it. */
export function deleteSystemTopic(call: ArmCall): Response {
  const topic = findTopic(call);
  if (topic === undefined) return armEmpty(204);
  const { systemTopics, eventSubscriptions } = eventGridOf(call.world);
  topic.provisioningState = 'Deleting';
  const operation = startChange(call, () => {
    const gone = eventSubscriptions.filter(({ scope }) => same(scope, topicId(topic)));
    for (const subscription of gone) eventSubscriptions.splice(eventSubscriptions.indexOf(subscription), 1);
    systemTopics.splice(systemTopics.indexOf(topic), 1);
    return null;
  });
  return armEmpty(202, { location: operationUrl(call, operation, 'operationResults') });
}

export function findTopic(call: ArmCall): SystemTopic | undefined {
  const [subscription, group, name] = [call.param('subscription'), call.param('group'), call.param('topic')];
  return eventGridOf(call.world).systemTopics.find(
    (topic) => same(topic.subscriptionId, subscription) && same(topic.resourceGroup, group) && same(topic.name, name),
  );
}

export function topicId({ subscriptionId, resourceGroup, name }: SystemTopic): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.EventGrid/systemTopics/${name}`;
}

export function showSystemTopic(topic: SystemTopic): Record<string, unknown> {
  const { source, topicType, metricResourceId, provisioningState, location, name, tags, identity } = topic;
  return {
    properties: { provisioningState, source, topicType, metricResourceId },
    location,
    ...(tags === null ? {} : { tags }),
    ...(identity === undefined ? {} : { identity }),
    id: topicId(topic),
    name,
    type: 'Microsoft.EventGrid/systemTopics',
  };
}

function absent(call: ArmCall): Response {
  return resourceNotFound('Microsoft.EventGrid/systemTopics', call.param('topic'), call.param('group'));
}

function refused(message: string): Response {
  return armError(400, 'InvalidRequest', message);
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

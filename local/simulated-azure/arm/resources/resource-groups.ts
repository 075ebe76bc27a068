import { dropNetworkOf } from '../../network/network-world.ts';
import { isWithin } from '../../rbac.ts';
import type { ResourceGroup } from '../../world.ts';
import { armAnswer, armEmpty, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { retireAccount } from '../cognitive-services/retire-account.ts';
import { retireVault } from '../key-vault/deleted-vaults.ts';
import { locationNames, locationRequired, plainLocation } from '../locations.ts';
import { findOperation, startOperation } from '../long-operations.ts';
import { tagsIn } from '../tags-in.ts';
import { pageOf } from './page-of.ts';

/** Lists the groups that the caller may see, deleting ones included. */
export function listGroups(call: ArmCall): Response {
  const { world, azure, caller } = call;
  const mine = world.roleAssignments.filter(
    ({ principalId, effectiveAtMs }) =>
      principalId.toLowerCase() === caller.objectId.toLowerCase() && effectiveAtMs <= azure.clock.nowMs(),
  );
  const value = world.resourceGroups
    .filter(({ subscriptionId }) => subscriptionId.toLowerCase() === call.param('subscription').toLowerCase())
    .filter((group) => mine.some(({ scope }) => isWithin(idOf(group), scope) || isWithin(scope, idOf(group))))
    .filter((group) => matchesFilter(group, call.exchange.url.searchParams.get('$filter') ?? ''))
    .map((group) => show(call, group));
  return armAnswer(200, pageOf(call, value));
}

/** `$filter` knows `tagName eq '…'`, by itself or with `tagValue eq '…'`. */
function matchesFilter({ tags }: ResourceGroup, filter: string): boolean {
  const tagName = /tagName\s+eq\s+'([^']*)'/i.exec(filter)?.[1];
  const tagValue = /tagValue\s+eq\s+'([^']*)'/i.exec(filter)?.[1];
  if (tagName === undefined) return true;
  const found = Object.entries(tags).find(([name]) => name.toLowerCase() === tagName.toLowerCase());
  return found !== undefined && (tagValue === undefined || found[1] === tagValue);
}

export function getGroup(call: ArmCall): Response {
  const group = find(call);
  return group === undefined ? notFound(call) : armAnswer(200, show(call, group));
}

export function createGroup(call: ArmCall): Response {
  const { world, body } = call;
  const { location } = body;
  if (typeof location !== 'string' || location === '') return locationRequired();
  const known = find(call);
  if (known === undefined) {
    const available = locationNames(world);
    if (!available.includes(plainLocation(location))) {
      return gatewayError(
        400,
        'LocationNotAvailableForResourceGroup',
        `The provided location '${location}' is not available for resource group. List of available regions is '${available.join(',')}'.`,
      );
    }
    const group: ResourceGroup = {
      subscriptionId: call.param('subscription'),
      name: call.param('group'),
      location: plainLocation(location),
      tags: tagsIn(body),
      provisioningState: 'Succeeded',
    };
    world.resourceGroups.push(group);
    return armAnswer(201, show(call, group));
  }
  if (known.location !== plainLocation(location)) {
    return gatewayError(
      409,
      'InvalidResourceGroupLocation',
      `Invalid resource group location '${location}'. The Resource group already exists in location '${known.location}'.`,
    );
  }
  known.tags = tagsIn(body);
  return armAnswer(200, show(call, known));
}

export function updateGroup(call: ArmCall): Response {
  const group = find(call);
  if (group === undefined) return notFound(call);
  if (call.body.tags !== undefined) group.tags = tagsIn(call.body);
  return armAnswer(200, show(call, group));
}

/** 202 and a location to poll; what is in the group goes when the operation ends, accounts into the soft-deleted. */
export function deleteGroup(call: ArmCall): Response {
  const group = find(call);
  if (group === undefined) return notFound(call);
  const { azure, world } = call;
  group.provisioningState = 'Deleting';
  const about = { subscriptionId: group.subscriptionId, location: group.location, running: 'Deleting' };
  const operation = startOperation(azure, about, () => {
    for (const account of world.accounts.filter((one) => isWithin(idOf(group), groupIdOf(one))))
      retireAccount(azure, account);
    for (const vault of world.vaults.filter((one) => isWithin(idOf(group), groupIdOf(one)))) retireVault(azure, vault);
    dropNetworkOf(world, idOf(group));
    remove(world.principals, ({ resourceId }) => resourceId !== null && isWithin(resourceId, idOf(group)));
    remove(world.roleAssignments, ({ scope }) => isWithin(scope, idOf(group)));
    remove(world.locks, ({ scope }) => isWithin(scope, idOf(group)));
    remove(world.resourceGroups, (one) => one === group);
  });
  return armEmpty(202, pollHeaders(call, operation.id));
}

/** 202 with the same headers until the group is gone, then 200; bodies are empty. */
export function groupDeletionResult(call: ArmCall): Response {
  const operation = findOperation(call.azure, operationIdIn(call.param('operation')));
  if (operation === undefined) return armEmpty(204);
  return operation.endedAtMs === null ? armEmpty(202, pollHeaders(call, operation.id)) : armEmpty(200);
}

/** The version of the operation's own path is fixed, whatever version the deletion was asked in. */
function pollHeaders(call: ArmCall, operationId: string): Record<string, string> {
  const job = btoa(JSON.stringify({ jobId: `RESOURCEGROUPDELETIONJOB-${operationId.toUpperCase()}` })).replaceAll(
    '=',
    '',
  );
  return {
    location: `https://${call.exchange.url.host}/subscriptions/${call.param('subscription')}/operationresults/${job}?api-version=2019-08-01`,
    'retry-after': '15',
  };
}

function operationIdIn(job: string): string {
  try {
    return /JOB-([0-9A-F-]{36})/.exec(atob(job))?.[1] ?? '';
  } catch {
    return '';
  }
}

function find(call: ArmCall): ResourceGroup | undefined {
  const [subscription, name] = [call.param('subscription').toLowerCase(), call.param('group').toLowerCase()];
  return call.world.resourceGroups.find(
    (group) => group.name.toLowerCase() === name && group.subscriptionId.toLowerCase() === subscription,
  );
}

/** `type` came with 2019-05-01; a group that never had tags shows none. */
function show({ apiVersion }: ArmCall, group: ResourceGroup): Record<string, unknown> {
  const { name, location, tags, provisioningState } = group;
  return {
    id: idOf(group),
    name,
    ...(apiVersion < '2019-05-01' ? {} : { type: 'Microsoft.Resources/resourceGroups' }),
    location,
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    properties: { provisioningState },
  };
}

function idOf({ subscriptionId, name }: ResourceGroup): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
}

function groupIdOf({ subscriptionId, resourceGroup }: { subscriptionId: string; resourceGroup: string }): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}

function notFound(call: ArmCall): Response {
  return gatewayError(404, 'ResourceGroupNotFound', `Resource group '${call.param('group')}' could not be found.`);
}

function remove<T>(list: T[], isGone: (one: T) => boolean): void {
  list.splice(0, list.length, ...list.filter((one) => !isGone(one)));
}

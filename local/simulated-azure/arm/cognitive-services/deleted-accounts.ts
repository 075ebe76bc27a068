import type { Account } from '../../world.ts';
import { armAnswer, armEmpty, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { startOperation } from '../long-operations.ts';
import { deletedAccounts, findDeletedAccount } from './find-account.ts';
import { acceptedHeaders } from './operation-results.ts';
import { showAccount } from './show-account.ts';

export function listDeletedAccounts(call: ArmCall): Response {
  const wanted = call.param('subscription').toLowerCase();
  const value = deletedAccounts(call)
    .filter(({ subscriptionId }) => subscriptionId.toLowerCase() === wanted)
    .map((account) => show(call, account));
  return armAnswer(200, { value });
}

export function getDeletedAccount(call: ArmCall): Response {
  const account = findDeletedAccount(call);
  if (account !== undefined) return armAnswer(200, show(call, account));
  return resourceNotFound(
    'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts',
    call.param('account'),
    call.param('group'),
  );
}

/** 202; name and subdomain are free at once. */
export function purgeDeletedAccount(call: ArmCall): Response {
  const account = findDeletedAccount(call);
  if (account === undefined) return armEmpty(204);
  const { azure, world } = call;
  world.deletedAccounts.splice(
    0,
    world.deletedAccounts.length,
    ...deletedAccounts(call).filter((one) => one !== account),
  );
  const { subscriptionId, resource } = account;
  const operation = startOperation(
    azure,
    { subscriptionId, location: resource.location, running: 'Deleting' },
    () => {},
  );
  return armEmpty(202, acceptedHeaders(call, operation));
}

/** The account's own body under the id of the deleted one; no date of deletion. */
function show(call: ArmCall, account: Account): Record<string, unknown> {
  const { subscriptionId, resourceGroup, name, resource } = account;
  const location = resource.location.replaceAll(' ', '').toLowerCase();
  return {
    ...showAccount(account, call.apiVersion),
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.CognitiveServices/locations/${location}/resourceGroups/${resourceGroup}/deletedAccounts/${name}`,
    type: 'Microsoft.CognitiveServices/deletedAccounts',
  };
}

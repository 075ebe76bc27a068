import { networkId, networkOf, sameId } from '../../network/network-world.ts';
import { cloudOf, type SimulatedCloud } from '../../simulated-clouds.ts';
import type { Account } from '../../world.ts';
import { armAnswer, armEmpty, armError, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { startOperation } from '../long-operations.ts';
import { connectionOfEndpoint, endpointIdOf } from '../network/endpoint-target.ts';
import { objectIn } from '../network/network-answer.ts';
import { clearRecords, writeRecords } from '../network/zone-records.ts';
import { accountId } from './account-id.ts';
import { withAccount } from './find-account.ts';
import { newEtag } from './new-etag.ts';
import { acceptedHeaders } from './operation-results.ts';

export function listPrivateEndpointConnections(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => armAnswer(200, { value: connectionsOf(account) }));
}

export function getPrivateEndpointConnection(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    const found = named(call, account);
    return found === undefined ? connectionNotFound(call) : armAnswer(200, found);
  });
}

/**
 * Approves or rejects a connection: only `privateLinkServiceConnectionState` counts. 202, as another provider's approval was
 * recorded, where operations take time.
 */
export function putPrivateEndpointConnection(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    const found = named(call, account);
    if (found === undefined) return connectionNotFound(call);
    const sent = objectIn(objectIn(call.body.properties).privateLinkServiceConnectionState);
    const status = statuses.find((known) => known === sent.status);
    if (status === undefined) {
      return armError(400, 'BadRequest', `The connection status '${String(sent.status)}' is invalid.`);
    }
    const properties = objectIn(found.properties);
    const state = { status, description: String(sent.description ?? ''), actionsRequired: 'None' };
    const decided = { ...found, properties: { ...properties, privateLinkServiceConnectionState: state } };
    account.resource.properties.privateEndpointConnections = connectionsOf(account).map((one) =>
      objectIn(one).name === found.name ? decided : one,
    );
    tellEndpoint(call, account, decided, status, state.description);
    const { armOperationMs } = call.world.pace;
    if (armOperationMs === 0) return armAnswer(200, decided);
    const { location } = account.resource;
    const about = { subscriptionId: account.subscriptionId, location, running: 'Accepted' };
    const operation = startOperation(call.azure, about, () => {});
    return armAnswer(202, decided, acceptedHeaders(call, operation));
  });
}

/** The endpoint stays behind, disconnected. */
export function deletePrivateEndpointConnection(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    const found = named(call, account);
    if (found === undefined) return armEmpty(204);
    account.resource.properties.privateEndpointConnections = connectionsOf(account).filter(
      (one) => objectIn(one).name !== found.name,
    );
    tellEndpoint(call, account, found, 'Disconnected', '');
    return armEmpty(200);
  });
}

const statuses = ['Approved', 'Rejected', 'Pending'] as const;

function tellEndpoint(
  { world, azure }: ArmCall,
  account: Account,
  connection: unknown,
  status: 'Approved' | 'Rejected' | 'Pending' | 'Disconnected',
  description: string,
): void {
  const endpointId = endpointIdOf(connection);
  const own = connectionOfEndpoint(world, endpointId, accountId(account));
  if (own !== null) Object.assign(own, { status, description });
  for (const endpoint of networkOf(world).privateEndpoints) {
    if (!sameId(networkId('privateEndpoints', endpoint), endpointId)) continue;
    for (const group of endpoint.zoneGroups) {
      clearRecords(world, endpoint, group);
      writeRecords(world, endpoint, group);
    }
  }
  account.resource.etag = newEtag(azure.clock.nowMs());
}

function named(call: ArmCall, account: Account): Record<string, unknown> | undefined {
  const wanted = call.param('connection').toLowerCase();
  return connectionsOf(account)
    .map(objectIn)
    .find(({ name }) => String(name).toLowerCase() === wanted);
}

function connectionNotFound(call: ArmCall): Response {
  const name = `${call.param('account')}/${call.param('connection')}`;
  return resourceNotFound('Microsoft.CognitiveServices/accounts/privateEndpointConnections', name, call.param('group'));
}

/** The one group of an account, with the DNS zones that its kind needs. */
export function listPrivateLinkResources(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    const value = {
      id: `${accountId(account)}/privateLinkResources/account`,
      name: 'account',
      type: 'Microsoft.CognitiveServices/accounts/privateLinkResources',
      properties: {
        groupId: 'account',
        requiredMembers: ['default'],
        requiredZoneNames: zonesOf(account.resource.kind, cloudOf(call.world).cognitive),
      },
    };
    return armAnswer(200, { value: [value] });
  });
}

function zonesOf(kind: string, { own, openAi, foundry }: SimulatedCloud['cognitive']): readonly string[] {
  switch (kind) {
    case 'OpenAI':
      return [`privatelink.${openAi}`];
    case 'AIServices':
      return [own, openAi, ...(foundry === null ? [] : [foundry])].map((suffix) => `privatelink.${suffix}`);
    default:
      return [`privatelink.${own}`];
  }
}

function connectionsOf({ resource }: Account): readonly unknown[] {
  const connections = resource.properties.privateEndpointConnections;
  return Array.isArray(connections) ? connections : [];
}

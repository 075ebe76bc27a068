import type { Account } from '../../world.ts';
import { armAnswer, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { accountId } from './account-id.ts';
import { withAccount } from './find-account.ts';

export function listPrivateEndpointConnections(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => armAnswer(200, { value: connectionsOf(account) }));
}

export function getPrivateEndpointConnection(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    const wanted = call.param('connection').toLowerCase();
    const found = connectionsOf(account).find(
      (one) => typeof one === 'object' && one !== null && 'name' in one && String(one.name).toLowerCase() === wanted,
    );
    if (found !== undefined) return armAnswer(200, found);
    const name = `${call.param('account')}/${call.param('connection')}`;
    return resourceNotFound(
      'Microsoft.CognitiveServices/accounts/privateEndpointConnections',
      name,
      call.param('group'),
    );
  });
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
        requiredZoneNames: zonesOf(account.resource.kind),
      },
    };
    return armAnswer(200, { value: [value] });
  });
}

function zonesOf(kind: string): readonly string[] {
  switch (kind) {
    case 'OpenAI':
      return ['privatelink.openai.azure.com'];
    case 'AIServices':
      return [
        'privatelink.cognitiveservices.azure.com',
        'privatelink.openai.azure.com',
        'privatelink.services.ai.azure.com',
      ];
    default:
      return ['privatelink.cognitiveservices.azure.com'];
  }
}

function connectionsOf({ resource }: Account): readonly unknown[] {
  const connections = resource.properties.privateEndpointConnections;
  return Array.isArray(connections) ? connections : [];
}

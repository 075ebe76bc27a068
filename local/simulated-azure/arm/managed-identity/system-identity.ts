import { armAnswer, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { accountId } from '../cognitive-services/account-id.ts';

/** The system-assigned identity of the account at the scope. */
export function getSystemIdentity(call: ArmCall): Response {
  const scope = call.param('scope');
  const { world } = call;
  const account = world.accounts.find((one) => accountId(one).toLowerCase() === scope.toLowerCase());
  const identity = account?.resource.identity;
  const principalId =
    typeof identity === 'object' && identity !== null && 'principalId' in identity ? identity.principalId : null;
  const principal = world.principals.find(({ objectId }) => objectId === principalId);
  if (account === undefined || principal === undefined) {
    return armError(404, 'NotFound', `The system-assigned identity of '${scope}' was not found.`);
  }
  return armAnswer(200, {
    id: `${scope}/providers/Microsoft.ManagedIdentity/Identities/default`,
    name: 'default',
    type: 'Microsoft.ManagedIdentity/Identities',
    location: account.resource.location,
    tags: {},
    properties: { tenantId: world.tenantId, principalId: principal.objectId, clientId: principal.clientId },
  });
}

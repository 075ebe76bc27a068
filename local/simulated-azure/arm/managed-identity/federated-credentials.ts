import type { FederatedCredential } from '../../world.ts';
import { armAnswer, armEmpty, armError, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { type FoundIdentity, findIdentity, identityId } from './find-identity.ts';

/** https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations */
const mostCredentials = 20;

export function listFederatedCredentials(call: ArmCall): Response {
  return onParent(call, ({ resource }) =>
    armAnswer(200, { value: resource.federatedCredentials.map((one) => show(call, one)) }),
  );
}

export function getFederatedCredential(call: ArmCall): Response {
  return onParent(call, (parent) => {
    const found = find(call, parent);
    return found === undefined ? missing() : armAnswer(200, show(call, found));
  });
}

/** 201 for a new one, 200 for one that is there. Issuer and subject together are unique within the identity. */
export function putFederatedCredential(call: ArmCall): Response {
  return onParent(call, (parent) => {
    const wanted = wantedIn(call);
    if (wanted === null) {
      return armError(
        400,
        'BadRequest',
        "The request format was unexpected. Federated Identity Credential must specify 'issuer', 'subject' and 'audience'.",
      );
    }
    const { federatedCredentials } = parent.resource;
    const existing = find(call, parent);
    const twin = federatedCredentials.find(
      ({ issuer, subject }) => issuer === wanted.issuer && subject === wanted.subject,
    );
    if (twin !== undefined && twin !== existing) {
      return armError(409, 'Conflict', 'Issuer and subject combination already exists for this Managed Identity.');
    }
    if (existing !== undefined) {
      Object.assign(existing, wanted);
      return armAnswer(200, show(call, existing));
    }
    if (federatedCredentials.length >= mostCredentials) {
      return armError(400, 'BadRequest', `Too many Federated Identity Credentials. The limit is ${mostCredentials}.`);
    }
    const made = { name: call.param('credential'), ...wanted };
    federatedCredentials.push(made);
    return armAnswer(201, show(call, made));
  });
}

/** 200 for one that was there, 204 for none. */
export function deleteFederatedCredential(call: ArmCall): Response {
  return onParent(call, (parent) => {
    const found = find(call, parent);
    if (found === undefined) return armEmpty(204);
    const { federatedCredentials } = parent.resource;
    federatedCredentials.splice(federatedCredentials.indexOf(found), 1);
    return armEmpty(200);
  });
}

function onParent(call: ArmCall, answer: (parent: FoundIdentity) => Response): Response {
  const parent = findIdentity(call);
  if (parent !== undefined) return answer(parent);
  return gatewayError(
    404,
    'ParentResourceNotFound',
    `Can not perform requested operation on nested resource. Parent resource '${call.param('identity')}' not found.`,
  );
}

function missing(): Response {
  return armError(404, 'NotFound', 'The requested Federated Identity Credential was not found.');
}

function find(call: ArmCall, { resource }: FoundIdentity): FederatedCredential | undefined {
  const wanted = call.param('credential').toLowerCase();
  return resource.federatedCredentials.find(({ name }) => name.toLowerCase() === wanted);
}

function wantedIn({ body }: ArmCall): Omit<FederatedCredential, 'name'> | null {
  const { properties } = body;
  if (typeof properties !== 'object' || properties === null) return null;
  const given: Readonly<Record<string, unknown>> = { ...properties };
  const { issuer, subject, audiences } = given;
  if (typeof issuer !== 'string' || typeof subject !== 'string' || !Array.isArray(audiences)) return null;
  const texts = audiences.filter((one) => typeof one === 'string');
  return issuer === '' || subject === '' || texts.length === 0 ? null : { issuer, subject, audiences: texts };
}

function show(call: ArmCall, { name, issuer, subject, audiences }: FederatedCredential): Record<string, unknown> {
  return {
    id: `${identityId(call)}/federatedIdentityCredentials/${name}`,
    name,
    type: 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials',
    properties: { issuer, subject, audiences },
  };
}

import type { ArmOperation } from '../arm-call.ts';
import {
  deleteFederatedCredential,
  getFederatedCredential,
  listFederatedCredentials,
  putFederatedCredential,
} from './federated-credentials.ts';
import { getSystemIdentity } from './system-identity.ts';
import {
  deleteIdentity,
  getIdentity,
  listAssociatedResources,
  listIdentities,
  patchIdentity,
  putIdentity,
} from './user-assigned-identities.ts';

const subscription = '/subscriptions/{subscription}';
const provider = 'providers/Microsoft.ManagedIdentity';
const identities = `${subscription}/resourceGroups/{group}/${provider}/userAssignedIdentities`;
const identity = `${identities}/{identity}`;
const credentials = `${identity}/federatedIdentityCredentials`;

/** Microsoft.ManagedIdentity: user-assigned identities, whom they trust, and the lookup of system-assigned ones. */
export const microsoftManagedIdentity: readonly ArmOperation[] = [
  { method: 'GET', path: `${subscription}/${provider}/userAssignedIdentities`, answer: listIdentities },
  { method: 'GET', path: identities, answer: listIdentities },
  { method: 'GET', path: identity, answer: getIdentity },
  { method: 'PUT', path: identity, answer: putIdentity },
  { method: 'PATCH', path: identity, answer: patchIdentity },
  { method: 'DELETE', path: identity, answer: deleteIdentity },
  { method: 'POST', path: `${identity}/listAssociatedResources`, answer: listAssociatedResources },
  { method: 'GET', path: credentials, answer: listFederatedCredentials },
  { method: 'GET', path: `${credentials}/{credential}`, answer: getFederatedCredential },
  { method: 'PUT', path: `${credentials}/{credential}`, answer: putFederatedCredential },
  { method: 'DELETE', path: `${credentials}/{credential}`, answer: deleteFederatedCredential },
  { method: 'GET', path: `{+scope}/${provider}/identities/default`, answer: getSystemIdentity },
];

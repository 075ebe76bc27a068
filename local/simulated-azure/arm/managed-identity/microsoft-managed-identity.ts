import { type ArmOperation, at } from '../arm-call.ts';
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
  ...at(`${subscription}/${provider}/userAssignedIdentities`, { GET: listIdentities }),
  ...at(identities, { GET: listIdentities }),
  ...at(identity, { GET: getIdentity, PUT: putIdentity, PATCH: patchIdentity, DELETE: deleteIdentity }),
  ...at(`${identity}/listAssociatedResources`, { POST: listAssociatedResources }),
  ...at(credentials, { GET: listFederatedCredentials }),
  ...at(`${credentials}/{credential}`, {
    GET: getFederatedCredential,
    PUT: putFederatedCredential,
    DELETE: deleteFederatedCredential,
  }),
  ...at(`{+scope}/${provider}/identities/default`, { GET: getSystemIdentity }),
];

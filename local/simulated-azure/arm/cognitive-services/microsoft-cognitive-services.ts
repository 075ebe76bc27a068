import { type ArmCall, type ArmOperation, at } from '../arm-call.ts';
import { deleteAccount, getAccount, listAccounts, patchAccount, putAccount } from './accounts.ts';
import {
  checkDomainAvailability,
  checkSkuAvailability,
  listAccountModels,
  listAccountSkus,
  listAccountUsages,
  listLocationModels,
  listLocationUsages,
  listResourceSkus,
} from './catalog.ts';
import { getDeletedAccount, listDeletedAccounts, purgeDeletedAccount } from './deleted-accounts.ts';
import { deleteDeployment, getDeployment, listDeployments, patchDeployment, putDeployment } from './deployments.ts';
import { listKeys, regenerateKey } from './keys.ts';
import { getOperationResult } from './operation-results.ts';
import {
  deletePrivateEndpointConnection,
  getPrivateEndpointConnection,
  listPrivateEndpointConnections,
  listPrivateLinkResources,
  putPrivateEndpointConnection,
} from './private-links.ts';

const provider = '/subscriptions/{subscription}/providers/Microsoft.CognitiveServices';
const location = `${provider}/locations/{location}`;
const deletedAccount = `${location}/resourceGroups/{group}/deletedAccounts/{account}`;
const inGroup = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices';
const account = `${inGroup}/accounts/{account}`;
const connection = `${account}/privateEndpointConnections/{connection}`;
const deployment = `${account}/deployments/{deployment}`;

/** Answers of this provider also show the mesh it stands behind. */
const fromProvider =
  (answer: ArmOperation['answer']): ArmOperation['answer'] =>
  async (call: ArmCall) => {
    const response = await answer(call);
    if (response.headers.has('x-ms-failure-cause')) return response;
    response.headers.set('server', 'istio-envoy');
    response.headers.set('x-envoy-upstream-service-time', '12');
    return response;
  };

const operations: readonly ArmOperation[] = [
  ...at(`${provider}/accounts`, { GET: listAccounts }),
  ...at(`${inGroup}/accounts`, { GET: listAccounts }),
  ...at(account, { GET: getAccount, PUT: putAccount, PATCH: patchAccount, DELETE: deleteAccount }),
  ...at(`${account}/listKeys`, { POST: listKeys }),
  ...at(`${account}/regenerateKey`, { POST: regenerateKey }),
  ...at(`${account}/skus`, { GET: listAccountSkus }),
  ...at(`${account}/usages`, { GET: listAccountUsages }),
  ...at(`${account}/models`, { GET: listAccountModels }),
  ...at(`${account}/deployments`, { GET: listDeployments }),
  ...at(deployment, { GET: getDeployment, PUT: putDeployment, PATCH: patchDeployment, DELETE: deleteDeployment }),
  ...at(`${account}/privateEndpointConnections`, { GET: listPrivateEndpointConnections }),
  ...at(connection, {
    GET: getPrivateEndpointConnection,
    PUT: putPrivateEndpointConnection,
    DELETE: deletePrivateEndpointConnection,
  }),
  ...at(`${account}/privateLinkResources`, { GET: listPrivateLinkResources }),
  ...at(`${provider}/deletedAccounts`, { GET: listDeletedAccounts }),
  ...at(deletedAccount, { GET: getDeletedAccount, DELETE: purgeDeletedAccount }),
  ...at(`${provider}/skus`, { GET: listResourceSkus }),
  ...at(`${provider}/checkDomainAvailability`, { POST: checkDomainAvailability }),
  ...at(`${location}/models`, { GET: listLocationModels }),
  ...at(`${location}/usages`, { GET: listLocationUsages }),
  ...at(`${location}/checkSkuAvailability`, { POST: checkSkuAvailability }),
  ...at(`${location}/operationResults/{operation}`, { GET: getOperationResult }),
];

/** Microsoft.CognitiveServices: accounts, their keys and deployments, the soft-deleted ones, and what a location offers. */
export const microsoftCognitiveServices: readonly ArmOperation[] = operations.map((operation) => ({
  ...operation,
  answer: fromProvider(operation.answer),
}));

import type { ArmCall, ArmOperation } from '../arm-call.ts';
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
  { method: 'GET', path: `${provider}/accounts`, answer: listAccounts },
  { method: 'GET', path: `${inGroup}/accounts`, answer: listAccounts },
  { method: 'GET', path: account, answer: getAccount },
  { method: 'PUT', path: account, answer: putAccount },
  { method: 'PATCH', path: account, answer: patchAccount },
  { method: 'DELETE', path: account, answer: deleteAccount },
  { method: 'POST', path: `${account}/listKeys`, answer: listKeys },
  { method: 'POST', path: `${account}/regenerateKey`, answer: regenerateKey },
  { method: 'GET', path: `${account}/skus`, answer: listAccountSkus },
  { method: 'GET', path: `${account}/usages`, answer: listAccountUsages },
  { method: 'GET', path: `${account}/models`, answer: listAccountModels },
  { method: 'GET', path: `${account}/deployments`, answer: listDeployments },
  { method: 'GET', path: deployment, answer: getDeployment },
  { method: 'PUT', path: deployment, answer: putDeployment },
  { method: 'PATCH', path: deployment, answer: patchDeployment },
  { method: 'DELETE', path: deployment, answer: deleteDeployment },
  { method: 'GET', path: `${account}/privateEndpointConnections`, answer: listPrivateEndpointConnections },
  { method: 'GET', path: connection, answer: getPrivateEndpointConnection },
  { method: 'PUT', path: connection, answer: putPrivateEndpointConnection },
  { method: 'DELETE', path: connection, answer: deletePrivateEndpointConnection },
  { method: 'GET', path: `${account}/privateLinkResources`, answer: listPrivateLinkResources },
  { method: 'GET', path: `${provider}/deletedAccounts`, answer: listDeletedAccounts },
  { method: 'GET', path: deletedAccount, answer: getDeletedAccount },
  { method: 'DELETE', path: deletedAccount, answer: purgeDeletedAccount },
  { method: 'GET', path: `${provider}/skus`, answer: listResourceSkus },
  { method: 'POST', path: `${provider}/checkDomainAvailability`, answer: checkDomainAvailability },
  { method: 'GET', path: `${location}/models`, answer: listLocationModels },
  { method: 'GET', path: `${location}/usages`, answer: listLocationUsages },
  { method: 'POST', path: `${location}/checkSkuAvailability`, answer: checkSkuAvailability },
  { method: 'GET', path: `${location}/operationResults/{operation}`, answer: getOperationResult },
];

/** Microsoft.CognitiveServices: accounts, their keys and deployments, the soft-deleted ones, and what a location offers. */
export const microsoftCognitiveServices: readonly ArmOperation[] = operations.map((operation) => ({
  ...operation,
  answer: fromProvider(operation.answer),
}));

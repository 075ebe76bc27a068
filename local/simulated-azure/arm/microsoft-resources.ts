import type { ArmOperation } from './arm-call.ts';
import { getProvider, listProviders, registerProvider } from './resources/providers.ts';
import {
  createGroup,
  deleteGroup,
  getGroup,
  groupDeletionResult,
  headGroup,
  listGroups,
  updateGroup,
} from './resources/resource-groups.ts';
import { listResources } from './resources/resource-list.ts';
import { getSubscription, listLocations, listSubscriptions, listTenants } from './resources/subscriptions.ts';

const subscription = '/subscriptions/{subscription}';
const group = `${subscription}/resourceGroups/{group}`;

/** What ARM answers itself. */
export const microsoftResources: readonly ArmOperation[] = [
  { method: 'GET', path: '/tenants', answer: listTenants },
  { method: 'GET', path: '/subscriptions', answer: listSubscriptions },
  { method: 'GET', path: subscription, answer: getSubscription },
  { method: 'GET', path: `${subscription}/locations`, answer: listLocations },
  { method: 'GET', path: `${subscription}/providers`, answer: listProviders },
  { method: 'GET', path: `${subscription}/providers/{namespace}`, answer: getProvider },
  { method: 'POST', path: `${subscription}/providers/{namespace}/register`, answer: registerProvider },
  { method: 'GET', path: `${subscription}/resources`, answer: listResources },
  { method: 'GET', path: `${subscription}/operationresults/{operation}`, answer: groupDeletionResult },
  { method: 'GET', path: `${subscription}/resourceGroups`, answer: listGroups },
  { method: 'GET', path: group, answer: getGroup },
  { method: 'HEAD', path: group, answer: headGroup },
  { method: 'PUT', path: group, answer: createGroup },
  { method: 'PATCH', path: group, answer: updateGroup },
  { method: 'DELETE', path: group, answer: deleteGroup },
  { method: 'GET', path: `${group}/resources`, answer: listResources },
];

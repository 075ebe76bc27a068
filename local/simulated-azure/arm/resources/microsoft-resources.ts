import type { ArmOperation } from '../arm-call.ts';
import { getProvider, listProviders, registerProvider, unregisterProvider } from './providers.ts';
import { createGroup, deleteGroup, getGroup, groupDeletionResult, listGroups, updateGroup } from './resource-groups.ts';
import { listResources } from './resource-list.ts';
import { getSubscription, listLocations, listSubscriptions, listTenants } from './subscriptions.ts';
import { deleteTagName, deleteTagValue, listTagNames, putTagName, putTagValue } from './tag-names.ts';
import { deleteTags, getTags, patchTags, putTags } from './tags.ts';

const subscription = '/subscriptions/{subscription}';
const tagName = `${subscription}/tagNames/{name}`;
const tags = '{+scope}/providers/Microsoft.Resources/tags/default';
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
  { method: 'POST', path: `${subscription}/providers/{namespace}/unregister`, answer: unregisterProvider },
  { method: 'GET', path: `${subscription}/tagNames`, answer: listTagNames },
  { method: 'PUT', path: tagName, answer: putTagName },
  { method: 'DELETE', path: tagName, answer: deleteTagName },
  { method: 'PUT', path: `${tagName}/tagValues/{value}`, answer: putTagValue },
  { method: 'DELETE', path: `${tagName}/tagValues/{value}`, answer: deleteTagValue },
  { method: 'GET', path: `${subscription}/resources`, answer: listResources },
  { method: 'GET', path: `${subscription}/operationresults/{operation}`, answer: groupDeletionResult },
  { method: 'GET', path: `${subscription}/resourceGroups`, answer: listGroups },
  { method: 'GET', path: group, answer: getGroup },
  { method: 'PUT', path: group, answer: createGroup },
  { method: 'PATCH', path: group, answer: updateGroup },
  { method: 'DELETE', path: group, answer: deleteGroup },
  { method: 'GET', path: `${group}/resources`, answer: listResources },
  { method: 'GET', path: tags, answer: getTags },
  { method: 'PUT', path: tags, answer: putTags },
  { method: 'PATCH', path: tags, answer: patchTags },
  { method: 'DELETE', path: tags, answer: deleteTags },
];

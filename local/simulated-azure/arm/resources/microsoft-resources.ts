import { type ArmOperation, at } from '../arm-call.ts';
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
  ...at('/tenants', { GET: listTenants }),
  ...at('/subscriptions', { GET: listSubscriptions }),
  ...at(subscription, { GET: getSubscription }),
  ...at(`${subscription}/locations`, { GET: listLocations }),
  ...at(`${subscription}/providers`, { GET: listProviders }),
  ...at(`${subscription}/providers/{namespace}`, { GET: getProvider }),
  ...at(`${subscription}/providers/{namespace}/register`, { POST: registerProvider }),
  ...at(`${subscription}/providers/{namespace}/unregister`, { POST: unregisterProvider }),
  ...at(`${subscription}/tagNames`, { GET: listTagNames }),
  ...at(tagName, { PUT: putTagName, DELETE: deleteTagName }),
  ...at(`${tagName}/tagValues/{value}`, { PUT: putTagValue, DELETE: deleteTagValue }),
  ...at(`${subscription}/resources`, { GET: listResources }),
  ...at(`${subscription}/operationresults/{operation}`, { GET: groupDeletionResult }),
  ...at(`${subscription}/resourceGroups`, { GET: listGroups }),
  ...at(group, { GET: getGroup, PUT: createGroup, PATCH: updateGroup, DELETE: deleteGroup }),
  ...at(`${group}/resources`, { GET: listResources }),
  ...at(tags, { GET: getTags, PUT: putTags, PATCH: patchTags, DELETE: deleteTags }),
];

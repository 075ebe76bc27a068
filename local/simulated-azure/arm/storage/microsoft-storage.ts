import { armAnswer } from '../arm-answer.ts';
import { type ArmOperation, at } from '../arm-call.ts';

const subscription = '/subscriptions/{subscription}';
const accounts = 'providers/Microsoft.Storage/storageAccounts';

/**
 * Microsoft.Storage: lists without an account, since none can be made here. A tool that walks all accounts of a subscription
 * goes on after them. https://learn.microsoft.com/rest/api/storagerp/storage-accounts/list
 */
export const microsoftStorage: readonly ArmOperation[] = [
  ...at(`${subscription}/${accounts}`, { GET: () => armAnswer(200, { value: [] }) }),
  ...at(`${subscription}/resourceGroups/{group}/${accounts}`, { GET: () => armAnswer(200, { value: [] }) }),
];

import { parseArmId } from './arm-id.ts';

/** An AI account's ARM resource id, taken apart. `armId` is as written; compare with `sameResource`, ARM ignores case. */
export interface AccountId {
  readonly armId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly account: string;
}

const accountType = 'microsoft.cognitiveservices/accounts';
/** `accountName` of https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/create */
const accountNamePattern = /^[a-z0-9][a-z0-9_.-]{1,63}$/i;

/** The parts of `armId`, or null when it is not the full id of a Microsoft.CognitiveServices account. */
export function parseAccountId(armId: string): AccountId | null {
  const parts = parseArmId(armId);
  const [account, ...more] = parts?.names ?? [];
  if (parts === null || account === undefined || more.length > 0) return null;
  if (parts.type.toLowerCase() !== accountType || !accountNamePattern.test(account)) return null;
  return { armId, subscriptionId: parts.subscriptionId, resourceGroup: parts.resourceGroup, account };
}

/** Whether two ARM ids name one resource. */
export function sameResource(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

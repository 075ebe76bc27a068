/** An AI account's ARM resource id, taken apart. `armId` is as written; compare with `sameResource`, ARM ignores case. */
export interface AccountId {
  readonly armId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly account: string;
}

const accountIdPattern =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.CognitiveServices\/accounts\/([^/]+)$/i;

/** The parts of `armId`, or null when it is not the full id of a Microsoft.CognitiveServices account. */
export function parseAccountId(armId: string): AccountId | null {
  const [, subscriptionId, resourceGroup, account] = accountIdPattern.exec(armId) ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || account === undefined) return null;
  return { armId, subscriptionId, resourceGroup, account };
}

/** Whether two ARM ids name one resource. */
export function sameResource(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

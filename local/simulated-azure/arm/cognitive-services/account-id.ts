/** The ARM id of an account. */
export function accountId(account: {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}): string {
  const { subscriptionId, resourceGroup, name } = account;
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/${name}`;
}

/** Who gets in over an account's public address. */
export type PublicAccess =
  /** Nobody: private endpoints only. */
  | 'private'
  /** Whom the account's own rules list. */
  | 'selected-networks'
  | 'public'
  /** Whom a network security perimeter lets in; the account's own rules say nothing. */
  | 'secured-by-perimeter'
  /** One of the two settings has a value that is not known here. */
  | 'unknown';

/**
 * What an account's two settings come to. Both are open enums of Azure's: the values themselves are kept as they are, and
 * compared without regard to case.
 * https://learn.microsoft.com/azure/private-link/network-security-perimeter-concepts
 */
export function publicAccess(rules: {
  readonly publicNetworkAccess: string;
  readonly defaultAction: string;
}): PublicAccess {
  const access = rules.publicNetworkAccess.toLowerCase();
  if (access === 'disabled') return 'private';
  if (access === 'securedbyperimeter') return 'secured-by-perimeter';
  if (access !== 'enabled') return 'unknown';
  const action = rules.defaultAction.toLowerCase();
  if (action === 'allow') return 'public';
  return action === 'deny' ? 'selected-networks' : 'unknown';
}

/** Whether Azure has ended its work on a resource, well or not; any other word, also one that is not known here, is work under way. */
export function isSettled(provisioningState: string): boolean {
  return /^(succeeded|failed|canceled)$/i.test(provisioningState);
}

/**
 * Whether a provisioning state says that a deployment or change of the account failed. Only another one, by a person or a
 * deployment, leads out of it; until then Azure refuses operations on its keys.
 */
export function hasFailedProvisioning(provisioningState: string): boolean {
  return provisioningState === 'Failed' || provisioningState === 'Canceled';
}

/**
 * Whether a provisioning state says that a deployment or change of the account failed. Only another one, by a person or a
 * deployment, leads out of it; until then Azure refuses operations on its keys.
 */
export function hasFailedProvisioning(provisioningState: string): boolean {
  return provisioningState === 'Failed' || provisioningState === 'Canceled';
}

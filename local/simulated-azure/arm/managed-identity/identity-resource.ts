import type { IdentityResource } from '../../world.ts';

/** What ARM keeps of a new user-assigned identity. */
export function identityResource(
  location: string,
  {
    tags = {},
    isolationScope = 'None',
  }: { readonly tags?: Record<string, string>; readonly isolationScope?: string } = {},
): IdentityResource {
  return { location, tags, isolationScope, federatedCredentials: [] };
}

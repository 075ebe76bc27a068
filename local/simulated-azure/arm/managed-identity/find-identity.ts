import type { IdentityResource, Principal } from '../../world.ts';
import { resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { identityResource } from './identity-resource.ts';

/** A user-assigned identity with what the directory knows of it. */
export interface FoundIdentity {
  readonly principal: Principal;
  readonly resource: IdentityResource;
}

const kept = new WeakMap<Principal, IdentityResource>();

/** The identity that the path names. */
export function findIdentity(call: ArmCall): FoundIdentity | undefined {
  const id = identityId(call).toLowerCase();
  const principal = call.world.principals.find(({ resourceId }) => resourceId?.toLowerCase() === id);
  return principal === undefined ? undefined : { principal, resource: resourceOf(principal) };
}

/** Answers for the identity that the path names, or with the gateway's 404. */
export function withIdentity(call: ArmCall, answer: (identity: FoundIdentity) => Response): Response {
  const found = findIdentity(call);
  return found === undefined ? identityNotFound(call) : answer(found);
}

function identityNotFound(call: ArmCall): Response {
  const type = 'Microsoft.ManagedIdentity/userAssignedIdentities';
  return resourceNotFound(type, call.param('identity'), call.param('group'));
}

/** The provider writes `resourcegroups` in lower case. */
export function identityId(call: ArmCall): string {
  return `/subscriptions/${call.param('subscription')}/resourcegroups/${call.param('group')}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${call.param('identity')}`;
}

/** A principal that was put into the world without its ARM side has that of a plain identity. */
export function resourceOf(principal: Principal): IdentityResource {
  if (principal.identity !== undefined) return principal.identity;
  const made = kept.get(principal) ?? identityResource('eastus');
  kept.set(principal, made);
  return made;
}

import { isAllowed } from '../rbac.ts';
import { gatewayError } from './arm-answer.ts';
import type { ArmCall } from './arm-call.ts';

/** A permission that a request needs on another resource that it names. */
export interface LinkedPermission {
  readonly action: string;
  readonly scope: string;
}

/** The gateway's 403 when the caller lacks a permission on a resource that the request only refers to; null when fine. */
export function linkedRefusal(call: ArmCall, needed: readonly LinkedPermission[]): Response | null {
  const { azure, caller, path, exchange } = call;
  const missing = needed.filter(({ action, scope }) => !isAllowed(azure, caller.objectId, 'action', action, scope));
  if (missing.length === 0) return null;
  const actions = missing.map(({ action }) => action).join(',');
  const scopes = missing.map(({ scope }) => scope).join(',');
  return gatewayError(
    403,
    'LinkedAuthorizationFailed',
    `The client '${caller.name}' with object id '${caller.objectId}' has permission to perform action '${exchange.note.operation}' on scope '${path.scope}'; however, it does not have permission to perform action(s) '${actions}' on the linked scope(s) '${scopes}' (respectively) or the linked scope(s) are invalid.`,
  );
}

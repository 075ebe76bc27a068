import type { NetworkState } from '../../network/network-world.ts';
import { armAnswer, armEmpty, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { type AtEnd, findOperation, type LongOperation, startOperation } from '../long-operations.ts';

/** An error of the network provider: unlike other providers' it always has `details`. */
export function networkError(
  status: number,
  code: string,
  message: string,
  details: readonly { readonly code: string; readonly message: string }[] = [],
): Response {
  return armAnswer(status, { error: { code, message, details } });
}

/** The provider's 404 for a child of a resource that is there. */
export function childNotFound({ path }: ArmCall): Response {
  return networkError(404, 'NotFound', `Resource ${path.text} not found.`);
}

/** The 409 while another write of the same resource, or of one it stands on, is under way. */
export function anotherOperation(): Response {
  return networkError(
    409,
    'AnotherOperationInProgress',
    `Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: ${crypto.randomUUID()}.`,
  );
}

/** The 429 when what a resource stands on is being changed: hashicorp/terraform-provider-azurerm#21293. */
export function retryable(used: string, by: string, operation: string): Response {
  return networkError(429, 'RetryableError', 'A retryable error occurred.', [
    {
      code: 'ReferencedResourceNotProvisioned',
      message: `Cannot proceed with operation because resource ${used} used by resource ${by} is not in Succeeded state. Resource is in Updating state and the last operation that updated/is updating the resource is ${operation}.`,
    },
  ]);
}

/** Starts a write of `location`; when it ends, `atEnd` has the last word on the resource. */
export function begin(call: ArmCall, location: string, atEnd: AtEnd): LongOperation {
  const about = { subscriptionId: call.param('subscription'), location, running: 'InProgress' };
  return startOperation(call.azure, about, atEnd);
}

/** 201 for a new resource, 200 for a changed one, with the operation to follow. */
export function accepted(
  call: ArmCall,
  status: 200 | 201,
  body: unknown,
  operation: LongOperation,
  retryAfterSeconds: number,
): Response {
  return armAnswer(status, body, {
    ...operationHeaders(call, operation),
    'retry-after': String(retryAfterSeconds),
  });
}

/** 202 without a body: a deletion can also be followed by `location`. */
export function deleting(call: ArmCall, operation: LongOperation): Response {
  const headers = operationHeaders(call, operation);
  const location = headers['azure-asyncoperation'].replace('/operations/', '/operationResults/');
  return armEmpty(202, { ...headers, location, 'retry-after': '10' });
}

function operationHeaders({ exchange, apiVersion }: ArmCall, { id, location, subscriptionId }: LongOperation) {
  return {
    'azure-asyncoperation': `https://${exchange.url.host}/subscriptions/${subscriptionId}/providers/Microsoft.Network/locations/${location}/operations/${id}?api-version=${apiVersion}`,
    'azure-asyncnotification': 'Enabled',
    'x-ms-request-id': id,
  };
}

/** Only the status: neither id nor times. */
export function getNetworkOperation(call: ArmCall): Response {
  const operation = findOperation(call.azure, call.param('operation'));
  if (operation === undefined) return operationNotFound(call);
  if (operation.endedAtMs === null) return armAnswer(200, { status: 'InProgress' }, { 'retry-after': '10' });
  if (operation.error === undefined) return armAnswer(200, { status: 'Succeeded' });
  return armAnswer(200, { status: 'Failed', error: { ...operation.error, details: [] } });
}

/** 202 until a deletion is done, then 204. */
export function getNetworkOperationResult(call: ArmCall): Response {
  const operation = findOperation(call.azure, call.param('operation'));
  if (operation === undefined) return operationNotFound(call);
  if (operation.endedAtMs === null) return armEmpty(202, { location: call.exchange.url.href, 'retry-after': '10' });
  return armEmpty(204);
}

function operationNotFound(call: ArmCall): Response {
  return gatewayError(404, 'OperationNotFound', `The operation '${call.param('operation')}' could not be found.`);
}

/** `W/"…"`, one for a resource and what is shown inside it. */
export function newNetworkEtag(): string {
  return `W/"${crypto.randomUUID()}"`;
}

export function isBusy(state: NetworkState): boolean {
  return state === 'Updating' || state === 'Deleting';
}

export function objectIn(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

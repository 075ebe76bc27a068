import { armAnswer, armEmpty, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { findOperation, type LongOperation, startOperation } from '../long-operations.ts';

/** Why operations failed, by their ids; the rest succeeded. */
const failures = new WeakMap<LongOperation, { readonly code: string; readonly message: string }>();

/** Starts a change that ends later; `atEnd` makes it, and says why it could not be made. */
export function startChange(
  call: ArmCall,
  atEnd: () => { readonly code: string; readonly message: string } | null,
): LongOperation {
  const about = { subscriptionId: call.path.subscriptionId ?? '', location: '', running: 'InProgress' };
  const operation: LongOperation = startOperation(call.azure, about, () => {
    const failure = atEnd();
    if (failure !== null) failures.set(operation, failure);
  });
  return operation;
}

/** `statuses` of a change, `results` of a deletion. The id is in capitals, and the host names its port. */
export function operationUrl(
  call: ArmCall,
  { id, subscriptionId }: LongOperation,
  kind: 'operationsStatus' | 'operationResults',
): string {
  const { host } = call.exchange.url;
  return `https://${host}:443/subscriptions/${subscriptionId}/providers/Microsoft.EventGrid/${kind}/${id.toUpperCase()}?api-version=${call.apiVersion}`;
}

export function getOperationStatus(call: ArmCall): Response {
  const operation = findOperation(call.azure, call.param('operation'));
  if (operation === undefined) return unknownOperation(call);
  const failure = failures.get(operation);
  return armAnswer(200, {
    id: operationUrl(call, operation, 'operationsStatus'),
    name: operation.id,
    status: operation.endedAtMs === null ? 'InProgress' : failure === undefined ? 'Succeeded' : 'Failed',
    ...(failure === undefined ? {} : { error: failure }),
  });
}

export function getOperationResult(call: ArmCall): Response {
  const operation = findOperation(call.azure, call.param('operation'));
  if (operation === undefined) return unknownOperation(call);
  if (operation.endedAtMs !== null) return armEmpty(200);
  return armEmpty(202, { location: operationUrl(call, operation, 'operationResults') });
}

function unknownOperation(call: ArmCall): Response {
  return gatewayError(404, 'OperationNotFound', `The operation '${call.param('operation')}' could not be found.`);
}

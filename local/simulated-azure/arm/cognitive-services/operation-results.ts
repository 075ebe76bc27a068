import { armAnswer, armEmpty, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { findOperation, type LongOperation } from '../long-operations.ts';
import { timestampSeconds } from '../timestamp.ts';

/** The header that names an operation. Its api-version is the provider's oldest, whatever version was asked; no Retry-After. */
export function operationHeaders(call: ArmCall, operation: LongOperation): { 'azure-asyncoperation': string } {
  const { id, location, subscriptionId } = operation;
  const path = `/subscriptions/${subscriptionId}/providers/Microsoft.CognitiveServices/locations/${location}/operationResults/${id}`;
  return { 'azure-asyncoperation': `https://${call.exchange.url.host}${encodeURI(path)}?api-version=2017-04-18` };
}

/** Both headers, as the official examples of an accepted change have them. */
export function acceptedHeaders(call: ArmCall, operation: LongOperation) {
  const headers = operationHeaders(call, operation);
  return { ...headers, location: `${headers['azure-asyncoperation']}&operationResultResponseType=Location` };
}

export function getOperationResult(call: ArmCall): Response {
  const operation = findOperation(call.azure, call.param('operation'));
  if (operation === undefined) {
    return gatewayError(404, 'OperationNotFound', `The operation '${call.param('operation')}' could not be found.`);
  }
  const { id, location, subscriptionId, running, startedAtMs, endedAtMs } = operation;
  if (call.exchange.url.searchParams.get('operationResultResponseType') === 'Location') {
    return armEmpty(endedAtMs === null ? 202 : 200);
  }
  return armAnswer(200, {
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.CognitiveServices/locations/${location}/operationResults/${id}`,
    name: id,
    status: endedAtMs === null ? running : 'Succeeded',
    startTime: timestampSeconds(startedAtMs),
    ...(endedAtMs === null ? {} : { endTime: timestampSeconds(endedAtMs) }),
  });
}

import { networkId, networkOf, type PrivateDnsZone, sameId } from '../../network/network-world.ts';
import { armAnswer, armEmpty, gatewayError, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { type AtEnd, findOperation, type LongOperation, startOperation } from '../long-operations.ts';

/** The provider's own errors are flat, without `error`. */
export function dnsError(status: number, code: string, message: string): Response {
  return armAnswer(status, { code, message });
}

/**
 * Takes a write of a zone or link and answers 202. An etag that does not fit is found out only later: `atEnd` says so.
 * @param what as it stands in the operation's id: `UpsertPrivateDnsZone`
 */
export function dnsAccepted(call: ArmCall, what: string, atEnd: AtEnd, hasBody: boolean): Response {
  const about = { subscriptionId: call.param('subscription'), location: 'global', running: 'InProgress' };
  const operation = startOperation(call.azure, about, atEnd);
  const headers = operationHeaders(call, btoa(`FrontEndAsyncOperation;${what};${operation.id}`));
  return hasBody ? armAnswer(202, {}, headers) : armEmpty(202, headers);
}

/** 202 with the same links while it runs, then 200 with how it ended. */
export function getDnsOperationStatus(call: ArmCall): Response {
  const operation = operationOf(call);
  if (operation === undefined) return operationNotFound(call);
  if (operation.endedAtMs === null) {
    return armAnswer(202, { status: 'InProgress' }, operationHeaders(call, call.param('operation')));
  }
  if (operation.error === undefined) return armAnswer(200, { status: 'Succeeded' });
  return armAnswer(200, { error: operation.error, status: 'Failed' });
}

/** Where `location` leads: 202 while it runs, then 200, both with an empty object; a failure has its own status. */
export function getDnsOperationResult(call: ArmCall): Response {
  const operation = operationOf(call);
  if (operation === undefined) return operationNotFound(call);
  if (operation.endedAtMs === null) return armAnswer(202, {}, operationHeaders(call, call.param('operation')));
  if (operation.error === undefined) return armAnswer(200, {});
  const status = operation.error.code === 'PreconditionFailed' ? 412 : 400;
  return dnsError(status, operation.error.code, operation.error.message);
}

function operationHeaders({ exchange, apiVersion, param }: ArmCall, id: string): Record<string, string> {
  const base = `/subscriptions/${param('subscription')}/resourceGroups/${param('group')}/providers/Microsoft.Network`;
  const host = exchange.url.host;
  return {
    location: `https://${host}${base}/privateDnsOperationResults/${id}?api-version=${apiVersion}`,
    'retry-after': '10',
    'azure-asyncoperation': `https://${host}:443${base}/privateDnsOperationStatuses/${id}?api-version=${apiVersion}`,
  };
}

function operationOf(call: ArmCall): LongOperation | undefined {
  try {
    return findOperation(call.azure, atob(call.param('operation')).split(';')[2] ?? '');
  } catch {
    return undefined;
  }
}

function operationNotFound(call: ArmCall): Response {
  return gatewayError(404, 'OperationNotFound', `The operation '${call.param('operation')}' could not be found.`);
}

/** Answers for the zone that the path names, or with the gateway's 404. */
export function withZone(call: ArmCall, answer: (zone: PrivateDnsZone) => Response): Response {
  const zone = findZoneOf(call);
  return zone === undefined
    ? resourceNotFound('Microsoft.Network/privateDnsZones', call.param('zone'), call.param('group'))
    : answer(zone);
}

export function findZoneOf(call: ArmCall): PrivateDnsZone | undefined {
  const id = networkId('privateDnsZones', placeOf(call));
  return networkOf(call.world).privateDnsZones.find((zone) => sameId(networkId('privateDnsZones', zone), id));
}

export function placeOf({ param }: ArmCall) {
  return { subscriptionId: param('subscription'), resourceGroup: param('group'), name: param('zone') };
}

/** What `If-Match` and `If-None-Match` say of a resource with that etag, or of none; null when they let the write through. */
export function precondition(
  call: ArmCall,
  etag: string | undefined,
  named: string,
): { code: string; message: string } | null {
  const { headers } = call.exchange.request;
  const [ifMatch, ifNoneMatch] = [headers.get('if-match'), headers.get('if-none-match')];
  if (ifNoneMatch === '*' && etag !== undefined) {
    return { code: 'PreconditionFailed', message: `The ${named} exists already and hence cannot be created again.` };
  }
  if (ifMatch === null || ifMatch === '' || ifMatch === '*' || ifMatch === etag) return null;
  return { code: 'PreconditionFailed', message: `The ${named} has been modified (etag mismatch).` };
}

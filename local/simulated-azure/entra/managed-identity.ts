import { unknownRequest } from '../azure.ts';
import type { Exchange, Service } from '../exchange.ts';
import type { Principal } from '../world.ts';
import { issueToken } from './issue-token.ts';

/**
 * The token endpoint that App Service gives an app on loopback, protocols 2019-08-01 and 2017-09-01
 * (https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference), and the one that
 * virtual machines have at 169.254.169.254. Every path but the latter's is App Service's; there a request must repeat
 * the `identityHeader` of the tenant's secrets.
 */
export const managedIdentity: Service = async (exchange) => {
  exchange.note.operation = 'managed-identity/token';
  if (exchange.request.method !== 'GET') return unknownRequest(exchange);
  if (exchange.url.pathname.toLowerCase() === '/metadata/identity/oauth2/token') return await virtualMachine(exchange);
  return await appService(exchange);
};

async function appService(exchange: Exchange): Promise<Response> {
  const { headers } = exchange.request;
  const query = exchange.url.searchParams;
  const apiVersion = query.get('api-version');
  if (apiVersion !== '2019-08-01' && apiVersion !== '2017-09-01') {
    return refused(400, `The api-version '${apiVersion}' is not supported.`);
  }
  const old = apiVersion === '2017-09-01';
  if (headers.get(old ? 'secret' : 'x-identity-header') !== exchange.azure.secrets.identityHeader)
    return refused(401, 'Unauthorized');
  const resource = query.get('resource');
  if (!resource) return refused(400, 'The parameter resource is missing.');
  const principal = askedIdentity(exchange);
  if (principal === null) {
    return refused(
      400,
      'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
    );
  }
  const { token, notBefore, expiresOn } = await issueToken(exchange.azure, { principal, audience: resource });
  exchange.note.caller = principal.objectId;
  // The old protocol wrote a date, and no identity: https://github.com/Azure/azure-sdk-for-net/issues/9009
  const expiry = old ? usDate(expiresOn) : String(expiresOn);
  const body = { access_token: token, expires_on: expiry, resource, token_type: 'Bearer' };
  return Response.json(old ? body : { ...body, not_before: String(notBefore), client_id: principal.clientId });
}

async function virtualMachine(exchange: Exchange): Promise<Response> {
  const { request, url } = exchange;
  const wrong = (error: string, error_description: string) =>
    Response.json({ error, error_description }, { status: 400 });
  if (request.headers.get('metadata')?.toLowerCase() !== 'true') {
    return wrong('bad_request_102', 'Required metadata header not specified');
  }
  const resource = url.searchParams.get('resource');
  if (!resource) return wrong('invalid_request', 'Required query variable resource is missing');
  const principal = askedIdentity(exchange);
  if (principal === null) return wrong('invalid_request', 'Identity not found');
  const issued = await issueToken(exchange.azure, { principal, audience: resource });
  exchange.note.caller = principal.objectId;
  return Response.json({
    access_token: issued.token,
    client_id: principal.clientId,
    expires_in: String(issued.lifetimeSeconds),
    expires_on: String(issued.expiresOn),
    ext_expires_in: String(issued.lifetimeSeconds),
    not_before: String(issued.notBefore),
    resource,
    token_type: 'Bearer',
  });
}

/** The identity that the query names; the system-assigned one when it names none; null when there is no such identity. */
function askedIdentity(exchange: Exchange): Principal | null {
  const query = exchange.url.searchParams;
  const clientId = query.get('client_id') ?? query.get('clientid');
  const objectId = query.get('principal_id') ?? query.get('object_id');
  const resourceId = query.get('mi_res_id') ?? query.get('msi_res_id');
  const same = (one: string | null, other: string | null) => one?.toLowerCase() === other?.toLowerCase();
  const managed = exchange.azure.world.principals.filter(
    ({ kind }) => kind === 'system-assigned' || kind === 'user-assigned',
  );
  const found = managed.find((principal) => {
    if (clientId !== null) return same(principal.clientId, clientId);
    if (objectId !== null) return same(principal.objectId, objectId);
    if (resourceId !== null) return same(principal.resourceId, resourceId);
    return principal.kind === 'system-assigned';
  });
  return found ?? null;
}

function refused(statusCode: 400 | 401, message: string): Response {
  return Response.json({ statusCode, message, correlationId: crypto.randomUUID() }, { status: statusCode });
}

/** Such as `11/23/2026 12:00:00 PM +00:00`. */
function usDate(seconds: number): string {
  const date = new Date(seconds * 1000).toLocaleDateString('en-US', {
    timeZone: 'UTC',
    month: '2-digit',
    day: '2-digit',
    year: 'numeric',
  });
  const time = new Date(seconds * 1000).toLocaleTimeString('en-US', { timeZone: 'UTC' });
  return `${date} ${time} +00:00`;
}

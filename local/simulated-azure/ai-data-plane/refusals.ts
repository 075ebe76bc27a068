import { randomUUID } from 'node:crypto';
import type { Exchange } from '../exchange.ts';
import type { Account } from '../world.ts';
import type { Operation } from './operation.ts';

/*
 * What the gateway says before an operation sees the request: texts and headers as recorded. Some policies of the real
 * gateway write a blank after `"message":` and some do not, which the recorded lengths tell; so do these.
 */

/** Sent with every answer but the bad-key one. */
export const securityHeaders = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
  'x-content-type-options': 'nosniff',
};

/** No account takes this key: 401, 224 bytes. */
export function badKey(): Response {
  const message =
    'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.';
  return refusal(401, JSON.stringify({ error: { code: '401', message } }), {});
}

/** The key is right, but local authentication is off. */
export function keysDisabled(): Response {
  return refusal(
    403,
    spaced('AuthenticationTypeDisabled', 'Key based authentication is disabled for this resource.'),
    securityHeaders,
  );
}

/** The token is none, is over, or is another service's: a flat body, as many reports show it. */
export function badToken(audience: string): Response {
  const message = `Unauthorized. Access token is missing, invalid, audience is incorrect (${audience}), or have expired.`;
  return refusal(401, `{ "statusCode": 401, "message": ${JSON.stringify(message)} }`, securityHeaders);
}

/** A token on a regional host, which cannot know whose account is meant. */
export function tokenOnRegionalHost(): Response {
  const message =
    'Please provide a custom subdomain for token authentication, otherwise API key is required. (Please see https://aka.ms/cogsvc-authenticatewithtoken)';
  return refusal(400, spaced('BadRequest', message), securityHeaders);
}

/** A good token without the data action: 401, not 403. */
export function missingDataAction(principalId: string, operation: Operation): Response {
  const { dataAction, method, template } = operation;
  const message = `The principal ${principalId} lacks the required data action ${dataAction} to perform ${method} ${template} operation. For instructions on granting the necessary permissions, see https://aka.ms/FoundryPermissions.`;
  return refusal(401, JSON.stringify({ error: { code: 'PermissionDenied', message } }), securityHeaders);
}

/** The right credential, but the account's kind does not have this operation. */
export function wrongKind(exchange: Exchange, account: Account, operation: Operation): Response {
  const { kind, sku } = account.resource;
  const message = `The ${operation.name} Operation under ${operation.api(exchange)} is not supported with the current subscription key and pricing tier ${kind}.${sku.name}.`;
  const realm = `https://${exchange.url.host}${operation.basePath}`;
  return refusal(401, spaced('401', message), {
    'apim-operation-name': operation.name.replaceAll(' ', '+'),
    ...securityHeaders,
    'www-authenticate': `AzureApiManagementKey realm="${realm}",name="Ocp-Apim-Subscription-Key",type="header"`,
  });
}

/** The caller's address is not on the account's list. */
export function deniedByNetworkRules(): Response {
  return refusal(403, spaced('403', 'Access denied due to Virtual Network/Firewall rules.'), {
    ...securityHeaders,
    'policy-id': 'ThrowExceptionDueToTrafficDenied',
  });
}

export function publicAccessDisabled(): Response {
  return refusal(403, spaced('403', 'Public access is disabled. Please configure private endpoint.'), securityHeaders);
}

/** An account with network rules does not answer at the regional host. */
export function networkRulesOnRegionalHost(): Response {
  const message =
    'A Virtual Network is configured for this resource. Please use the correct endpoint for making requests. Check https://aka.ms/cogsvc-vnet for more details.';
  return refusal(403, spaced('403', message), securityHeaders);
}

/** Unknown path or api-version. */
export function resourceNotFound(): Response {
  return refusal(404, spaced('404', 'Resource not found'), securityHeaders);
}

/** A refusal as the gateway's policies send it: JSON without a charset, with its length. */
export function refusal(status: number, body: string, headers: Record<string, string>): Response {
  return new Response(body, {
    status,
    headers: {
      'apim-request-id': randomUUID(),
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
  });
}

function spaced(code: string, message: string): string {
  return `{"error":{"code":${JSON.stringify(code)},"message": ${JSON.stringify(message)}}}`;
}

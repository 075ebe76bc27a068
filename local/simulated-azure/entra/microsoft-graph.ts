import { unknownRequest } from '../azure.ts';
import type { Service } from '../exchange.ts';
import { withSlashes } from '../simulated-clouds.ts';
import type { Principal } from '../world.ts';
import { graphError, graphOrigin } from './graph-answer.ts';
import { graphApplications } from './graph-applications.ts';
import { verifyToken } from './verify-token.ts';

/** Microsoft Graph's own app: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in */
const graphAppId = '00000003-0000-0000-c000-000000000000';

/**
 * What of Microsoft Graph the Azure CLI asks to learn its own object id, as for the access policy of `az keyvault create`:
 * who is signed in, and where that is no person, which service principal has its name; and app registrations. Everybody in the
 * tenant may ask: who may is Graph's own matter, and is not simulated.
 * Sources: https://learn.microsoft.com/graph/api/user-get, https://learn.microsoft.com/graph/api/user-list,
 * https://learn.microsoft.com/graph/api/serviceprincipal-list, https://learn.microsoft.com/graph/errors
 */
export const microsoftGraph: Service = async (exchange) => {
  const { azure, request, url, note } = exchange;
  note.operation = `graph/${url.pathname.split('/').at(-1) ?? ''}`;
  const origin = graphOrigin(exchange);
  const verified = await verifyToken(azure, request.headers.get('authorization'), [
    ...withSlashes([origin]),
    graphAppId,
  ]);
  if (verified.kind !== 'valid')
    return graphError(exchange, 401, 'InvalidAuthenticationToken', refusals[verified.kind]);
  note.caller = verified.objectId;
  const isKnown = ({ knownFromMs = 0 }: Principal) => knownFromMs <= azure.clock.nowMs();
  const known = azure.world.principals.filter(isKnown);
  const caller = known.find(({ objectId }) => objectId === verified.objectId);
  const context = (of: string) => `${origin}/v1.0/$metadata#${of}`;
  switch (`${request.method} ${url.pathname.toLowerCase()}`) {
    case 'GET /v1.0/me': {
      if (caller?.kind !== 'user')
        return graphError(exchange, 400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
      return Response.json({ '@odata.context': context('users/$entity'), ...user(caller) });
    }
    case 'GET /v1.0/users': {
      const name = filterFor(url, /^userPrincipalName eq '([^']*)'$/);
      if (name === null) return unknownRequest(exchange);
      const found = known.filter((one) => one.kind === 'user' && one.name.toLowerCase() === name);
      return Response.json({ '@odata.context': context('users'), value: found.map(user) });
    }
    case 'GET /v1.0/serviceprincipals': {
      const name = filterFor(url, /^servicePrincipalNames\/any\(c:c eq '([^']*)'\)$/);
      if (name === null) return graphApplications(exchange, caller) ?? unknownRequest(exchange);
      const found = known.filter((one) => one.kind !== 'user' && one.clientId.toLowerCase() === name);
      return Response.json({ '@odata.context': context('servicePrincipals'), value: found.map(servicePrincipal) });
    }
    default:
      return graphApplications(exchange, caller) ?? unknownRequest(exchange);
  }
};

const refusals = {
  missing: 'Access token is empty.',
  expired: 'Access token has expired or is not yet valid.',
  'wrong-audience': 'Access token validation failure. Invalid audience.',
  invalid: 'Access token validation failure.',
} as const;

/** The one value that is looked for, in lower case; null for a filter that is not simulated. */
function filterFor(url: URL, filter: RegExp): string | null {
  return filter.exec(url.searchParams.get('$filter') ?? '')?.[1]?.toLowerCase() ?? null;
}

/** The properties that Graph returns unless others are selected. */
function user({ objectId, name }: Principal) {
  const unset = { givenName: null, jobTitle: null, mail: null, mobilePhone: null, officeLocation: null };
  return {
    businessPhones: [],
    displayName: name,
    ...unset,
    preferredLanguage: null,
    surname: null,
    userPrincipalName: name,
    id: objectId,
  };
}

/** What tells service principals apart; the many properties that a plain one leaves empty are left out. */
function servicePrincipal({ objectId, clientId, name, kind }: Principal) {
  return {
    id: objectId,
    accountEnabled: true,
    appId: clientId,
    displayName: name,
    servicePrincipalNames: [clientId],
    servicePrincipalType: kind === 'application' ? 'Application' : 'ManagedIdentity',
  };
}

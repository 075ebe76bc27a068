import { verifyToken } from '../entra/verify-token.ts';
import type { Exchange } from '../exchange.ts';
import { cloudOf, withSlashes } from '../simulated-clouds.ts';
import { gatewayError } from './arm-answer.ts';
import type { Caller } from './arm-call.ts';

export type Authenticated =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly answer: Response };

/** Who calls, from the token; or the 401 that says what is wrong with it. */
export async function authenticate({ request, url, azure }: Exchange): Promise<Authenticated> {
  const cloud = cloudOf(azure.world);
  // ARM accepts its two names, each with and without the slash.
  const audiences = withSlashes(cloud.armAudiences);
  const token = await verifyToken(azure, request.headers.get('authorization'), audiences);
  const refused = (code: string, message: string, description: string): Authenticated => {
    // Which tenant is meant follows from the subscription in the path; without one the gateway cannot tell.
    const tenant = /^\/+subscriptions\/[^/]/i.test(url.pathname) ? azure.world.tenantId : '';
    const challenge = `Bearer authorization_uri="https://${cloud.challengeHost}/${tenant}", error="invalid_token", error_description="${description}"`;
    return { kind: 'refused', answer: gatewayError(401, code, message, { 'www-authenticate': challenge }) };
  };
  switch (token.kind) {
    case 'valid': {
      const { objectId, appId, claims } = token;
      const isUser = claims.idtyp === 'user';
      const upn = claims.upn ?? claims.preferred_username;
      const name = isUser && typeof upn === 'string' ? upn : appId;
      return { kind: 'caller', caller: { objectId, appId, name, isUser } };
    }
    case 'missing':
      return refused(
        'AuthenticationFailed',
        "Authentication failed. The 'Authorization' header is missing.",
        "The authentication failed because of missing 'Authorization' header.",
      );
    case 'expired':
      return refused(
        'ExpiredAuthenticationToken',
        `The access token expiry UTC time '${americanTime(Date.parse(token.found))}' is earlier than current UTC time '${americanTime(azure.clock.nowMs())}'.`,
        'The access token has expired.',
      );
    case 'wrong-audience': {
      const allowed = audiences.map((audience) => `'${audience}'`).join(',');
      return refused(
        'InvalidAuthenticationTokenAudience',
        `The access token has been obtained for wrong audience or resource '${token.found}'. It should exactly match with one of the allowed audiences ${allowed}.`,
        'The access token has been obtained from wrong audience or resource.',
      );
    }
    case 'invalid':
      return refused('InvalidAuthenticationToken', 'The access token is invalid.', 'The access token is invalid.');
  }
}

/** `10/16/2018 6:09:32 PM`, as the message writes instants. */
function americanTime(atMs: number): string {
  return new Date(atMs).toLocaleString('en-US', { timeZone: 'UTC' }).replace(',', '').replaceAll(/\s/g, ' ');
}

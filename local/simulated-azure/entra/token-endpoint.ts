import { decodeJwt } from 'jose';
import type { Exchange } from '../exchange.ts';
import type { Principal } from '../world.ts';
import { entraError, entraResponse, noStore } from './entra-response.ts';
import { issueToken } from './issue-token.ts';
import { byPageOnly, pageTokens, redeemCode } from './redeem-code.ts';
import { refreshAudience, userTokens } from './user-tokens.ts';
import { verifyToken } from './verify-token.ts';

/**
 * The token endpoint, v1 (`resource`, numbers as text) and v2 (`scope`): client credentials with a secret, a user's
 * password, a page's authorization code (v2), refresh tokens. Null for a grant that is not simulated.
 */
export async function tokenEndpoint(exchange: Exchange, version: 'v1' | 'v2'): Promise<Response | null> {
  const form = new URLSearchParams(exchange.body);
  for (const name of ['grant_type', 'client_id']) {
    if (!form.get(name)) return missing(exchange, name);
  }
  switch (form.get('grant_type')) {
    case 'client_credentials':
      return form.has('client_assertion') ? null : await clientCredentials(exchange, form, version);
    case 'password':
      return await password(exchange, form, version);
    case 'authorization_code':
      return version === 'v2' ? await redeemCode(exchange, form) : null;
    case 'refresh_token':
      return await refresh(exchange, form, version);
    default:
      return null;
  }
}

async function clientCredentials(exchange: Exchange, form: URLSearchParams, version: 'v1' | 'v2'): Promise<Response> {
  const clientId = form.get('client_id') ?? '';
  const app = exchange.azure.world.principals.find(
    (principal) => principal.kind === 'application' && principal.clientId.toLowerCase() === clientId.toLowerCase(),
  );
  if (app === undefined) {
    const sentence = `Application with identifier '${clientId}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`;
    return entraError(exchange, 400, 'unauthorized_client', 700016, sentence);
  }
  const secret = form.get('client_secret');
  if (!secret) {
    const sentence = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    return entraError(exchange, 401, 'invalid_client', 7000218, sentence);
  }
  if (secret !== app.secret) {
    const sentence = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`;
    return entraError(exchange, 401, 'invalid_client', 7000215, sentence);
  }
  const asked = form.get(version === 'v1' ? 'resource' : 'scope');
  if (!asked) return missing(exchange, version === 'v1' ? 'resource' : 'scope');
  if (version === 'v2' && !/^\S+\/\.default$/.test(asked)) {
    const sentence = `The provided value for scope ${asked} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`;
    return entraError(exchange, 400, 'invalid_scope', 1002012, sentence);
  }
  return await grant(exchange, app, version === 'v1' ? asked : asked.replace(/\/\.default$/, ''), version);
}

async function password(exchange: Exchange, form: URLSearchParams, version: 'v1' | 'v2'): Promise<Response> {
  for (const name of ['username', 'password']) {
    if (!form.get(name)) return missing(exchange, name);
  }
  const name = form.get('username') ?? '';
  const user = exchange.azure.world.principals.find(
    (principal) => principal.kind === 'user' && principal.name.toLowerCase() === name.toLowerCase(),
  );
  if (user === undefined) {
    const sentence = `The user account ${name} does not exist in the ${exchange.azure.world.tenantId} directory. To sign into this application, the account must be added to the directory.`;
    return entraError(exchange, 400, 'invalid_grant', 50034, sentence);
  }
  if (user.secret === null || form.get('password') !== user.secret) {
    const sentence = 'Error validating credentials due to invalid username or password.';
    return entraError(exchange, 400, 'invalid_grant', 50126, sentence);
  }
  return await userGrant(exchange, user, form, version);
}

async function refresh(exchange: Exchange, form: URLSearchParams, version: 'v1' | 'v2'): Promise<Response> {
  const { azure } = exchange;
  const token = form.get('refresh_token');
  if (!token) return missing(exchange, 'refresh_token');
  const verified = await verifyToken(azure, `Bearer ${token}`, [refreshAudience]);
  if (verified.kind === 'expired') {
    if (decodeJwt(token).spa === true) {
      const sentence =
        "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page.";
      return entraError(exchange, 400, 'invalid_grant', 700084, sentence);
    }
    const sentence = 'The refresh token has expired due to inactivity.';
    return entraError(exchange, 400, 'invalid_grant', 700082, sentence);
  }
  const user =
    verified.kind === 'valid' && verified.appId === form.get('client_id')
      ? azure.world.principals.find(({ objectId }) => objectId === verified.objectId)
      : undefined;
  if (user === undefined || verified.kind !== 'valid') {
    const sentence = 'The provided grant is invalid or malformed.';
    return entraError(exchange, 400, 'invalid_grant', 9002313, sentence);
  }
  if (verified.claims.spa === true) {
    const clientId = form.get('client_id') ?? '';
    const asked = { user, clientId, scope: form.get('scope') ?? `${clientId}/.default`, nonce: null };
    return byPageOnly(exchange) ?? (await pageTokens(exchange, asked, verified.claims.exp ?? 0));
  }
  return await userGrant(exchange, user, form, version);
}

async function userGrant(
  exchange: Exchange,
  user: Principal,
  form: URLSearchParams,
  version: 'v1' | 'v2',
): Promise<Response> {
  const asked = form.get(version === 'v1' ? 'resource' : 'scope') ?? '';
  const scopes = asked
    .split(' ')
    .filter((scope) => !['', 'openid', 'profile', 'email', 'offline_access'].includes(scope));
  const audience = version === 'v1' ? asked : scopes[0]?.replace(/\/[^/]*$/, '');
  if (!audience) return missing(exchange, version === 'v1' ? 'resource' : 'scope');
  const clientId = form.get('client_id') ?? '';
  exchange.note.caller = user.objectId;
  const body = await userTokens(exchange.azure, { user, clientId, audience, scope: scopes.join(' ') }, version);
  return entraResponse(exchange, 200, body, noStore);
}

async function grant(
  exchange: Exchange,
  principal: Principal,
  audience: string,
  version: 'v1' | 'v2',
): Promise<Response> {
  const { token, notBefore, expiresOn, lifetimeSeconds } = await issueToken(exchange.azure, { principal, audience });
  exchange.note.caller = principal.objectId;
  const body =
    version === 'v1'
      ? {
          token_type: 'Bearer',
          expires_in: String(lifetimeSeconds),
          ext_expires_in: String(lifetimeSeconds),
          expires_on: String(expiresOn),
          not_before: String(notBefore),
          resource: audience,
          access_token: token,
        }
      : { token_type: 'Bearer', expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds, access_token: token };
  return entraResponse(exchange, 200, body, noStore);
}

function missing(exchange: Exchange, name: string): Response {
  const sentence = `The request body must contain the following parameter: '${name}'.`;
  return entraError(exchange, 400, 'invalid_request', 900144, sentence);
}

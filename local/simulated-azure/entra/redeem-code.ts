import { createHash } from 'node:crypto';
import type { Exchange } from '../exchange.ts';
import { grantOf } from './authorize.ts';
import { entraError, entraResponse, noStore } from './entra-response.ts';
import { userTokens } from './user-tokens.ts';

/** Hours that a page's refresh token lives, also those that it leads to: https://learn.microsoft.com/entra/identity-platform/refresh-tokens */
const pageRefreshSeconds = 24 * 3_600;

/**
 * The grant `authorization_code` of a page: by a cross-origin request, with PKCE and without a secret.
 * Sentences as https://learn.microsoft.com/entra/identity-platform/reference-error-codes and reports of clients quote them.
 */
export async function redeemCode(exchange: Exchange, form: URLSearchParams): Promise<Response> {
  const { azure } = exchange;
  const refuse = (code: number, sentence: string, error = 'invalid_grant') =>
    entraError(exchange, 400, error, code, sentence);
  for (const name of ['code', 'redirect_uri']) {
    if (!form.get(name))
      return refuse(900144, `The request body must contain the following parameter: '${name}'.`, 'invalid_request');
  }
  const grant = grantOf(azure, form.get('code') ?? '');
  if (grant === undefined || grant.clientId !== form.get('client_id'))
    return refuse(9002313, 'Invalid request. Request is malformed or invalid.', 'invalid_request');
  const notByPage = byPageOnly(exchange);
  if (notByPage !== null) return notByPage;
  if (azure.clock.nowMs() >= grant.expiresAtMs)
    return refuse(
      70008,
      'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
    );
  if (grant.redeemed)
    return refuse(
      54005,
      'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
    );
  if (grant.redirectUri !== form.get('redirect_uri'))
    return refuse(
      500112,
      `The reply address '${form.get('redirect_uri')}' does not match the reply address '${grant.redirectUri}' provided when requesting Authorization code.`,
    );
  const verifier = form.get('code_verifier');
  if (grant.challenge === null || verifier === null)
    return refuse(
      9002325,
      'Proof Key for Code Exchange is required for cross-origin authorization code redemption.',
      'invalid_request',
    );
  if (createHash('sha256').update(verifier).digest('base64url') !== grant.challenge)
    return refuse(501481, 'The Code_Verifier does not match the code_challenge supplied in the authorization request.');
  grant.redeemed = true;
  return await pageTokens(exchange, grant, Math.floor(azure.clock.nowMs() / 1000) + pageRefreshSeconds);
}

/** A page's code or refresh token counts only with an `Origin`, as browsers send it. Null: it does. */
export function byPageOnly(exchange: Exchange): Response | null {
  if (exchange.request.headers.get('origin') !== null) return null;
  const sentence = `Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.`;
  return entraError(exchange, 400, 'invalid_request', 9002327, sentence);
}

/** What a page is given: an id token if it asks for `openid`, a refresh token if for `offline_access`. */
export async function pageTokens(
  exchange: Exchange,
  asked: {
    readonly user: Parameters<typeof userTokens>[1]['user'];
    readonly clientId: string;
    readonly scope: string;
    readonly nonce: string | null;
  },
  refreshExpiresOn: number,
): Promise<Response> {
  const { user, clientId, nonce } = asked;
  const scopes = asked.scope.split(' ').filter((scope) => scope !== '');
  const resources = scopes.filter((scope) => !['openid', 'profile', 'email', 'offline_access'].includes(scope));
  const audience = resources[0]?.replace(/\/[^/]*$/, '') ?? '';
  if (audience === `api://${clientId}`) {
    const sentence = `Application '${clientId}'(${clientId}) is requesting a token for itself. This scenario is supported only if resource is specified using the GUID based App Identifier.`;
    return entraError(exchange, 400, 'invalid_request', 90009, sentence);
  }
  exchange.note.caller = user.objectId;
  const page = { nonce, refreshExpiresOn };
  const {
    id_token,
    refresh_token,
    client_info: _,
    ...tokens
  } = await userTokens(exchange.azure, { user, clientId, audience, scope: resources.join(' '), page }, 'v2');
  const body = {
    ...tokens,
    ...(scopes.includes('openid') ? { id_token } : {}),
    ...(scopes.includes('offline_access') ? { refresh_token } : {}),
  };
  return entraResponse(exchange, 200, body, noStore);
}

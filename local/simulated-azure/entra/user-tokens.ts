import type { SimulatedAzure } from '../simulated-azure.ts';
import type { Principal } from '../world.ts';
import { issueToken } from './issue-token.ts';

/** Marks a refresh token: no service accepts this audience. */
export const refreshAudience = 'urn:simulated-entra:refresh-token';

/** Days a refresh token lives: https://learn.microsoft.com/entra/identity-platform/refresh-tokens */
const refreshTokenDays = 90;

/** What the token endpoint answers for a person: access, id and refresh token, and who it was. */
export async function userTokens(
  azure: SimulatedAzure,
  asked: {
    readonly user: Principal;
    readonly clientId: string;
    readonly audience: string;
    readonly scope: string;
    /** Of a page: its request's nonce, and when its refresh token ends, whatever comes of it. */
    readonly page?: { readonly nonce: string | null; readonly refreshExpiresOn: number };
  },
  version: 'v1' | 'v2',
): Promise<Record<string, unknown>> {
  const { user, clientId, audience, scope, page } = asked;
  const nowSeconds = Math.floor(azure.clock.nowMs() / 1000);
  const access = await issueToken(azure, { principal: user, clientId, audience });
  const id = await issueToken(azure, {
    principal: user,
    clientId,
    audience: clientId,
    version,
    ...(page === undefined || page.nonce === null ? {} : { claims: { nonce: page.nonce } }),
  });
  const refresh = await issueToken(azure, {
    principal: user,
    clientId,
    audience: refreshAudience,
    lifetimeSeconds: page === undefined ? refreshTokenDays * 86_400 : page.refreshExpiresOn - nowSeconds,
    ...(page === undefined ? {} : { claims: { spa: true } }),
  });
  const tokens = { access_token: access.token, refresh_token: refresh.token, id_token: id.token };
  const clientInfo = { uid: user.objectId, utid: azure.world.tenantId };
  if (version === 'v2') {
    return {
      token_type: 'Bearer',
      scope,
      expires_in: access.lifetimeSeconds,
      ext_expires_in: access.lifetimeSeconds,
      ...tokens,
      client_info: Buffer.from(JSON.stringify(clientInfo)).toString('base64url'),
    };
  }
  return {
    token_type: 'Bearer',
    scope: 'user_impersonation',
    expires_in: String(access.lifetimeSeconds),
    ext_expires_in: String(access.lifetimeSeconds),
    expires_on: String(access.expiresOn),
    not_before: String(access.notBefore),
    resource: audience,
    ...tokens,
  };
}

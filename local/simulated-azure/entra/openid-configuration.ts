import type { SimulatedCloud } from '../simulated-clouds.ts';
import { issuerV1, issuerV2 } from './issuers.ts';

/** The OpenID metadata document of `tenant` (an id, or `common` and its like) for v1 or v2 tokens, at `host`. */
export function openIdConfiguration(
  cloud: SimulatedCloud,
  host: string,
  tenant: string,
  tenantId: string,
  version: 'v1' | 'v2',
): Record<string, unknown> {
  const root = `https://${host}/${tenant}`;
  // For several tenants Entra writes this placeholder; clients put the token's `tid` in its place.
  const issuerTenant = severalTenants.has(tenant.toLowerCase()) ? '{tenantid}' : tenantId;
  const oauth2 = version === 'v1' ? `${root}/oauth2` : `${root}/oauth2/v2.0`;
  return {
    token_endpoint: `${oauth2}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: version === 'v1' ? `${root}/discovery/keys` : `${root}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: version === 'v1' ? ['openid'] : ['openid', 'profile', 'email', 'offline_access'],
    issuer: version === 'v1' ? issuerV1(cloud, issuerTenant) : issuerV2(cloud, issuerTenant),
    request_uri_parameter_supported: false,
    userinfo_endpoint: `https://${cloud.metadata.msgraph_host}/oidc/userinfo`,
    authorization_endpoint: `${oauth2}/authorize`,
    device_authorization_endpoint: `${oauth2}/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${oauth2}/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'preferred_username', 'name', 'tid', 'ver'],
    tenant_region_scope: null,
    ...cloud.metadata,
  };
}

/** The names that stand for more than one tenant. */
export const severalTenants: ReadonlySet<string> = new Set(['common', 'organizations']);

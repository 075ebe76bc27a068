import { unknownRequest } from '../azure.ts';
import { decoded, type Exchange, type Service } from '../exchange.ts';
import { cloudOf } from '../simulated-clouds.ts';
import { authorize } from './authorize.ts';
import { cacheForADay, entraError, entraResponse } from './entra-response.ts';
import { instanceDiscovery } from './instance-discovery.ts';
import { openIdConfiguration, severalTenants } from './openid-configuration.ts';
import { signOut } from './sign-in-sessions.ts';
import { tokenEndpoint } from './token-endpoint.ts';

/** Microsoft Entra ID at its login hosts: discovery, OpenID metadata, keys, tokens, and how people sign in to a page. */
export const entra: Service = async (exchange) => {
  const { url, request, azure, note } = exchange;
  const [tenant = '', ...rest] = url.pathname.split('/').filter((part) => part !== '');
  const route = `${request.method} ${rest.join('/').toLowerCase()}`;
  note.operation = `entra/${rest.at(-1) ?? ''}`;
  if (route === 'GET discovery/instance') return discoverInstance(exchange);
  if (!isKnownTenant(tenant, azure.world.tenantId)) {
    const sentence = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`;
    return entraError(exchange, 400, 'invalid_tenant', 90002, sentence);
  }
  // sts.windows.net names tokens' issuer and serves metadata; the endpoints that it lists are elsewhere.
  const cloud = cloudOf(azure.world);
  const host = url.hostname === cloud.issuerV1 ? (cloud.loginHosts[0] ?? url.hostname) : url.hostname;
  switch (route) {
    case 'GET .well-known/openid-configuration':
      return metadata(exchange, openIdConfiguration(cloud, host, tenant, azure.world.tenantId, 'v1'));
    case 'GET v2.0/.well-known/openid-configuration':
      return metadata(exchange, openIdConfiguration(cloud, host, tenant, azure.world.tenantId, 'v2'));
    case 'GET discovery/keys':
    case 'GET discovery/v2.0/keys':
      return metadata(exchange, { keys: [(await azure.secrets.signingKey()).jwk] });
    case 'POST oauth2/token':
      return (await tokenEndpoint(exchange, 'v1')) ?? unknownRequest(exchange);
    case 'POST oauth2/v2.0/token':
      return (await tokenEndpoint(exchange, 'v2')) ?? unknownRequest(exchange);
    case 'GET oauth2/v2.0/authorize':
    case 'POST oauth2/v2.0/authorize':
      return authorize(exchange);
    case 'GET oauth2/v2.0/logout':
      return signOut(exchange);
    default:
      return rest[0]?.toLowerCase() === 'userrealm' ? userRealm(exchange, rest[1] ?? '') : unknownRequest(exchange);
  }
};

/** A tenant is named by its id, by one of its domains, or left open. */
function isKnownTenant(tenant: string, tenantId: string): boolean {
  const named = tenant.toLowerCase();
  return (
    named === tenantId.toLowerCase() || severalTenants.has(named) || /^contoso\.(com|onmicrosoft\.com)$/.test(named)
  );
}

function metadata(exchange: Exchange, body: unknown): Response {
  return entraResponse(exchange, 200, body, cacheForADay);
}

function discoverInstance(exchange: Exchange): Response {
  const found = instanceDiscovery(exchange.url.searchParams.get('authorization_endpoint') ?? '');
  if (found !== null) return metadata(exchange, found);
  return entraError(exchange, 400, 'invalid_instance', 50049, 'Unknown or invalid instance.');
}

/** Tells clients how a person signs in, before they send a password; nobody here is federated. */
function userRealm(exchange: Exchange, name: string): Response {
  const user = decoded(name).toLowerCase();
  const known = exchange.azure.world.principals.some(
    (principal) => principal.kind === 'user' && principal.name.toLowerCase() === user,
  );
  const body = {
    ver: '1.0',
    account_type: known ? 'Managed' : 'Unknown',
    domain_name: user.split('@')[1] ?? '',
    cloud_instance_name: cloudOf(exchange.azure.world).metadata.cloud_instance_name,
    cloud_audience_urn: 'urn:federation:MicrosoftOnline',
  };
  return metadata(exchange, body);
}

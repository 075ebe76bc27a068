/** Which login hosts are one another's aliases, as the public cloud's instance discovery lists them. */
const clouds = [
  {
    preferred_network: 'login.microsoftonline.com',
    preferred_cache: 'login.windows.net',
    aliases: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  },
  {
    preferred_network: 'login.partner.microsoftonline.cn',
    preferred_cache: 'login.partner.microsoftonline.cn',
    aliases: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
  },
  {
    preferred_network: 'login.microsoftonline.de',
    preferred_cache: 'login.microsoftonline.de',
    aliases: ['login.microsoftonline.de'],
  },
  {
    preferred_network: 'login.microsoftonline.us',
    preferred_cache: 'login.microsoftonline.us',
    aliases: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
  },
  {
    preferred_network: 'login-us.microsoftonline.com',
    preferred_cache: 'login-us.microsoftonline.com',
    aliases: ['login-us.microsoftonline.com'],
  },
];

/**
 * What `/common/discovery/instance` answers about an authorization endpoint; null when no cloud has that host.
 * @param authorizationEndpoint such as `https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize`
 */
export function instanceDiscovery(authorizationEndpoint: string): Record<string, unknown> | null {
  if (!URL.canParse(authorizationEndpoint)) return null;
  const { host, pathname } = new URL(authorizationEndpoint);
  if (!clouds.some(({ aliases }) => aliases.includes(host))) return null;
  const tenant = pathname.split('/')[1] ?? 'common';
  const version = pathname.includes('/v2.0/') ? 'v2.0/' : '';
  return {
    tenant_discovery_endpoint: `https://${host}/${tenant}/${version}.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: clouds,
  };
}

import { describe, expect, it } from 'vitest';
import { type CloudName, clouds } from '../../src/azure/clouds.ts';

/**
 * Every word of the table, since a host that is missing is a key that is refused, and one too many is a key that is sent
 * astray. Sources: Key Vault's page on objects and identifiers, the AI services' page on custom subdomains, Private Link's
 * page on DNS, and the environment tables of Azure's own tools.
 */
const accountHosts: Readonly<Record<CloudName, readonly string[]>> = {
  public: ['cognitiveservices.azure.com', 'openai.azure.com', 'services.ai.azure.com', 'api.cognitive.microsoft.com'],
  usgovernment: ['cognitiveservices.azure.us', 'openai.azure.us', 'api.cognitive.microsoft.us'],
  china: ['cognitiveservices.azure.cn', 'openai.azure.cn', 'api.cognitive.azure.cn'],
};

describe('the table of clouds', () => {
  it.each(Object.entries(accountHosts))(
    'sends keys to the hosts of %s, each of them, and to none else',
    (cloud, hosts) => {
      expect(clouds[cloud as CloudName].cognitive.suffixes).toEqual(hosts);
    },
  );

  it.each<[CloudName, Readonly<Record<string, string>>]>([
    [
      'public',
      {
        'cognitiveservices.azure.com': 'privatelink.cognitiveservices.azure.com',
        'openai.azure.com': 'privatelink.openai.azure.com',
        'services.ai.azure.com': 'privatelink.services.ai.azure.com',
      },
    ],
    [
      'usgovernment',
      {
        'cognitiveservices.azure.us': 'privatelink.cognitiveservices.azure.us',
        'openai.azure.us': 'privatelink.openai.azure.us',
      },
    ],
    [
      'china',
      {
        'cognitiveservices.azure.cn': 'privatelink.cognitiveservices.azure.cn',
        'openai.azure.cn': 'privatelink.openai.azure.cn',
      },
    ],
  ])('has the private zones of %s', (cloud, zones) => {
    expect(clouds[cloud].privateDnsZones.accounts).toEqual(zones);
  });

  it.each<[CloudName, readonly string[]]>([
    [
      'public',
      [
        'https://management.azure.com',
        'https://management.azure.com/.default',
        'login.microsoftonline.com',
        'sts.windows.net',
        'login.microsoftonline.com',
        'vault.azure.net',
        'https://vault.azure.net/.default',
        'https://cognitiveservices.azure.com/.default',
        'core.windows.net',
        'eventgrid.azure.net',
        'https://eventgrid.azure.net/.default',
        'privatelink.vaultcore.azure.net',
        'https://portal.azure.com',
        'graph.microsoft.com',
      ],
    ],
    [
      'usgovernment',
      [
        'https://management.usgovcloudapi.net',
        'https://management.core.usgovcloudapi.net/.default',
        'login.microsoftonline.us',
        'sts.windows.net',
        'login.microsoftonline.us',
        'vault.usgovcloudapi.net',
        'https://vault.usgovcloudapi.net/.default',
        'https://cognitiveservices.azure.us/.default',
        'core.usgovcloudapi.net',
        'eventgrid.azure.us',
        'https://eventgrid.azure.us/.default',
        'privatelink.vaultcore.usgovcloudapi.net',
        'https://portal.azure.us',
        'graph.microsoft.us',
      ],
    ],
    [
      'china',
      [
        'https://management.chinacloudapi.cn',
        'https://management.core.chinacloudapi.cn/.default',
        'login.chinacloudapi.cn',
        'sts.chinacloudapi.cn',
        'login.partner.microsoftonline.cn',
        'vault.azure.cn',
        'https://vault.azure.cn/.default',
        'https://cognitiveservices.azure.cn/.default',
        'core.chinacloudapi.cn',
        'eventgrid.azure.cn',
        'https://eventgrid.azure.cn/.default',
        'privatelink.vaultcore.azure.cn',
        'https://portal.azure.cn',
        'microsoftgraph.chinacloudapi.cn',
      ],
    ],
  ])('has the hosts and scopes of %s', (name, expected) => {
    const { arm, authorityHost, issuerHosts, vault, cognitive, storageSuffix, eventGrid, privateDnsZones, ...rest } =
      clouds[name];
    expect([
      arm.endpoint,
      arm.scope,
      authorityHost,
      issuerHosts.v1,
      issuerHosts.v2,
      vault.suffix,
      vault.scope,
      cognitive.scope,
      storageSuffix,
      eventGrid.suffix,
      eventGrid.scope,
      privateDnsZones.vault,
      rest.portal,
      rest.graphHost,
    ]).toEqual(expected);
  });
});

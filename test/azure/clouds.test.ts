import { describe, expect, it } from 'vitest';
import { type CloudName, clouds } from '../../src/azure/clouds.ts';

/**
 * Every word of the table, since a host that is missing is a key that is refused, and one too many is a key that is sent
 * astray. Sources: Key Vault's page on objects and identifiers, the AI services' page on custom subdomains, Private Link's
 * page on DNS, and the environment tables of Azure's own tools.
 */
const accountHosts: Readonly<Record<CloudName, readonly string[]>> = {
  public: [
    'cognitiveservices.azure.com',
    'openai.azure.com',
    'services.ai.azure.com',
    'api.cognitive.microsoft.com',
    'cognitive.microsofttranslator.com',
  ],
  usgovernment: [
    'cognitiveservices.azure.us',
    'openai.azure.us',
    'api.cognitive.microsoft.us',
    'cognitive.microsofttranslator.us',
  ],
  china: ['cognitiveservices.azure.cn', 'openai.azure.cn', 'api.cognitive.azure.cn', 'translator.azure.cn'],
};

describe('the table of clouds', () => {
  it.each(Object.entries(accountHosts))(
    'sends keys to the hosts of %s, each of them, and to none else',
    (cloud, hosts) => {
      const known = Object.values(clouds[cloud as CloudName].cognitive.hosts);
      expect(known.flatMap((host) => host?.suffix ?? [])).toEqual(hosts);
    },
  );

  it.each<[CloudName, readonly string[]]>([
    [
      'public',
      ['privatelink.cognitiveservices.azure.com', 'privatelink.openai.azure.com', 'privatelink.services.ai.azure.com'],
    ],
    ['usgovernment', ['privatelink.cognitiveservices.azure.us', 'privatelink.openai.azure.us']],
    ['china', ['privatelink.cognitiveservices.azure.cn', 'privatelink.openai.azure.cn']],
  ])('has the private zones of %s', (cloud, zones) => {
    const known = Object.values(clouds[cloud].cognitive.hosts);
    expect(known.flatMap((host) => host?.zone ?? [])).toEqual(zones);
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
        'https://api.loganalytics.azure.com',
        'https://api.loganalytics.io/.default',
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
        'https://api.loganalytics.us',
        'https://api.loganalytics.us/.default',
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
        'https://api.loganalytics.azure.cn',
        'https://api.loganalytics.azure.cn/.default',
        'https://portal.azure.cn',
        'microsoftgraph.chinacloudapi.cn',
      ],
    ],
  ])('has the hosts and scopes of %s', (name, expected) => {
    const { arm, authorityHost, issuerHosts, vault, cognitive, storageSuffix, eventGrid, logAnalytics, ...rest } =
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
      logAnalytics.endpoint,
      logAnalytics.scope,
      rest.portal,
      rest.graphHost,
    ]).toEqual(expected);
  });
});

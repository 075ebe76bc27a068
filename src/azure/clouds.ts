export type CloudName = 'public' | 'usgovernment' | 'china';

/** Where one Azure cloud lives. Hosts and suffixes without a leading dot, scopes as token requests take them. */
export interface Cloud {
  readonly arm: { readonly endpoint: string; readonly scope: string };
  /** The host that issues Entra tokens. */
  readonly authorityHost: string;
  /** The hosts in the tokens' `iss`, which are not all the host that issues them: of v1 and of v2 tokens. */
  readonly issuerHosts: { readonly v1: string; readonly v2: string };
  readonly vault: { readonly suffix: string; readonly scope: string };
  readonly cognitive: {
    readonly scope: string;
    /** Hosts of AI accounts end in one of these: a key is sent nowhere else. */
    readonly suffixes: readonly string[];
  };
  readonly storageSuffix: string;
  /** Custom topics answer at `<topic>.<region>-1.<suffix>`. */
  readonly eventGrid: { readonly suffix: string; readonly scope: string };
  /**
   * Private DNS zones for the endpoints of AI accounts, by the suffix that they stand for, and of vaults. An account's
   * own list is `requiredZoneNames` of its private link resources, which is right where the two disagree.
   */
  readonly privateDnsZones: { readonly accounts: Readonly<Record<string, string>>; readonly vault: string };
  /** Where people look at resources, and the host of Microsoft Graph. */
  readonly portal: string;
  readonly graphHost: string;
}

/**
 * The clouds that Keyturn knows.
 * Sources: Key Vault's page on objects and identifiers (vault suffixes), the AI services' page on custom subdomains
 * (account suffixes), the environment tables of Azure's own tools (the rest).
 */
export const clouds: Readonly<Record<CloudName, Cloud>> = {
  public: {
    arm: { endpoint: 'https://management.azure.com', scope: 'https://management.azure.com/.default' },
    authorityHost: 'login.microsoftonline.com',
    issuerHosts: { v1: 'sts.windows.net', v2: 'login.microsoftonline.com' },
    vault: { suffix: 'vault.azure.net', scope: 'https://vault.azure.net/.default' },
    cognitive: {
      scope: 'https://cognitiveservices.azure.com/.default',
      suffixes: [
        'cognitiveservices.azure.com',
        'openai.azure.com',
        'services.ai.azure.com',
        'api.cognitive.microsoft.com',
      ],
    },
    storageSuffix: 'core.windows.net',
    eventGrid: { suffix: 'eventgrid.azure.net', scope: 'https://eventgrid.azure.net/.default' },
    privateDnsZones: {
      accounts: {
        'cognitiveservices.azure.com': 'privatelink.cognitiveservices.azure.com',
        'openai.azure.com': 'privatelink.openai.azure.com',
        'services.ai.azure.com': 'privatelink.services.ai.azure.com',
      },
      vault: 'privatelink.vaultcore.azure.net',
    },
    portal: 'https://portal.azure.com',
    graphHost: 'graph.microsoft.com',
  },
  usgovernment: {
    arm: {
      endpoint: 'https://management.usgovcloudapi.net',
      scope: 'https://management.core.usgovcloudapi.net/.default',
    },
    authorityHost: 'login.microsoftonline.us',
    issuerHosts: { v1: 'sts.windows.net', v2: 'login.microsoftonline.us' },
    vault: { suffix: 'vault.usgovcloudapi.net', scope: 'https://vault.usgovcloudapi.net/.default' },
    cognitive: {
      scope: 'https://cognitiveservices.azure.us/.default',
      suffixes: ['cognitiveservices.azure.us', 'openai.azure.us', 'api.cognitive.microsoft.us'],
    },
    storageSuffix: 'core.usgovcloudapi.net',
    eventGrid: { suffix: 'eventgrid.azure.us', scope: 'https://eventgrid.azure.us/.default' },
    privateDnsZones: {
      accounts: {
        'cognitiveservices.azure.us': 'privatelink.cognitiveservices.azure.us',
        'openai.azure.us': 'privatelink.openai.azure.us',
      },
      vault: 'privatelink.vaultcore.usgovcloudapi.net',
    },
    portal: 'https://portal.azure.us',
    graphHost: 'graph.microsoft.us',
  },
  china: {
    arm: {
      endpoint: 'https://management.chinacloudapi.cn',
      scope: 'https://management.core.chinacloudapi.cn/.default',
    },
    authorityHost: 'login.chinacloudapi.cn',
    issuerHosts: { v1: 'sts.chinacloudapi.cn', v2: 'login.partner.microsoftonline.cn' },
    vault: { suffix: 'vault.azure.cn', scope: 'https://vault.azure.cn/.default' },
    cognitive: {
      scope: 'https://cognitiveservices.azure.cn/.default',
      suffixes: ['cognitiveservices.azure.cn', 'openai.azure.cn', 'api.cognitive.azure.cn'],
    },
    storageSuffix: 'core.chinacloudapi.cn',
    eventGrid: { suffix: 'eventgrid.azure.cn', scope: 'https://eventgrid.azure.cn/.default' },
    privateDnsZones: {
      accounts: {
        'cognitiveservices.azure.cn': 'privatelink.cognitiveservices.azure.cn',
        'openai.azure.cn': 'privatelink.openai.azure.cn',
      },
      vault: 'privatelink.vaultcore.azure.cn',
    },
    portal: 'https://portal.azure.cn',
    graphHost: 'microsoftgraph.chinacloudapi.cn',
  },
};

export type CloudName = 'public' | 'usgovernment' | 'china';

/** Where one Azure cloud lives. Hosts and suffixes without a leading dot, scopes as token requests take them. */
export interface Cloud {
  readonly arm: { readonly endpoint: string; readonly scope: string };
  /** The host that issues Entra tokens. */
  readonly authorityHost: string;
  readonly vault: { readonly suffix: string; readonly scope: string };
  readonly cognitive: {
    readonly scope: string;
    /** Hosts of AI accounts end in one of these: a key is sent nowhere else. */
    readonly suffixes: readonly string[];
  };
  readonly storageSuffix: string;
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
  },
  usgovernment: {
    arm: {
      endpoint: 'https://management.usgovcloudapi.net',
      scope: 'https://management.core.usgovcloudapi.net/.default',
    },
    authorityHost: 'login.microsoftonline.us',
    vault: { suffix: 'vault.usgovcloudapi.net', scope: 'https://vault.usgovcloudapi.net/.default' },
    cognitive: {
      scope: 'https://cognitiveservices.azure.us/.default',
      suffixes: ['cognitiveservices.azure.us', 'openai.azure.us', 'api.cognitive.microsoft.us'],
    },
    storageSuffix: 'core.usgovcloudapi.net',
  },
  china: {
    arm: {
      endpoint: 'https://management.chinacloudapi.cn',
      scope: 'https://management.core.chinacloudapi.cn/.default',
    },
    authorityHost: 'login.chinacloudapi.cn',
    vault: { suffix: 'vault.azure.cn', scope: 'https://vault.azure.cn/.default' },
    cognitive: {
      scope: 'https://cognitiveservices.azure.cn/.default',
      suffixes: ['cognitiveservices.azure.cn', 'openai.azure.cn', 'api.cognitive.azure.cn'],
    },
    storageSuffix: 'core.chinacloudapi.cn',
  },
};

import { type AccountHosts, accountHosts, hostKindIn } from '../keys/account-hosts.ts';

/** Nothing that two readers of addresses could understand in two ways: no user, port, query, fragment or backslash. */
const plainAddress = /^https:\/\/[a-z0-9.-]+(?:\/[\w./-]*)?$/i;

/** `endpoint`'s origin, when it is surely an AI account's host: keys and tokens go nowhere else, and consumers are sent nowhere else. */
export function accountOrigin(endpoint: string, { cognitive }: Pick<Cloud, 'cognitive'>): string | null {
  const url = plainAddress.test(endpoint) ? URL.parse(endpoint) : null;
  if (url === null) return null;
  return hostKindIn(cognitive.hosts, url.hostname) === null ? null : url.origin;
}

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
    /** Where AI accounts answer: a key is sent nowhere else. */
    readonly hosts: AccountHosts;
  };
  readonly storageSuffix: string;
  /** Custom topics answer at `<topic>.<region>-1.<suffix>`. */
  readonly eventGrid: { readonly suffix: string; readonly scope: string };
  /** Where Log Analytics workspaces are queried. */
  readonly logAnalytics: { readonly endpoint: string; readonly scope: string };
  /** Where people look at resources, and the host of Microsoft Graph. */
  readonly portal: string;
  readonly graphHost: string;
}

/**
 * The clouds that Keyturn knows.
 * Sources: Key Vault's page on objects and identifiers (vault suffixes), the SDKs for queries of logs (Log Analytics), the environment tables of Azure's own tools (the
 * rest, the hosts of AI accounts apart).
 */
export const clouds: Readonly<Record<CloudName, Cloud>> = {
  public: {
    arm: { endpoint: 'https://management.azure.com', scope: 'https://management.azure.com/.default' },
    authorityHost: 'login.microsoftonline.com',
    issuerHosts: { v1: 'sts.windows.net', v2: 'login.microsoftonline.com' },
    vault: { suffix: 'vault.azure.net', scope: 'https://vault.azure.net/.default' },
    cognitive: { scope: 'https://cognitiveservices.azure.com/.default', hosts: accountHosts.public },
    storageSuffix: 'core.windows.net',
    eventGrid: { suffix: 'eventgrid.azure.net', scope: 'https://eventgrid.azure.net/.default' },
    logAnalytics: { endpoint: 'https://api.loganalytics.azure.com', scope: 'https://api.loganalytics.io/.default' },
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
    cognitive: { scope: 'https://cognitiveservices.azure.us/.default', hosts: accountHosts.usgovernment },
    storageSuffix: 'core.usgovcloudapi.net',
    eventGrid: { suffix: 'eventgrid.azure.us', scope: 'https://eventgrid.azure.us/.default' },
    logAnalytics: { endpoint: 'https://api.loganalytics.us', scope: 'https://api.loganalytics.us/.default' },
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
    cognitive: { scope: 'https://cognitiveservices.azure.cn/.default', hosts: accountHosts.china },
    storageSuffix: 'core.chinacloudapi.cn',
    eventGrid: { suffix: 'eventgrid.azure.cn', scope: 'https://eventgrid.azure.cn/.default' },
    logAnalytics: {
      endpoint: 'https://api.loganalytics.azure.cn',
      scope: 'https://api.loganalytics.azure.cn/.default',
    },
    portal: 'https://portal.azure.cn',
    graphHost: 'microsoftgraph.chinacloudapi.cn',
  },
};

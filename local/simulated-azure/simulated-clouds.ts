export const simulatedCloudNames = ['public', 'usgovernment', 'china'] as const;

export type SimulatedCloudName = (typeof simulatedCloudNames)[number];

/** What differs between Azure's clouds, as far as it is simulated: host names, what tokens are for, who issues them. */
export interface SimulatedCloud {
  /** Of Entra; the first one stands in challenges and metadata. */
  readonly loginHosts: readonly string[];
  readonly armHost: string;
  /** Audiences that ARM takes, each also with a slash. */
  readonly armAudiences: readonly string[];
  /** Key Vault's challenge names this host. */
  readonly challengeHost: string;
  readonly vaultSuffix: string;
  readonly vaultZone: string;
  readonly eventGridSuffix: string;
  /** Where Log Analytics is queried, and what its tokens are for. */
  readonly logAnalytics: { readonly hosts: readonly string[]; readonly audiences: readonly string[] };
  readonly cognitive: {
    readonly own: string;
    readonly regional: string;
    readonly openAi: string;
    /** Null: the cloud has no such host. */
    readonly foundry: string | null;
    /** Of all Translator accounts without a subdomain. */
    readonly translator: string;
    readonly audiences: readonly string[];
  };
  readonly issuerV1: string;
  readonly issuerV2: string;
  readonly metadata: {
    readonly cloud_instance_name: string;
    readonly cloud_graph_host_name: string;
    readonly msgraph_host: string;
    readonly rbac_url: string;
  };
}

/** From the environment tables of Azure's own tools and MSAL's list of issuers. */
export const simulatedClouds: Readonly<Record<SimulatedCloudName, SimulatedCloud>> = {
  public: {
    loginHosts: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
    armHost: 'management.azure.com',
    armAudiences: ['https://management.core.windows.net', 'https://management.azure.com'],
    challengeHost: 'login.windows.net',
    vaultSuffix: 'vault.azure.net',
    vaultZone: 'privatelink.vaultcore.azure.net',
    eventGridSuffix: 'eventgrid.azure.net',
    logAnalytics: {
      hosts: ['api.loganalytics.azure.com', 'api.loganalytics.io'],
      audiences: ['https://api.loganalytics.io', 'https://api.loganalytics.azure.com'],
    },
    cognitive: {
      own: 'cognitiveservices.azure.com',
      regional: 'api.cognitive.microsoft.com',
      openAi: 'openai.azure.com',
      foundry: 'services.ai.azure.com',
      translator: 'api.cognitive.microsofttranslator.com',
      audiences: ['https://cognitiveservices.azure.com', 'https://ai.azure.com'],
    },
    issuerV1: 'sts.windows.net',
    issuerV2: 'login.microsoftonline.com',
    metadata: {
      cloud_instance_name: 'microsoftonline.com',
      cloud_graph_host_name: 'graph.windows.net',
      msgraph_host: 'graph.microsoft.com',
      rbac_url: 'https://pas.windows.net',
    },
  },
  usgovernment: {
    loginHosts: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    armHost: 'management.usgovcloudapi.net',
    armAudiences: ['https://management.core.usgovcloudapi.net', 'https://management.usgovcloudapi.net'],
    challengeHost: 'login.microsoftonline.us',
    vaultSuffix: 'vault.usgovcloudapi.net',
    vaultZone: 'privatelink.vaultcore.usgovcloudapi.net',
    eventGridSuffix: 'eventgrid.azure.us',
    logAnalytics: { hosts: ['api.loganalytics.us'], audiences: ['https://api.loganalytics.us'] },
    cognitive: {
      own: 'cognitiveservices.azure.us',
      regional: 'api.cognitive.microsoft.us',
      openAi: 'openai.azure.us',
      foundry: null,
      translator: 'api.cognitive.microsofttranslator.us',
      audiences: ['https://cognitiveservices.azure.us'],
    },
    issuerV1: 'sts.windows.net',
    issuerV2: 'login.microsoftonline.us',
    metadata: {
      cloud_instance_name: 'microsoftonline.us',
      cloud_graph_host_name: 'graph.windows.net',
      msgraph_host: 'graph.microsoft.us',
      rbac_url: 'https://pasff.usgovcloudapi.net',
    },
  },
  china: {
    loginHosts: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
    armHost: 'management.chinacloudapi.cn',
    armAudiences: ['https://management.core.chinacloudapi.cn', 'https://management.chinacloudapi.cn'],
    challengeHost: 'login.chinacloudapi.cn',
    vaultSuffix: 'vault.azure.cn',
    vaultZone: 'privatelink.vaultcore.azure.cn',
    eventGridSuffix: 'eventgrid.azure.cn',
    logAnalytics: { hosts: ['api.loganalytics.azure.cn'], audiences: ['https://api.loganalytics.azure.cn'] },
    cognitive: {
      own: 'cognitiveservices.azure.cn',
      regional: 'api.cognitive.azure.cn',
      openAi: 'openai.azure.cn',
      foundry: null,
      translator: 'api.translator.azure.cn',
      audiences: ['https://cognitiveservices.azure.cn'],
    },
    issuerV1: 'sts.chinacloudapi.cn',
    // Tokens of login.chinacloudapi.cn, too, name the newer host as their issuer.
    issuerV2: 'login.partner.microsoftonline.cn',
    metadata: {
      cloud_instance_name: 'partner.microsoftonline.cn',
      cloud_graph_host_name: 'graph.chinacloudapi.cn',
      msgraph_host: 'microsoftgraph.chinacloudapi.cn',
      rbac_url: 'https://pas.chinacloudapi.cn',
    },
  },
};

/** What lies in a cloud: a world. */
interface InCloud {
  readonly cloud?: SimulatedCloudName;
}

/** The cloud that a world lies in. */
export function cloudOf({ cloud = 'public' }: InCloud): SimulatedCloud {
  return simulatedClouds[cloud];
}

/** Where people and apps of a world sign in. */
export function loginHostOf(world: InCloud): string {
  return cloudOf(world).loginHosts[0] ?? '';
}

/** The zone behind `privatelink` of each suffix: https://learn.microsoft.com/azure/private-link/private-endpoint-dns */
export function privateLinkSuffixes({ cognitive, vaultSuffix, vaultZone }: SimulatedCloud) {
  const { own, openAi, foundry } = cognitive;
  const accounts = [own, openAi, ...(foundry === null ? [] : [foundry])];
  return [
    ...accounts.map((suffix) => ({ suffix, zone: `privatelink.${suffix}` })),
    { suffix: vaultSuffix, zone: vaultZone },
  ];
}

/** Each as it is and with a slash at the end. */
export function withSlashes(audiences: readonly string[]): string[] {
  return audiences.flatMap((audience) => [`${audience}/`, audience]);
}

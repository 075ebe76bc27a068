/**
 * The hosts of AI accounts: `custom` is the account's own subdomain, `openai` and `foundry` the same name under the suffixes
 * of Azure OpenAI and Foundry, `regional` one host for all accounts of a region, `translator` one for Translator's accounts.
 */
const hostKinds = ['custom', 'openai', 'foundry', 'regional', 'translator'] as const;

export type HostKind = (typeof hostKinds)[number];

interface Host {
  /** What the host names end in, without a leading dot. */
  readonly suffix: string;
  /** The private DNS zone that stands for the suffix; null: no private endpoint answers there, or no zone is published. */
  readonly zone: string | null;
}

/** Null: the cloud has no such host, or none is published. */
export type AccountHosts = Readonly<Record<HostKind, Host | null>>;

/**
 * By cloud. A key or token is sent to no other host, and consumers are given none.
 * Sources: the AI services' page on custom subdomains and Translator's on sovereign clouds (suffixes), the page on private
 * DNS zone values of private endpoints (zones).
 * https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains
 * https://learn.microsoft.com/azure/ai-services/translator/sovereign-clouds
 * https://learn.microsoft.com/azure/private-link/private-endpoint-dns
 */
export const accountHosts = {
  public: {
    custom: { suffix: 'cognitiveservices.azure.com', zone: 'privatelink.cognitiveservices.azure.com' },
    openai: { suffix: 'openai.azure.com', zone: 'privatelink.openai.azure.com' },
    foundry: { suffix: 'services.ai.azure.com', zone: 'privatelink.services.ai.azure.com' },
    regional: { suffix: 'api.cognitive.microsoft.com', zone: null },
    translator: { suffix: 'cognitive.microsofttranslator.com', zone: null },
  },
  usgovernment: {
    custom: { suffix: 'cognitiveservices.azure.us', zone: 'privatelink.cognitiveservices.azure.us' },
    openai: { suffix: 'openai.azure.us', zone: 'privatelink.openai.azure.us' },
    foundry: null,
    regional: { suffix: 'api.cognitive.microsoft.us', zone: null },
    translator: { suffix: 'cognitive.microsofttranslator.us', zone: null },
  },
  china: {
    custom: { suffix: 'cognitiveservices.azure.cn', zone: 'privatelink.cognitiveservices.azure.cn' },
    openai: { suffix: 'openai.azure.cn', zone: 'privatelink.openai.azure.cn' },
    foundry: null,
    regional: { suffix: 'api.cognitive.azure.cn', zone: null },
    translator: { suffix: 'translator.azure.cn', zone: null },
  },
} as const satisfies Record<string, AccountHosts>;

/** What kind of host `hostname` is among `hosts`; null: it is no AI account's. */
export function hostKindIn(hosts: AccountHosts, hostname: string): HostKind | null {
  return hostKinds.find((kind) => hosts[kind] !== null && hostname.endsWith(`.${hosts[kind].suffix}`)) ?? null;
}

/** What kind of host an endpoint names, whichever cloud it is of; null: it is no AI account's. */
export function hostKindOf(endpoint: string): HostKind | null {
  const hostname = URL.parse(endpoint)?.hostname ?? '';
  const kinds = Object.values(accountHosts).map((hosts) => hostKindIn(hosts, hostname));
  return kinds.find((kind) => kind !== null) ?? null;
}

/** What a client must know to take the simulated Azure for Azure. */
export interface ClientFacts {
  /** Such as `http://127.0.0.1:8421`. */
  readonly proxyUrl: string;
  /** Only the authority's certificate, and it together with those known on this machine. */
  readonly certificateFile: string;
  readonly bundleFile: string;
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  readonly controlUrl: string;
  readonly tenantId: string;
  readonly subscriptionId: string | null;
  /** Such as `https://contoso-ai.cognitiveservices.azure.com/`; null in a world without accounts. */
  readonly aiEndpoint: string | null;
  /** Where clients sign in; null: in the public cloud, as they do by themselves. */
  readonly authorityUrl: string | null;
}

/** Loopback is never asked through the proxy: Azurite, the Functions host and the identity endpoint live there. */
const noProxy = 'localhost,127.0.0.1,::1';

/**
 * The variables that any client, in any language, needs. `HTTP_PROXY` is left alone: Azure speaks HTTPS. Variables that
 * replace the known authorities get the bundle, those that add to them the one certificate.
 */
export function clientEnvironment(facts: ClientFacts): Record<string, string> {
  const { subscriptionId, aiEndpoint, authorityUrl } = facts;
  return {
    HTTPS_PROXY: facts.proxyUrl,
    https_proxy: facts.proxyUrl,
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    // Node's own fetch and https follow the proxy variables only when told to: https://nodejs.org/api/cli.html#node_use_env_proxy1
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: facts.certificateFile,
    SSL_CERT_FILE: facts.bundleFile,
    REQUESTS_CA_BUNDLE: facts.bundleFile,
    CURL_CA_BUNDLE: facts.bundleFile,
    DENO_CERT: facts.certificateFile,
    IDENTITY_ENDPOINT: facts.identityEndpoint,
    IDENTITY_HEADER: facts.identityHeader,
    SIMULATED_AZURE_CONTROL: facts.controlUrl,
    AZURE_TENANT_ID: facts.tenantId,
    ...(subscriptionId === null ? {} : { AZURE_SUBSCRIPTION_ID: subscriptionId }),
    ...(aiEndpoint === null ? {} : { AZURE_AI_ENDPOINT: aiEndpoint }),
    ...(authorityUrl === null ? {} : { AZURE_AUTHORITY_HOST: authorityUrl }),
  };
}

/** Lines that a POSIX shell can `eval`. */
export function shellExports(environment: Readonly<Record<string, string>>): string {
  const quoted = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join('');
}

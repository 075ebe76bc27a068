import { isAiHost, readingCallOf } from './edits/plane-edits.ts';
import { type RecordedExchange, textAt } from './recorded-file.ts';

/** The service an exchange speaks to, and whether the simulated Azure answers for it yet. */
export interface SpokenService {
  readonly service: string;
  readonly covered: boolean;
}

/** Azure Resource Manager's providers and types, the first that matches; what is not covered is named by the rest of its path. */
const ARM_TYPES: readonly { readonly type: RegExp; readonly service: string; readonly covered: boolean }[] = [
  {
    type: /^microsoft\.cognitiveservices\/(accounts(\/[^/]+(\/(listkeys|regeneratekey|skus|usages|models|deployments|privateendpointconnections|privatelinkresources)(\/[^/]+)?)?)?|deletedaccounts|skus|checkdomainavailability|locations\/[^/]+\/(models|usages|checkskuavailability|operationresults\/[^/]+|resourcegroups\/[^/]+\/deletedaccounts\/[^/]+))$/,
    service: 'cognitive-arm',
    covered: true,
  },
  { type: /^microsoft\.cognitiveservices\//, service: 'cognitive-arm', covered: false },
  {
    type: /^microsoft\.authorization\/(roleassignments|roledefinitions|locks|permissions)(\/|$)/,
    service: 'authorization',
    covered: true,
  },
  { type: /^microsoft\.resourcegraph\/resources$/, service: 'resource-graph', covered: true },
  { type: /^microsoft\.resourcegraph\//, service: 'resource-graph', covered: false },
  {
    type: /^microsoft\.network\/(privatednszones(\/[^/]+(\/(virtualnetworklinks|a|aaaa|all|cname|mx|ptr|soa|srv|txt)(\/[^/]+)?)?)?|privatednsoperation(statuses|results)\/[^/]+)$/,
    service: 'private-dns',
    covered: true,
  },
  { type: /^microsoft\.network\/privatedns/, service: 'private-dns', covered: false },
  {
    type: /^microsoft\.network\/(virtualnetworks(\/[^/]+(\/subnets(\/[^/]+)?)?)?|privateendpoints(\/[^/]+(\/privatednszonegroups(\/[^/]+)?)?)?|networkinterfaces(\/[^/]+)?|locations\/[^/]+\/operation(s|results)\/[^/]+)$/,
    service: 'network',
    covered: true,
  },
  { type: /^microsoft\.network\//, service: 'network', covered: false },
  {
    type: /^microsoft\.managedidentity\/(userassignedidentities(\/[^/]+(\/federatedidentitycredentials(\/[^/]+)?)?)?|identities\/default)$/,
    service: 'managed-identity',
    covered: true,
  },
  { type: /^microsoft\.managedidentity\//, service: 'managed-identity', covered: false },
  {
    type: /^microsoft\.eventgrid\/(systemtopics(\/[^/]+)?(\/eventsubscriptions(\/[^/]+(\/getfullurl)?)?)?|eventsubscriptions(\/[^/]+(\/getfullurl)?)?|topics(\/[^/]+(\/(listkeys|regeneratekey))?)?|operations(status|results)\/[^/]+|locations\/[^/]+\/operations(status|results)\/[^/]+)$/,
    service: 'event-grid',
    covered: true,
  },
  { type: /^microsoft\.eventgrid\//, service: 'event-grid', covered: false },
  {
    type: /^microsoft\.keyvault\/(vaults(\/[^/]+)?|deletedvaults|checknameavailability|locations\/[^/]+\/(deletedvaults\/[^/]+(\/purge)?|operationresults\/[^/]+))$/,
    service: 'keyvault-arm',
    covered: true,
  },
  { type: /^microsoft\.keyvault\//, service: 'keyvault-arm', covered: false },
  {
    type: /^microsoft\.web\/sites\/[^/]+(\/slots\/[^/]+)?\/(config\/(appsettings(\/list)?|slotconfignames)|restart)$/,
    service: 'appservice',
    covered: true,
  },
];

/** What Azure Resource Manager answers itself. */
const ARM_PATHS = [
  /^\/(tenants|subscriptions|providers)$/,
  /^\/subscriptions\/[^/]+(\/(locations|resources|resourcegroups|providers|operationresults\/[^/]+))?$/,
  /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+(\/resources)?$/,
  /^\/subscriptions\/[^/]+\/providers\/[^/]+(\/register)?$/,
];

/** Codes that the front door of Azure Resource Manager answers for any provider's resources. */
const GATEWAY_CODES = [
  'AuthorizationFailed',
  'DeploymentNotFound',
  'ExpiredAuthenticationToken',
  'MissingApiVersionParameter',
  'MissingSubscriptionRegistration',
  'ResourceGroupNotFound',
  'ResourceNotFound',
  'ScopeLocked',
  'SubscriptionNotFound',
];

/** Operations of AI accounts' own endpoints that are simulated; there are hundreds, of which Keyturn and its consumers call a few. */
const PLANE_PATHS = [
  /\/text\/analytics\/v[^/]+\/languages$/i,
  /\/language\/:analyze-text$/i,
  /\/openai\/(deployments\/[^/]+|v1)\/(chat\/completions|embeddings)$/i,
  /\/openai\/(v1\/)?models(\/[^/]+)?$/i,
  /^\/models\/(chat\/completions|embeddings)$/i,
  /^\/api\/projects\/[^/]+\/assistants\/[^/]+$/i,
  /^\/computervision\/imageanalysis:analyze$/i,
  /^\/sts\/v1\.0\/issueToken$/i,
];

export function serviceOf(exchange: RecordedExchange): SpokenService {
  const url = new URL(exchange.request.url);
  const host = url.hostname;
  if (host.includes('.vault.')) {
    return /^\/+(secrets|deletedsecrets)(\/|$)/i.test(url.pathname)
      ? { service: 'keyvault', covered: true }
      : { service: `keyvault${url.pathname.replace(/^\/+([^/]*).*/, '/$1')}`, covered: false };
  }
  if (host.startsWith('management.')) return armService(exchange, url.pathname.toLowerCase());
  // Recorders replace ids, secrets and tokens in it; what it publishes can be replayed.
  if (host.startsWith('login.')) return { service: 'entra', covered: exchange.request.method === 'GET' };
  if (host.endsWith('.eventgrid.azure.net')) return { service: 'event-grid', covered: true };
  if (!isAiHost(host)) return { service: host, covered: false };
  return { service: 'ai-data-plane', covered: isSimulatedCall(exchange, url.pathname) };
}

function isSimulatedCall({ request }: RecordedExchange, path: string): boolean {
  // One path serves every kind of analysis.
  const analysis = textAt(request.body, 'kind');
  if (readingCallOf(request) !== undefined) return true;
  return PLANE_PATHS.some((known) => known.test(path)) && (analysis === undefined || analysis === 'LanguageDetection');
}

function armService(exchange: RecordedExchange, path: string): SpokenService {
  const plain = path.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '');
  if (ARM_PATHS.some((own) => own.test(plain))) return { service: 'arm', covered: true };
  const provider = plain.includes('/providers/') ? (plain.split('/providers/').at(-1) ?? '') : '';
  // Some recorders keep no request body, and without it there is no query to ask again.
  if (/^microsoft\.resourcegraph\//.test(provider) && textAt(exchange.request.body, 'query') === undefined)
    return { service: 'resource-graph', covered: false };
  const known = ARM_TYPES.find(({ type }) => type.test(provider));
  if (known?.covered === true) return { service: known.service, covered: true };
  const code = JSON.stringify(exchange.response.body ?? null).match(/"code":"([^"]+)"/)?.[1] ?? '';
  const isOfAnsweredNamespace = /^microsoft\.(resources|cognitiveservices|authorization)\//.test(provider);
  if (GATEWAY_CODES.includes(code) || (isOfAnsweredNamespace && code === 'InvalidResourceType')) {
    return { service: 'arm', covered: true };
  }
  return { service: known?.service ?? (provider.split('/')[0] || 'arm'), covered: false };
}

import type { SimulatedCloud } from '../../simulated-clouds.ts';
import type { Account, IssuedKey } from '../../world.ts';
import { timestamp } from '../timestamp.ts';
import { newEtag } from './new-etag.ts';
import { newKey } from './new-key.ts';

export interface AccountRequest {
  readonly cloud: SimulatedCloud;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  readonly kind: string;
  /** Shown as given, blanks and capitals too. */
  readonly location: string;
  readonly sku: { readonly name: string };
  readonly tags?: Record<string, string>;
  /** What the request sets, such as customSubDomainName, networkAcls, disableLocalAuth. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly createdBy: { readonly name: string; readonly isUser: boolean };
}

/** A new account with two new keys; its internal id is new even when name and group were used before. */
export function newAccount(request: AccountRequest, nowMs: number): Account {
  const { subscriptionId, resourceGroup, name, kind, location, sku, tags, properties } = request;
  const internalId = crypto.randomUUID().replaceAll('-', '');
  const issue = (slot: IssuedKey['slot']): IssuedKey => {
    const value = newKey('signed-84', { location: regionOf(location), kind }, nowMs);
    return { slot, value, issuedAtMs: nowMs, replacedAtMs: null };
  };
  return {
    subscriptionId,
    resourceGroup,
    name,
    internalId,
    resource: {
      kind,
      location,
      sku,
      ...(tags === undefined ? {} : { tags }),
      etag: newEtag(nowMs),
      systemData: systemData(request.createdBy, nowMs),
      properties: {
        ...endpointProperties(request.cloud, kind, location, properties.customSubDomainName),
        internalId,
        dateCreated: timestamp(nowMs),
        ...apiProperties(kind),
        callRateLimit: { rules: rateRules(kind) },
        isMigrated: false,
        privateEndpointConnections: [],
        publicNetworkAccess: 'Enabled',
        capabilities: [
          { name: 'VirtualNetworks' },
          { name: 'CustomerManagedKey' },
          { name: 'Container', value: `${kind}.*` },
        ],
        ...properties,
        provisioningState: 'Succeeded',
      },
    },
    keys: [issue('key1'), issue('key2')],
    deployments: {},
  };
}

export function systemData(
  by: { readonly name: string; readonly isUser: boolean },
  nowMs: number,
): Record<string, unknown> {
  const [type, at] = [by.isUser ? 'User' : 'Application', timestamp(nowMs)];
  return {
    createdBy: by.name,
    createdByType: type,
    createdAt: at,
    lastModifiedBy: by.name,
    lastModifiedByType: type,
    lastModifiedAt: at,
  };
}

/** `endpoint` and `endpoints`: the account's own host once it has a custom subdomain, else the region's. */
export function endpointProperties(
  { cognitive: hosts }: SimulatedCloud,
  kind: string,
  location: string,
  subdomain: unknown,
): Record<string, unknown> {
  if (typeof subdomain !== 'string') {
    const host = kind === 'TextTranslation' ? hosts.translator : `${regionOf(location)}.${hosts.regional}`;
    const endpoint = `https://${host}/`;
    return { endpoint, endpoints: { [kind]: endpoint } };
  }
  const cognitive = `https://${subdomain}.${hosts.own}/`;
  const openAi = `https://${subdomain}.${hosts.openAi}/`;
  const openAiEndpoints = {
    'OpenAI Language Model Instance API': openAi,
    'OpenAI Dall-E API': openAi,
    'OpenAI Moderations API': openAi,
    'OpenAI Whisper API': openAi,
    'OpenAI Realtime API': openAi,
    'Token Service API': openAi,
    'Azure OpenAI Legacy API - Latest moniker': openAi,
  };
  switch (kind) {
    case 'OpenAI':
      return { endpoint: openAi, endpoints: openAiEndpoints, allowProjectManagement: false };
    case 'AIServices': {
      const foundry = `https://${subdomain}.${hosts.foundry}/`;
      const own = [
        'Content Safety',
        'Computer Vision',
        'FormRecognizer',
        'Text Analytics',
        'Language',
        'TextTranslation',
      ];
      return {
        endpoint: cognitive,
        endpoints: {
          ...(hosts.foundry === null ? {} : { 'AI Foundry API': foundry, 'Azure AI Model Inference API': foundry }),
          ...openAiEndpoints,
          ...Object.fromEntries(own.map((api) => [api, cognitive])),
        },
        armFeatures: [],
      };
    }
    default:
      return { endpoint: cognitive, endpoints: { [kind]: cognitive } };
  }
}

function regionOf(location: string): string {
  return location.replaceAll(' ', '').toLowerCase();
}

function apiProperties(kind: string): Record<string, unknown> {
  return ['OpenAI', 'CognitiveServices', 'AIServices'].includes(kind) ? { apiProperties: {} } : {};
}

function rateRules(kind: string): readonly unknown[] {
  const rule = (key: string, renewalPeriod: number, count: number, path: string) => ({
    key,
    renewalPeriod,
    count,
    dynamicThrottlingEnabled: false,
    matchPatterns: [{ path, method: '*' }],
  });
  return kind === 'OpenAI'
    ? [rule('openai.dalle.other', 1, 30, 'dalle/*'), rule('default', 1, 30, '*')]
    : [rule('container.billing', 10, 500, 'billing/*'), rule('default', 1, 30, '*')];
}

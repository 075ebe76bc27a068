import { randomUUID } from 'node:crypto';
import type { Exchange } from '../../exchange.ts';
import type { Account } from '../../world.ts';
import { regionDisplayName } from '../openai/region-display-name.ts';
import type { Operation } from '../operation.ts';
import { refusal, securityHeaders } from '../refusals.ts';

/**
 * The calls of single services by which keys and tokens are tried, each with where its answer is from: `recorded` bodies and
 * headers are as the real service gave them, `documented` ones as the service's examples show them. How a wrong key, a token
 * without a role and a wrong kind are answered is the gateway's, the same for all.
 */
interface ReadingCall {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly template: string;
  readonly name: string;
  readonly api: string;
  readonly apiVersion: RegExp | null;
  /** Account kinds that have it, beside the multi-service ones. */
  readonly kind: string;
  /** Whether accounts of kind AIServices and CognitiveServices have it, too. */
  readonly shared: boolean;
  readonly dataAction: string;
  readonly answer: 'recorded' | 'documented';
  /** `items`: what the account holds. */
  readonly body: (exchange: Exchange, items: readonly unknown[]) => unknown;
  /** Where it is not `application/json; charset=utf-8`. */
  readonly contentType?: string;
}

const datedVersion = /^20\d\d-\d\d-\d\d(-preview)?$/;
const account = 'Microsoft.CognitiveServices/accounts';

const calls: readonly ReadingCall[] = [
  {
    method: 'GET',
    path: /^\/speechtotext\/transcriptions\/locales$/,
    template: '/speechtotext/transcriptions/locales',
    name: 'Transcriptions_ListSupportedLocales',
    api: 'Speech to Text API',
    apiVersion: datedVersion,
    kind: 'SpeechServices',
    shared: true,
    dataAction: `${account}/SpeechServices/transcriptions/locales/read`,
    answer: 'documented',
    body: () => ({ Transcribe: ['en-US', 'de-DE'], Submit: ['en-US', 'de-DE', 'es-ES'] }),
  },
  {
    method: 'GET',
    path: /^\/formrecognizer\/info$/,
    template: '/formrecognizer/info',
    name: 'GetResourceInfo',
    api: 'Form Recognizer API',
    apiVersion: datedVersion,
    kind: 'FormRecognizer',
    shared: true,
    dataAction: `${account}/FormRecognizer/info/read`,
    answer: 'recorded',
    body: () => ({
      customDocumentModels: { count: 0, limit: 20_000 },
      customNeuralDocumentModelBuilds: { used: 0, quota: 20, quotaResetDateTime: '2027-01-01T00:00:00Z' },
    }),
  },
  {
    method: 'GET',
    path: /^\/vision\/v3\.2\/models$/,
    template: '/vision/v3.2/models',
    name: 'List Domain Specific Models',
    api: 'Computer Vision API (v3.2)',
    apiVersion: null,
    kind: 'ComputerVision',
    shared: true,
    dataAction: `${account}/ComputerVision/models/read`,
    answer: 'documented',
    body: () => ({
      models: [
        { name: 'celebrities', categories: ['people_'] },
        { name: 'landmarks', categories: ['building_'] },
      ],
    }),
  },
  {
    method: 'POST',
    path: /^\/face\/v1\.0\/detect$/,
    template: '/face/v1.0/detect',
    name: 'Detect',
    api: 'Face API (v1.0)',
    apiVersion: null,
    kind: 'Face',
    shared: true,
    dataAction: `${account}/Face/detect/action`,
    answer: 'documented',
    body: () => [],
  },
  {
    method: 'GET',
    path: /^\/contentsafety\/text\/blocklists$/,
    template: '/contentsafety/text/blocklists',
    name: 'ListTextBlocklists',
    api: 'Content Safety API',
    apiVersion: datedVersion,
    kind: 'ContentSafety',
    shared: true,
    dataAction: `${account}/ContentSafety/text/blocklists/read`,
    answer: 'documented',
    body: () => ({ value: [] }),
  },
  {
    method: 'POST',
    path: /^\/translator\/text\/v3\.0\/translate$/,
    template: '/translator/text/v3.0/translate',
    name: 'Translate',
    api: 'Translator Text API (v3.0)',
    apiVersion: /^3\.0$/,
    kind: 'TextTranslation',
    shared: true,
    dataAction: `${account}/TextTranslation/translate/action`,
    answer: 'recorded',
    // No language is translated here: the text comes back as it was. Without `from` the service says what it took it for.
    body: ({ url, body }) =>
      texts(body).map((text) => ({
        ...(url.searchParams.has('from') ? {} : { detectedLanguage: { language: 'en', score: 1 } }),
        translations: [{ text, to: url.searchParams.get('to') ?? 'en' }],
      })),
  },
  {
    method: 'GET',
    path: /^\/customvision\/v3\.[34](-preview)?\/training\/domains$/i,
    template: '/customvision/v3.3/training/domains',
    name: 'GetDomains',
    api: 'Custom Vision Training API (v3.3)',
    apiVersion: null,
    kind: 'CustomVision.Training',
    shared: true,
    dataAction: `${account}/CustomVision/domains/read`,
    answer: 'documented',
    body: () => [
      {
        id: 'ee85a74c-405e-4adc-bb47-ffa8ca0c9f31',
        name: 'General',
        type: 'Classification',
        exportable: false,
        enabled: true,
      },
    ],
  },
  {
    method: 'GET',
    path: /^\/contentmoderator\/lists\/v1\.0\/termlists$/,
    template: '/contentmoderator/lists/v1.0/termlists',
    name: 'Term Lists - Get All',
    api: 'Content Moderator API (v1.0)',
    apiVersion: null,
    kind: 'ContentModerator',
    shared: true,
    dataAction: `${account}/ContentModerator/termlists/read`,
    answer: 'recorded',
    body: (_, items) => items,
  },
  // Of services that were retired since: as recorded before.
  {
    method: 'GET',
    path: /^\/anomalydetector\/v1\.1\/multivariate\/models$/,
    template: '/anomalydetector/v1.1/multivariate/models',
    name: 'ListMultivariateModels',
    api: 'Anomaly Detector API (v1.1)',
    apiVersion: null,
    kind: 'AnomalyDetector',
    shared: true,
    dataAction: `${account}/AnomalyDetector/multivariate/models/read`,
    answer: 'recorded',
    body: (_, models) => ({ models }),
    contentType: 'application/json',
  },
  {
    method: 'GET',
    path: /^\/personalizer\/v1\.0\/configurations\/service$/,
    template: '/personalizer/v1.0/configurations/service',
    name: 'ServiceConfiguration_Get',
    api: 'Personalizer API (v1.0)',
    apiVersion: null,
    kind: 'Personalizer',
    shared: false,
    dataAction: `${account}/Personalizer/configurations/read`,
    answer: 'recorded',
    body: () => ({
      rewardWaitTime: 'PT1M',
      defaultReward: 1,
      rewardAggregation: 'average',
      explorationPercentage: 0.2,
      modelExportFrequency: 'PT1H',
      logRetentionDays: 0,
    }),
  },
  {
    method: 'GET',
    path: /^\/luis\/authoring\/v3\.0\/apps\/?$/,
    template: '/luis/authoring/v3.0/apps',
    name: 'apps - Get applications list',
    api: 'LUIS Authoring API (v3.0)',
    apiVersion: null,
    kind: 'LUIS.Authoring',
    shared: false,
    dataAction: `${account}/LUIS/apps/read`,
    answer: 'recorded',
    body: (_, items) => items,
  },
];

/** As operations of the gateway. */
export const readingCalls: readonly Operation[] = calls.map(
  ({ kind, shared, api, body, path, contentType, ...call }) => ({
    ...call,
    path,
    basePath: `/${call.template.split('/')[1]}`,
    api: () => api,
    kinds: shared ? [kind, 'AIServices', 'CognitiveServices'] : [kind],
    answer(exchange, of) {
      if (kind === 'TextTranslation') return translated(exchange, of, body);
      const type = contentType === undefined ? {} : { 'content-type': contentType };
      return answer(of, body(exchange, of.contents?.[call.name] ?? []), type);
    },
  }),
);

/** Keys of a region's account are taken with the region's name beside them: documented; the refusal is recorded. */
function translated(exchange: Exchange, of: Account, body: ReadingCall['body']): Response {
  const { headers } = exchange.request;
  const isGlobal = of.resource.location.toLowerCase() === 'global';
  if (!headers.has('authorization') && !isGlobal && !headers.has('ocp-apim-subscription-region')) {
    const message = 'The request is not authorized because credentials are missing or invalid.';
    return refusal(401, JSON.stringify({ error: { code: 401000, message } }), {
      ...securityHeaders,
      'content-type': 'text/plain; charset=utf-8',
    });
  }
  const characters = texts(exchange.body).reduce((sum, text) => sum + text.length, 0);
  return answer(of, body(exchange, []), { 'x-metered-usage': String(characters), 'x-mt-system': 'Microsoft' });
}

function answer(of: Account, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status: 200,
    headers: {
      'apim-request-id': randomUUID(),
      'content-type': 'application/json; charset=utf-8',
      ...headers,
      ...securityHeaders,
      'x-envoy-upstream-service-time': '14',
      'x-ms-region': regionDisplayName(of.resource.location),
    },
  });
}

function texts(body: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(body);
    if (!Array.isArray(parsed)) return [];
    return parsed.map((one: unknown) => {
      const entries = typeof one === 'object' && one !== null ? Object.entries(one) : [];
      return String(entries.find(([name]) => name.toLowerCase() === 'text')?.[1] ?? '');
    });
  } catch {
    return [];
  }
}

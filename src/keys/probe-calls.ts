import { memberOf } from '../shared/json.ts';

/** 36 pixels a side and more than a kilobyte are the least that Face takes: https://learn.microsoft.com/rest/api/face/face-detection-operations/detect */
const side = 36;
const bytesAPixel = 3;
const headerBytes = 54;

/** A black square as a bitmap, in which nothing can be found. */
export function smallImage(): Uint8Array {
  const pixels = side * side * bytesAPixel;
  const image = Buffer.alloc(headerBytes + pixels);
  image.write('BM', 0, 'latin1');
  image.writeUInt32LE(image.length, 2);
  image.writeUInt32LE(headerBytes, 10);
  image.writeUInt32LE(40, 14);
  image.writeInt32LE(side, 18);
  image.writeInt32LE(side, 22);
  image.writeUInt16LE(1, 26);
  image.writeUInt16LE(8 * bytesAPixel, 28);
  image.writeUInt32LE(pixels, 34);
  return image;
}

/** A call that a key or token of the account can make, that costs nothing worth naming and changes nothing. */
export interface ProbeCall {
  /** What it does, as answers name it. */
  readonly name: ProbeName;
  readonly method: 'GET' | 'POST';
  /** With its api-version. */
  readonly path: string;
  /** The header that carries the key. */
  readonly keyHeader: 'api-key' | 'Ocp-Apim-Subscription-Key' | 'Training-Key';
  /** True: beside a key the call names the account's region, but for a global account. */
  readonly namesRegion: boolean;
  readonly body: { readonly type: string; readonly content: string | Uint8Array } | null;
  /** Whether a 200's body is this call's own success: a proxy's page or another service's answer is none. */
  readonly succeeded: (body: unknown) => boolean;
  /** What a token's identity must be allowed: https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning */
  readonly dataAction: string;
  /** Where call and answer are from; `recorded` is a recorded answer of the real service. */
  readonly source: string;
}

const account = 'Microsoft.CognitiveServices/accounts';
const specs = 'https://github.com/Azure/azure-rest-api-specs/blob/main/specification/cognitiveservices/data-plane';
const subscriptionKey = { keyHeader: 'Ocp-Apim-Subscription-Key', namesRegion: false } as const;
const get = { method: 'GET', body: null } as const;

export const probeCalls = {
  'list-models': {
    ...get,
    path: '/openai/models?api-version=2024-10-21',
    keyHeader: 'api-key',
    namesRegion: false,
    succeeded: (body) => Array.isArray(memberOf(body, 'data')),
    dataAction: `${account}/OpenAI/models/read`,
    source: 'https://learn.microsoft.com/rest/api/azureopenai/models/list',
  },
  'detect-language': {
    ...subscriptionKey,
    method: 'POST',
    path: '/language/:analyze-text?api-version=2023-04-01',
    body: json({
      kind: 'LanguageDetection',
      analysisInput: { documents: [{ id: '1', text: 'Hello' }] },
      parameters: { modelVersion: 'latest' },
    }),
    succeeded: (body) =>
      memberOf(body, 'kind') === 'LanguageDetectionResults' &&
      Array.isArray(memberOf(memberOf(body, 'results'), 'documents')),
    dataAction: `${account}/Language/analyze-text/action`,
    source: 'recorded; https://learn.microsoft.com/rest/api/language/text-analysis-runtime/analyze-text',
  },
  'list-transcription-locales': {
    ...subscriptionKey,
    ...get,
    path: '/speechtotext/transcriptions/locales?api-version=2024-11-15',
    succeeded: (body) => Array.isArray(memberOf(body, 'Submit')),
    dataAction: `${account}/SpeechServices/transcriptions/locales/read`,
    source: `${specs}/Speech/SpeechToText/stable/2024-11-15`,
  },
  'read-resource-info': {
    ...subscriptionKey,
    ...get,
    path: '/formrecognizer/info?api-version=2023-07-31',
    succeeded: (body) => typeof memberOf(memberOf(body, 'customDocumentModels'), 'limit') === 'number',
    dataAction: `${account}/FormRecognizer/info/read`,
    source: `recorded; ${specs}/FormRecognizer/stable/2023-07-31`,
  },
  'list-vision-models': {
    ...subscriptionKey,
    ...get,
    path: '/vision/v3.2/models',
    succeeded: (body) => Array.isArray(memberOf(body, 'models')),
    dataAction: `${account}/ComputerVision/models/read`,
    source: `${specs}/ComputerVision/stable/v3.2`,
  },
  // Lists of faces and persons need Microsoft's approval; detection without face ids does not.
  'detect-faces': {
    ...subscriptionKey,
    method: 'POST',
    path: '/face/v1.0/detect?returnFaceId=false',
    body: { type: 'application/octet-stream', content: smallImage() },
    succeeded: (body) => Array.isArray(body),
    dataAction: `${account}/Face/detect/action`,
    source: 'https://learn.microsoft.com/rest/api/face/face-detection-operations/detect',
  },
  'list-blocklists': {
    ...subscriptionKey,
    ...get,
    path: '/contentsafety/text/blocklists?api-version=2024-09-01',
    succeeded: (body) => Array.isArray(memberOf(body, 'value')),
    dataAction: `${account}/ContentSafety/text/blocklists/read`,
    source: 'https://learn.microsoft.com/rest/api/contentsafety/text-blocklists/list-text-blocklists',
  },
  // Its list of languages asks for no key. One character is translated, which is what is paid for.
  'translate-text': {
    keyHeader: 'Ocp-Apim-Subscription-Key',
    namesRegion: true,
    method: 'POST',
    path: '/translator/text/v3.0/translate?api-version=3.0&from=en&to=de',
    body: json([{ Text: 'a' }]),
    succeeded: (body) => Array.isArray(body) && Array.isArray(memberOf(body[0], 'translations')),
    dataAction: `${account}/TextTranslation/translate/action`,
    source:
      'recorded; https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/v3/reference',
  },
  'list-domains': {
    ...get,
    path: '/customvision/v3.3/training/domains',
    keyHeader: 'Training-Key',
    namesRegion: false,
    succeeded: (body) => Array.isArray(body) && typeof memberOf(body[0], 'id') === 'string',
    dataAction: `${account}/CustomVision/domains/read`,
    source: `${specs}/CustomVision/Training/stable/v3.3`,
  },
  'list-term-lists': {
    ...subscriptionKey,
    ...get,
    path: '/contentmoderator/lists/v1.0/termlists',
    succeeded: (body) => Array.isArray(body),
    dataAction: `${account}/ContentModerator/termlists/read`,
    source: `recorded; ${specs}/ContentModerator/stable/v1.0`,
  },
} as const satisfies Record<string, Omit<ProbeCall, 'name'>>;

export type ProbeName = keyof typeof probeCalls;

export const probeNames = Object.keys(probeCalls) as [ProbeName, ...ProbeName[]];

/**
 * Whether a 401 says that the key itself is none: the gateway's recorded answer, the same for every service behind it. The
 * code is not enough: a good key on a wrong kind gets 401 with it too.
 */
export function saysBadKey(body: unknown): boolean {
  const error = memberOf(body, 'error');
  const message = memberOf(error, 'message');
  return memberOf(error, 'code') === '401' && typeof message === 'string' && /invalid subscription key/i.test(message);
}

function json(value: unknown): { readonly type: string; readonly content: string } {
  return { type: 'application/json', content: JSON.stringify(value) };
}

import { describe, expect, it } from 'vitest';
import { privateZoneNames } from '../../src/azure/arm/network-reader.ts';
import { type CloudName, clouds } from '../../src/azure/clouds.ts';
import { type AccountKind, accountKind, accountKinds } from '../../src/keys/account-kinds.ts';
import { keyCall, tokenCall } from '../../src/keys/account-probe.ts';
import { probeCalls, saysBadKey } from '../../src/keys/probe-calls.ts';

const custom = 'https://contoso.cognitiveservices.azure.com/';
const openAi = 'https://contoso.openai.azure.com/';
const regional = 'https://westeurope.api.cognitive.microsoft.com/';
const translator = 'https://api.cognitive.microsofttranslator.com/';
const foundry = 'https://contoso.services.ai.azure.com/';

const rows: readonly (readonly [string, AccountKind])[] = Object.entries(accountKinds);

/** What proves a key at the account's own host, at its region's host, and a token at its own host. */
const proofs: Readonly<Record<keyof typeof accountKinds, readonly [string | null, string | null, string | null]>> = {
  AIServices: ['detect-language', 'detect-language', 'detect-language'],
  OpenAI: ['list-models', 'list-models', 'list-models'],
  CognitiveServices: ['detect-language', 'detect-language', 'detect-language'],
  TextAnalytics: ['detect-language', 'detect-language', 'detect-language'],
  SpeechServices: ['list-transcription-locales', 'list-transcription-locales', 'list-transcription-locales'],
  FormRecognizer: ['read-resource-info', 'read-resource-info', 'read-resource-info'],
  ComputerVision: ['list-vision-models', 'list-vision-models', 'list-vision-models'],
  Face: ['detect-faces', 'detect-faces', 'detect-faces'],
  ContentSafety: ['list-blocklists', null, 'list-blocklists'],
  TextTranslation: ['translate-text', null, 'translate-text'],
  'CustomVision.Training': ['list-domains', 'list-domains', 'list-domains'],
  'CustomVision.Prediction': [null, null, null],
  ImmersiveReader: [null, null, null],
  HealthInsights: [null, null, null],
  ContentModerator: ['list-term-lists', 'list-term-lists', 'list-term-lists'],
  AnomalyDetector: [null, null, null],
  MetricsAdvisor: [null, null, null],
  Personalizer: [null, null, null],
  LUIS: [null, null, null],
  'LUIS.Authoring': [null, null, null],
  QnAMaker: [null, null, null],
};

describe('an account of kind', () => {
  it.each(Object.entries(proofs))('%s is proved by %j', (kind, [atItsOwn, atItsRegion, byToken]) => {
    expect([
      keyCall({ kind, endpoint: custom })?.name ?? null,
      keyCall({ kind, endpoint: regional })?.name ?? null,
      tokenCall({ kind, endpoint: custom })?.name ?? null,
    ]).toEqual([atItsOwn, atItsRegion, byToken]);
  });

  it.each(rows)('%s has a source for what is said of it, and a role with a GUID', (_, { source, roles }) => {
    expect(source).toMatch(/^(recorded; )?https:\/\//);
    expect(roles.length).toBeGreaterThan(0);
    for (const { guid } of roles) expect(guid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it.each(rows)('%s is found in any case, and by no other name', (name, kind) => {
    expect(accountKind(name.toLowerCase())).toBe(kind);
    expect(accountKind(name.toUpperCase())).toBe(kind);
    expect(accountKind(`${name}2`)).toBeNull();
  });
});

describe('the call that proves a key', () => {
  it.each([
    ['of an upgraded account that kept its OpenAI endpoint', 'AIServices', openAi, 'list-models'],
    ['of an account of another case', 'openai', openAi, 'list-models'],
    [
      'in Azure Government',
      'SpeechServices',
      'https://contoso.cognitiveservices.azure.us/',
      'list-transcription-locales',
    ],
    ['in Azure China', 'Face', 'https://chinaeast2.api.cognitive.azure.cn/', 'detect-faces'],
    [
      'at an endpoint with a path, as older accounts have',
      'ComputerVision',
      `${regional}vision/v1.0`,
      'list-vision-models',
    ],
    ['of Translator at its global host', 'TextTranslation', translator, null],
    ['of Translator at the global host of Azure China', 'TextTranslation', 'https://api.translator.azure.cn/', null],
    ["at Foundry's host, which shows no source", 'AIServices', foundry, null],
    ['of a kind that nobody knows', 'ContosoVision', custom, null],
    ['at no host of an AI account', 'AIServices', 'https://contoso.example/', null],
    ['at no address at all', 'AIServices', 'not an address', null],
  ])('%s: kind %s at %s', (_, kind, endpoint, expected) => {
    expect(keyCall({ kind, endpoint })?.name ?? null).toBe(expected);
  });

  it.each(Object.entries(probeCalls))('%s changes nothing, and takes no empty page for its success', (_, call) => {
    // What is posted detects or translates; nothing is put, patched or deleted.
    expect(call.method === 'GET' || /analyze-text|detect|translate/.test(call.path)).toBe(true);
    for (const body of [null, '<html>', {}, { value: 'x' }, { error: { code: '401' } }])
      expect(call.succeeded(body)).toBe(false);
    expect(call.dataAction).toMatch(/^Microsoft\.CognitiveServices\/accounts\/\w+\/.+\/(read|action)$/);
    expect(call.source).toMatch(/https:\/\//);
  });

  it('refuses a key only by the recorded words', () => {
    const message =
      'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key.';
    expect(saysBadKey({ error: { code: '401', message } })).toBe(true);
    // Translator says this of a good key, too, where the region is missing.
    expect(saysBadKey({ error: { code: 401000, message: 'The request is not authorized.' } })).toBe(false);
    expect(saysBadKey({ error: { code: 'PermissionDenied', message } })).toBe(false);
    expect(saysBadKey(null)).toBe(false);
  });

  it('of Face sends an image that Face takes: 36 pixels a side, more than a kilobyte', () => {
    const { content } = probeCalls['detect-faces'].body;
    const image = Buffer.from(content);
    expect(image.toString('latin1', 0, 2)).toBe('BM');
    expect([image.readUInt32LE(2), image.readInt32LE(18), image.readInt32LE(22)]).toEqual([image.length, 36, 36]);
    expect(image.length).toBeGreaterThan(1024);
  });
});

describe('the private DNS zones', () => {
  const suffixes = { public: 'azure.com', usgovernment: 'azure.us', china: 'azure.cn' } as const;
  it.each(rows.flatMap(([kind]) => (Object.keys(suffixes) as CloudName[]).map((cloud) => [kind, cloud] as const)))(
    'of kind %s in cloud %s',
    (kind, cloud) => {
      const end = suffixes[cloud];
      const own = `privatelink.cognitiveservices.${end}`;
      const expected =
        kind === 'OpenAI'
          ? [`privatelink.openai.${end}`]
          : kind === 'AIServices'
            ? [own, `privatelink.openai.${end}`, ...(cloud === 'public' ? ['privatelink.services.ai.azure.com'] : [])]
            : [own];
      expect(privateZoneNames(clouds[cloud])(kind)).toEqual(expected);
    },
  );

  it('of a kind that nobody knows are not guessed', () => {
    expect(privateZoneNames(clouds.public)('ContosoVision')).toBeNull();
  });
});

/** Services refuse a body whose type they do not know before they look at the key: https://learn.microsoft.com/rest/api/face/face-detection-operations/detect. */
it('a call that proves a key sends JSON, or the bytes of an image', () => {
  const types = Object.entries(probeCalls).flatMap(([name, { body }]) => (body === null ? [] : [[name, body.type]]));
  expect(Object.fromEntries(types)).toEqual({
    'detect-language': 'application/json',
    'detect-faces': 'application/octet-stream',
    'translate-text': 'application/json',
  });
});

import { createHttpHeaders, type HttpClient, type PipelineRequest } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { dataPlaneKeyProbe, probeTimeoutMs } from '../../src/azure/ai/key-probe.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

const key = new SecretText('0123456789abcdef0123456789abcdef');
const aiServices = { kind: 'AIServices', endpoint: 'https://ai-contoso.cognitiveservices.azure.com/' };
const openAi = { kind: 'OpenAI', endpoint: 'https://ai-contoso.openai.azure.com/' };

const detected = { kind: 'LanguageDetectionResults', results: { documents: [{ id: '1' }], errors: [] } };
const badKey = {
  error: {
    code: '401',
    message: 'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key.',
  },
};
const wrongKind = {
  error: { code: '401', message: 'The Detect Language Operation is not supported with the current subscription key.' },
};

describe('a probe', () => {
  it.each([
    { account: aiServices, status: 200, body: detected, says: 'accepted' },
    { account: openAi, status: 200, body: { data: [], object: 'list' }, says: 'accepted' },
    { account: aiServices, status: 401, body: badKey, says: 'refused' },
    { account: openAi, status: 401, body: badKey, says: 'refused' },
    { account: aiServices, status: 200, body: '<html>sign in</html>', says: 'unexpected-body' },
    { account: openAi, status: 200, body: detected, says: 'unexpected-body' },
    { account: aiServices, status: 401, body: wrongKind, says: 'http-401' },
    { account: aiServices, status: 401, body: { error: { code: 'PermissionDenied', message: 'x' } }, says: 'http-401' },
    { account: aiServices, status: 401, body: badKey, challenge: 'AzureApiManagementKey realm="x"', says: 'http-401' },
    {
      account: aiServices,
      status: 403,
      body: { error: { code: '403', message: 'Public access is disabled.' } },
      says: 'http-403',
    },
    { account: aiServices, status: 429, body: { error: { code: '429' } }, says: 'http-429' },
    // As recorded: a flat body, and no word of an error.
    {
      account: aiServices,
      status: 403,
      body: { statusCode: 403, message: 'Out of call volume quota. Quota will be replenished in 2 days.' },
      says: 'quota-used-up',
    },
    {
      account: aiServices,
      status: 403,
      body: {
        error: {
          code: '403',
          message: 'The operation is not allowed because the subscription has exceeded its free quota.',
        },
      },
      says: 'quota-used-up',
    },
    { account: aiServices, status: 307, body: '', says: 'http-307' },
    { account: aiServices, status: 503, body: '', says: 'http-503' },
  ])('of kind $account.kind answered $status says $says', async ({ account, status, body, challenge, says }) => {
    const { probe, sent } = probing(status, body, challenge);
    const answer = await probe.call(account, key);
    expect(answer.kind === 'unknown' ? answer.code : answer.kind).toBe(says);
    expect(sent).toHaveLength(1);
  });

  it('lists the models of an OpenAI account, and detects a language elsewhere', async () => {
    const { probe, sent } = probing(503, '');
    for (const account of [openAi, aiServices]) await probe.call(account, key);
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET https://ai-contoso.openai.azure.com/openai/models?api-version=2024-10-21',
      'POST https://ai-contoso.cognitiveservices.azure.com/language/:analyze-text?api-version=2023-04-01',
    ]);
    expect(sent[0]?.headers.get('api-key')).toBe(key.reveal());
    expect(sent[1]?.headers.get('ocp-apim-subscription-key')).toBe(key.reveal());
    expect(sent.map(({ timeout }) => timeout)).toEqual([probeTimeoutMs, probeTimeoutMs]);
  });

  const date = 'Sun, 29 Nov 2026 10:00:00 GMT';
  it.each([
    { asks: { 'retry-after': '17' }, code: 'http-429', retryAfterMs: 17_000 },
    { asks: { 'retry-after': '1296000' }, code: 'quota-used-up', retryAfterMs: 1_296_000_000 },
    { asks: { 'retry-after': '86400', 'retry-after-ms': '250' }, code: 'http-429', retryAfterMs: 250 },
    { asks: { 'x-ms-retry-after-ms': '4000' }, code: 'http-429', retryAfterMs: 4_000 },
    { asks: { date, 'retry-after': 'Sun, 29 Nov 2026 10:00:30 GMT' }, code: 'http-429', retryAfterMs: 30_000 },
    { asks: { date, 'retry-after': 'Mon, 30 Nov 2026 10:00:00 GMT' }, code: 'quota-used-up', retryAfterMs: 86_400_000 },
    { asks: { date, 'retry-after': 'Sun, 29 Nov 2026 09:00:00 GMT' }, code: 'http-429', retryAfterMs: 0 },
    { asks: { 'retry-after': 'Sun, 29 Nov 2026 10:00:30 GMT' }, code: 'http-429' },
    { asks: { 'retry-after': '9'.repeat(30) }, code: 'quota-used-up', retryAfterMs: 4e15 },
    { asks: { date, 'retry-after': '-5' }, code: 'http-429' },
    { asks: { date, 'retry-after': '1.5' }, code: 'http-429' },
    { asks: { 'retry-after': '' }, code: 'http-429' },
  ])('that is throttled tells how long the endpoint asks to be left alone: $asks', async ({ asks, ...says }) => {
    const throttled: HttpClient = {
      sendRequest: async (request) => ({
        request,
        status: 429,
        headers: createHttpHeaders(asks),
        bodyAsText: JSON.stringify({ error: { code: '429' } }),
      }),
    };
    expect(await dataPlaneKeyProbe(clouds.public, throttled).call(aiServices, key)).toEqual({
      kind: 'unknown',
      ...says,
    });
  });

  it('takes a connection of its own for each call', async () => {
    const { probe, sent } = probing(200, detected);
    for (const account of [aiServices, aiServices]) await probe.call(account, key);
    const [first, second] = sent.map(({ agent }) => agent);
    expect(first).toMatchObject({ keepAlive: false });
    expect(second).not.toBe(first);
  });

  it('never throws, and keeps nothing of the error', async () => {
    const failing: HttpClient = { sendRequest: () => Promise.reject(new Error(key.reveal())) };
    const answer = await dataPlaneKeyProbe(clouds.public, failing).call(aiServices, key);
    expect(answer).toEqual({ kind: 'unknown', code: 'no-answer' });
  });

  it.each([
    'http://ai-contoso.cognitiveservices.azure.com/',
    'https://ai-contoso.cognitiveservices.azure.com.example/',
    'https://example/?https://ai-contoso.cognitiveservices.azure.com/',
    'https://evilcognitiveservices.azure.com/',
    'https://ai-contoso.cognitiveservices.azure.com:8443/',
    'https://user@ai-contoso.cognitiveservices.azure.com/',
    'https://ai-contoso.cognitiveservices.azure.us/',
    'not a url',
  ])('sends no key to %s', async (endpoint) => {
    const { probe, sent } = probing(200, detected);
    expect(await probe.call({ kind: 'AIServices', endpoint }, key)).toEqual({
      kind: 'unknown',
      code: 'endpoint-not-azure',
    });
    expect(sent).toEqual([]);
  });

  it('says which kinds it cannot try', async () => {
    const { probe, sent } = probing(200, detected);
    const answer = await probe.call({ kind: 'LUIS', endpoint: aiServices.endpoint }, key);
    expect(answer).toEqual({ kind: 'unknown', code: 'kind-not-probeable' });
    expect(sent).toEqual([]);
  });
});

function probing(status: number, body: unknown, challenge?: string) {
  const sent: PipelineRequest[] = [];
  const httpClient: HttpClient = {
    async sendRequest(request) {
      sent.push(request);
      const headers = createHttpHeaders({
        location: 'https://elsewhere.example/',
        ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
      });
      return { request, status, headers, bodyAsText: typeof body === 'string' ? body : JSON.stringify(body) };
    },
  };
  return { probe: dataPlaneKeyProbe(clouds.public, httpClient), sent };
}

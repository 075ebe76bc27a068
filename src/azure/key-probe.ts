import {
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { type KeyProbe, type ProbeAnswer, quotaUsedUp } from '../keys/ports.ts';
import { countCall, noteCall, requestIds } from '../shared/call-trail.ts';
import type { SecretText } from '../shared/secret-text.ts';
import { accountOrigin } from './account-origin.ts';
import { instant, retryAfterMs } from './azure-answer.ts';
import type { Cloud } from './clouds.ts';
import { isOfPipeline, onFreshConnections, plainPipeline } from './http-stack.ts';
import { saysQuotaUsedUp } from './used-up-quota.ts';

/** A gateway that has not answered by then says nothing; the next call meets another one. */
export const probeTimeoutMs = 10_000;

/** A call that a key of the account's kind can make, costs nothing worth naming and changes nothing. */
interface ProbeCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly keyHeader: string;
  readonly body: unknown;
  /** Whether a 200's body is this call's own success: a proxy's page or another service's answer is none. */
  readonly succeeded: (body: unknown) => boolean;
}

// https://learn.microsoft.com/rest/api/azureopenai/models/list
const listModels: ProbeCall = {
  method: 'GET',
  path: '/openai/models?api-version=2024-10-21',
  keyHeader: 'api-key',
  body: null,
  succeeded: (body) => Array.isArray(member(body, 'data')),
};

// https://learn.microsoft.com/rest/api/language/text-analysis-runtime/analyze-text
const detectLanguage: ProbeCall = {
  method: 'POST',
  path: '/language/:analyze-text?api-version=2023-04-01',
  keyHeader: 'Ocp-Apim-Subscription-Key',
  body: {
    kind: 'LanguageDetection',
    analysisInput: { documents: [{ id: '1', text: 'Hello' }] },
    parameters: { modelVersion: 'latest' },
  },
  succeeded: (body) =>
    member(body, 'kind') === 'LanguageDetectionResults' && Array.isArray(member(member(body, 'results'), 'documents')),
};

/** Which call proves a key, by the account's kind. A language call on kind OpenAI answers 401 to a good key. */
const callsByKind: ReadonlyMap<string, ProbeCall> = new Map([
  ['OpenAI', listModels],
  ['AIServices', detectLanguage],
  ['CognitiveServices', detectLanguage],
  ['TextAnalytics', detectLanguage],
]);

/**
 * Tries keys on an account's own endpoint. Keys go to hosts of the cloud's AI accounts alone, over https, without
 * redirects or retries, each call on a connection of its own.
 */
export function dataPlaneKeyProbe(cloud: Cloud, httpClient: HttpClient): KeyProbe {
  const pipeline = plainPipeline();
  const freshly = onFreshConnections(httpClient);
  return {
    async call({ kind, endpoint }, key) {
      const call = callsByKind.get(kind);
      if (call === undefined) return { kind: 'unknown', code: 'kind-not-probeable' };
      const origin = accountOrigin(endpoint, cloud);
      if (origin === null) return { kind: 'unknown', code: 'endpoint-not-azure' };
      const request = probeRequest(call, origin, key);
      countCall();
      try {
        const response = await pipeline.sendRequest(freshly, request);
        const { status, headers, bodyAsText } = response;
        const told = probeAnswer(call, status, headers.get('www-authenticate') !== undefined, parsed(bodyAsText));
        const pauseMs = retryAfterMs((name) => headers.get(name), instant(headers.get('date')));
        const bodySays = (pattern: RegExp) => pattern.test(bodyAsText ?? '');
        const code = saysQuotaUsedUp({ status, retryAfterMs: pauseMs, bodySays }) ? { code: quotaUsedUp } : {};
        const asked = pauseMs === null ? {} : { retryAfterMs: pauseMs };
        const answer = told.kind === 'unknown' ? { ...told, ...code, ...asked } : told;
        note(request, response, answer);
        return answer;
      } catch (error) {
        if (!isOfPipeline(error)) throw error;
        // The error's text may hold the request: nothing of it is kept.
        const answer = { kind: 'unknown', code: 'no-answer' } as const;
        note(request, null, answer);
        return answer;
      }
    },
  };
}

/** For the evidence. */
function note(request: PipelineRequest, response: PipelineResponse | null, { kind }: ProbeAnswer): void {
  const { host, pathname: path } = new URL(request.url);
  const header = (name: string) => response?.headers.get(name);
  const dateMs = Date.parse(header('date') ?? '');
  noteCall({
    service: 'endpoint',
    method: request.method,
    host,
    path,
    status: response?.status ?? null,
    atMs: Number.isNaN(dateMs) ? null : dateMs,
    said: kind,
    ...requestIds((name) => request.headers.get(name), header),
  });
}

function probeRequest(call: ProbeCall, origin: string, key: SecretText) {
  return createPipelineRequest({
    url: `${origin}${call.path}`,
    method: call.method,
    headers: createHttpHeaders({
      accept: 'application/json',
      [call.keyHeader]: key.reveal(),
      ...(call.body === null ? {} : { 'content-type': 'application/json' }),
    }),
    ...(call.body === null ? {} : { body: JSON.stringify(call.body) }),
    timeout: probeTimeoutMs,
  });
}

function probeAnswer(call: ProbeCall, status: number, hasChallenge: boolean, body: unknown): ProbeAnswer {
  if (status === 200) return call.succeeded(body) ? { kind: 'accepted' } : { kind: 'unknown', code: 'unexpected-body' };
  if (status === 401 && !hasChallenge && isBadKey(member(body, 'error'))) return { kind: 'refused' };
  return { kind: 'unknown', code: `http-${status}` };
}

/** The recorded answer to a bad key. Its code alone is not enough: a good key on a wrong kind gets 401 with it too. */
function isBadKey(error: unknown): boolean {
  const message = member(error, 'message');
  return member(error, 'code') === '401' && typeof message === 'string' && /invalid subscription key/i.test(message);
}

function parsed(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : null;
}

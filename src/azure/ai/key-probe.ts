import {
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { keyCall, kindNotProbeable } from '../../keys/account-probe.ts';
import { type KeyProbe, type ProbeAnswer, quotaUsedUp } from '../../keys/ports.ts';
import { type ProbeCall, saysBadKey } from '../../keys/probe-calls.ts';
import { countCall, noteCall, requestIds } from '../../shared/call-trail.ts';
import { parsedJson } from '../../shared/json.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import { instant, retryAfterMs, saysQuotaUsedUp } from '../azure-answer.ts';
import { accountOrigin, type Cloud } from '../clouds.ts';
import { isOfPipeline, onFreshConnections, plainPipeline } from '../http-stack.ts';

/** A gateway that has not answered by then says nothing; the next call meets another one. */
export const probeTimeoutMs = 10_000;

/** https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/authentication */
const regionHeader = 'Ocp-Apim-Subscription-Region';

/**
 * Tries keys on an account's own endpoint. Keys go to hosts only of the cloud's AI accounts, over https, without
 * redirects or retries, each call on a connection of its own.
 */
export function dataPlaneKeyProbe(cloud: Cloud, httpClient: HttpClient): KeyProbe {
  const pipeline = plainPipeline();
  const freshly = onFreshConnections(httpClient);
  return {
    async call(account, key) {
      const origin = accountOrigin(account.endpoint, cloud);
      if (origin === null) return { kind: 'unknown', code: 'endpoint-not-azure' };
      const call = keyCall(account);
      if (call === null) return { kind: 'unknown', code: kindNotProbeable };
      const location = account.location ?? null;
      if (call.namesRegion && location === null) return { kind: 'unknown', code: 'location-unknown' };
      const request = probeRequest(call, origin, key, location);
      countCall();
      try {
        const response = await pipeline.sendRequest(freshly, request);
        const { status, headers, bodyAsText } = response;
        const told = probeAnswer(call, status, headers.get('www-authenticate') !== undefined, parsedJson(bodyAsText));
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

/** For the audit trail. */
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

function probeRequest(call: ProbeCall, origin: string, key: SecretText, location: string | null) {
  const region = call.namesRegion && location !== null && !isGlobal(location) ? { [regionHeader]: location } : {};
  return createPipelineRequest({
    url: `${origin}${call.path}`,
    method: call.method,
    headers: createHttpHeaders({
      accept: 'application/json',
      [call.keyHeader]: key.reveal(),
      ...region,
      ...(call.body === null ? {} : { 'content-type': call.body.type }),
    }),
    ...(call.body === null ? {} : { body: call.body.content }),
    timeout: probeTimeoutMs,
  });
}

function probeAnswer(call: ProbeCall, status: number, hasChallenge: boolean, body: unknown): ProbeAnswer {
  if (status === 200) return call.succeeded(body) ? { kind: 'accepted' } : { kind: 'unknown', code: 'unexpected-body' };
  if (status === 401 && !hasChallenge && saysBadKey(body)) return { kind: 'refused' };
  return { kind: 'unknown', code: `http-${status}` };
}

/** ARM's location of an account that is in no region. */
function isGlobal(location: string): boolean {
  return location.toLowerCase() === 'global';
}

import {
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { keyCall, kindNotProbeable } from '../../keys/account-probe.ts';
import { type KeyProbe, type ProbeAnswer, quotaUsedUp } from '../../keys/ports.ts';
import { type ProbeCall, saysBadKey } from '../../keys/probe-calls.ts';
import { countCall } from '../../shared/call-trail.ts';
import { parsedJson } from '../../shared/json.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import { azureAnswer, noteRequest, saysQuotaUsedUp } from '../azure-answer.ts';
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
        const answer = probeAnswer(call, response);
        noteRequest('endpoint', request, response, answer.kind);
        return answer;
      } catch (error) {
        if (!isOfPipeline(error)) throw error;
        // The error's text may hold the request: nothing of it is kept.
        noteRequest('endpoint', request, null, 'unknown');
        return { kind: 'unknown', code: 'no-answer' };
      }
    },
  };
}

function probeRequest(call: ProbeCall, origin: string, key: SecretText, location: string | null) {
  // `global`: ARM's location of an account that is in no region.
  const isInRegion = location !== null && location.toLowerCase() !== 'global';
  return createPipelineRequest({
    url: `${origin}${call.path}`,
    method: call.method,
    headers: createHttpHeaders({
      accept: 'application/json',
      [call.keyHeader]: key.reveal(),
      ...(call.namesRegion && isInRegion ? { [regionHeader]: location } : {}),
      ...(call.body === null ? {} : { 'content-type': call.body.type }),
    }),
    ...(call.body === null ? {} : { body: call.body.content }),
    timeout: probeTimeoutMs,
  });
}

function probeAnswer(call: ProbeCall, response: PipelineResponse): ProbeAnswer {
  const { status, headers, bodyAsText } = response;
  const body = parsedJson(bodyAsText);
  if (status === 200 && call.succeeded(body)) return { kind: 'accepted' };
  if (status === 401 && !headers.has('www-authenticate') && saysBadKey(body)) return { kind: 'refused' };
  const answer = azureAnswer(response);
  const { retryAfterMs } = answer;
  const code = saysQuotaUsedUp(answer) ? quotaUsedUp : status === 200 ? 'unexpected-body' : `http-${status}`;
  return { kind: 'unknown', code, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
}

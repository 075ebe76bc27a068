import type { TokenCredential } from '@azure/core-auth';
import { type HttpClient, RestError } from '@azure/core-rest-pipeline';
import { quotaUsedUp, type TokenAnswer, type TokenProbe } from '../keys/ports.ts';
import { FailureError } from '../shared/failure.ts';
import { accountOrigin } from './account-origin.ts';
import type { AzureAnswer } from './azure-answer.ts';
import { azureCall } from './azure-call.ts';
import type { Cloud } from './clouds.ts';
import { onFreshConnections } from './http-stack.ts';
import { scopedCredential } from './scoped-credential.ts';
import { tokenRequest } from './token-request.ts';
import { saysQuotaUsedUp } from './used-up-quota.ts';

type Call = (origin: string) => Promise<void>;

/**
 * Calls accounts with the managed identity's token: detects a language with `@azure/ai-text-analytics`, or lists models
 * where the account's kind has no language. The token goes to hosts of the cloud's AI accounts alone, without retries, each
 * call on a connection of its own.
 */
export function dataPlaneTokenProbe(cloud: Cloud, credential: TokenCredential, httpClient: HttpClient): TokenProbe {
  const { scope } = cloud.cognitive;
  const freshly = onFreshConnections(httpClient);
  const detectLanguage: Call = async (origin) => {
    const { TextAnalyticsClient } = await import('@azure/ai-text-analytics');
    const client = new TextAnalyticsClient(origin, scopedCredential(credential, scope), {
      httpClient: freshly,
      retryOptions: { maxRetries: 0 },
      redirectOptions: { maxRetries: 0 },
    });
    const [result] = await client.detectLanguage(['Hello']);
    if (result === undefined || result.error !== undefined) throw unexpected();
  };
  // https://learn.microsoft.com/rest/api/azureopenai/models/list
  const listModels: Call = async (origin) => {
    const response = await tokenRequest(
      freshly,
      credential,
      { endpoint: origin, scope },
      `${origin}/openai/models?api-version=2024-10-21`,
    );
    if (response.status >= 400) throw new RestError('', { statusCode: response.status, response });
    if (!/"data"\s*:\s*\[/.test(response.bodyAsText ?? '')) throw unexpected();
  };
  const calls: ReadonlyMap<string, Call> = new Map([
    ['OpenAI', listModels],
    ['AIServices', detectLanguage],
    ['CognitiveServices', detectLanguage],
    ['TextAnalytics', detectLanguage],
  ]);

  return {
    async call({ kind, endpoint }) {
      const call = calls.get(kind);
      if (call === undefined) return { kind: 'unknown', code: 'kind-not-probeable' };
      const origin = accountOrigin(endpoint, cloud);
      if (origin === null) return { kind: 'unknown', code: 'endpoint-not-azure' };
      try {
        const { value } = await azureCall<TokenAnswer>({
          service: 'account',
          effect: { kind: 'read' },
          send: async () => {
            await call(origin);
            return { kind: 'accepted' };
          },
          expected: tokenAnswer,
        });
        return value;
      } catch (error) {
        if (!(error instanceof FailureError)) throw error;
        return { kind: 'unknown', code: error.failure.code };
      }
    },
  };
}

function tokenAnswer(answer: AzureAnswer): TokenAnswer {
  const { status, code } = answer;
  if ((status === 401 || status === 403) && code === 'PermissionDenied') {
    const action = answer.missingAction();
    return action === null ? { kind: 'denied' } : { kind: 'denied', action };
  }
  if (answer.bodySays(/custom subdomain/i)) return { kind: 'no-custom-subdomain' };
  if (status === 403 && answer.bodySays(/Public access is disabled|Virtual Network|Firewall/i))
    return { kind: 'network-denied' };
  return { kind: 'unknown', code: saysQuotaUsedUp(answer) ? quotaUsedUp : `http-${status}` };
}

function unexpected(): FailureError {
  return new FailureError({ kind: 'not-applied', code: 'unexpected-body', retryAfterMs: null });
}

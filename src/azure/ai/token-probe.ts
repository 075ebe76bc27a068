import type { TokenCredential } from '@azure/core-auth';
import { type HttpClient, RestError } from '@azure/core-rest-pipeline';
import { kindNotProbeable, tokenCall } from '../../keys/account-probe.ts';
import { quotaUsedUp, type TokenAnswer, type TokenProbe } from '../../keys/ports.ts';
import { asFailure, FailureError, notApplied } from '../../shared/failure.ts';
import { parsedJson } from '../../shared/json.ts';
import { type AzureAnswer, saysQuotaUsedUp } from '../azure-answer.ts';
import { azureRead } from '../azure-call.ts';
import { accountOrigin, type Cloud } from '../clouds.ts';
import { tokenRequest } from '../entra/token-request.ts';
import { onFreshConnections } from '../http-stack.ts';

/**
 * Calls accounts with the managed identity's token, as a key's proof calls them. The token goes to hosts of the cloud's AI
 * accounts only, without retries, each call on a connection of its own.
 */
export function dataPlaneTokenProbe(cloud: Cloud, credential: TokenCredential, httpClient: HttpClient): TokenProbe {
  const { scope } = cloud.cognitive;
  const freshly = onFreshConnections(httpClient);
  return {
    async call(account) {
      const origin = accountOrigin(account.endpoint, cloud);
      if (origin === null) return { kind: 'unknown', code: 'endpoint-not-azure' };
      const call = tokenCall(account);
      if (call === null) return { kind: 'unknown', code: kindNotProbeable };
      const send = async (): Promise<TokenAnswer> => {
        const service = { endpoint: origin, scope };
        const response = await tokenRequest(freshly, credential, service, `${origin}${call.path}`, call);
        const { status, bodyAsText } = response;
        if (status >= 400) throw new RestError('', { statusCode: status, response });
        if (!call.succeeded(parsedJson(bodyAsText))) throw notApplied('unexpected-body');
        return { kind: 'accepted' };
      };
      const answer = await azureRead('account', send, tokenAnswer).catch(asFailure);
      return answer instanceof FailureError ? { kind: 'unknown', code: answer.failure.code } : answer;
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

import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicy,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { onlyTo } from '../azure-call.ts';
import { plainPipeline } from '../http-stack.ts';

/**
 * One request with Keyturn's own token, for what no SDK client asks. Call it within `azureCall`.
 * @param service whose token it is: a `url` of another host is refused
 * @param asked a GET without a body, if it is left out
 */
export async function tokenRequest(
  httpClient: HttpClient,
  credential: TokenCredential,
  service: { readonly endpoint: string; readonly scope: string },
  url: string,
  asked: {
    readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
    readonly body: { readonly type: string; readonly content: string | Uint8Array } | null;
  } = { method: 'GET', body: null },
): Promise<PipelineResponse> {
  const pipeline = plainPipeline();
  pipeline.addPolicy(onlyTo(service.endpoint));
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: service.scope }), {
    afterPolicies: ['only-to'],
  });
  const { method, body } = asked;
  const headers = createHttpHeaders({
    accept: 'application/json',
    ...(body === null ? {} : { 'content-type': body.type }),
  });
  const content = body === null ? {} : { body: body.content };
  return await pipeline.sendRequest(httpClient, createPipelineRequest({ url, method, headers, ...content }));
}

import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicy,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelineResponse,
  proxyPolicy,
} from '@azure/core-rest-pipeline';

/** One GET with Keyturn's own token, for what no SDK client asks. Call it within `azureCall`. */
export async function tokenRequest(
  httpClient: HttpClient,
  credential: TokenCredential,
  scope: string,
  url: string,
): Promise<PipelineResponse> {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(proxyPolicy());
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: scope }));
  const headers = createHttpHeaders({ accept: 'application/json' });
  return await pipeline.sendRequest(httpClient, createPipelineRequest({ url, headers }));
}

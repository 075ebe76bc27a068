import {
  createDefaultHttpClient,
  createEmptyPipeline,
  type HttpClient,
  type Pipeline,
  proxyPolicy,
} from '@azure/core-rest-pipeline';

let made: HttpClient | undefined;

/** The client behind every HTTP request of this process, of SDK clients and of ours: made once, so connections are shared. */
export function socketsHttpClient(): HttpClient {
  made ??= createDefaultHttpClient();
  return made;
}

/**
 * A pipeline for what no SDK client asks: through the proxy that `HTTPS_PROXY` and `NO_PROXY` name, as SDK clients go,
 * without retries, and without following redirects.
 */
export function plainPipeline(): Pipeline {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(proxyPolicy());
  return pipeline;
}

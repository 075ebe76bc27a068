import {
  createDefaultHttpClient,
  createEmptyPipeline,
  type HttpClient,
  isRestError,
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

/**
 * Whether a pipeline threw it: a `RestError`, of whichever copy of the SDK, an abort, or the bare `Error` that its policies
 * throw and nothing of ours does. Anything else, such as a `TypeError`, is a fault of the code, and is never told as Azure's.
 */
export function isOfPipeline(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return isRestError(error) || error.name === 'AbortError' || error.constructor === Error;
}

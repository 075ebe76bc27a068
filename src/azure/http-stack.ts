import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
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
 * A client that makes a connection of its own for each request, so that each meets any node of a gateway. Behind a proxy the
 * proxy's agent does so: an agent of ours would take the request around it.
 */
export function onFreshConnections(httpClient: HttpClient): HttpClient {
  return {
    async sendRequest(request) {
      const isPlain = new URL(request.url).protocol === 'http:';
      const agent = isPlain ? new Agent({ keepAlive: false }) : new TlsAgent({ keepAlive: false });
      try {
        return await httpClient.sendRequest(
          Object.assign(request, { agent: request.agent ?? agent, disableKeepAlive: true }),
        );
      } finally {
        agent.destroy();
      }
    },
  };
}

/**
 * Whether a pipeline threw it: a `RestError`, of whichever copy of the SDK, an abort, or the bare `Error` that its policies
 * throw and nothing of ours does. Anything else, such as a `TypeError`, is a fault of the code, and is never told as Azure's.
 */
export function isOfPipeline(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return isRestError(error) || error.name === 'AbortError' || error.constructor === Error;
}

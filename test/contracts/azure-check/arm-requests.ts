import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
  type HttpMethods,
} from '@azure/core-rest-pipeline';
import { z } from 'zod';

/** An answer with its body as JSON; null where there was none. */
export interface PlainAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Where a long operation is asked after. */
  readonly location?: string | undefined;
}

/** Sends one request with a token. Azure's throttling and broken connections are tried again a few times. */
export type Ask = (method: HttpMethods, url: string, body?: unknown) => Promise<PlainAnswer>;

/** Azure said no: `message` says to what, and in which words. */
export class AzureRefusal extends Error {}

const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** @param scope of the tokens, such as ARM's */
export function askWithToken(credential: TokenCredential, scope: string, wire: HttpClient | null): Ask {
  const pipeline = createPipelineFromOptions({});
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: scope }));
  const httpClient = wire ?? createDefaultHttpClient();
  return async (method, url, body) => {
    const request = createPipelineRequest({
      url,
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeout: 60_000,
    });
    if (body !== undefined) request.headers.set('content-type', 'application/json');
    const { status, bodyAsText, headers } = await pipeline.sendRequest(httpClient, request);
    return { status, body: bodyAsText ? parsed(bodyAsText) : null, location: headers.get('location') };
  };
}

/** The body of an answer that is no refusal. @param what is asked for, in words */
export function accepted(what: string, { status, body }: PlainAnswer): unknown {
  if (status < 300) return body;
  const told = errorBody.safeParse(body);
  const says = told.success ? `${told.data.error.code}: ${told.data.error.message}` : 'without a reason';
  throw new AzureRefusal(`${what} was refused with ${status} ${says}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

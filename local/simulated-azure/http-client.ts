import {
  createHttpHeaders,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
  RestError,
} from '@azure/core-rest-pipeline';
import { ConnectionBroken, NameNotFound } from './faults.ts';
import type { SimulatedAzure } from './simulated-azure.ts';

/**
 * The simulated Azure as the `httpClient` of any Azure SDK client: no socket, same answers.
 *
 * A broken connection becomes the `ECONNRESET` that a socket would give. `abortSignal` and `timeout` (real
 * milliseconds) end the wait as they do on a socket: Azure still does what it was asked. Requests share one
 * connection, as with keep-alive; one that brings its own agent, or forbids keep-alive, gets a fresh connection.
 * @param options.callerAddress where the calls seem to come from, default 203.0.113.10
 */
export function simulatedHttpClient(
  azure: SimulatedAzure,
  options: { readonly callerAddress?: string } = {},
): HttpClient {
  const { callerAddress = '203.0.113.10' } = options;
  const keptAlive = crypto.randomUUID();
  return {
    async sendRequest(request) {
      if (request.abortSignal?.aborted) throw aborted();
      const isFresh = request.disableKeepAlive === true || request.agent !== undefined;
      const connectionId = isFresh ? crypto.randomUUID() : keptAlive;
      const answer = azure.handle(toFetchRequest(request), { callerAddress, connectionId });
      try {
        return await toPipelineResponse(request, await untilAborted(request, answer));
      } catch (error) {
        if (error instanceof NameNotFound) throw new RestError(error.message, { code: 'ENOTFOUND', request });
        if (error instanceof ConnectionBroken) throw new RestError('read ECONNRESET', { code: 'ECONNRESET', request });
        throw error;
      }
    },
  };
}

function toFetchRequest(request: PipelineRequest): Request {
  return new Request(request.url, { method: request.method, headers: [...request.headers], body: bodyOf(request) });
}

function bodyOf({ body, method, url }: PipelineRequest): string | ArrayBuffer | null {
  if (body === undefined || body === null || method === 'GET' || method === 'HEAD') return null;
  if (typeof body === 'string' || body instanceof ArrayBuffer) return body;
  if (ArrayBuffer.isView(body))
    return Uint8Array.from(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)).buffer;
  throw new TypeError(`${method} ${url}: a body that is a stream, form or blob is not carried to the simulated Azure`);
}

async function toPipelineResponse(request: PipelineRequest, response: Response): Promise<PipelineResponse> {
  return {
    request,
    status: response.status,
    headers: createHttpHeaders(Object.fromEntries(response.headers)),
    bodyAsText: await response.text(),
  };
}

/** What `answer` resolves to, unless the caller's signal or timeout comes first. */
async function untilAborted(request: PipelineRequest, answer: Promise<Response>): Promise<Response> {
  const { abortSignal, timeout } = request;
  const ended = Promise.withResolvers<never>();
  const onAbort = () => ended.reject(aborted());
  const timer = timeout > 0 ? setTimeout(onAbort, timeout) : undefined;
  abortSignal?.addEventListener('abort', onAbort);
  // When the caller gives up first, nobody is left to hear how the request ended.
  answer.catch(() => {});
  try {
    return await Promise.race([answer, ended.promise]);
  } finally {
    clearTimeout(timer);
    abortSignal?.removeEventListener('abort', onAbort);
  }
}

function aborted(): DOMException {
  return new DOMException('The operation was aborted.', 'AbortError');
}

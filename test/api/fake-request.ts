import { type HttpMethod, HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { told } from '../secret-scan/run-scan.ts';

export interface RequestParts {
  readonly method?: HttpMethod;
  readonly path?: string;
  readonly params?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** A text is sent as it is; anything else as JSON with its content type. */
  readonly body?: unknown;
}

/** A request as the host hands it to a function. */
export function fakeRequest({
  method = 'POST',
  path = '/api/targets/demo',
  params = { name: 'demo' },
  headers = {},
  body,
}: RequestParts): HttpRequest {
  const json = body !== undefined && typeof body !== 'string';
  return new HttpRequest({
    method,
    url: `http://localhost:7071${path}`,
    params,
    headers: { ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: { string: json ? JSON.stringify(body) : String(body) } }),
  });
}

/** An invocation that writes its log lines into `lines`. */
export function fakeContext(functionName: string, lines: string[] = []): InvocationContext {
  const logHandler = (_level: string, ...texts: unknown[]) => {
    const line = texts.join(' ');
    told('a log line of a function', line);
    lines.push(line);
  };
  return new InvocationContext({ functionName, invocationId: 'invocation', logHandler });
}

/** What a handler answered, with header names as given. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export function toAnswer({ status = 200, headers = {}, jsonBody, body }: HttpResponseInit): Answer {
  told('an answer of a function', JSON.stringify({ status, headers, jsonBody, body }));
  // Through JSON, as the caller gets it.
  const text = typeof body === 'string' ? body : JSON.stringify(jsonBody ?? null);
  return {
    status,
    headers: Object.fromEntries(new Headers(headers)),
    body: JSON.parse(text),
  };
}

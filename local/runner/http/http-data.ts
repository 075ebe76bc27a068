import type { HttpCookie, HttpData, InvocationOutcome, NullableTexts } from '../wire.ts';
import { type Answer, type HostRequest, joined } from './http-exchange.ts';

/**
 * The request as the worker receives it. The body is read only when Content-Length is above 0, so a chunked body arrives empty;
 * repeated query keys, whatever their case, are joined under the last one's name; empty headers are left out (capability
 * IgnoreEmptyValuedRpcHttpHeaders).
 */
export async function toHttpData(request: HostRequest, params: Readonly<Record<string, string>>): Promise<HttpData> {
  const query = new Map<string, string>();
  for (const [name, value] of request.query) {
    const known = [...query.keys()].find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
    const earlier = query.get(known);
    query.delete(known);
    query.set(name, joined(earlier, value));
  }
  const hasBody = Number(request.headers.get('content-length') ?? 0) > 0;
  return {
    url: request.url,
    method: request.method,
    nullableHeaders: wrapped([...request.headers].filter(([, value]) => value !== '')),
    nullableQuery: wrapped([...query]),
    nullableParams: wrapped(Object.entries(params)),
    body: hasBody ? { bytes: await request.body() } : null,
  };
}

function wrapped(entries: readonly (readonly [string, string])[]): NullableTexts {
  return Object.fromEntries(entries.map(([name, value]) => [name, { value }]));
}

/** A failure is an empty 500 that says nothing of the error; no return value is a 204. */
export function toAnswer(outcome: InvocationOutcome): Answer {
  if (!outcome.succeeded) return { status: 500 };
  const http = outcome.returnValue?.http;
  if (http === undefined) return { status: 204 };
  const headers: [string, string][] = Object.entries(http.headers ?? {});
  for (const cookie of http.cookies ?? []) headers.push(['set-cookie', cookieText(cookie)]);
  const body = http.body?.bytes;
  return { status: Number(http.statusCode ?? 200), headers, ...(body === undefined ? {} : { body }) };
}

/** In the order and the lower case of ASP.NET's SetCookieHeaderValue; the path is `/` unless the handler says another. */
function cookieText(cookie: HttpCookie): string {
  const expires = cookie.expires?.value;
  const sameSite = { none: undefined, lax: 'lax', strict: 'strict', explicitNone: 'none' }[cookie.sameSite ?? 'none'];
  return [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    expires && `expires=${new Date(expires.seconds * 1000).toUTCString()}`,
    cookie.maxAge?.value !== undefined && `max-age=${cookie.maxAge.value}`,
    cookie.domain?.value && `domain=${cookie.domain.value}`,
    `path=${cookie.path?.value ?? '/'}`,
    cookie.secure?.value && 'secure',
    sameSite && `samesite=${sameSite}`,
    cookie.httpOnly?.value && 'httponly',
  ]
    .filter(Boolean)
    .join('; ');
}

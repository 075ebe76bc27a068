import type { Exchange } from '../exchange.ts';

/** A JSON answer with the headers that every Entra answer carries. */
export function entraResponse(exchange: Exchange, status: number, body: unknown, cacheControl: string): Response {
  const { headers } = exchange.request;
  const asked = headers.get('client-request-id');
  const echo =
    asked !== null && headers.get('return-client-request-id') === 'true' ? { 'client-request-id': asked } : {};
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'cache-control': cacheControl,
      'content-type': 'application/json; charset=utf-8',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'x-ms-request-id': crypto.randomUUID(),
      'x-ms-ests-server': '2.1.19870.4 - SIMULATED ProdSlices',
      'x-xss-protection': '0',
      ...echo,
    },
  });
}

/** Metadata may be kept for a day. */
export const cacheForADay = 'max-age=86400, private';

/** Tokens and errors may not be kept. */
export const noStore = 'no-store, no-cache';

/**
 * Entra's error body.
 * @param code the number after `AADSTS`
 */
export function entraError(
  exchange: Exchange,
  status: 400 | 401,
  error: string,
  code: number,
  sentence: string,
): Response {
  const { description, ...ids } = describedError(exchange, code, sentence);
  const body = {
    error,
    error_description: description,
    error_codes: [code],
    ...ids,
    error_uri: `https://${exchange.url.host}/error?code=${code}`,
  };
  return entraResponse(exchange, status, body, noStore);
}

/** The sentence as Entra writes it, here and in what a page is sent: with the ids by which Microsoft finds the request. */
export function describedError(exchange: Exchange, code: number, sentence: string) {
  const timestamp = `${new Date(exchange.azure.clock.nowMs()).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const traceId = crypto.randomUUID();
  const correlationId = exchange.request.headers.get('client-request-id') ?? crypto.randomUUID();
  const description = `AADSTS${code}: ${sentence} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`;
  return { description, timestamp, trace_id: traceId, correlation_id: correlationId };
}

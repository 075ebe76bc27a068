import { accessToken, endSession, SessionEnded } from '../sign-in.ts';
import { noteServerTime } from './server-time.ts';

/** A request to the admin API. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `/api/` before it. */
  readonly path: string;
  readonly body?: unknown;
  readonly ifMatch?: string | null;
  readonly ifNoneMatch?: string | null;
  readonly idempotencyKey?: string | null;
}

/** A refusal, as the API writes it, or why there is no answer. */
export interface Problem {
  /** 0: no answer came. */
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly found: string; readonly accepted: string }[];
  readonly risks?: readonly { readonly name: string; readonly text: string }[];
  readonly rotationId?: string;
  readonly fix?: string;
  readonly retryAfterSeconds: number | null;
  /** By which the app's log names the request; null: the answer did not come from the app, or none came. */
  readonly requestId: string | null;
}

export type Answer<Body> =
  | { readonly kind: 'ok'; readonly body: Body; readonly etag: string | null; readonly status: number }
  /** As it was when it had the ETag that was sent. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Longer than the longest that the API takes: twenty seconds of waiting for a share of requests, and the calls themselves. */
const mostSeconds = 90;

/** Sends it, signed in. Never throws: whatever keeps an answer away is a problem with status 0. */
export async function ask<Body>(request: Request, signal?: AbortSignal): Promise<Answer<Body>> {
  const { method, path, body, ifMatch, ifNoneMatch, idempotencyKey } = request;
  const bound = AbortSignal.timeout(mostSeconds * 1000);
  try {
    const response = await fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${await accessToken()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch == null ? {} : { 'if-match': ifMatch }),
        ...(ifNoneMatch == null ? {} : { 'if-none-match': ifNoneMatch }),
        ...(idempotencyKey == null ? {} : { 'idempotency-key': idempotencyKey }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      // What is known is kept here, with its ETag: an answer with targets stays out of the browser's own store.
      cache: 'no-store',
      credentials: 'omit',
      signal: signal === undefined ? bound : AbortSignal.any([signal, bound]),
    });
    noteServerTime(response.headers.get('date'));
    if (response.status === 304) return { kind: 'unchanged' };
    const text = await response.text();
    if (response.ok) {
      const etag = response.headers.get('etag');
      return { kind: 'ok', body: JSON.parse(text) as Body, etag, status: response.status };
    }
    // The token was good when it was taken: whatever changed since, only a new one helps.
    if (response.status === 401) endSession();
    return { kind: 'problem', problem: problemOf(response, text) };
  } catch (error) {
    return { kind: 'problem', problem: unanswered(error) };
  }
}

function problemOf(response: Response, text: string): Problem {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(seconds) ? seconds : null;
  const requestId = response.headers.get('x-request-id');
  if (/\bjson\b/.test(response.headers.get('content-type') ?? ''))
    return { ...(JSON.parse(text) as Problem), retryAfterSeconds, requestId };
  return {
    status: response.status,
    reason: 'no-answer',
    detail: `The app answered with ${response.status} and no reason: it may be starting or stopped. Ask again.`,
    retryAfterSeconds,
    requestId,
  };
}

function unanswered(error: unknown): Problem {
  if (error instanceof SessionEnded)
    return { status: 0, reason: 'session-ended', detail: error.message, retryAfterSeconds: null, requestId: null };
  const isLate = error instanceof DOMException && error.name === 'TimeoutError';
  return {
    status: 0,
    reason: isLate ? 'timeout' : 'unreachable',
    detail: isLate
      ? `No answer within ${mostSeconds} seconds. Whether the request was carried out is not known: look before you send it again.`
      : 'Keyturn did not answer. Check your connection; what is shown may be old.',
    retryAfterSeconds: null,
    requestId: null,
  };
}

import type { HttpResponseInit } from '@azure/functions';
import { clipped, type FieldProblem } from '../shared/field-problem.ts';

/** Reasons that the edges themselves refuse with; the app's own come through as they are. */
type EdgeReason =
  | 'unauthenticated'
  | 'role-missing'
  | 'signing-keys-unavailable'
  | 'unknown-target'
  | 'unknown-rotation'
  | 'idempotency-key-reused'
  | 'invalid-header'
  | 'invalid-query'
  | 'unsupported-content-type'
  | 'body-too-large'
  | 'length-required'
  | 'malformed-json'
  | 'invalid-body'
  | 'unknown-change'
  | 'changed-meanwhile'
  | 'condition-missing'
  | 'plan-blocked'
  | 'plan-not-confirmed'
  | 'leaked-key-not-confirmed'
  | 'settings-refused'
  | 'unexpected-error';

/** A refusal as RFC 9457 shows it. */
export interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 409 | 411 | 412 | 413 | 415 | 422 | 428 | 500 | 502 | 503;
  /** An edge's own reason, or the app's. */
  readonly reason: EdgeReason | (string & Record<never, never>);
  /** One sentence: why, and what to do. */
  readonly detail: string;
  readonly rotationId?: string | undefined;
  /** Of an action: the states in which it would be possible. */
  readonly legalIn?: readonly string[] | undefined;
  readonly errors?: readonly FieldProblem[] | undefined;
  readonly retryAfterMs?: number | null | undefined;
  /** Further members of the problem: the plan that was not confirmed, and its open risks. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Object id of a caller whose token is good and grants no role that is needed: only for the log, never in the answer. */
  readonly caller?: string | undefined;
}

/** Ends a request early; `answering` turns it into the answer. Never leaves an edge. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.reason);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** The refusal of a body, a query or a header for some of its fields. */
export function invalid(what: 'body' | 'query' | 'header', errors: readonly FieldProblem[]): ProblemError {
  const wrong = {
    body: 'The body has fields that are not as they should be',
    query: 'The query has parameters that are not as they should be',
    header: 'A header is not as it should be',
  };
  const detail = `${wrong[what]}: see errors. Nothing was changed.`;
  return new ProblemError({ status: 400, reason: `invalid-${what}`, detail, errors });
}

/** Every status that a refusal has, and its title: HTTP's own phrase, as RFC 9110 and RFC 6585 name it. */
export const problemTitles: Readonly<Record<Problem['status'], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/**
 * The answer for `problem`: `application/problem+json`, `type` a URN that ends in the reason, `Retry-After` in whole
 * seconds rounded up. https://www.rfc-editor.org/rfc/rfc9457
 * @param instance path of the request that met the problem
 */
export function problemAnswer(problem: Problem, instance: string): HttpResponseInit {
  const { status, reason, detail, rotationId, legalIn, errors, retryAfterMs, more } = problem;
  const retryAfter = retryAfterMs == null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  return {
    status,
    headers: { ...problem.headers, ...retryAfter, 'content-type': 'application/problem+json' },
    jsonBody: {
      type: `urn:keyturn:problem:${reason}`,
      title: problemTitles[status],
      status,
      detail,
      instance: clipped(instance),
      reason,
      rotationId,
      legalIn,
      errors: shownErrors(errors),
      ...more,
    },
  };
}

/** More than any body has that is meant well: ten thousand names that are not known would be answered with a megabyte. */
const mostErrors = 50;

function shownErrors(errors: Problem['errors']): Problem['errors'] {
  if (errors === undefined || errors.length <= mostErrors) return errors;
  const left = errors.length - mostErrors;
  const more = {
    field: '…',
    found: `${left} more fields that are not as they should be`,
    accepted: 'what GET …/openapi.json says',
  };
  return [...errors.slice(0, mostErrors), more];
}

import type { HttpRequest } from '@azure/functions';
import type * as z from 'zod';
import { type FieldProblem, fieldProblems, strictMembers } from '../shared/field-problem.ts';
import { invalid, ProblemError } from './problem.ts';

/** Most bodies are a few fields; the longest lists a hundred subnets by their ids. */
const longestBodyBytes = 64 * 1024;

/**
 * The request's body, checked. No body counts as `{}`.
 * @param hidesBody nothing of it stands in a refusal but which of the known fields is wrong
 * @throws ProblemError 411, 413, 415, or 400 for what is no JSON or breaks `schema`
 */
export async function readBody<Body>(request: HttpRequest, schema: z.ZodType<Body>, hidesBody = false): Promise<Body> {
  const parsed = schema.safeParse(await readJson(request), { reportInput: true });
  if (parsed.success) return parsed.data;
  throw invalid('body', hidesBody ? hiddenProblems(parsed.error) : fieldProblems(parsed.error));
}

/** Names that are not known may be the secret itself, written in the wrong place. */
function hiddenProblems({ issues }: z.ZodError): FieldProblem[] {
  return issues.map(({ code, path, message }) => ({
    field: path.join('.'),
    found: code === 'unrecognized_keys' ? 'other members (not shown)' : 'something else (not shown)',
    accepted: code === 'unrecognized_keys' ? `no others than ${message}` : message,
  }));
}

async function readJson(request: HttpRequest): Promise<unknown> {
  // The Functions host drops a body that comes in chunks: taken for none, a request would be carried out without what it asks.
  if (request.headers.has('transfer-encoding')) {
    const detail = 'Send the body with a Content-Length, not in chunks. Nothing was changed.';
    throw new ProblemError({ status: 411, reason: 'length-required', detail });
  }
  if (Number(request.headers.get('content-length') ?? 0) > longestBodyBytes) throw bodyTooLarge();
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > longestBodyBytes) throw bodyTooLarge();
  if (bytes.byteLength === 0) return {};
  if (!/^application\/json *(?:;|$)/i.test(request.headers.get('content-type') ?? '')) {
    const detail = 'Send the body as Content-Type: application/json, or send none.';
    throw new ProblemError({ status: 415, reason: 'unsupported-content-type', detail });
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ProblemError({ status: 400, reason: 'malformed-json', detail: 'The body is not JSON in UTF-8.' });
  }
}

function bodyTooLarge(): ProblemError {
  const detail = `The body may have ${longestBodyBytes} bytes at most.`;
  return new ProblemError({ status: 413, reason: 'body-too-large', detail });
}

/** The request's query parameters, checked. @throws ProblemError 400 for what breaks `schema` */
export function readQuery<Query>(request: HttpRequest, schema: z.ZodType<Query>): Query {
  const parsed = schema.safeParse(Object.fromEntries(request.query), { reportInput: true });
  if (parsed.success) return parsed.data;
  throw invalid('query', fieldProblems(parsed.error, '', 'query parameters'));
}

/** If nothing is asked for, nothing is taken: a `dryRun` that is not known here must not become the real thing. */
export function readNoQuery(request: HttpRequest): null {
  readQuery(request, strictMembers({}, 'no parameters'));
  return null;
}

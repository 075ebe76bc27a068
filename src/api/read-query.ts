import type { HttpRequest } from '@azure/functions';
import type * as z from 'zod';
import { fieldProblems, strictMembers } from '../shared/field-problem.ts';
import { ProblemError } from './problem.ts';

/**
 * The request's query parameters, checked.
 * @throws ProblemError 400 for what breaks `schema`
 */
export function readQuery<Query>(request: HttpRequest, schema: z.ZodType<Query>): Query {
  const parsed = schema.safeParse(Object.fromEntries(request.query), { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new ProblemError({
    status: 400,
    reason: 'invalid-query',
    detail: 'The query has parameters that are not as they should be: see errors. Nothing was changed.',
    errors: fieldProblems(parsed.error, '', 'query parameters'),
  });
}

/** Where nothing is asked for, nothing is taken: a `dryRun` that is not known here must not become the real thing. */
export function readNoQuery(request: HttpRequest): null {
  readQuery(request, strictMembers({}, 'no parameters'));
  return null;
}

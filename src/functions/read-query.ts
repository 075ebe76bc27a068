import type { HttpRequest } from '@azure/functions';
import type * as z from 'zod';
import { fieldProblems, strictMembers } from '../shared/field-problem.ts';
import { ProblemError } from './problem.ts';

/** Where nothing is asked for, nothing is taken: a `dryRun` that is not known here must not become the real thing. */
const nothing = strictMembers({}, 'no parameters');

/**
 * The request's query parameters, checked.
 * @throws ProblemError 400 for what breaks `schema`, or for any parameter without one
 */
export function readQuery<Query>(request: HttpRequest, schema: z.ZodType<Query> | undefined): Query {
  const given = Object.fromEntries(request.query);
  // Without a schema nobody reads the result.
  const parsed = ((schema ?? nothing) as z.ZodType<Query>).safeParse(given, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new ProblemError({
    status: 400,
    reason: 'invalid-query',
    detail: 'The query has parameters that are not as they should be: see errors. Nothing was changed.',
    errors: fieldProblems(parsed.error),
  });
}

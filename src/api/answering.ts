import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { unexpectedError } from '../shared/unexpected-error.ts';
import type { Edge } from './edge.ts';
import type { Endpoint } from './endpoint.ts';
import { inInvocation } from './invocation-log.ts';
import { type Problem, ProblemError, problemAnswer } from './problem.ts';

/** Taken over from the caller when it is short and plain, so that it can stand in a header and in the log. */
const requestIdPattern = /^[0-9A-Za-z._-]{1,128}$/;

/**
 * The frame of every HTTP edge: identify and authorise, then the endpoint's answer, then one log line. Never throws: a `ProblemError`
 * becomes its answer, anything else a 500 that tells nothing of the error but a request id.
 */
export function answering(edge: Edge, endpoint: Endpoint): HttpHandler {
  return (request, context) =>
    inInvocation(context, async () => {
      const asked = request.headers.get('x-request-id') ?? '';
      const requestId = requestIdPattern.test(asked) ? asked : edge.newId();
      let caller: string | null = null;
      let reason: string | null = null;
      let answer: HttpResponseInit;
      try {
        const operator = await edge.authorise(request, endpoint.role);
        caller = operator.objectId;
        answer = await endpoint.answer(request, await edge.app(), operator);
      } catch (error) {
        const problem = toProblem(error, edge, context.functionName);
        reason = problem.reason;
        caller ??= problem.caller ?? null;
        answer = problemAnswer(problem, new URL(request.url).pathname);
      }
      edge.log({
        event: 'request-answered',
        function: context.functionName,
        requestId,
        status: answer.status ?? 200,
        reason,
        operator: caller,
        target: request.params.name ?? null,
      });
      return { ...answer, headers: { ...answer.headers, 'x-request-id': requestId, 'cache-control': 'no-store' } };
    });
}

function toProblem(error: unknown, edge: Edge, functionName: string): Problem {
  if (error instanceof ProblemError) return error.problem;
  edge.log(unexpectedError(functionName, error));
  const detail = 'Keyturn met an error that it does not know. The log has more under the request id.';
  return { status: 500, reason: 'unexpected-error', detail };
}

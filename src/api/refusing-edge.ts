import { randomUUID } from 'node:crypto';
import type { FieldProblem } from '../shared/field-problem.ts';
import type { Edge } from './edge.ts';
import { invocationLog } from './invocation-log.ts';
import { ProblemError } from './problem.ts';

/**
 * Stands in for the edge while the settings are refused, so that every route answers 503 and says which settings are
 * wrong: an entry that throws would leave a host with no functions and a bare 404 everywhere. Since nobody's token can
 * be checked then, the answer holds the fields' names alone.
 */
export function refusingEdge(error: Error & { readonly problems: readonly FieldProblem[] }): Edge {
  return {
    app: () => Promise.reject(error),
    authorise: () => Promise.reject(settingsRefused(error.problems)),
    log: invocationLog,
    newId: randomUUID,
  };
}

function settingsRefused(problems: readonly FieldProblem[]): ProblemError {
  const fields = problems.map(({ field }) => field).join(', ');
  return new ProblemError({
    status: 503,
    reason: 'settings-refused',
    detail: `Keyturn does nothing until these settings are put right: ${fields}. The log of its start says what was found and what is accepted.`,
  });
}

import type { HttpRequest } from '@azure/functions';
import type { App, Operator } from '../app/contract.ts';
import type { FieldProblem } from '../shared/field-problem.ts';
import type { Log } from '../shared/log-event.ts';
import type { AppRole } from './app-role.ts';
import { invocationLog } from './invocation-log.ts';
import { ProblemError } from './problem.ts';

/** What every edge is given. */
export interface Edge {
  /** The app, made when it is first asked for, so that registering loads no Azure SDK. */
  readonly app: () => Promise<App>;
  /** Who asks, when the request's access token is good and grants `role`; otherwise throws `ProblemError`. */
  readonly authorise: (request: HttpRequest, role: AppRole) => Promise<Operator>;
  readonly log: Log;
  readonly newId: () => string;
}

/**
 * Stands in for the edge while the settings are refused, so that every route answers 503 and says which settings are
 * wrong: an entry that throws would leave a host with no functions and a bare 404 everywhere. Since nobody's token can
 * be checked then, the answer holds only the fields' names.
 */
export function refusingEdge(error: Error & { readonly problems: readonly FieldProblem[] }): Edge {
  const fields = error.problems.map(({ field }) => field).join(', ');
  const detail = `Keyturn does nothing until these settings are put right: ${fields}. The log of its start says what was found and what is accepted.`;
  return {
    app: () => Promise.reject(error),
    authorise: () => Promise.reject(new ProblemError({ status: 503, reason: 'settings-refused', detail })),
    log: invocationLog,
    newId: () => crypto.randomUUID(),
  };
}

import type { HttpRequest } from '@azure/functions';
import type { App, Operator } from '../app/contract.ts';
import type { Log } from '../shared/log-event.ts';
import type { AppRole } from './app-role.ts';

/** What every edge is given. */
export interface Edge {
  /** The app, made when it is first asked for, so that registering loads no Azure SDK. */
  readonly app: () => Promise<App>;
  /** Who asks, when the request's access token is good and grants `role`; otherwise throws `ProblemError`. */
  readonly authorise: (request: HttpRequest, role: AppRole) => Promise<Operator>;
  readonly log: Log;
  readonly newId: () => string;
}

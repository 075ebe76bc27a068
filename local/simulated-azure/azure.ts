import type { SimulatedClock } from './clock.ts';
import type { FaultPlan } from './faults.ts';
import type { World } from './world.ts';

/** How a request came in; what a socket would tell. */
export interface Connection {
  readonly callerAddress: string;
  readonly connectionId: string;
}

/** One line of what the simulated Azure was asked and answered; holds no key and no token. */
export interface CallRecord {
  readonly atMs: number;
  readonly method: string;
  readonly host: string;
  /** Path without the query. */
  readonly path: string;
  readonly status: number;
  /** The object id in the caller's token, `key` for a call with an account key, or null. */
  readonly caller: string | null;
  /** The name of the operation as Azure's permission lists write it, such as `Microsoft.CognitiveServices/accounts/regenerateKey/action`. */
  readonly operation: string;
}

/** The simulated Azure: one world, one clock, faults on demand, one way in. */
export interface SimulatedAzure {
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly faults: FaultPlan;
  /** Every call so far, oldest first. */
  readonly calls: readonly CallRecord[];
  /** Answers any request to an Azure host. An unknown request is a 501 that names host, method and path. */
  handle(request: Request, connection: Connection): Promise<Response>;
}

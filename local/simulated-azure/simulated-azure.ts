import type { SimulatedClock } from './clock.ts';
import type { TenantSecrets } from './entra/tenant-secrets.ts';
import type { EventOutlets } from './event-grid/outlets.ts';
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
  /** 0 when the connection was broken instead of answered. */
  readonly status: number;
  /** The object id in the caller's token, `key` for a call with an account key, or null. */
  readonly caller: string | null;
  /** The operation as Azure's permission lists write it, such as `Microsoft.CognitiveServices/accounts/regenerateKey/action`. */
  readonly operation: string;
  /** The id of the secret's version that a vault's call was about, as its audit log has it. */
  readonly secretId?: string;
}

/** What a service notes about the exchange it answers, for the call record. */
export interface CallNote {
  caller: string | null;
  operation: string;
  /** The id of the secret's version that a vault's call was about, as its audit log has it. */
  secretId?: string;
}

/** The simulated Azure: one world, one clock, faults on demand, one way in. */
export interface SimulatedAzure {
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly secrets: TenantSecrets;
  readonly faults: FaultPlan;
  /** How Event Grid reaches its subscribers. */
  readonly outlets: EventOutlets;
  /** Every call so far, oldest first. */
  readonly calls: readonly CallRecord[];
  /** Every token so far, for anyone who looks for them where none may be. */
  readonly issuedTokens: Set<string>;
  /** Answers any request to an Azure host. Rejects with `ConnectionBroken` when a fault takes the reply. */
  handle(request: Request, connection: Connection): Promise<Response>;
}

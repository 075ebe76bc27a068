import type { SimulatedClock } from './clock.ts';
import { type EventOutlets, noOutlets } from './event-grid/outlets.ts';
import type { Exchange, Service } from './exchange.ts';
import { ConnectionBroken, type Fault, type FaultPlan, faultPlan } from './faults.ts';
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
}

/** What a service notes about the exchange it answers, for the call record. */
export interface CallNote {
  caller: string | null;
  operation: string;
}

/** The hosts that one service answers, and the service. */
export interface HostedService {
  readonly host: RegExp;
  /** The cloud that has these hosts; left out: every cloud. */
  readonly cloud?: string;
  readonly service: Service;
}

/** The simulated Azure: one world, one clock, faults on demand, one way in. */
export interface SimulatedAzure {
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly faults: FaultPlan;
  /** How Event Grid reaches its subscribers. */
  readonly outlets: EventOutlets;
  /** Every call so far, oldest first. */
  readonly calls: readonly CallRecord[];
  /** Every token so far, for whoever looks for them where none may be. */
  readonly issuedTokens: Set<string>;
  /** Answers any request to an Azure host. Rejects with `ConnectionBroken` when a fault takes the reply. */
  handle(request: Request, connection: Connection): Promise<Response>;
}

/**
 * Makes a simulated Azure of `world`, in which `services` answer at their hosts (the first match answers).
 * An unknown host is a 501 that names host, method and path; services answer unknown paths of theirs the same way.
 */
export function createSimulatedAzure(options: {
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly services: readonly HostedService[];
  /** Default: no event leaves. */
  readonly outlets?: EventOutlets;
}): SimulatedAzure {
  const { world, clock, services, outlets = noOutlets } = options;
  const calls: CallRecord[] = [];
  const faults = faultPlan();

  const azure: SimulatedAzure = {
    world,
    clock,
    faults,
    outlets,
    calls,
    issuedTokens: new Set(),
    async handle(request, connection) {
      const url = new URL(request.url);
      const note: CallNote = { caller: null, operation: 'unknown' };
      const exchange: Exchange = { request, url, body: await request.text(), note, ...connection, azure };
      const atMs = clock.nowMs();
      const record = (status: number) =>
        calls.push({ atMs, method: request.method, host: url.host, path: url.pathname, status, ...note });
      const answer = async () => {
        const isHere = ({ cloud }: HostedService) => cloud === undefined || cloud === (world.cloud ?? 'public');
        const hosted = services.find((one) => isHere(one) && one.host.test(url.hostname));
        return hosted === undefined ? unknownRequest(exchange) : await hosted.service(exchange);
      };
      try {
        const response = await underFault(faults.take(request.method, `${url.host}${url.pathname}`), answer, clock);
        record(response.status);
        return withDate(response, clock);
      } catch (error) {
        if (error instanceof ConnectionBroken) record(0);
        throw error;
      }
    },
  };
  return azure;
}

/** The loud answer to what this simulation does not know. */
export function unknownRequest(exchange: Exchange): Response {
  const { request, url } = exchange;
  const message = `The simulated Azure does not know ${request.method} https://${url.host}${url.pathname}${url.search}`;
  return Response.json({ error: { code: 'NotSimulated', message } }, { status: 501 });
}

async function underFault(
  fault: Fault | null,
  answer: () => Promise<Response>,
  clock: SimulatedClock,
): Promise<Response> {
  if (fault === null) return await answer();
  switch (fault.kind) {
    case 'fail-before':
      if (fault.status === 0) throw new ConnectionBroken();
      return Response.json({ error: { code: fault.code, message: fault.code } }, { status: fault.status });
    case 'lose-reply':
      await answer();
      throw new ConnectionBroken();
    case 'apply-late':
      void clock.sleep(fault.delayMs).then(answer);
      throw new ConnectionBroken();
    case 'delay':
      await clock.sleep(fault.delayMs);
      return await answer();
    case 'throttle':
      return Response.json(
        { error: { code: 'TooManyRequests', message: 'Throttled on demand.' } },
        { status: 429, headers: { 'retry-after': String(fault.retryAfterSeconds) } },
      );
    case 'answer':
      if (fault.applied) await answer();
      return new Response(fault.body, { status: fault.status, headers: fault.headers });
  }
}

/** Every Azure answer carries `Date`; here it is the simulated clock's. */
function withDate(response: Response, clock: SimulatedClock): Response {
  response.headers.set('date', new Date(clock.nowMs()).toUTCString());
  return response;
}

import type { SimulatedClock } from './clock.ts';
import { processSecrets, type TenantSecrets } from './entra/tenant-secrets.ts';
import { type EventOutlets, noOutlets } from './event-grid/outlets.ts';
import type { Exchange, Service } from './exchange.ts';
import { ConnectionBroken, type Fault, faultPlan } from './faults.ts';
import type { CallNote, CallRecord, SimulatedAzure } from './simulated-azure.ts';
import type { World } from './world.ts';

/** The hosts that one service answers, and the service. */
export interface HostedService {
  readonly host: RegExp;
  /** The cloud that has these hosts; left out: every cloud. */
  readonly cloud?: string;
  readonly service: Service;
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
  /** Default: made by this process. */
  readonly secrets?: TenantSecrets;
}): SimulatedAzure {
  const { world, clock, services, outlets = noOutlets, secrets = processSecrets } = options;
  const calls: CallRecord[] = [];
  const faults = faultPlan();

  const azure: SimulatedAzure = {
    world,
    clock,
    secrets,
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

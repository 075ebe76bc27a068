import { z } from 'zod';
import { deliverEvents } from './event-grid/deliver-events.ts';
import { eventGridOf } from './event-grid/event-grid-world.ts';
import { issuedSecrets } from './issued-secrets.ts';
import { subnetOfCaller } from './network/network-path.ts';
import { resolveName } from './network/resolve-name.ts';
import type { SimulatedAzure } from './simulated-azure.ts';

/*
 * How tests and demos in other processes look into this Azure and change it; only the loopback server serves it.
 *
 *   GET  /_azure                     what it is: process id, simulated time
 *   GET  /_azure/calls?since=N       the calls from the Nth on, and the number to ask from next time
 *   GET  /_azure/faults              rules not yet spent
 *   POST /_azure/faults              adds a rule: {"method", "matches": "regular expression", "fault", "times"}
 *   GET  /_azure/events              every event on its way to a subscriber, arrived or given up
 *   POST /_azure/events              raises and sends what is due now, instead of within a second
 *   GET  /_azure/secrets             every key and token so far, for anyone who looks for them where none may be
 *   GET  /_azure/lookup?name=N&from=A  what name N means to the caller with address A; default of A: the proxy's
 *   GET  /_azure/world/a/b/c         the value there; items of lists are named by place or by `name`
 *   PUT  /_azure/world/a/b/c         sets the value there to the JSON body
 *   POST /_azure/world/a/b           adds the JSON body to the list there
 */

/** Where calls through the proxy come from unless it is told otherwise. */
const proxyCaller = '203.0.113.10';

const fault = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fail-before'), status: z.int(), code: z.string() }),
  z.object({ kind: z.literal('lose-reply') }),
  z.object({ kind: z.literal('apply-late'), delayMs: z.number() }),
  z.object({ kind: z.literal('delay'), delayMs: z.number() }),
  z.object({ kind: z.literal('throttle'), retryAfterSeconds: z.number() }),
  z.object({
    kind: z.literal('answer'),
    applied: z.boolean(),
    status: z.int(),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
  }),
]);
const faultRule = z.object({
  method: z.string(),
  matches: z.string().transform((source) => new RegExp(source)),
  fault,
  times: z.int().positive().default(1),
});

/** Answers a request below `/_azure`; null for any other path. */
export async function answerControl(azure: SimulatedAzure, request: Request): Promise<Response | null> {
  const url = new URL(request.url);
  const [first, room, ...path] = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  if (first !== '_azure') return null;
  try {
    switch (`${request.method} ${room ?? ''}`) {
      case 'GET ':
        return json({ processId: process.pid, nowMs: azure.clock.nowMs(), calls: azure.calls.length });
      case 'GET calls': {
        const since = Number(url.searchParams.get('since') ?? 0);
        return json({ calls: azure.calls.slice(since), next: azure.calls.length });
      }
      case 'GET faults':
        return json(azure.faults.pending.map((rule) => ({ ...rule, matches: rule.matches.source })));
      case 'POST faults':
        azure.faults.add(faultRule.parse(await request.json()));
        return json({ added: true }, 201);
      case 'POST events':
        await deliverEvents(azure);
        return json(deliveriesOf(azure));
      case 'GET events':
        return json(deliveriesOf(azure));
      case 'GET secrets':
        return json(issuedSecrets(azure));
      case 'GET lookup': {
        const from = subnetOfCaller(azure.world, url.searchParams.get('from') ?? proxyCaller);
        return json(resolveName(azure.world, url.searchParams.get('name') ?? '', from));
      }
      case 'GET world':
        return json(find(azure.world, path));
      case 'PUT world': {
        const owner = find(azure.world, path.slice(0, -1));
        Reflect.set(asObject(owner), placeOf(owner, path.at(-1) ?? ''), await request.json());
        return json({ set: path.join('/') });
      }
      case 'POST world': {
        const list = find(azure.world, path);
        if (!Array.isArray(list)) throw new Error(`${path.join('/')} is no list`);
        list.push(await request.json());
        return json({ added: path.join('/') }, 201);
      }
      default:
        return json({ error: `Nothing answers ${request.method} ${url.pathname}.` }, 404);
    }
  } catch (error) {
    return json({ error: error instanceof z.ZodError ? z.prettifyError(error) : String(error) }, 400);
  }
}

/** Without the subscribers' addresses, which hold keys. */
function deliveriesOf({ world }: SimulatedAzure) {
  return eventGridOf(world).deliveries.map(({ subscription, ...delivery }) => ({
    subscription: subscription.name,
    ...delivery,
  }));
}

function find(from: unknown, path: readonly string[]): unknown {
  return path.reduce((value, part) => Reflect.get(asObject(value), placeOf(value, part)), from);
}

/** In a list, a part that is no number is the `name` of an item. */
function placeOf(owner: unknown, part: string): string {
  if (!Array.isArray(owner) || /^\d+$/.test(part)) return part;
  const at = owner.findIndex((item) => asObject(item).name === part);
  if (at < 0) throw new Error(`there is no '${part}'`);
  return String(at);
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('the path leads nowhere');
  return value as Record<string, unknown>;
}

function json(value: unknown, status = 200): Response {
  const text = JSON.stringify(value ?? null, (_, each) => (each instanceof Set ? [...each] : each), 2);
  return new Response(`${text}\n`, { status, headers: { 'content-type': 'application/json' } });
}

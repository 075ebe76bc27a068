import { keyOf } from './http.ts';
import type { Answer, HostRequest } from './http-exchange.ts';
import type { IndexedFunction } from './indexed-function.ts';
import type { Invoke, TriggerInput } from './invoker.ts';
import type { Keys } from './keys.ts';

const text = (status: number, body: string): Answer => ({
  status,
  headers: [['content-type', 'text/plain; charset=utf-8']],
  body,
});

/** Answers `/runtime/webhooks/EventGrid?functionName=<fn>`: both handshakes, and one invocation for each event of a notification. */
export function eventGridWebhook(functions: readonly IndexedFunction[], keys: Keys, invoke: Invoke) {
  return async (request: HostRequest): Promise<Answer> => {
    const functionName = request.query.get('functionName') ?? '';
    const caller = keys.callerOf(keyOf(request));
    if (caller === 'nobody' || caller === 'stranger' || caller === 'function') return { status: 401 };
    if (caller === 'host') return { status: 403 };
    // Unlike routes, the function's name is compared with its case.
    const called = functions.find(({ name }) => name === functionName);
    if (called === undefined) return text(404, `cannot find function: '${functionName}'`);
    // The CloudEvents handshake; the host's answer is this fixed origin, whatever was asked.
    if (request.method === 'OPTIONS')
      return { status: 200, headers: [['webhook-allowed-origin', 'eventgrid.azure.net']] };
    if (request.method !== 'POST') return { status: 400 };

    switch (request.headers.get('aeg-event-type')?.toLowerCase()) {
      case 'subscriptionvalidation':
        return text(200, JSON.stringify({ validationResponse: validationCode(await request.body()) }));
      case 'unsubscribe':
        return { status: 202 };
      case 'notification': {
        const events = eventsIn((await request.body()).toString());
        const outcomes = await Promise.all(events.map((event) => invoke(called, eventGridInput(event))));
        const haveAllSucceeded = outcomes.every(({ succeeded }) => succeeded);
        return haveAllSucceeded
          ? { status: 202 }
          : text(500, `Exception while executing function: Functions.${called.name}`);
      }
      default:
        return { status: 400 };
    }
  };
}

/** The input for one event, handed over verbatim. Throws when `event` is no object. */
export function eventGridInput(event: unknown): TriggerInput {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new Error('An event must be a JSON object.');
  const { data } = event as { data?: unknown };
  return {
    data: { json: JSON.stringify(event) },
    metadata: data === undefined ? {} : { data: { json: JSON.stringify(data) } },
    reason: 'EventGrid trigger fired.',
  };
}

/** Both an array of events and a single one; every item is looked at before any is invoked. */
function eventsIn(body: string): unknown[] {
  const parsed: unknown = JSON.parse(body);
  const events = Array.isArray(parsed) ? parsed : [parsed];
  events.forEach(eventGridInput);
  return events;
}

/** The validation code of the first event; `data` may be an object or a JSON text. */
function validationCode(body: Buffer): unknown {
  const parsed = JSON.parse(body.toString());
  const { data } = Array.isArray(parsed) ? parsed[0] : parsed;
  return (typeof data === 'string' ? JSON.parse(data) : data).validationCode;
}

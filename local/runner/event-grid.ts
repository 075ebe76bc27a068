import { keyOf } from './http/http.ts';
import type { Answer, HostRequest } from './http/http-exchange.ts';
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
        const parsed: unknown = JSON.parse((await request.body()).toString());
        const items: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
        const events = items.filter(isEvent);
        const outcomes = await Promise.all(events.map((event) => invoke(called, eventGridInput(event))));
        // An item that is no object fails the batch, but not before every event in it was handed over.
        if (events.length < items.length) return { status: 500 };
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
  if (!isEvent(event)) throw new Error('An event must be a JSON object.');
  const { data } = event;
  return {
    data: { json: JSON.stringify(event) },
    metadata: data === undefined ? {} : { data: { json: JSON.stringify(data) } },
    reason: 'EventGrid trigger fired.',
  };
}

function isEvent(item: unknown): item is { readonly data?: unknown } {
  return typeof item === 'object' && item !== null && !Array.isArray(item);
}

/** The validation code of the first event; `data` may be an object or a JSON text. */
function validationCode(body: Buffer): unknown {
  const parsed = JSON.parse(body.toString());
  const { data } = Array.isArray(parsed) ? parsed[0] : parsed;
  return (typeof data === 'string' ? JSON.parse(data) : data).validationCode;
}

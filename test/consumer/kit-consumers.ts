import { type AzureKeyCredential, TextAnalyticsClient } from '@azure/ai-text-analytics';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { createHttpHeaders, RestError } from '@azure/core-rest-pipeline';
import type { KeyEvent, KeyPlace, RotatingKey, Time } from '../../consumer/src/contract.ts';
import { rotatingKey } from '../../consumer/src/rotating-key.ts';
import { simulatedHttpClient } from '../../local/simulated-azure/http-client.ts';
import type { MemoryClock } from '../memory-world/memory-clock.ts';
import { rememberedTokens } from '../scenarios/remembered-tokens.ts';
import type { SimulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { timersOf } from './kit-timers.ts';

const callerAddress = '203.0.113.20';
const detectLanguage = 'text/analytics/v3.1/languages';
const documents = [{ id: '1', text: 'Hello' }];

/** An application in the simulated Azure that uses the kit in one of its shapes. */
export interface KitConsumer {
  readonly shape: ShapeName;
  readonly key: RotatingKey;
  readonly events: readonly KeyEvent[];
  requests: number;
  /** What requests were answered besides success. */
  readonly failures: string[];
  /** How often the vault was called so far. */
  readonly vaultCalls: () => number;
  /** One request at this moment. */
  call(): Promise<void>;
}

/** One request with the key: rejects, or resolves with a status. */
type Request = () => Promise<number>;
type Shape = (key: RotatingKey, endpoint: string, keyturn: SimulatedKeyturn) => Request;

/** The shapes of the kit, each on the client that it is meant for. */
const shapes = {
  credential: (key, endpoint, { azure }) => languageClient(endpoint, key.credential, { httpClient: freshly(azure) }),
  policy: (key, endpoint, { azure }) =>
    languageClient(endpoint, key.credential, {
      httpClient: freshly(azure),
      additionalPolicies: [{ policy: key.policy(), position: 'perRetry' }],
    }),
  fetch(key, endpoint, keyturn) {
    const send = key.fetch({ fetch: azureFetch(keyturn) });
    return async () =>
      (
        await send(`${endpoint}${detectLanguage}`, {
          method: 'POST',
          headers: json,
          body: JSON.stringify({ documents }),
        })
      ).status;
  },
  /** As the OpenAI SDK does it: the function before each request, its answer as bearer. */
  apiKey(key, endpoint, keyturn) {
    const send = azureFetch(keyturn);
    return async () =>
      (await send(`${endpoint}openai/v1/models`, { headers: { authorization: `Bearer ${await key.apiKey()}` } }))
        .status;
  },
  /** The same, over the kit's `fetch`. */
  'apiKey and fetch'(key, endpoint, keyturn) {
    const send = key.fetch({ header: 'Authorization', fetch: azureFetch(keyturn) });
    return async () =>
      (await send(`${endpoint}openai/v1/models`, { headers: { authorization: `Bearer ${await key.apiKey()}` } }))
        .status;
  },
  /** A client of its own kind. */
  'current and refused'(key, endpoint, keyturn) {
    const ask = async (value: string) =>
      (await azureFetch(keyturn)(`${endpoint}openai/v1/models`, { headers: { 'api-key': value } })).status;
    return async () => {
      const used = await key.current();
      const status = await ask(used.reveal());
      if (status !== 401) return status;
      const other = await key.refused(used);
      return other === null ? status : await ask(other.reveal());
    };
  },
} as const satisfies Record<string, Shape>;

export type ShapeName = keyof typeof shapes;
export const shapeNames = Object.keys(shapes) as ShapeName[];

const json = { 'content-type': 'application/json' };

/**
 * Time as the kit sees it; what is due fires when the test says so.
 * @param settled waits until the calls that it led to are answered
 */
function timeOf(
  clock: MemoryClock,
  random: () => number,
  settled: () => Promise<void>,
): Time & { fireDue(): Promise<void> } {
  const { time, timers } = timersOf(clock, random);
  return {
    ...time,
    async fireDue() {
      for (const timer of [...timers].sort((one, other) => one.dueAtMs - other.dueAtMs)) {
        if (timer.dueAtMs > clock.monotonicMs() || !timers.delete(timer)) continue;
        timer.act();
        await settled();
      }
    },
  };
}

/**
 * What the kit is given in the simulated Azure in place of the world's vault, credential and time.
 * @param breaks whether a call to the vault fails, for every call
 */
export function simulatedParts(
  { azure, clock, target }: SimulatedKeyturn,
  random: () => number,
  breaks: () => boolean = () => false,
) {
  const reader = azure.world.principals.find(({ name }) => name === 'id-demo-consumer');
  if (reader === undefined) throw new TypeError('the default world has no id-demo-consumer');
  const tokenFor = rememberedTokens(azure, reader);
  let vaultCalls = 0;
  let underWay = 0;
  /** The clock must not jump while a read is under way: one of the pointer is soon followed by one of the key. */
  async function settled(): Promise<void> {
    for (let seen = -1; underWay > 0 || seen !== vaultCalls; ) {
      seen = vaultCalls;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const during = async <T>(answer: Promise<T>): Promise<T> => {
    underWay += 1;
    return await answer.finally(() => {
      underWay -= 1;
    });
  };
  const wire = freshly(azure);
  const httpClient: HttpClient = {
    async sendRequest(request) {
      vaultCalls += 1;
      if (!breaks()) return await during(wire.sendRequest(request));
      if (random() < 0.5) throw new RestError('read ECONNRESET', { code: 'ECONNRESET', request });
      return { request, status: random() < 0.5 ? 503 : 429, headers: createHttpHeaders(), bodyAsText: '' };
    },
  };
  return {
    settled,
    vaultCalls: () => vaultCalls,
    time: timeOf(clock, random, settled),
    vaultUrl: target.vaultUrl,
    credential: {
      // The clients judge the lifetime by the machine's clock, not by the simulated one.
      getToken: async (scopes: string | string[]) => ({
        token: await during(tokenFor(String(scopes).replace(/\/\.default$/, ''))),
        expiresOnTimestamp: Date.now() + 1_000,
      }),
    },
    clientOptions: { httpClient, retryOptions: { maxRetries: 0 } },
  };
}

/** @param breaks whether a call to the vault fails, for every call */
export async function kitConsumer(
  keyturn: SimulatedKeyturn,
  shape: ShapeName,
  place: KeyPlace,
  random: () => number,
  breaks?: () => boolean,
  cacheMs?: number,
): Promise<KitConsumer> {
  const { settled, time, vaultCalls, ...parts } = simulatedParts(keyturn, random, breaks);
  const events: KeyEvent[] = [];
  const cache = cacheMs === undefined ? {} : { cacheMs };
  const key = await rotatingKey({ ...place, ...parts, ...cache, time, onEvent: (event) => events.push(event) });
  const request = shapes[shape](key, 'https://ai-secure-demo.cognitiveservices.azure.com/', keyturn);
  const consumer: KitConsumer = {
    shape,
    key,
    events,
    requests: 0,
    failures: [],
    vaultCalls,
    async call() {
      await time.fireDue();
      consumer.requests += 1;
      try {
        const status = await request();
        if (status !== 200) consumer.failures.push(String(status));
      } catch (error) {
        consumer.failures.push(String(error));
      }
      await settled();
    },
  };
  return consumer;
}

/** Each request on a connection of its own, so that every gateway node is met. */
export function freshly(azure: SimulatedKeyturn['azure']): HttpClient {
  return { sendRequest: (request) => simulatedHttpClient(azure, { callerAddress }).sendRequest(request) };
}

export function azureFetch({ azure }: SimulatedKeyturn): typeof globalThis.fetch {
  return (input, init) => azure.handle(new Request(input, init), { callerAddress, connectionId: crypto.randomUUID() });
}

function languageClient(
  endpoint: string,
  credential: RotatingKey['credential'],
  options: ConstructorParameters<typeof TextAnalyticsClient>[2],
): Request {
  // The client asks for the class and reads only `key`.
  const client = new TextAnalyticsClient(endpoint, credential as AzureKeyCredential, {
    ...options,
    retryOptions: { maxRetries: 0 },
  });
  return async () => {
    const [answer] = await client.detectLanguage(['Hello']);
    return answer?.error === undefined ? 200 : 500;
  };
}

import type { HeaderOption, HiddenKey, KeyPolicy, RotatingKey } from './contract.ts';
import type { KeptKey } from './kept-key.ts';

type Refusable = Pick<KeptKey, 'current' | 'refused'>;

const defaultHeader = 'Ocp-Apim-Subscription-Key';

/** See `RotatingKey.policy`. */
export function keyPolicy(kept: Refusable, { header = defaultHeader }: HeaderOption = {}): KeyPolicy {
  return {
    name: 'keyturnKeyPolicy',
    sendRequest: (request, next) =>
      sendWithKey(kept, canBeSentAgain(request.body), (key) => {
        request.headers.set(header, headerValue(header, key));
        return next(request);
      }),
  };
}

/** See `RotatingKey.fetch`. */
export function keyFetch(
  kept: Refusable,
  { header = defaultHeader, fetch: send = globalThis.fetch }: Parameters<RotatingKey['fetch']>[0] = {},
): typeof globalThis.fetch {
  return (input, init) => {
    const request = typeof input === 'object' && 'headers' in input ? input : null;
    return sendWithKey(kept, canBeSentAgain(init?.body ?? request?.body), (key) => {
      const headers = new Headers(init?.headers ?? request?.headers);
      headers.set(header, headerValue(header, key));
      // A redirect would take the key to whatever host it names.
      return send(input, { ...init, headers, redirect: init?.redirect ?? 'error' });
    });
  };
}

/** One request, and after a 401 a second one with the key that the vault names by then, if there is another. */
async function sendWithKey<Answer extends { readonly status: number; readonly body?: unknown }>(
  kept: Refusable,
  isRepeatable: boolean,
  send: (key: HiddenKey) => Promise<Answer>,
): Promise<Answer> {
  const key = await kept.current();
  const answer = await send(key);
  if (answer.status !== 401) return answer;
  const other = await kept.refused(key);
  if (other === null || !isRepeatable) return answer;
  // What nobody reads would keep its connection.
  if (answer.body instanceof ReadableStream) await answer.body.cancel();
  return await send(other);
}

const headerValue = (header: string, key: HiddenKey) =>
  header.toLowerCase() === 'authorization' ? `Bearer ${key.reveal()}` : key.reveal();

/** Whatever is not read up by sending it; a function makes a body for each try. */
function canBeSentAgain(body: unknown): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === 'string' ||
    typeof body === 'function' ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof FormData ||
    body instanceof URLSearchParams
  );
}

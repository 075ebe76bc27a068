import type { SecretClient } from '@azure/keyvault-secrets';
import { demoCopy, demoSecrets, promises } from './demo-target.ts';

const sentences = ['Good morning, how are you?', 'Guten Morgen, wie geht es dir?', 'Bonjour, comment allez-vous ?'];

/** How one call went: `ok`, an HTTP status, or what broke it. */
export type CallResult = 'ok' | string;

/**
 * A consumer as Keyturn wants it: it reads the pointer, then the key that the pointer names, and caches each for as long
 * as the target says. That is all it knows of rotations.
 * @returns one call of the AI service, as this consumer makes it
 */
export function consumer(secrets: SecretClient): () => Promise<CallResult> {
  const read = async (name: string) => (await secrets.getSecret(name)).value ?? '';
  const endpoint = cached(Number.POSITIVE_INFINITY, () => read(demoSecrets.endpoint));
  const pointer = cached(promises.pointerCacheMs, () => read(demoSecrets.pointer));
  const keys = {
    key1: cached(promises.keyCacheMs, () => read(demoSecrets.key1)),
    key2: cached(promises.keyCacheMs, () => read(demoSecrets.key2)),
  };
  let turn = 0;
  return async () => {
    try {
      const slot = await pointer();
      if (slot !== 'key1' && slot !== 'key2') return 'the pointer names no slot';
      const text = sentences[turn++ % sentences.length];
      const key = await keys[slot]();
      return await called(new URL('text/analytics/v3.1/languages', await endpoint()), {
        method: 'POST',
        headers: { 'ocp-apim-subscription-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ documents: [{ id: '1', text }] }),
      });
    } catch (error) {
      return reasonFor(error);
    }
  };
}

/** An application that knows neither pointer nor slots: it reads its own copy of the key, and has the endpoint in its settings. */
export function copyConsumer(secrets: SecretClient, endpoint: string): () => Promise<CallResult> {
  const key = cached(promises.keyCacheMs, async () => (await secrets.getSecret(demoCopy.secretName)).value ?? '');
  return async () => {
    try {
      const models = new URL('openai/models?api-version=2024-10-21', endpoint);
      return await called(models, { headers: { 'api-key': await key() } });
    } catch (error) {
      return reasonFor(error);
    }
  };
}

async function called(url: URL, init: RequestInit): Promise<CallResult> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(promises.longestRequestMs) });
  await response.arrayBuffer();
  return response.ok ? 'ok' : String(response.status);
}

/** What `read` gave, for `lifetimeMs` from the moment it was asked: while the answer was under way it aged too. */
function cached(lifetimeMs: number, read: () => Promise<string>): () => Promise<string> {
  let held: { readonly value: string; readonly askedAtMs: number } | null = null;
  return async () => {
    const askedAtMs = performance.now();
    if (held === null || askedAtMs - held.askedAtMs >= lifetimeMs) held = { value: await read(), askedAtMs };
    return held.value;
  };
}

/** A status or an error's class; never a message, which could hold what was sent. */
function reasonFor(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'statusCode' in error && error.statusCode !== undefined ? `vault ${error.statusCode}` : error.name;
}

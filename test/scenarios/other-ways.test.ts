/** What a rotation costs the applications that use the key: Keyturn beside two other ways. README shows the figures. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cachedConsumer } from './cached-consumer.ts';
import { rememberedTokens } from './remembered-tokens.ts';
import { currentKey, type SimulatedKeyturn, simulatedKeyturn } from './simulated-keyturn.ts';
import { operator, rowOf } from './steered-rotation.ts';

const secret = 'ai-services-key';
const secondMs = 1_000;
const minuteMs = 60_000;
/**
 * Each asks every 10 s for two and a half hours. Their caches of half an hour run out one after the other, the first one a second
 * after the rotation begins.
 */
const crowd = { size: 12, everyMs: 10 * secondMs, forMs: 150 * minuteMs, cacheMs: 30 * minuteMs };

/** One rotation, begun at once; `pass` lets the applications go on for so long. */
type Way = (keyturn: SimulatedKeyturn, pass: (ms: number) => Promise<void>) => Promise<void>;

const ways: Record<string, Way> = {
  /** `az cognitiveservices account keys regenerate`, `az keyvault secret set`: of the key in use. */
  async 'a script'(keyturn) {
    await regenerate(keyturn, 'key1');
    await store(keyturn, currentKey(keyturn.account, 'key1'));
  },
  /** What Microsoft's template for two sets of credentials does: the other key, into the one secret, at once. */
  async 'the template'(keyturn) {
    await regenerate(keyturn, 'key2');
    await store(keyturn, currentKey(keyturn.account, 'key2'));
  },
  async Keyturn(keyturn, pass) {
    const { app, journal, clock } = keyturn;
    expect(await app.startRotation('demo', { inactiveKeyUnused: true }, operator)).toMatchObject({ kind: 'started' });
    for (;;) {
      const next = journal.queue.toSorted((one, other) => one.dueAtMs - other.dueAtMs)[0];
      if (next === undefined) break;
      journal.queue.splice(journal.queue.indexOf(next), 1);
      await pass(next.dueAtMs - clock.nowMs());
      await app.advance(next.wakeUp);
    }
    expect(rowOf(journal).lastEnd).toMatchObject({ outcome: 'completed' });
  },
};

/** How many requests there were, and how many of them failed. */
async function failuresOf(way: Way) {
  const keyturn = simulatedKeyturn(
    {
      layout: { kind: 'direct', directSecretName: secret },
      policy: {
        overlapMs: 2 * 60 * minuteMs,
        keyCacheMs: crowd.cacheMs,
        pointerCacheMs: 0,
        longestRequestMs: minuteMs,
      },
    },
    // New keys are refused for up to 30 s: https://github.com/Azure/azure-cli/issues/29674
    { world: { pace: { newKeyAcceptedMs: 30 * secondMs, oldKeyAcceptedMs: 30 * secondMs } } },
  );
  const { clock } = keyturn;
  let asked = 0;
  const ask = async (key: string) => new Set([await statusOf(keyturn, key, `consumer-${asked++}`)]);
  await keyturn.app.adopt('demo', { activeSlot: 'key1' }, operator);
  clock.advance(keyturn.target.policy.overlapMs + minuteMs);
  const consumers = Array.from({ length: crowd.size }, () => cachedConsumer(keyturn, 'direct', ask));

  const turnMs = crowd.cacheMs / crowd.size;
  for (const [index, consumer] of consumers.entries()) {
    await consumer.call();
    clock.advance(index === crowd.size - 1 ? turnMs - secondMs : turnMs);
  }
  const before = consumers.reduce((sum, { requests }) => sum + requests, 0);
  const beganAtMs = clock.nowMs();
  let nextMs = beganAtMs + secondMs;
  const catchUp = async () => {
    for (; nextMs <= clock.nowMs(); nextMs += crowd.everyMs) for (const consumer of consumers) await consumer.call();
  };
  const pass = async (ms: number) => {
    const untilMs = clock.nowMs() + ms;
    while (clock.nowMs() < untilMs) {
      clock.advance(Math.min(nextMs, untilMs) - clock.nowMs());
      await catchUp();
    }
  };
  keyturn.afterEachCall(catchUp);
  await way(keyturn, pass);
  await pass(beganAtMs + crowd.forMs - clock.nowMs());
  const requests = consumers.reduce((sum, consumer) => sum + consumer.requests, 0) - before;
  return { requests, failed: consumers.reduce((sum, { failures }) => sum + failures.length, 0) };
}

async function statusOf({ azure }: SimulatedKeyturn, key: string, connectionId: string): Promise<number> {
  const request = new Request('https://ai-secure-demo.cognitiveservices.azure.com/text/analytics/v3.1/languages', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'ocp-apim-subscription-key': key },
    body: JSON.stringify({ documents: [{ id: '1', text: 'Hello' }] }),
  });
  return (await azure.handle(request, { callerAddress: '203.0.113.20', connectionId })).status;
}

async function regenerate(keyturn: SimulatedKeyturn, slot: 'key1' | 'key2') {
  const { armId } = keyturn.target.account;
  const url = `https://management.azure.com${armId}/regenerateKey?api-version=2025-06-01`;
  await send(keyturn, 'https://management.azure.com', url, 'POST', { keyName: slot === 'key1' ? 'Key1' : 'Key2' });
}

async function store(keyturn: SimulatedKeyturn, value: string) {
  const url = `https://kv-ai102-secure.vault.azure.net/secrets/${secret}?api-version=7.4`;
  await send(keyturn, 'https://vault.azure.net', url, 'PUT', { value });
}

async function send({ azure }: SimulatedKeyturn, audience: string, url: string, method: string, body: unknown) {
  const identity = azure.world.principals.find(({ name }) => name === 'func-keyturn');
  if (identity === undefined) throw new TypeError('the default world has no func-keyturn');
  const token = await rememberedTokens(azure, identity)(audience);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const request = new Request(url, { method, headers, body: JSON.stringify(body) });
  const { status } = await azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'script' });
  expect(status).toBe(200);
}

describe('a rotation under applications that cache the key for half an hour', () => {
  it.each(Object.entries(ways))('by %s fails as many requests as README says', async (name, way) => {
    const { requests, failed } = await failuresOf(way);
    const [, of, ...cells] =
      /^\| failed requests, of ([\d,]+)[^|]*\| ([\d,]+) \| ([\d,]+) \| \**([\d,]+)\** \|$/m.exec(
        readFileSync('README.md', 'utf8'),
      ) ?? [];
    const shown = cells[Object.keys(ways).indexOf(name)];
    expect({ requests, failed }).toEqual({ requests: numberOf(of), failed: numberOf(shown) });
    if (name === 'Keyturn') expect(failed).toBe(0);
  });
});

function numberOf(text = ''): number {
  return Number(text.replaceAll(',', ''));
}

import { createPipelineRequest, type HttpClient } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { manualClock } from '../../local/simulated-azure/clock.ts';
import type { Exchange } from '../../local/simulated-azure/exchange.ts';
import { simulatedHttpClient } from '../../local/simulated-azure/http-client.ts';
import { worldOf } from './entra/entra-world.ts';

const url = 'https://echo.contoso.com/path?a=1';

function open() {
  const clock = manualClock(0);
  const seen: Exchange[] = [];
  const azure = createSimulatedAzure({
    world: worldOf(),
    clock,
    services: [
      {
        host: /^echo\.contoso\.com$/,
        service: (exchange) => {
          seen.push(exchange);
          return new Response(exchange.body, { status: 201, headers: { 'x-kind': exchange.request.method } });
        },
      },
    ],
  });
  return { azure, clock, seen, client: simulatedHttpClient(azure) };
}

const send = (client: HttpClient, over: Partial<Parameters<typeof createPipelineRequest>[0]> = {}) =>
  client.sendRequest(createPipelineRequest({ url, method: 'POST', body: 'hello', ...over }));

describe('simulatedHttpClient', () => {
  it('carries method, headers and body there, and status, headers and body back', async () => {
    const { client } = open();
    const answer = await send(client);
    expect(answer).toMatchObject({ status: 201, bodyAsText: 'hello' });
    expect(answer.headers.get('x-kind')).toBe('POST');
  });

  it('keeps one connection, and opens a fresh one if keep-alive is forbidden', async () => {
    const { client, seen } = open();
    await send(client);
    await send(client);
    await send(client, { disableKeepAlive: true });
    const [first, second, third] = seen.map(({ connectionId }) => connectionId);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('a lost reply is a reset connection, and the request was served', async () => {
    const { azure, client, seen } = open();
    azure.faults.add({ method: 'POST', matches: /echo/, times: 1, fault: { kind: 'lose-reply' } });
    await expect(send(client)).rejects.toMatchObject({ name: 'RestError', code: 'ECONNRESET' });
    expect(seen).toHaveLength(1);
  });

  it.each(['timeout', 'abort'] as const)('a %s ends the wait; the request is served all the same', async (by) => {
    const { azure, client, clock, seen } = open();
    azure.faults.add({ method: 'POST', matches: /echo/, times: 1, fault: { kind: 'delay', delayMs: 60_000 } });
    const caller = new AbortController();
    const answer = send(client, by === 'timeout' ? { timeout: 1 } : { abortSignal: caller.signal });
    if (by === 'abort') caller.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await clock.advance(60_000);
    expect(seen).toHaveLength(1);
  });

  it('sends nothing for a request that was aborted before', async () => {
    const { azure, client } = open();
    await expect(send(client, { abortSignal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect(azure.calls).toEqual([]);
  });
});

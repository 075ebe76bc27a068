import { createHttpHeaders, type HttpClient, type PipelineRequest } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { dataPlaneTokenProbe } from '../../src/azure/ai/token-probe.ts';
import { clouds } from '../../src/azure/clouds.ts';

const endpoint = 'https://ai-contoso.cognitiveservices.azure.com/';

describe('a call with the token', () => {
  it.each(['AIServices', 'OpenAI'])('takes a connection of its own, so that it meets any node: %s', async (kind) => {
    const agents: PipelineRequest['agent'][] = [];
    const httpClient: HttpClient = {
      sendRequest: async (request) => {
        agents.push(request.agent);
        return { request, status: 503, headers: createHttpHeaders(), bodyAsText: '' };
      },
    };
    const credential = { getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const probe = dataPlaneTokenProbe(clouds.public, credential, httpClient);
    for (const account of [
      { kind, endpoint },
      { kind, endpoint },
    ])
      await probe.call(account);
    expect(agents).toEqual([
      expect.objectContaining({ keepAlive: false }),
      expect.objectContaining({ keepAlive: false }),
    ]);
    expect(agents[1]).not.toBe(agents[0]);
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { credential } from '../../src/azure/credential.ts';

const scope = 'https://management.azure.com/.default';
const query = { 'api-version': '2019-08-01', resource: 'https://management.azure.com' };

/** App Service's identity endpoint: https://learn.microsoft.com/azure/app-service/overview-managed-identity */
const queries: Record<string, string>[] = [];
const endpoint = createServer((request, response) => {
  const asked = Object.fromEntries(new URL(request.url ?? '/', 'http://127.0.0.1').searchParams);
  queries.push(asked);
  const isKnown = asked.client_id !== 'client-of-nobody';
  const token = {
    access_token: 'token-of-contoso',
    expires_on: '4102444800',
    resource: asked.resource,
    token_type: 'Bearer',
  };
  response
    .writeHead(isKnown ? 200 : 400, { 'content-type': 'application/json' })
    .end(JSON.stringify(isKnown ? token : { statusCode: 400, message: 'words-of-contoso' }));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'header-of-contoso');
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']) {
    vi.stubEnv(name, '');
    vi.stubEnv(name.toLowerCase(), '');
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  endpoint.closeAllConnections();
  await new Promise((resolve) => endpoint.close(resolve));
});

describe('the managed identity', () => {
  it.each([
    { says: 'the system-assigned one', clientId: null, asked: query },
    { says: 'a user-assigned one', clientId: 'client-of-contoso', asked: { ...query, client_id: 'client-of-contoso' } },
  ])('is $says', async ({ clientId, asked }) => {
    queries.length = 0;
    expect((await credential(clientId).getToken(scope))?.token).toBe('token-of-contoso');
    expect(queries).toEqual([asked]);
  });

  it('is unavailable when its endpoint refuses, and the endpoint’s words stay inside', async () => {
    const thrown = await credential('client-of-nobody')
      .getToken(scope)
      .catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ failure: { kind: 'not-applied', code: 'token-unavailable', retryAfterMs: null } });
    expect(inspect(thrown)).not.toContain('of-contoso');
  });
});

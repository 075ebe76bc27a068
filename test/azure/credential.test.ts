import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { credential } from '../../src/azure/entra/credential.ts';

const scope = 'https://management.azure.com/.default';
const query = { 'api-version': '2019-08-01', resource: 'https://management.azure.com' };

const says = (status: number, message: string) => ({ status, body: { statusCode: status, message } });

/** What it answers, by the client id asked for. */
const refusals: Readonly<Record<string, { readonly status: number; readonly body: object }>> = {
  unassigned: says(
    400,
    'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
  ),
  'one-of-many': says(400, 'Unable to load the proper Managed Identity.'),
  'unassigned-before': says(400, 'No MSI found for specified ClientId/ResourceId.'),
  'on-a-virtual-machine': { status: 400, body: { error: 'invalid_request', error_description: 'Identity not found' } },
  'wrong-resource': {
    status: 400,
    body: { error: 'invalid_resource', error_description: 'AADSTS500011: words-of-contoso' },
  },
  'wrong-header': says(401, 'words-of-contoso'),
  'in-trouble': says(403, 'No User Assigned or Delegated Managed Identity found: words-of-contoso'),
};

/** App Service's identity endpoint: https://learn.microsoft.com/azure/app-service/overview-managed-identity */
const queries: Record<string, string>[] = [];
const endpoint = createServer((request, response) => {
  const asked = Object.fromEntries(new URL(request.url ?? '/', 'http://127.0.0.1').searchParams);
  queries.push(asked);
  const refusal = refusals[asked.client_id ?? ''];
  const token = {
    access_token: 'token-of-contoso',
    expires_on: '4102444800',
    resource: asked.resource,
    token_type: 'Bearer',
  };
  response
    .writeHead(refusal?.status ?? 200, { 'content-type': 'application/json' })
    .end(JSON.stringify(refusal?.body ?? token));
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

  it.each(['unassigned', 'one-of-many', 'unassigned-before', 'on-a-virtual-machine'])(
    'is not found when its endpoint says so of the client id %s',
    async (clientId) => {
      const thrown = await refusalOf(clientId);
      expect(thrown).toMatchObject({ failure: { kind: 'refused', reason: 'identity-not-found' } });
      expect(inspect(thrown)).not.toMatch(/for specified|proper Managed|Identity not found/);
    },
  );

  it.each(['wrong-resource', 'wrong-header', 'in-trouble'])(
    'gives no token for now when its endpoint refuses otherwise (%s), and the endpoint’s words stay inside',
    async (clientId) => {
      const thrown = await refusalOf(clientId);
      expect(thrown).toMatchObject({ failure: { kind: 'not-applied', code: 'token-unavailable', retryAfterMs: null } });
      expect(inspect(thrown)).not.toContain('of-contoso');
    },
  );
});

async function refusalOf(clientId: string): Promise<unknown> {
  return await credential(clientId)
    .getToken(scope)
    .catch((reason: unknown) => reason);
}

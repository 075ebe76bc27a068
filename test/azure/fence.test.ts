import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { type Fence, requestTimeoutMs } from '../../src/shared/fence.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { heldServer, type Reply } from './held-server.ts';

const account = parseAccountId(
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-contoso',
);
if (account === null) throw new TypeError();

const keys = JSON.stringify({ key1: 'first-key-of-contoso', key2: 'second-key-of-contoso' });
const bothKeys = answer(200, keys);
const ways = [
  { via: 'direct', host: 'localhost' },
  { via: 'proxy', host: 'management.contoso.test' },
] as const;

const trusted = getCACertificates();
beforeEach(() => {
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']) {
    vi.stubEnv(name, '');
    vi.stubEnv(name.toLowerCase(), '');
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  setDefaultCACertificates(trusted);
});

describe.each(ways)('a fenced write, $via', ({ via, host }) => {
  const open = (reply: (request: string) => Reply) => heldServer({ host, via, reply });

  it('sends nothing when the fence is lost while the connection is made', async () => {
    await using server = await open(() => bothKeys);
    let holds = true;
    const call = accountsAt(server, () => holds).regenerate(account, 'key2');
    const outcome = expect(call).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'fence-lost' } });
    await server.knocked;
    holds = false;
    server.open();
    await outcome;
    await server.quiet();
    expect(server.requests).toEqual([]);
  });

  it('does not even connect when the fence is lost before', async () => {
    await using server = await open(() => bothKeys);
    server.open();
    const call = accountsAt(server, () => false).regenerate(account, 'key2');
    await expect(call).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'fence-lost' } });
    expect(server.connections()).toBe(0);
  });

  it('leaves while the fence holds, each on a connection of its own', async () => {
    await using server = await open(() => bothKeys);
    server.open();
    const accounts = accountsAt(server, () => true);
    for (const slot of ['key1', 'key2'] as const) {
      expect((await accounts.regenerate(account, slot)).key2.reveal()).toBe('second-key-of-contoso');
    }
    expect(server.requests.map((request) => /"keyName":"\w+"/.exec(request)?.[0])).toEqual([
      '"keyName":"Key1"',
      '"keyName":"Key2"',
    ]);
    expect(server.connections()).toBe(2);
  });

  it('is no matter for reads', async () => {
    await using server = await open(() => bothKeys);
    server.open();
    const { key1 } = await accountsAt(server, () => false).listKeys(account);
    expect(key1.reveal()).toBe('first-key-of-contoso');
  });

  it.each([
    { says: 'breaks the connection', reply: 'reset', failure: { kind: 'outcome-unknown', code: 'ECONNRESET' } },
    {
      says: 'answers 503 with Retry-After',
      reply: answer(503, error('ServerTimeout'), 'retry-after: 0'),
      failure: { kind: 'outcome-unknown', code: 'ServerTimeout' },
    },
    { says: 'answers 500', reply: answer(500, ''), failure: { kind: 'outcome-unknown', code: 'http-500' } },
    {
      says: 'redirects',
      reply: answer(307, '', 'location: /elsewhere'),
      failure: { kind: 'not-applied', code: 'http-307', retryAfterMs: null },
    },
    {
      says: 'throttles',
      reply: answer(429, error('TooManyRequests'), 'retry-after: 0'),
      failure: { kind: 'not-applied', code: 'TooManyRequests', retryAfterMs: 0 },
    },
    { says: 'answers 202', reply: answer(202, keys), failure: { kind: 'outcome-unknown', code: 'http-202' } },
    {
      says: 'answers one key',
      reply: answer(200, '{"key1":"first-key-of-contoso"}'),
      failure: { kind: 'outcome-unknown', code: 'keys-missing' },
    },
    {
      says: 'answers no JSON',
      reply: answer(200, 'first-key-of-contoso'),
      failure: { kind: 'outcome-unknown', code: 'http-200' },
    },
  ] as const)('is sent once, and tells no key, when the server $says', async ({ reply, failure }) => {
    await using server = await open(() => reply);
    server.open();
    const thrown = await accountsAt(server, () => true)
      .regenerate(account, 'key1')
      .catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ failure });
    expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain('of-contoso');
    expect(server.requests).toHaveLength(1);
  });

  it('is not applied when it times out before the connection stands, and nothing follows', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using server = await open(() => bothKeys);
    const call = accountsAt(server, () => true).regenerate(account, 'key1');
    const outcome = expect(call).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'timeout' } });
    await server.knocked;
    vi.advanceTimersByTime(requestTimeoutMs);
    await outcome;
    server.open();
    await server.quiet();
    expect(server.requests).toEqual([]);
  });

  it('may be applied when it times out after it was sent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using server = await open(() => null);
    server.open();
    const call = accountsAt(server, () => true).regenerate(account, 'key1');
    const outcome = expect(call).rejects.toMatchObject({ failure: { kind: 'outcome-unknown', code: 'timeout' } });
    await server.asked;
    vi.advanceTimersByTime(requestTimeoutMs);
    await outcome;
  });
});

describe('a fenced write through a proxy', () => {
  it('is not applied when the proxy refuses, whatever status it says', async () => {
    await using server = await heldServer({
      host: 'management.contoso.test',
      via: 'proxy',
      reply: () => bothKeys,
      connectStatus: 502,
    });
    const call = accountsAt(server, () => true).regenerate(account, 'key1');
    await expect(call).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'PROXY_REFUSED' } });
  });

  it('stops between Key Vault’s challenge and the secret', async () => {
    let holds = true;
    await using server = await heldServer({
      host: 'kv.contoso.test',
      via: 'proxy',
      reply: () => {
        holds = false;
        const challenge = 'Bearer authorization="https://login.contoso.test/t", resource="https://contoso.test"';
        return answer(401, error('Unauthorized'), `www-authenticate: ${challenge}`);
      },
    });
    server.open();
    vi.stubEnv('HTTPS_PROXY', server.proxyUrl);
    const secrets = accessAt(server.url).secrets(server.url, () => holds);
    const value = new SecretText('first-key-of-contoso');
    const call = secrets.store({ name: 'ai-key1', value, contentType: null, tags: {}, expiresAtMs: null });
    await expect(call).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'fence-lost' } });
    await server.quiet();
    expect(server.requests).toHaveLength(1);
    expect(server.requests.join()).not.toContain('first-key-of-contoso');
  });
});

describe('without a token', () => {
  it('a write is not applied, and the identity endpoint’s words stay inside', async () => {
    await using server = await heldServer({ host: 'localhost', via: 'direct', reply: () => bothKeys });
    const failing = { getToken: () => Promise.reject(new Error('first-key-of-contoso')) };
    const thrown = await accessAt(server.url, failing)
      .accounts(() => true)
      .regenerate(account, 'key1')
      .catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ failure: { kind: 'not-applied', code: 'token-unavailable' } });
    expect(inspect(thrown)).not.toContain('of-contoso');
    expect(server.connections()).toBe(0);
  });
});

function accountsAt(server: { readonly url: string; readonly proxyUrl: string }, fence: Fence) {
  vi.stubEnv('HTTPS_PROXY', server.proxyUrl);
  return accessAt(server.url).accounts(fence);
}

function accessAt(url: string, credential = { getToken: async () => ({ token: 't', expiresOnTimestamp: 8e12 }) }) {
  return azureAccess({
    cloud: { ...clouds.public, arm: { endpoint: url, scope: 'https://management.contoso.test/.default' } },
    credential,
    storage: { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') },
  });
}

function answer(status: number, body: string, ...headers: string[]): string {
  const lines = [`HTTP/1.1 ${status} Answer`, 'content-type: application/json', ...headers];
  return `${lines.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function error(code: string): string {
  return JSON.stringify({ error: { code, message: 'first-key-of-contoso' } });
}

import { createHttpHeaders, type HttpClient, RestError } from '@azure/core-rest-pipeline';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { entraSigningKeys } from '../../src/azure/entra/signing-keys.ts';
import type { Clock } from '../../src/shared/clock.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const tenant = { authorityHost: 'login.microsoftonline.com', tenantId: '11111111-1111-1111-1111-111111111111' };
const pairs = { old: await generateKeyPair('RS256'), new: await generateKeyPair('RS256') };
type Kid = keyof typeof pairs;

async function keySetOf(...kids: readonly Kid[]): Promise<string> {
  const keys = kids.map(async (kid) => ({ ...(await exportJWK(pairs[kid].publicKey)), kid, alg: 'RS256', use: 'sig' }));
  return JSON.stringify({ keys: await Promise.all(keys) });
}

/** What the key endpoint does: answers a status and body, breaks the connection, or never answers in time. */
type Endpoint = { readonly status: number; readonly body: string } | 'broken' | 'silent';

async function published(...kids: readonly Kid[]): Promise<Endpoint> {
  return { status: 200, body: await keySetOf(...kids) };
}

/** The keys of a tenant whose endpoint and clock the test moves. */
function tenantKeys(first: Endpoint) {
  let nowMs = Date.UTC(2026, 0, 15);
  let endpoint = first;
  const asked: string[] = [];
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, sleep: async () => undefined };
  const client: HttpClient = {
    async sendRequest(request) {
      asked.push(request.url);
      if (endpoint === 'broken') throw new RestError('read ECONNRESET', { code: 'ECONNRESET', request });
      if (endpoint === 'silent') {
        expect(request.timeout).toBe(5_000);
        throw new DOMException('The operation was aborted.', 'AbortError');
      }
      return { request, status: endpoint.status, headers: createHttpHeaders(), bodyAsText: endpoint.body };
    },
  };
  const keys = entraSigningKeys(tenant, clock, client);
  return {
    asked,
    set: (next: Endpoint) => {
      endpoint = next;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** `accepted`, or the code of what was thrown. */
    async check(kid: Kid): Promise<string> {
      const token = await new SignJWT({}).setProtectedHeader({ alg: 'RS256', kid }).sign(pairs[kid].privateKey);
      return await jwtVerify(token, keys).then(
        () => 'accepted',
        (error: unknown) => String(Object(error).failure?.code ?? Object(error).code),
      );
    },
  };
}

describe('the signing keys of the tenant', () => {
  it('are fetched once for many tokens, from the tenant’s own address', async () => {
    const keys = tenantKeys(await published('old'));
    expect([await keys.check('old'), await keys.check('old')]).toEqual(['accepted', 'accepted']);
    expect(keys.asked).toEqual([`https://login.microsoftonline.com/${tenant.tenantId}/discovery/v2.0/keys`]);
  });

  it('are asked for once by tokens that come together', async () => {
    const keys = tenantKeys(await published('old'));
    expect(await Promise.all([keys.check('old'), keys.check('old'), keys.check('old')])).toEqual(
      Array(3).fill('accepted'),
    );
    expect(keys.asked).toHaveLength(1);
  });

  it('are fetched again after ten minutes, not before', async () => {
    const keys = tenantKeys(await published('old'));
    await keys.check('old');
    keys.pass(10 * minuteMs - 1);
    await keys.check('old');
    expect(keys.asked).toHaveLength(1);
    keys.pass(1);
    await keys.check('old');
    expect(keys.asked).toHaveLength(2);
  });

  it('that a fetch no longer shows are not taken any more', async () => {
    const keys = tenantKeys(await published('old', 'new'));
    expect(await keys.check('old')).toBe('accepted');
    keys.set(await published('new'));
    keys.pass(10 * minuteMs);
    expect(await keys.check('old')).toBe('ERR_JWKS_NO_MATCHING_KEY');
    keys.set('broken');
    keys.pass(10 * minuteMs);
    expect(await keys.check('new')).toBe('accepted');
    expect(await keys.check('old')).not.toBe('accepted');
  });

  it('that are new are fetched when a token names one', async () => {
    const keys = tenantKeys(await published('old'));
    await keys.check('old');
    keys.set(await published('old', 'new'));
    keys.pass(30_000);
    expect(await keys.check('new')).toBe('accepted');
    expect(keys.asked).toHaveLength(2);
  });

  it('are fetched every 30 seconds at most for the sake of keys that nobody has', async () => {
    const keys = tenantKeys(await published('old'));
    await keys.check('old');
    keys.pass(30_000);
    for (let token = 0; token < 10; token += 1) expect(await keys.check('new')).toBe('ERR_JWKS_NO_MATCHING_KEY');
    expect(keys.asked).toHaveLength(2);
  });
});

describe('while the key endpoint is out', () => {
  const outages: readonly (readonly [string, Endpoint])[] = [
    ['answers 503', { status: 503, body: '' }],
    ['answers a page', { status: 200, body: '<html>' }],
    ['answers no key set', { status: 200, body: '{}' }],
    ['answers a set without keys', { status: 200, body: '{"keys":[]}' }],
    ['answers keys that are none', { status: 200, body: '{"keys":["one"]}' }],
    ['leads elsewhere', { status: 302, body: '' }],
    ['breaks the connection', 'broken'],
    ['does not answer', 'silent'],
  ];

  it.each(outages)('because it %s, the last keys are kept for a day', async (_, outage) => {
    const keys = tenantKeys(await published('old'));
    await keys.check('old');
    keys.set(outage);
    keys.pass(11 * minuteMs);
    expect(await keys.check('old')).toBe('accepted');
    keys.pass(dayMs - 11 * minuteMs - 1);
    expect(await keys.check('old')).toBe('accepted');
    keys.pass(1);
    expect(await keys.check('old')).toBe('signing-keys-unavailable');
    keys.set(await published('old'));
    keys.pass(10_000);
    expect(await keys.check('old')).toBe('accepted');
  });

  it.each(outages)('from the beginning because it %s, no token can be checked', async (_, outage) => {
    const keys = tenantKeys(outage);
    expect(await keys.check('old')).toBe('signing-keys-unavailable');
  });

  it('it is asked every ten seconds at most', async () => {
    const keys = tenantKeys(await published('old'));
    await keys.check('old');
    keys.set('broken');
    keys.pass(10 * minuteMs);
    for (let second = 0; second < 30; second += 1) {
      await keys.check('old');
      keys.pass(1_000);
    }
    expect(keys.asked).toHaveLength(1 + 3);
  });

  it('a key that is not among the last ones cannot be judged', async () => {
    const keys = tenantKeys(await published('old'));
    await keys.check('old');
    keys.set('broken');
    keys.pass(minuteMs);
    expect(await keys.check('new')).toBe('signing-keys-unavailable');
    expect(await keys.check('old')).toBe('accepted');
  });

  it('a clock that is set back does not keep old keys from being fetched again', async () => {
    const keys = tenantKeys(await published('old', 'new'));
    await keys.check('old');
    keys.set(await published('new'));
    keys.pass(-60 * minuteMs);
    expect(await keys.check('old')).toBe('ERR_JWKS_NO_MATCHING_KEY');
  });
});

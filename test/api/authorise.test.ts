import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline';
import {
  createLocalJWKSet,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTPayload,
  type JWTVerifyGetKey,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { describe, expect, it } from 'vitest';
import { answering } from '../../src/api/answering.ts';
import type { AppRole } from '../../src/api/app-role.ts';
import { authoriser } from '../../src/api/authorise.ts';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { ProblemError } from '../../src/api/problem.ts';
import { type CloudName, clouds } from '../../src/azure/clouds.ts';
import { entraSigningKeys } from '../../src/azure/entra/signing-keys.ts';
import type { Clock } from '../../src/shared/clock.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { fakeContext, fakeRequest, toAnswer } from './fake-request.ts';

const tenantId = '11111111-1111-1111-1111-111111111111';
const apiClientId = '22222222-2222-2222-2222-222222222222';
const { authorityHost, issuerHosts } = clouds.public;
const rules = { tenantId, apiClientId, authorityHost, issuerHosts };
const issuerV1 = `https://sts.windows.net/${tenantId}/`;
const issuerV2 = `https://login.microsoftonline.com/${tenantId}/v2.0`;

const nowMs = Date.UTC(2026, 0, 15);
const nowSeconds = nowMs / 1000;
const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => 0, sleep: async () => undefined };

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
const stranger = await generateKeyPair('RS256');
const keys: JWTVerifyGetKey = createLocalJWKSet({
  keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }],
});

/** What Entra ID puts into an access token of version 2 for a person with the role `Keyturn.Operate`. */
const person: JWTPayload = {
  iss: issuerV2,
  aud: apiClientId,
  tid: tenantId,
  oid: '33333333-3333-3333-3333-333333333333',
  azp: '44444444-4444-4444-4444-444444444444',
  preferred_username: 'ada@contoso.com',
  roles: ['Keyturn.Operate'],
  nbf: nowSeconds - 300,
  iat: nowSeconds - 300,
  exp: nowSeconds + 3600,
};

/** Claims that differ from those of `person`; undefined takes one away. */
type Changes = Readonly<Record<string, unknown>>;

type Sign = (claims: JWTPayload) => Promise<string>;
const signed: Sign = (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(privateKey);

async function ask(token: string | null, role: AppRole, given = keys) {
  const headers: Record<string, string> = token === null ? {} : { authorization: token };
  try {
    return await authoriser(rules, given, clock)(fakeRequest({ headers }), role);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
}

describe('a good token', () => {
  it.each<[string, Changes, AppRole]>([
    ['of a person, version 2', {}, 'Keyturn.Operate'],
    [
      'of an app, version 1, by the audience api://',
      { iss: issuerV1, aud: `api://${apiClientId}`, azp: undefined, appid: 'app', preferred_username: undefined },
      'Keyturn.Operate',
    ],
    ['of a role that includes the one needed', { roles: ['Keyturn.Admin'] }, 'Keyturn.Read'],
    ['of several roles', { roles: ['Other.Role', 'Keyturn.Read'] }, 'Keyturn.Read'],
    ['that ended within the leeway', { exp: nowSeconds - 59 }, 'Keyturn.Operate'],
    ['that begins within the leeway', { nbf: nowSeconds + 60 }, 'Keyturn.Operate'],
  ])('%s is let in', async (_, changes, role) => {
    const token = await signed({ ...person, ...changes });
    expect(await ask(`Bearer ${token}`, role)).toEqual({ objectId: person.oid });
  });
});

describe('a token that is not good is refused with 401', () => {
  const hmacWithPublicKey: Sign = async (claims) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(new TextEncoder().encode(await exportSPKI(publicKey)));
  const unsigned: Sign = async (claims) => new UnsecuredJWT(claims).encode();
  const byStranger: Sign = (claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(stranger.privateKey);
  const byUnknownKey: Sign = (claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'two' }).sign(stranger.privateKey);
  const bringingItsOwnKey: Sign = async (claims) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'two', jwk: await exportJWK(stranger.publicKey) })
      .sign(stranger.privateKey);
  const altered: Sign = async (claims) => {
    const [header, , signature] = (await signed(claims)).split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims, roles: ['Keyturn.Admin'] })).toString('base64url');
    return [header, payload, signature].join('.');
  };
  const withoutSignature: Sign = async (claims) => `${(await signed(claims)).split('.').slice(0, 2).join('.')}.`;

  it.each<[string, Changes, Sign]>([
    ['expired', { exp: nowSeconds - 60 }, signed],
    ['without an end', { exp: undefined }, signed],
    ['not valid yet', { nbf: nowSeconds + 61 }, signed],
    ['for another audience', { aud: 'https://management.azure.com' }, signed],
    ['without an audience', { aud: undefined }, signed],
    ['of another issuer', { iss: 'https://contoso.com' }, signed],
    ["of another tenant's issuer", { iss: issuerV2.replaceAll('1', '9') }, signed],
    ['of another tenant', { tid: tenantId.replaceAll('1', '9') }, signed],
    ['without a tenant', { tid: undefined }, signed],
    ['without an object id', { oid: undefined }, signed],
    ['an ID token', { azp: undefined, nonce: 'n' }, signed],
    ['roles as one text', { roles: 'Keyturn.Admin' }, signed],
    ['signed by nobody', {}, unsigned],
    ['with the signature cut off', {}, withoutSignature],
    ['signed with the public key as a secret', {}, hmacWithPublicKey],
    ["signed by a stranger under our key's name", {}, byStranger],
    ['signed by a stranger', {}, byUnknownKey],
    ['signed with a key that it brings along', {}, bringingItsOwnKey],
    ['altered after signing', {}, altered],
  ])('%s', async (_, changes, sign) => {
    const token = await sign({ ...person, ...changes });
    expect(await ask(`Bearer ${token}`, 'Keyturn.Read')).toMatchObject({
      status: 401,
      reason: 'unauthenticated',
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    });
  });

  it.each<[string, string | null]>([
    ['none at all', null],
    ['another scheme', 'Basic YWRhOnNlY3JldA=='],
    ['an empty one', 'Bearer '],
    ['two of them', 'Bearer aaa.bbb.ccc, Bearer ddd.eee.fff'],
  ])('%s', async (_, header) => {
    expect(await ask(header, 'Keyturn.Read')).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  });

  it('a text that is no token', async () => {
    expect(await ask('Bearer hello', 'Keyturn.Read')).toMatchObject({ status: 401 });
  });
});

describe('a good token without the role is refused with 403', () => {
  it.each<[string, unknown, AppRole]>([
    ['no roles claim', undefined, 'Keyturn.Read'],
    ['no roles', [], 'Keyturn.Read'],
    ['a lower role', ['Keyturn.Read'], 'Keyturn.Operate'],
    ['a lower role for what is for administrators', ['Keyturn.Operate'], 'Keyturn.Admin'],
    ['a role by nearly the same name', ['keyturn.admin', 'Keyturn.Administrator', 'Admin'], 'Keyturn.Read'],
  ])('%s', async (_, roles, role) => {
    const token = await signed({ ...person, roles });
    expect(await ask(`Bearer ${token}`, role)).toMatchObject({
      status: 403,
      reason: 'role-missing',
      detail: expect.stringContaining(role),
    });
  });
});

describe('signing keys that cannot be had let nobody in: 503, since the token may be good', () => {
  it.each<[string, number, string]>([
    ['the key set is not there', 404, ''],
    ['the key set is not JSON', 200, '<html>'],
    ['the key set is no key set', 200, '{}'],
  ])('%s', async (_, status, content) => {
    const client: HttpClient = {
      sendRequest: async (request) => ({ request, status, headers: createHttpHeaders(), bodyAsText: content }),
    };
    const unavailable = entraSigningKeys(rules, clock, client);
    const answer = await ask(`Bearer ${await signed(person)}`, 'Keyturn.Read', unavailable);
    expect(answer).toMatchObject({ status: 503, reason: 'signing-keys-unavailable', retryAfterMs: 10_000 });
  });
});

describe('every request is logged, with its caller if the token names one for sure', () => {
  const noKeys: JWTVerifyGetKey = async () => {
    throw new TypeError('no keys');
  };
  /** Answers all that may ask, so that only the check of the token tells. */
  const open = (endpoint: Endpoint): Endpoint => ({ ...endpoint, answer: async () => ({ status: 200 }) });

  it.each<[string, Changes, JWTVerifyGetKey, number, unknown]>([
    ['who may ask', { roles: ['Keyturn.Admin'] }, keys, 200, person.oid],
    ['who lacks the role', { roles: [] }, keys, 403, person.oid],
    ['whose token is refused', { exp: nowSeconds - 3600 }, keys, 401, null],
    ['whose token cannot be checked', { roles: ['Keyturn.Admin'] }, noKeys, 503, null],
  ])('%s', async (_, changes, given, status, operator) => {
    const authorization = `Bearer ${await signed({ ...person, ...changes })}`;
    for (const endpoint of endpoints) {
      const events: LogEvent[] = [];
      const edge = {
        app: async () => Object(null),
        authorise: authoriser(rules, given, clock),
        log: (event: LogEvent) => void events.push(event),
        newId: () => 'new-id',
      };
      const handler = answering(edge, open(endpoint));
      const answer = toAnswer(await handler(fakeRequest({ headers: { authorization } }), fakeContext(endpoint.name)));
      expect(events).toMatchObject([{ event: 'request-answered', function: endpoint.name, status, operator }]);
      expect(JSON.stringify(answer)).not.toContain(person.oid);
    }
  });
});

describe('the issuers of each cloud', () => {
  it.each<[CloudName, string, string]>([
    ['public', 'sts.windows.net', 'login.microsoftonline.com'],
    ['usgovernment', 'sts.windows.net', 'login.microsoftonline.us'],
    // Not the host that issues them, as MSAL's list of issuers has it.
    ['china', 'sts.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
  ])('of %s are taken, others are not', async (cloud, v1, v2) => {
    const rulesThere = { ...rules, ...clouds[cloud] };
    const status = async (iss: string) => {
      const headers = { authorization: `Bearer ${await signed({ ...person, iss })}` };
      const answer = authoriser(rulesThere, keys, clock)(fakeRequest({ headers }), 'Keyturn.Operate');
      return await answer.then(
        () => 200,
        (error: unknown) => (error instanceof ProblemError ? error.problem.status : error),
      );
    };
    expect(await status(`https://${v1}/${tenantId}/`)).toBe(200);
    expect(await status(`https://${v2}/${tenantId}/v2.0`)).toBe(200);
    expect(await status(`https://login.contoso.com/${tenantId}/v2.0`)).toBe(401);
  });
});

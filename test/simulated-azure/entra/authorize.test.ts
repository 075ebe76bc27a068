import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import { entra } from '../../../local/simulated-azure/entra/entra.ts';
import { readJson } from '../read-json.ts';
import { noonMs, principal, tenantId, worldOf } from './entra-world.ts';

const clientId = 'cccccccc-0000-4000-8000-000000000001';
const redirectUri = 'https://func-keyturn-contoso.azurewebsites.net/';
const origin = redirectUri.slice(0, -1);
const verifier = 'v'.repeat(43);
const ada = principal({ kind: 'user', name: 'ada@contoso.com', appRoles: { [clientId]: ['Keyturn.Read'] } });
const bob = principal({ kind: 'user', name: 'bob@contoso.com', objectId: 'aaaaaaaa-0000-4000-8000-000000000005' });
const root = `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0`;

const asked = {
  client_id: clientId,
  response_type: 'code',
  response_mode: 'fragment',
  redirect_uri: redirectUri,
  scope: `${clientId}/.default openid profile offline_access`,
  state: 'the-state',
  nonce: 'the-nonce',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};

let clock: ReturnType<typeof manualClock>;
let cookie: string;
let send: (url: string, init?: RequestInit) => Promise<Response>;
beforeEach(() => {
  clock = manualClock(noonMs);
  cookie = '';
  const world = { ...worldOf(ada, bob), pages: { [clientId]: [redirectUri, 'http://localhost/'] } };
  const azure = createSimulatedAzure({ world, clock, services: [{ host: /./, service: entra }] });
  send = async (url, init = {}) => {
    const headers = { ...Object(init.headers), ...(cookie === '' ? {} : { cookie }) };
    const answer = await azure.handle(new Request(url, { ...init, headers }), {
      callerAddress: '203.0.113.10',
      connectionId: 'browser',
    });
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return answer;
  };
});

const authorize = (over: Record<string, string | undefined> = {}, picked?: string) => {
  const given = Object.entries({ ...asked, ...over }).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const url = `${root}/authorize?${new URLSearchParams(given)}`;
  return picked === undefined ? send(url) : send(url, { method: 'POST', body: new URLSearchParams({ user: picked }) });
};

/** What the page is sent: its address, and the answer in the fragment. */
function backAt(answer: Response) {
  const url = new URL(answer.headers.get('location') ?? 'none:');
  return {
    at: `${url.origin}${url.pathname}`,
    ...Object.fromEntries(new URLSearchParams(url.hash.slice(1))),
  } as Record<string, string>;
}

const redeem = (over: Record<string, string | undefined> = {}, headers: Record<string, string> = { origin }) => {
  const form = {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  const given = Object.entries({ ...form, ...over }).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return send(`${root}/token`, { method: 'POST', headers, body: new URLSearchParams(given) });
};

const codeFor = async (over: Record<string, string | undefined> = {}) =>
  backAt(await authorize(over, ada.objectId)).code ?? '';

describe('the authorization endpoint', () => {
  it('shows its people, and sends the one that is picked back with a code and the state', async () => {
    const page = await authorize();
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toMatch(/ada@contoso\.com[\s\S]*Keyturn\.Read[\s\S]*bob@contoso\.com[\s\S]*no role/);
    expect(backAt(await authorize({}, ada.objectId))).toMatchObject({
      at: redirectUri,
      state: 'the-state',
      code: expect.stringMatching(/^1\.\w{64}$/),
    });
  });

  it('asks nobody again who is signed in, and several people only by the hint', async () => {
    await authorize({}, ada.objectId);
    expect(backAt(await authorize({ prompt: 'none' }))).toHaveProperty('code');
    await authorize({}, bob.objectId);
    expect(backAt(await authorize({ prompt: 'none' })).error).toBe('interaction_required');
    expect(backAt(await authorize({ prompt: 'none', login_hint: ada.name }))).toHaveProperty('code');
    expect((await authorize({ prompt: 'select_account', login_hint: ada.name })).status).toBe(200);
  });

  it.each([
    ['a silent request when nobody is signed in', { prompt: 'none' }, 'login_required', 50058],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type', 700054],
    ['no scope', { scope: undefined }, 'invalid_request', 900144],
    ['a challenge that is not hashed', { code_challenge_method: 'plain' }, 'invalid_request', 501491],
  ])('sends the error of %s back to the page', async (_, over, error, code) => {
    expect(backAt(await authorize(over))).toMatchObject({
      ...{ at: redirectUri, state: 'the-state', error },
      error_description: expect.stringMatching(new RegExp(`^AADSTS${code}: `)),
    });
  });

  it.each([
    ['no client', { client_id: undefined }, 900144],
    ['an unknown client', { client_id: ada.clientId }, 700016],
    ['an address that is not listed', { redirect_uri: 'https://contoso.example/' }, 50011],
    ['an address that differs in its last slash', { redirect_uri: origin }, 50011],
  ])('keeps the error of %s to itself: nobody vouches for that address', async (_, over, code) => {
    const answer = await authorize(over, ada.objectId);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(await answer.text()).toContain(`AADSTS${code}: `);
  });

  it('takes localhost with any port', async () => {
    expect(backAt(await authorize({ redirect_uri: 'http://localhost:7072/' }, ada.objectId)).at).toBe(
      'http://localhost:7072/',
    );
  });

  it('forgets who was signed in when they sign out, and goes back to a listed page only', async () => {
    const out = (url: string) => send(`${root}/logout?post_logout_redirect_uri=${encodeURIComponent(url)}`);
    await authorize({}, ada.objectId);
    expect((await out(redirectUri)).headers.get('location')).toBe(redirectUri);
    expect(backAt(await authorize({ prompt: 'none' })).error).toBe('login_required');
    expect((await out('https://contoso.example/')).status).toBe(200);
  });
});

describe('the token endpoint, for a page', () => {
  it('gives tokens for a code: the access token with the roles, the id token with the nonce', async () => {
    const tokens = await readJson(await redeem({ code: await codeFor() }));
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3599, scope: `${clientId}/.default` });
    expect(decodeJwt(tokens.access_token ?? '')).toMatchObject({
      aud: clientId,
      oid: ada.objectId,
      roles: ['Keyturn.Read'],
    });
    expect(decodeJwt(tokens.id_token ?? '')).toMatchObject({ aud: clientId, nonce: 'the-nonce', name: ada.name });
  });

  it('gives an id token and a refresh token only for their scopes', async () => {
    const tokens = await readJson(await redeem({ code: await codeFor({ scope: `${clientId}/.default` }) }));
    expect(Object.keys(tokens)).not.toEqual(expect.arrayContaining(['id_token']));
    expect(Object.keys(tokens)).not.toEqual(expect.arrayContaining(['refresh_token']));
  });

  it.each([
    ['without an origin, as no browser sends it', {}, {}, 9002327],
    ['with another verifier', { code_verifier: 'w'.repeat(43) }, { origin }, 501481],
    ['without a verifier', { code_verifier: undefined }, { origin }, 9002325],
    ['from another address', { redirect_uri: 'http://localhost/' }, { origin }, 500112],
    ['that was never given', { code: '1.none' }, { origin }, 9002313],
    ['of another client', { client_id: ada.clientId }, { origin }, 9002313],
  ])('refuses a code %s', async (_, over, headers, code) => {
    const answer = await redeem({ code: await codeFor(), ...over }, headers);
    expect(answer.status).toBe(400);
    expect((await readJson(answer)).error_description).toContain(`AADSTS${code}: `);
  });

  it('refuses a code that was redeemed, and one of ten minutes ago', async () => {
    const code = await codeFor();
    await redeem({ code });
    expect((await readJson(await redeem({ code }))).error_description).toContain('AADSTS54005: ');
    const late = await codeFor();
    await clock.advance(10 * 60_000);
    expect((await readJson(await redeem({ code: late }))).error_description).toContain('AADSTS70008: ');
  });

  it('refuses an app a token for itself by its URI', async () => {
    const code = await codeFor({ scope: `api://${clientId}/.default` });
    expect((await readJson(await redeem({ code }))).error_description).toContain('AADSTS90009: ');
  });

  it('renews for 24 hours after the sign-in, however often, and only for a browser', async () => {
    let { refresh_token } = await readJson(await redeem({ code: await codeFor() }));
    const renew = (headers: Record<string, string> = { origin }) =>
      redeem({ grant_type: 'refresh_token', scope: asked.scope, refresh_token: refresh_token ?? '' }, headers);
    expect((await readJson(await renew({}))).error_description).toContain('AADSTS9002327: ');
    for (let hours = 0; hours < 23; hours += 1) {
      await clock.advance(3_600_000);
      refresh_token = (await readJson(await renew())).refresh_token ?? '';
    }
    await clock.advance(3_600_000);
    expect((await readJson(await renew())).error_description).toContain('AADSTS700084: ');
  });
});

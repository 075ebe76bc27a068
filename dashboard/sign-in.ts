import * as oauth from 'oauth4webapi';

/** Who is signed in. */
export interface Account {
  readonly name: string;
  /** App roles of the admin API, such as `Keyturn.Read`, as Entra gave them; empty: none. */
  readonly roles: readonly string[];
}

/** Entra, or what it answered, does not let this person in; its message says why, in Entra's own words. */
export class SignInRefused extends Error {}

/** Nobody is signed in any more: only `signIn({ asked: true })` helps. */
export class SessionEnded extends Error {
  constructor() {
    super('The session has ended. Sign in again.');
  }
}

/** Tokens of one person. They are kept in memory only: a reload asks Entra again, whose own session answers silently. */
interface Session {
  readonly accessToken: string;
  readonly renewAtMs: number;
  readonly refreshToken: string | null;
  readonly account: Account;
  readonly loginHint: string;
}

/** What must outlive the way to Entra and back. None of it is a token, and it is of use only once. */
interface Pending {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Asked without any page of Entra's: it may answer that somebody has to be asked. */
  readonly silent: boolean;
  /** Path of the page that was asked for. */
  readonly returnTo: string;
}

const pendingName = 'keyturn-sign-in';
const signedOutName = 'keyturn-signed-out';
const loginHintName = 'keyturn-login-hint';

/** A token is renewed this long before its end; the longest that a request may take stays well below. */
const renewEarlyMs = 5 * 60_000;
/** Between the clocks of Entra and this machine. */
const clockToleranceSeconds = 5 * 60;
/** What a silent request is answered if a person has to be asked: https://openid.net/specs/openid-connect-core-1_0.html#AuthError */
const needsPerson = ['login_required', 'interaction_required', 'consent_required', 'account_selection_required'];

let session: Session | null = null;
let renewing: Promise<Session> | null = null;
const endListeners = new Set<() => void>();

// A browser may keep a page that was left whole, and show it again at Back: after signing out nobody finds what stood there.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted && session === null) location.reload();
});

/**
 * Signs in by Entra: authorization code with PKCE. Called when the page loads; with `asked` when a person asks for it, who after
 * signing out may choose another account. Goes to Entra and back if need be, and then does not return.
 * @returns `signed-out` if this person signed out before, and was not `asked`
 * @throws SignInRefused
 */
export async function signIn({ asked = false } = {}): Promise<'signed-in' | 'signed-out'> {
  const answer = takeAnswer();
  if (answer !== null) {
    history.replaceState(null, '', answer.pending.returnTo);
    const error = answer.parameters.get('error');
    if (error !== null && answer.pending.silent && needsPerson.includes(error)) return await leaveForEntra('ask');
    session = await redeem(answer.parameters, answer.pending);
    sessionStorage.setItem(loginHintName, session.loginHint);
    return 'signed-in';
  }
  const hasSignedOut = sessionStorage.getItem(signedOutName) !== null;
  if (asked) return await leaveForEntra(hasSignedOut ? 'choose' : 'ask');
  if (session !== null) return 'signed-in';
  if (hasSignedOut) return 'signed-out';
  return await leaveForEntra('silent');
}

/** A token for the admin API, renewed before it ends. @throws SessionEnded when Entra does not renew it */
export async function accessToken(): Promise<string> {
  if (session === null) throw new SessionEnded();
  if (Date.now() < session.renewAtMs) return session.accessToken;
  renewing ??= renew(session).finally(() => {
    renewing = null;
  });
  return (await renewing).accessToken;
}

/** Who is signed in. @throws SessionEnded when nobody is */
export function account(): Account {
  if (session === null) throw new SessionEnded();
  return session.account;
}

/** Calls `listener` when the session ends by itself, so that the page can offer to sign in again. @returns how to stop that */
export function onSessionEnded(listener: () => void): () => void {
  endListeners.add(listener);
  return () => endListeners.delete(listener);
}

/** Forgets the tokens, for whoever learns that they are not taken any more. */
export function endSession(): void {
  if (session === null) return;
  session = null;
  for (const listener of endListeners) listener();
}

/** Forgets the tokens and ends Entra's session too: the page is left. */
export function signOut(): void {
  const { authority } = publicSettings();
  const hint = session?.loginHint ?? '';
  session = null;
  sessionStorage.clear();
  sessionStorage.setItem(signedOutName, 'yes');
  const url = new URL(`${authority}/oauth2/v2.0/logout`);
  url.searchParams.set('post_logout_redirect_uri', redirectUri());
  if (hint !== '') url.searchParams.set('logout_hint', hint);
  location.assign(url);
}

async function leaveForEntra(how: 'silent' | 'ask' | 'choose'): Promise<never> {
  const { clientId, server } = publicSettings();
  const verifier = oauth.generateRandomCodeVerifier();
  const pending: Pending = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier,
    silent: how === 'silent',
    returnTo: `${location.pathname}${location.search}`,
  };
  sessionStorage.setItem(pendingName, JSON.stringify(pending));
  sessionStorage.removeItem(signedOutName);
  const hint = sessionStorage.getItem(loginHintName);
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    // Never sent to the app, whose platform logs addresses.
    response_mode: 'fragment',
    redirect_uri: redirectUri(),
    scope: scopeOf(clientId),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(how === 'silent' ? { prompt: 'none' } : {}),
    ...(how === 'choose' ? { prompt: 'select_account' } : {}),
    ...(hint !== null && how !== 'choose' ? { login_hint: hint } : {}),
  }).toString();
  location.replace(url);
  return await new Promise<never>(() => {});
}

/** Entra's answer in the address, if this page waits for one. Both are gone afterwards: neither is of use twice. */
function takeAnswer(): { readonly parameters: URLSearchParams; readonly pending: Pending } | null {
  const stored = sessionStorage.getItem(pendingName);
  const parameters = new URLSearchParams(location.hash.slice(1));
  if (stored === null || !parameters.has('state')) return null;
  sessionStorage.removeItem(pendingName);
  return { parameters, pending: JSON.parse(stored) };
}

async function redeem(parameters: URLSearchParams, { state, nonce, verifier }: Pending): Promise<Session> {
  const { server, client } = publicSettings();
  return await orRefused(async () => {
    const checked = oauth.validateAuthResponse(server, client, parameters, state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      checked,
      redirectUri(),
      verifier,
      insecureOnLocalhost(),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    return sessionFrom(tokens, null);
  });
}

/** With the refresh token, which Entra gives pages for 24 hours: https://learn.microsoft.com/entra/identity-platform/refresh-tokens */
async function renew(old: Session): Promise<Session> {
  const { server, client, clientId } = publicSettings();
  try {
    if (old.refreshToken === null) throw new SignInRefused('Entra gave no refresh token.');
    const { refreshToken } = old;
    const renewed = await orRefused(async () => {
      const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, {
        additionalParameters: { scope: scopeOf(clientId) },
        ...insecureOnLocalhost(),
      });
      return sessionFrom(await oauth.processRefreshTokenResponse(server, client, response), old);
    });
    // Somebody signed out meanwhile.
    if (session === null) throw new SessionEnded();
    session = renewed;
    return renewed;
  } catch (error) {
    if (!(error instanceof SignInRefused)) throw error;
    endSession();
    throw new SessionEnded();
  }
}

/** What `work` gives; what Entra or the check of its answer refuses becomes one error. A failure of the network stays what it is. */
async function orRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError)
      throw new SignInRefused(`Entra refused: ${error.error_description ?? error.error}`, { cause: error });
    if (error instanceof oauth.OperationProcessingError)
      throw new SignInRefused(`Entra's answer cannot be trusted: ${error.message}`, { cause: error });
    throw error;
  }
}

function sessionFrom(tokens: oauth.TokenEndpointResponse, old: Session | null): Session {
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  const text = (claim: unknown) => (typeof claim === 'string' ? claim : '');
  const name = text(claims?.name) || text(claims?.preferred_username);
  const roles = Array.isArray(claims?.roles) ? claims.roles.map(String) : [];
  return {
    accessToken: tokens.access_token,
    renewAtMs: Date.now() + (tokens.expires_in ?? 0) * 1000 - renewEarlyMs,
    refreshToken: tokens.refresh_token ?? old?.refreshToken ?? null,
    account: claims === undefined && old !== null ? old.account : { name, roles },
    loginHint: text(claims?.login_hint) || text(claims?.preferred_username) || (old?.loginHint ?? ''),
  };
}

/**
 * For the API, which is the registration that people sign in to: an app asks for itself by its client id, and not by its URI
 * (AADSTS90009). `offline_access` asks for the refresh token.
 */
function scopeOf(clientId: string): string {
  return `${clientId}/.default openid profile offline_access`;
}

/** The one address that the app registration lists, from wherever somebody signs in. */
function redirectUri(): string {
  return `${location.origin}/`;
}

/** Browsers count plain HTTP on this machine as secure; anywhere else both the page and Entra come by HTTPS. */
function insecureOnLocalhost(): { readonly [oauth.allowInsecureRequests]: boolean } {
  return { [oauth.allowInsecureRequests]: location.protocol === 'http:' };
}

/** What the app wrote into the page. */
function publicSettings() {
  const meta = (name: string) => document.querySelector(`meta[name="keyturn-${name}"]`)?.getAttribute('content') ?? '';
  const [authority, issuer, clientId] = [meta('authority'), meta('issuer'), meta('client-id')];
  const server = {
    issuer,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
  };
  const client: oauth.Client = { client_id: clientId, [oauth.clockTolerance]: clockToleranceSeconds };
  return { authority, clientId, server, client };
}

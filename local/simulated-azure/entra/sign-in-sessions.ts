import { randomBytes } from 'node:crypto';
import type { Exchange } from '../exchange.ts';
import type { SimulatedAzure } from '../simulated-azure.ts';
import type { Principal } from '../world.ts';
import { isRedirectUri } from './redirect-uris.ts';
import { signInPage } from './sign-in-page.ts';

/** Browsers in which somebody is signed in, by the cookie that each of them keeps; a browser may hold several people. */
const browsers = new WeakMap<SimulatedAzure, Map<string, readonly string[]>>();

const cookieName = 'ESTSAUTH';

function sessionsOf(azure: SimulatedAzure): Map<string, readonly string[]> {
  const sessions = browsers.get(azure) ?? new Map<string, readonly string[]>();
  browsers.set(azure, sessions);
  return sessions;
}

/** Who is signed in in the browser that asks. */
export function signedIn(exchange: Exchange): readonly Principal[] {
  const ids = sessionsOf(exchange.azure).get(cookieOf(exchange)) ?? [];
  return exchange.azure.world.principals.filter(({ objectId }) => ids.includes(objectId));
}

/** Keeps that `user` is signed in there. @returns the cookie by which the browser is known from now on */
export function keepSignedIn(exchange: Exchange, user: Principal): string {
  const sessions = sessionsOf(exchange.azure);
  const earlier = sessions.get(cookieOf(exchange)) ?? [];
  const cookie = randomBytes(24).toString('base64url');
  sessions.delete(cookieOf(exchange));
  sessions.set(cookie, [...earlier.filter((id) => id !== user.objectId), user.objectId]);
  return cookieText(cookie);
}

/** GET logout: ends the session and goes back to a page of the app that is registered, else stays at Entra's own. */
export function signOut(exchange: Exchange): Response {
  sessionsOf(exchange.azure).delete(cookieOf(exchange));
  const back = exchange.url.searchParams.get('post_logout_redirect_uri');
  const headers = { 'set-cookie': `${cookieText('')}; Max-Age=0` };
  if (back === null || !isRedirectUri(exchange.azure.world, null, back))
    return signInPage('You signed out of your account', '', { headers });
  return new Response(null, { status: 302, headers: { ...headers, location: back } });
}

function cookieOf({ request }: Exchange): string {
  const cookies = (request.headers.get('cookie') ?? '').split(';').map((one) => one.trim());
  return cookies.find((one) => one.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1) ?? '';
}

function cookieText(value: string): string {
  return `${cookieName}=${value}; Path=/; HttpOnly; Secure; SameSite=None`;
}

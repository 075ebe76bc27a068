import { tellSecret } from '../../told.ts';
import type { Exchange } from '../exchange.ts';
import type { SimulatedAzure } from '../simulated-azure.ts';
import type { Principal } from '../world.ts';
import { describedError } from './entra-response.ts';
import { isPagesApp, isRedirectUri } from './redirect-uris.ts';
import { escaped, signInPage } from './sign-in-page.ts';
import { keepSignedIn, signedIn } from './sign-in-sessions.ts';

/** What an authorization code stands for. */
export interface Grant {
  readonly user: Principal;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly challenge: string | null;
  readonly nonce: string | null;
  readonly expiresAtMs: number;
  redeemed: boolean;
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow: "typically they expire after about 10 minutes" */
const codeLifeMs = 10 * 60_000;

const grants = new WeakMap<SimulatedAzure, Map<string, Grant>>();

/** What `code` stands for; undefined for one that was never given. */
export function grantOf(azure: SimulatedAzure, code: string): Grant | undefined {
  return grants.get(azure)?.get(code);
}

/**
 * The authorization endpoint, v2, for pages (platform `spa`): a code with PKCE for the one who is signed in or is picked. Consent is
 * taken as given, passwords are not asked for. A request that names no app or address of an app stays at Entra with its error; any
 * other error goes back to the page.
 * Sources: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow,
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export function authorize(exchange: Exchange): Response {
  const { azure, request } = exchange;
  const chosen = new URLSearchParams(request.method === 'POST' ? exchange.body : '');
  // The page of people posts to the address that showed it.
  const { searchParams: asked } = exchange.url;
  const [clientId, redirectUri] = [asked.get('client_id') ?? '', asked.get('redirect_uri') ?? ''];
  if (clientId === '')
    return stays(exchange, 900144, "The request body must contain the following parameter: 'client_id'.");
  if (!isPagesApp(azure.world, clientId)) {
    const sentence = `Application with identifier '${clientId}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`;
    return stays(exchange, 700016, sentence);
  }
  if (!isRedirectUri(azure.world, clientId, redirectUri)) {
    const sentence = `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${clientId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.`;
    return stays(exchange, 50011, sentence);
  }
  const scope = asked.get('scope') ?? '';
  if (asked.get('response_type') !== 'code') {
    const sentence = `The response_type '${asked.get('response_type') ?? ''}' is not simulated.`;
    return goesBack(exchange, 'unsupported_response_type', 700054, sentence);
  }
  if (scope === '')
    return goesBack(
      exchange,
      'invalid_request',
      900144,
      "The request body must contain the following parameter: 'scope'.",
    );
  const challenge = asked.get('code_challenge');
  if (challenge !== null && asked.get('code_challenge_method') !== 'S256')
    return goesBack(exchange, 'invalid_request', 501491, 'The code_challenge_method is not supported here: use S256.');

  const user = chosenBy(exchange, chosen.get('user'));
  if (user instanceof Response) return user;
  const code = `1.${crypto.randomUUID().replaceAll('-', '')}${crypto.randomUUID().replaceAll('-', '')}`;
  tellSecret(code);
  const known = grants.get(azure) ?? new Map<string, Grant>();
  grants.set(azure, known);
  const expiresAtMs = azure.clock.nowMs() + codeLifeMs;
  const nonce = asked.get('nonce');
  known.set(code, { user, clientId, redirectUri, scope, challenge, nonce, expiresAtMs, redeemed: false });
  exchange.note.caller = user.objectId;
  return toPage(exchange, { code, session_state: crypto.randomUUID() }, keepSignedIn(exchange, user));
}

/** Who signs in: the one who was picked, or is signed in already and may go on unasked; else the page, or why there can be none. */
function chosenBy(exchange: Exchange, picked: string | null): Principal | Response {
  const { searchParams: asked } = exchange.url;
  const people = exchange.azure.world.principals.filter(({ kind }) => kind === 'user');
  const byPicking = people.find(({ objectId }) => objectId === picked);
  if (byPicking !== undefined) return byPicking;
  const prompt = asked.get('prompt');
  const hint = asked.get('login_hint')?.toLowerCase();
  const sessions = signedIn(exchange).filter(({ name }) => hint === undefined || name.toLowerCase() === hint);
  const [only, ...others] = sessions;
  if (only !== undefined && others.length === 0 && (prompt === null || prompt === 'none')) return only;
  if (prompt !== 'none') return peoplePage(exchange, people);
  return only === undefined
    ? goesBack(
        exchange,
        'login_required',
        50058,
        "A silent sign-in request was sent but no user is signed in. The cookies used to represent the user's session were not sent in the request to Azure AD.",
      )
    : goesBack(
        exchange,
        'interaction_required',
        16000,
        'Either multiple user identities are available for the current request or selected account is not supported for the scenario.',
      );
}

function peoplePage({ url, azure }: Exchange, people: readonly Principal[]): Response {
  const clientId = url.searchParams.get('client_id') ?? '';
  const buttons = people.map(({ objectId, name, appRoles }) => {
    const roles = appRoles[clientId] ?? appRoles[`api://${clientId}`] ?? [];
    const may = roles.length === 0 ? 'no role' : roles.join(', ');
    return `<button name="user" value="${escaped(objectId)}">${escaped(name)}<br><small>${escaped(may)}</small></button>`;
  });
  // Posted to this very address, so that the request stays what it was.
  const content = `<p>Pick an account of tenant <small>${escaped(azure.world.tenantId)}</small></p>\n<form method="post">\n${buttons.join('\n')}\n</form>`;
  return signInPage('Sign in', content);
}

/** The error stays here: nobody vouches for the address that it could go to. */
function stays(exchange: Exchange, code: number, sentence: string): Response {
  const { description } = describedError(exchange, code, sentence);
  return signInPage("Sorry, but we're having trouble signing you in.", `<p>${escaped(description)}</p>`, {
    status: 400,
  });
}

function goesBack(exchange: Exchange, error: string, code: number, sentence: string): Response {
  const { description } = describedError(exchange, code, sentence);
  return toPage(exchange, { error, error_description: description });
}

/** Back to the page, with the answer in the fragment or the query, as it was asked for. */
function toPage({ url }: Exchange, answer: Readonly<Record<string, string>>, cookie?: string): Response {
  const back = new URL(url.searchParams.get('redirect_uri') ?? '');
  const state = url.searchParams.get('state');
  const parameters = new URLSearchParams({ ...answer, ...(state === null ? {} : { state }) });
  if (url.searchParams.get('response_mode') === 'fragment') back.hash = parameters.toString();
  else for (const [name, value] of parameters) back.searchParams.set(name, value);
  return new Response(null, {
    status: 302,
    headers: {
      location: back.href,
      'cache-control': 'no-store, no-cache',
      ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
    },
  });
}

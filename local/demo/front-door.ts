import { createServer } from 'node:http';
import { carryRequest } from '../simulated-azure/proxy/carry-request.ts';
import { listenOnLoopback, PortTaken } from '../simulated-azure/proxy/listen-on-loopback.ts';
import type { SimulatedAzure } from '../simulated-azure/simulated-azure.ts';
import { loginHostOf } from '../simulated-azure/simulated-clouds.ts';
import { mischiefPage, mischiefPath } from './mischief-page.ts';

/** One address for a person's own browser, which knows neither the proxy nor its certificates. */
export interface FrontDoor {
  /** Of the dashboard, such as `http://localhost:7072`. */
  readonly url: string;
  readonly mischiefUrl: string;
  stop(): Promise<void>;
}

/**
 * Stands before the app: the dashboard comes from the app as it is, only that it signs in at the simulated Entra, which answers here
 * below its own host's name. Beside it is the menu of mischiefs.
 * @param port a free one is taken if it is taken
 */
export async function startFrontDoor(options: {
  readonly azure: SimulatedAzure;
  /** Where the app answers. */
  readonly appUrl: string;
  readonly port: number;
}): Promise<FrontDoor> {
  const { azure, appUrl, port } = options;
  const loginHost = loginHostOf(azure.world);
  let url = '';
  const toEntra = { handle: async (request: Request) => withLaxCookie(await azure.handle(request, browser)) };
  const toApp = { handle: async (request: Request) => await pageOf(await fetch(asked(request)), url) };
  const toMenu = { handle: async (request: Request) => await mischiefPage(azure, request, url) };
  const server = createServer((incoming, outgoing) => {
    const { socket } = incoming;
    // Another site's page may reach a loopback port under a name of its own.
    const { hostname } = new URL(`http://${incoming.headers.host ?? 'unknown'}`);
    if (hostname !== '127.0.0.1' && hostname !== 'localhost') return void socket.destroy();
    const path = incoming.url ?? '/';
    const reset = () => socket.resetAndDestroy();
    const carried = { connection: browser, reset };
    if (path.startsWith(`/${loginHost}/`)) {
      incoming.url = path.slice(loginHost.length + 1);
      return void carryRequest(toEntra, incoming, outgoing, { ...carried, origin: `https://${loginHost}` });
    }
    const isMenu = path === mischiefPath || path.startsWith(`${mischiefPath}/`);
    void carryRequest(isMenu ? toMenu : toApp, incoming, outgoing, { ...carried, origin: appUrl });
  });
  const what = 'dashboard';
  const taken = await listenOnLoopback(server, port, what).catch((error) => {
    if (error instanceof PortTaken) return listenOnLoopback(server, 0, what);
    throw error;
  });
  url = `http://localhost:${taken}`;
  return {
    url,
    mischiefUrl: `${url}${mischiefPath}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const browser = { callerAddress: '127.0.0.1', connectionId: 'browser' };

/** The app's page would come compressed, and is read here. */
function asked(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.set('accept-encoding', 'identity');
  return new Request(request, { headers, redirect: 'manual' });
}

/** In the page the authority's address is changed; all else is the app's answer. */
async function pageOf(answer: Response, url: string): Promise<Response> {
  const headers = new Headers(answer.headers);
  // The answer is sent whole, on a connection of its own.
  for (const name of ['transfer-encoding', 'connection', 'keep-alive', 'content-length']) headers.delete(name);
  const { status } = answer;
  if (status === 204 || status === 304) return new Response(null, { status, headers });
  if (!headers.get('content-type')?.startsWith('text/html'))
    return new Response(await answer.arrayBuffer(), { status, headers });
  const html = await answer.text();
  const changed = html.replace(/(name="keyturn-authority" content=")https:\/\//, `$1${url}/`);
  return new Response(changed, { status, headers });
}

/** Cookies of Entra's are for HTTPS, and for pages of other hosts; here all is one host. */
function withLaxCookie(answer: Response): Response {
  const headers = new Headers(answer.headers);
  const cookie = headers.get('set-cookie');
  if (cookie !== null) headers.set('set-cookie', cookie.replace('; Secure; SameSite=None', '; SameSite=Lax'));
  return new Response(answer.body, { status: answer.status, headers });
}

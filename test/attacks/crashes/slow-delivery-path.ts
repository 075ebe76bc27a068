import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { listenOnLoopback } from '../../../local/simulated-azure/proxy/listen-on-loopback.ts';

/** What can be slow between a worker and Azure, apart from the name lookup. */
export type Toll = 'token' | 'connect' | 'tls';

/** A proxy and an identity endpoint that hold what passes, in front of the simulated Azure's own. */
interface HeldDeliveryPath {
  readonly proxyPort: number;
  readonly identityEndpoint: string;
  /** Holds the nth thing that comes to `toll`. `reached` resolves when it is there; `release` lets it go on. */
  hold(toll: Toll, nth: number): { readonly reached: Promise<void>; readonly release: () => void };
  /** Resolves when no connection is left: all that was ever going to arrive has arrived. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export async function heldDeliveryPath(ahead: { readonly proxyUrl: string; readonly identityEndpoint: string }) {
  let held: { readonly toll: Toll; left: number; reach: () => void; readonly released: Promise<void> } | null = null;
  const pass = async (toll: Toll): Promise<void> => {
    if (held?.toll !== toll) return;
    held.left -= 1;
    if (held.left > 0) return;
    held.reach();
    await held.released;
  };

  const identity = createServer(async (incoming, outgoing) => {
    await pass('token');
    const url = `${ahead.identityEndpoint}${new URL(incoming.url ?? '/', 'http://identity').search}`;
    const { host: _, ...headers } = incoming.headers;
    httpRequest(url, { headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });

  const clients = new Set<Socket>();
  const proxyAhead = new URL(ahead.proxyUrl);
  const proxy = createServer().on('connect', async ({ url }: IncomingMessage, client: Socket) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    client.on('error', () => client.destroy());
    await pass('connect');
    const server = connect(Number(proxyAhead.port), proxyAhead.hostname);
    server.on('error', () => client.destroy());
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
    server.write(`CONNECT ${url} HTTP/1.1\r\nhost: ${url}\r\n\r\n`);
    server.pipe(client);
    // The first that a client says on a new connection is its part of the TLS handshake.
    client.once('data', async (hello) => {
      client.pause();
      await pass('tls');
      server.write(hello);
      client.pipe(server);
    });
  });

  const identityPort = await listenOnLoopback(identity, 0, 'test');
  const deliveryPath: HeldDeliveryPath = {
    proxyPort: await listenOnLoopback(proxy, 0, 'test'),
    identityEndpoint: `http://127.0.0.1:${identityPort}/msi/token`,
    hold(toll, nth) {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      held = { toll, left: nth, reach: reached.resolve, released: released.promise };
      return { reached: reached.promise, release: released.resolve };
    },
    async quiet() {
      await Promise.all([...clients].map((client) => once(client, 'close')));
    },
    async stop() {
      for (const client of clients) client.destroy();
      identity.closeAllConnections();
      await Promise.all([identity, proxy].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
  return deliveryPath;
}

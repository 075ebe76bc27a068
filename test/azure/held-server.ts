import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, setDefaultCACertificates } from 'node:tls';
import { certificateIssuer, newAuthority } from '../../local/simulated-azure/proxy/certificates.ts';

/** What the server says to a whole request; null: it says nothing; `reset`: it breaks the connection. */
export type Reply = string | null | 'reset';

/**
 * A TLS server on loopback for `host`, behind a door that holds each connection until it is opened: a slow network
 * (`via: 'direct'`, for the host localhost) or a proxy whose CONNECT is slow.
 */
export async function heldServer(options: {
  readonly host: string;
  readonly via: 'direct' | 'proxy';
  readonly reply: (request: string) => Reply;
  /** The proxy's answer to CONNECT; default 200. */
  readonly connectStatus?: number;
}) {
  const authority = await newAuthority();
  setDefaultCACertificates([authority.cert]);
  const certify = await certificateIssuer(authority);
  const certificate = await certify(options.host);
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const asked = signal();
  const tls = createTlsServer(certificate, (socket) => {
    let text = '';
    // A client that finds its fence lost destroys the socket.
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      text += bytes.toString();
      if (!isWhole(text)) return;
      const request = text;
      text = '';
      requests.push(request);
      asked.raise();
      const reply = options.reply(request);
      if (reply === 'reset') socket.destroy();
      else if (reply !== null) socket.end(reply);
    });
  });
  tls.on('tlsClientError', () => {});

  const knocked = signal();
  const opened = signal();
  let connections = 0;
  const pass = async (client: Socket, greeting: string) => {
    connections += 1;
    client.on('error', () => {});
    client.pause();
    knocked.raise();
    await opened.raised;
    const server = connect(portOf(tls), '127.0.0.1');
    server.on('error', () => client.destroy());
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
    client.write(greeting);
    client.pipe(server).pipe(client);
  };
  const door: Server =
    options.via === 'direct'
      ? createServer((client) => void pass(client, ''))
      : createHttpServer().on('connect', (_request, client: Socket) => {
          const status = options.connectStatus ?? 200;
          if (status === 200) void pass(client, 'HTTP/1.1 200 Connection established\r\n\r\n');
          else client.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
        });
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  tls.on('secureConnection', keep);
  door.on('connection', keep);
  for (const server of [tls, door]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return {
    /** `https://host:port` of the server, as a client calls it. */
    url: options.via === 'direct' ? `https://${options.host}:${portOf(door)}` : `https://${options.host}`,
    proxyUrl: options.via === 'proxy' ? `http://127.0.0.1:${portOf(door)}` : '',
    requests,
    connections: () => connections,
    /** Resolves when a first connection waits at the door. */
    knocked: knocked.raised,
    /** Resolves when the server has had a first whole request. */
    asked: asked.raised,
    open: opened.raise,
    /** Resolves when no connection is left: all that was ever going to arrive has arrived. */
    async quiet() {
      await Promise.all([...sockets].map((socket) => (socket.destroyed ? null : once(socket, 'close'))));
    },
    async [Symbol.asyncDispose]() {
      opened.raise();
      for (const socket of sockets) socket.destroy();
      await Promise.all([tls, door].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function isWhole(text: string): boolean {
  const [head = '', body] = text.split('\r\n\r\n', 2);
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return body !== undefined && Buffer.byteLength(body) >= length;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function signal() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { raised: promise, raise: () => resolve() };
}

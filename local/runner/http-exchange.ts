import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the host's parts see it. */
export interface HostRequest {
  readonly method: string;
  /** Absolute, with path and query as sent. */
  readonly url: string;
  /** As sent: percent-encoded, beginning with a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names; repeated headers are joined with a comma and no space. */
  readonly headers: ReadonlyMap<string, string>;
  body(): Promise<Buffer>;
}

export interface Answer {
  readonly status: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
}

export interface HttpServer {
  readonly port: number;
  /** Refuses new connections at once; resolves when the running requests are answered (with `Connection: close`). */
  close(): Promise<void>;
  /** Cuts what is still open. */
  destroy(): void;
}

/** Rejects with one sentence when the port is taken. A handler that rejects is a 500 with an empty body. */
export async function serveHttp(
  port: number,
  customHeaders: Readonly<Record<string, string>>,
  handle: (request: HostRequest) => Promise<Answer>,
): Promise<HttpServer> {
  let closing = false;
  const server = createServer(async (incoming, outgoing) => {
    const answer = await handle(hostRequest(incoming)).catch(() => ({ status: 500 }));
    send(outgoing, answer, customHeaders, closing);
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        closing = true;
        server.close(() => resolve());
      }),
    destroy: () => server.closeAllConnections(),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isBusy = error.code === 'EADDRINUSE';
      reject(
        isBusy
          ? new Error(`Port ${port} is already in use: stop what listens there, or give another with --port.`)
          : error,
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

function hostRequest(incoming: IncomingMessage): HostRequest {
  const target = incoming.url ?? '/';
  const url = `http://${incoming.headers.host ?? '127.0.0.1'}${target}`;
  const [path = '/', ...query] = target.split('?');
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    const name = (incoming.rawHeaders[i] ?? '').toLowerCase();
    const value = incoming.rawHeaders[i + 1] ?? '';
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return {
    method: incoming.method ?? 'GET',
    url,
    path,
    query: new URLSearchParams(query.join('?')),
    headers,
    async body() {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

function send(
  to: ServerResponse,
  answer: Answer,
  customHeaders: Readonly<Record<string, string>>,
  closing: boolean,
): void {
  to.statusCode = answer.status;
  for (const [name, value] of answer.headers ?? []) to.appendHeader(name, value);
  for (const [name, value] of Object.entries(customHeaders)) to.setHeader(name, value);
  if (closing) to.setHeader('connection', 'close');
  const isEmpty = answer.body === undefined || answer.body.length === 0;
  if (!isEmpty) {
    // Flushed first, so that the body goes out chunked, as the host sends it.
    to.flushHeaders();
    to.end(answer.body);
    return;
  }
  if (answer.status !== 204 && answer.status !== 304 && !to.hasHeader('transfer-encoding'))
    to.setHeader('content-length', '0');
  to.end();
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requestTarget } from './request-target.ts';

/** Kestrel's limits, which the host leaves as they are: https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/options */
const requestLineBytes = 8_192;
const headersBytes = 32_768;
const headersCount = 100;
/** The host's own limit (Program.cs): reading more than this fails, which the caller sees as a 500. */
const bodyBytes = 104_857_600;
/**
 * What App Service's front end, which is no part of the host, asks for a length of; seen of a function app in Azure:
 * https://github.com/MicrosoftDocs/azure-docs/issues/58216. A DELETE or PATCH that it refused nobody has shown.
 */
const methodsWithLength: readonly string[] = ['POST', 'PUT'];
const lengthRequired: Answer = {
  status: 411,
  headers: [['content-type', 'text/html; charset=us-ascii']],
  body: '<h2>Length Required</h2>\n<hr><p>HTTP Error 411. The request must be chunked or have a content length.</p>\n',
};

/** A request as the host's parts see it. */
export interface HostRequest {
  readonly method: string;
  /** Absolute; see RequestTarget. */
  readonly url: string;
  /** Decoded, beginning with a slash; see RequestTarget. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names; repeated headers are joined with a comma and no space, empty ones among them left out. */
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
  const server = createServer({ maxHeaderSize: requestLineBytes + headersBytes }, async (incoming, outgoing) => {
    const request = readRequest(incoming);
    // What the web server refuses no part of the host sees: no header of host.json, and the connection ends.
    if (typeof request === 'number') return send(outgoing, { status: request }, {}, true);
    if (lacksLength(request)) return send(outgoing, lengthRequired, {}, true);
    const answer = await handle(request).catch(() => ({ status: 500 }));
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

/** The request, or the status with which the web server refuses it before anything looks at it. */
function readRequest(incoming: IncomingMessage): HostRequest | number {
  const { method = 'GET', url = '/', rawHeaders, httpVersion } = incoming;
  if (`${method} ${url} HTTP/${httpVersion}\r\n`.length > requestLineBytes) return 414;
  const headerLines = rawHeaders.length / 2;
  if (headerLines > headersCount || rawHeaders.join('').length + headerLines * ': \r\n'.length > headersBytes)
    return 431;

  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = utf8(rawHeaders[i + 1] ?? '');
    if (value === undefined || (name === 'host' && headers.has(name))) return 400;
    headers.set(name, joined(headers.get(name), value));
  }
  const target = requestTarget(url, headers.get('host') ?? '127.0.0.1');
  if (target === undefined) return 400;
  return {
    method,
    url: target.url,
    path: target.path,
    query: new URLSearchParams(target.query),
    headers,
    async body() {
      if (Number(headers.get('content-length')) > bodyBytes) throw new Error('the request body is too large.');
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

function lacksLength({ method, headers }: HostRequest): boolean {
  return methodsWithLength.includes(method) && !headers.has('content-length') && !headers.has('transfer-encoding');
}

/** Values of one header or query key as .NET's StringValues shows them: joined by commas, empty ones left out. */
export function joined(earlier: string | undefined, value: string): string {
  return [earlier, value].filter((each) => each !== undefined && each !== '').join(',');
}

/** Node hands headers over as Latin-1; the host reads them as UTF-8. Undefined when they are no UTF-8. */
function utf8(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
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

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { decoded } from '../exchange.ts';
import type { SimulatedAzure } from '../simulated-azure.ts';
import { carryRequest } from './carry-request.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';

/** A running proxy. */
export interface RunningProxy {
  /** Such as `http://127.0.0.1:8421`: what `HTTPS_PROXY` takes. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection and stops to listen. */
  stop(): Promise<void>;
}

/** Azure's gateways keep an idle connection for minutes; closing first would break a request just sent on it. */
const keepAliveTimeoutMs = 120_000;

/**
 * Starts an HTTPS forward proxy on 127.0.0.1 behind which all the world is the simulated Azure: it ends TLS in the name
 * of whatever host is asked for and hands the request over. It opens no connection itself. mockttp would do the same,
 * but listens on every address of the machine and closes idle connections after five seconds.
 * @param options.port default: a free one
 * @param options.callerAddress where calls seem to come from; anyone who gives the proxy a user name is the world's caller
 * of that name instead
 */
export async function startProxy(options: {
  readonly azure: SimulatedAzure;
  readonly authority: CertificateAuthority;
  readonly callerAddress: string;
  readonly port?: number;
}): Promise<RunningProxy> {
  const { azure, authority, callerAddress, port = 0 } = options;
  const connections = new Map<
    Socket,
    { readonly raw: Socket; readonly host: string; readonly id: string; readonly from: string }
  >();

  const inner = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, (incoming, outgoing) => {
    const connection = connections.get(incoming.socket);
    if (connection === undefined) return void incoming.socket.destroy();
    const origin = `https://${incoming.headers.host ?? connection.host}`;
    const reset = () => connection.raw.resetAndDestroy();
    void carryRequest(azure, incoming, outgoing, {
      origin,
      connection: { callerAddress: connection.from, connectionId: connection.id },
      reset,
    });
  });

  const outer = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, (incoming, outgoing) => {
    // Plain HTTP through the proxy names the whole URL; whatever it names, Azure has no such host.
    const absolute = /^(http:\/\/[^/?#]+)(.*)$/i.exec(incoming.url ?? '');
    incoming.url = absolute?.[2] || '/';
    void carryRequest(azure, incoming, outgoing, {
      origin: absolute?.[1] ?? 'http://proxy.invalid',
      connection: { callerAddress, connectionId: randomUUID() },
      reset: () => incoming.socket.resetAndDestroy(),
    });
  });

  outer.on('connect', (request: IncomingMessage, raw: Socket, head: Buffer) => {
    const host = hostOf(request.url ?? '');
    raw.on('error', () => raw.destroy());
    const open = async () => {
      const secureContext = await authority.contextFor(host);
      raw.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) raw.unshift(head);
      const secure = new TLSSocket(raw, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
      connections.set(secure, { raw, host, id: randomUUID(), from: userOf(request) ?? callerAddress });
      secure.on('error', () => raw.destroy());
      secure.on('close', () => connections.delete(secure));
      inner.emit('connection', secure);
    };
    open().catch((error: unknown) => {
      console.error(`The proxy could not become ${host}:`, error);
      raw.destroy();
    });
  });

  const taken = await listenOnLoopback(outer, port, 'proxy of the simulated Azure');
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    async stop() {
      for (const { raw } of connections.values()) raw.destroy();
      outer.closeAllConnections();
      await new Promise((resolve) => outer.close(resolve));
    },
  };
}

/** The user name in the proxy's URL, by which the world knows a caller that stands elsewhere; null without one. */
function userOf({ headers }: IncomingMessage): string | null {
  const [, encoded] = /^Basic +(\S+)$/i.exec(headers['proxy-authorization'] ?? '') ?? [];
  const user = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString().split(':')[0];
  return user === undefined || user === '' ? null : decoded(user);
}

function hostOf(authority: string): string {
  return authority
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
}

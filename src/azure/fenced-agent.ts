import type { ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { Agent as PipelineAgent } from '@azure/core-rest-pipeline';
import { Agent, type AgentConnectOpts } from 'agent-base';
import type { Fence } from '../shared/fence.ts';

/**
 * An agent for one write. It connects as `inner` would (a proxy's agent; undefined: straight to the host), waits for
 * TLS, and asks `fence` in the very tick in which Node gets the socket and writes the request:
 *
 *     name lookup → proxy CONNECT → TLS → fence? → socket handed out, bytes leave
 *
 * An abort signal is no substitute: the SDK pipeline looks at it once, before all of this.
 */
export class FencedAgent extends Agent {
  /** True once the socket was handed out: from then on bytes of the request may have left. */
  handedOut = false;
  /** True when the fence was what stopped it. */
  fenceLost = false;
  readonly #inner: PipelineAgent | undefined;
  readonly #fence: Fence;

  constructor(inner: PipelineAgent | undefined, fence: Fence) {
    super({ keepAlive: false });
    this.#inner = inner;
    this.#fence = fence;
  }

  override async connect(request: ClientRequest, options: AgentConnectOpts): Promise<Duplex> {
    if (!options.secureEndpoint) throw codedError('NOT_HTTPS');
    const socket = await this.#open(request, options);
    // A proxy's agent gives its refusal back as a socket that replays it: that is no answer of Azure's.
    if (!(socket instanceof TLSSocket)) {
      socket.destroy();
      throw codedError('PROXY_REFUSED');
    }
    await secured(socket);
    this.fenceLost = !this.#fence();
    // A request that was given up meanwhile (timeout) counts as not sent: so it must not be.
    if (this.fenceLost || request.destroyed) {
      socket.destroy();
      throw codedError('STOPPED');
    }
    this.handedOut = true;
    return socket;
  }

  async #open(request: ClientRequest, options: AgentConnectOpts): Promise<Duplex> {
    const inner = this.#inner;
    if (inner === undefined) return connectTls({ ...options, ALPNProtocols: ['http/1.1'] });
    if (!isConnecting(inner)) throw codedError('UNKNOWN_AGENT');
    return await inner.connect(request, options);
  }
}

type ConnectingAgent = PipelineAgent & {
  connect(request: ClientRequest, options: AgentConnectOpts): Promise<Duplex> | Duplex;
};

function isConnecting(agent: PipelineAgent): agent is ConnectingAgent {
  return 'connect' in agent && typeof agent.connect === 'function';
}

/** Resolves in the tick in which the handshake ends. */
function secured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error?: Error) => reject(error ?? codedError('ECONNRESET'));
    socket.once('error', fail);
    socket.once('close', () => fail());
    socket.once('secureConnect', () => {
      socket.off('error', fail);
      resolve();
    });
  });
}

function codedError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

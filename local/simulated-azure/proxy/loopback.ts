import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { answerControl } from '../control.ts';
import type { SimulatedAzure } from '../simulated-azure.ts';
import { carryRequest } from './carry-request.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';

/** What the simulated Azure serves on 127.0.0.1 in plain HTTP: the managed identity endpoint, and its control. */
export interface Loopback {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param port 0 for a free one */
export async function startLoopback(azure: SimulatedAzure, port: number): Promise<Loopback> {
  const connectionIds = new WeakMap<Socket, string>();
  const controlled: Pick<SimulatedAzure, 'handle'> = {
    handle: async (request, connection) =>
      (await answerControl(azure, request)) ?? (await azure.handle(request, connection)),
  };
  const server = createServer((incoming, outgoing) => {
    const { socket } = incoming;
    // A page in a browser can reach a loopback port, also under a name of its own; nothing here is for pages.
    const { hostname } = new URL(`http://${incoming.headers.host ?? 'unknown'}`);
    const isPage = incoming.headers.origin !== undefined;
    if (isPage || (hostname !== '127.0.0.1' && hostname !== 'localhost')) return void socket.destroy();
    const connectionId = connectionIds.get(socket) ?? randomUUID();
    connectionIds.set(socket, connectionId);
    void carryRequest(controlled, incoming, outgoing, {
      origin: 'http://127.0.0.1',
      connection: { callerAddress: '127.0.0.1', connectionId },
      reset: () => socket.resetAndDestroy(),
    });
  });
  const taken = await listenOnLoopback(server, port, 'identity endpoint of the simulated Azure');
  return {
    url: `http://127.0.0.1:${taken}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import type { Server } from 'node:net';

/**
 * Listens on 127.0.0.1 and gives the port.
 * @param port 0 for a free one
 * @param what names the listener where the port is taken: a busy port throws `PortTaken`
 */
export async function listenOnLoopback(server: Server, port: number, what: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTaken(port, what) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** One sentence for the one who started it. */
export class PortTaken extends Error {
  constructor(port: number, what: string) {
    super(`Port ${port}, wanted for the ${what}, is already in use; stop what listens there or choose another port.`);
    this.name = 'PortTaken';
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Counts, FromConsumers, SecretSeen, ToConsumers } from './consumer-messages.ts';

/** The consumers' process, seen from outside. */
export interface Consumers {
  readonly counts: Counts;
  /** Reads a secret as the consumers do, with their identity. */
  read(secret: string): Promise<SecretSeen>;
  /** From now on they call the AI service all the time. */
  start(): void;
  /** Lets them finish their calls; the counts are final then. */
  stop(): Promise<void>;
  /** Resolves when they ended without being asked to. */
  readonly ended: Promise<void>;
}

/**
 * @param clientId of the managed identity that they have
 * @param vaultUrl of the vault that those read who follow the pointer
 * @param copy the vault of the one that has a copy, and the endpoint that it calls
 */
export function startConsumers(
  environment: NodeJS.ProcessEnv,
  clientId: string,
  vaultUrl: string,
  copy: { readonly vaultUrl: string; readonly endpoint: string },
): Consumers {
  const told = [clientId, vaultUrl, copy.vaultUrl, copy.endpoint];
  const child = fork(join(import.meta.dirname, 'consumers-process.ts'), told, {
    env: environment,
    execArgv: [],
    // A group of its own: Ctrl-C reaches only the starter, which stops things in its order.
    detached: process.platform !== 'win32',
    // What it might say is of no use beside the picture; its failures are counted.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let counts: Counts = { sent: 0, failures: {} };
  let stopping = false;
  const exited = once(child, 'exit');
  child.on('message', (message: FromConsumers) => {
    if (message.kind === 'counts') counts = message.counts;
  });
  const tell = (message: ToConsumers) => child.send(message, () => undefined);
  return {
    get counts() {
      return counts;
    },
    async read(secret) {
      tell({ kind: 'read', secret });
      return await Promise.race([secretFrom(child), exited.then(() => Promise.reject(new ConsumersEnded()))]);
    },
    start: () => void tell({ kind: 'start' }),
    async stop() {
      stopping = true;
      if (child.connected) tell({ kind: 'stop' });
      await exited;
    },
    ended: exited.then(() => (stopping ? new Promise<void>(() => {}) : undefined)),
  };
}

class ConsumersEnded extends Error {
  override readonly message = "The consumers' process has ended by itself.";
}

async function secretFrom(child: ChildProcess): Promise<SecretSeen> {
  for (;;) {
    const [message]: FromConsumers[] = await once(child, 'message');
    if (message?.kind === 'secret') return message.secret;
  }
}

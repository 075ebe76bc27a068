import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PortTaken } from './simulated-azure/proxy/listen-on-loopback.ts';
import { tellFolder } from './told.ts';

/** Storage of this machine: blobs, queues and tables, as Azurite serves them. */
export interface RunningAzurite {
  /** What `AzureWebJobsStorage` takes. */
  readonly connectionString: string;
  readonly processId: number;
  /** Resolves when Azurite ended without being asked to. */
  readonly ended: Promise<void>;
  /** Lets it save and end; ends it by force after five seconds. */
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  /** Where its data stays between starts; null keeps it only in memory. */
  readonly folder: string | null;
  /** Default: Azurite's own, 10000, 10001 and 10002; 0 takes a free one. */
  readonly ports?: { readonly blob: number; readonly queue: number; readonly table: number };
  /** Arguments for Azurite's Node, such as `--import ./preload.ts`. */
  readonly nodeArguments?: readonly string[];
}

/** The account and key that every storage emulator has: https://learn.microsoft.com/azure/storage/common/storage-use-azurite. */
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const stopPatienceMs = 5_000;

/**
 * Starts Azurite and resolves when all three services listen. Throws `PortTaken` when a port is busy, and an error with
 * Azurite's last words when it ends for another reason. It sends no telemetry.
 */
export async function startAzurite(options: AzuriteOptions): Promise<RunningAzurite> {
  const ports = options.ports ?? { blob: 10_000, queue: 10_001, table: 10_002 };
  const child = fork(join(import.meta.dirname, 'azurite-process.ts'), argumentsFor(options.folder, ports), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C reaches only the starter, which stops things in its order.
    detached: true,
    // The starter's own flags (a preload, a debugger, a script on the command line) are not for Azurite.
    execArgv: [...(options.nodeArguments ?? [])],
  });
  let stopping = false;
  const exited = once(child, 'exit');
  try {
    const endpoints = await listening(child);
    // Azurite logs every request; unread, a full pipe would halt it.
    child.stdout?.resume();
    child.stderr?.resume();
    return {
      connectionString: connectionString(endpoints),
      processId: child.pid ?? 0,
      ended: exited.then(() => (stopping ? new Promise<void>(() => {}) : undefined)),
      async stop() {
        stopping = true;
        if (child.connected) child.disconnect();
        const force = setTimeout(() => child.kill('SIGKILL'), stopPatienceMs);
        await exited;
        clearTimeout(force);
        if (options.folder !== null) tellFolder(options.folder);
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function argumentsFor(folder: string | null, ports: { blob: number; queue: number; table: number }): string[] {
  return [
    ...(folder === null ? ['--inMemoryPersistence'] : ['--location', folder]),
    ...['--blobPort', String(ports.blob), '--queuePort', String(ports.queue), '--tablePort', String(ports.table)],
    // SDK clients are newer than the newest version that Azurite has checked.
    '--skipApiVersionCheck',
    '--disableTelemetry',
    '--silent',
  ];
}

interface Endpoints {
  readonly Blob: string;
  readonly Queue: string;
  readonly Table: string;
}

async function listening(child: ChildProcess): Promise<Endpoints> {
  if (child.stdout === null || child.stderr === null) throw new Error('Azurite was started without its output.');
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const found: Partial<Record<keyof Endpoints, string>> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const listens = /^Azurite (Blob|Queue|Table) service is successfully listening at (\S+)/.exec(line);
    if (listens?.[1] === 'Blob' || listens?.[1] === 'Queue' || listens?.[1] === 'Table')
      found[listens[1]] = listens[2] ?? '';
    const { Blob, Queue, Table } = found;
    if (Blob !== undefined && Queue !== undefined && Table !== undefined) return { Blob, Queue, Table };
  }
  // Its output has ended, so it is about to end itself; its last words come on the other stream.
  if (child.exitCode === null) await once(child, 'exit');
  const busy = /EADDRINUSE.*:(\d+)/.exec(said.join('\n'))?.[1];
  if (busy !== undefined) throw new PortTaken(Number(busy), 'storage emulator Azurite');
  throw new Error(`Azurite did not start: ${said.at(-1) ?? 'it said nothing'}`);
}

function connectionString({ Blob, Queue, Table }: Endpoints): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${account}`,
    `AccountKey=${accountKey}`,
    `BlobEndpoint=${Blob}/${account}`,
    `QueueEndpoint=${Queue}/${account}`,
    `TableEndpoint=${Table}/${account}`,
    '',
  ].join(';');
}

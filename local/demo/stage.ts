import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { stop as stopEsbuild } from 'esbuild';
import { makeAppFolder } from '../../tools/build.ts';
import { type LocalAzure, startLocalAzure } from '../local-azure.ts';
import { type Runner, startRunner } from '../runner/host.ts';
import { plainLine } from '../runner/log.ts';
import { realClock } from '../simulated-azure/clock.ts';
import { listenOnLoopback } from '../simulated-azure/proxy/listen-on-loopback.ts';
import type { SimulatedCloudName } from '../simulated-azure/simulated-clouds.ts';
import { writeExports } from '../write-exports.ts';
import { demoSettings, demoWorld } from './demo-world.ts';
import type { StartedThings } from './started-things.ts';
import { withoutLooks } from './without-looks.ts';

export interface StageOptions {
  /** Keeps the certificate authority between starts; all else in it begins again, as the simulated world does. */
  readonly folder: string;
  /** Of the Functions host; 0 takes a free one. */
  readonly port: number;
  /** Default: the public one. */
  readonly cloud?: SimulatedCloudName;
  /** Of processes that are started. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Everything that a rotation needs, running. */
export interface Stage {
  readonly local: LocalAzure;
  readonly runner: Runner;
  readonly functions: readonly string[];
  /** What other processes need to take the simulated Azure for Azure. */
  readonly environment: NodeJS.ProcessEnv;
  /** `. azure.env` gives the same to a shell. */
  readonly exportsFile: string;
  /** What is made at every start: the built app, its log, the runner's state. */
  readonly runFolder: string;
  readonly logFile: string;
}

/**
 * Starts the simulated Azure with storage, builds the app and runs it, with the settings and the identity that it would
 * have in Azure. Throws `FolderTaken`, `PortTaken`, or an error whose message says which port is busy.
 */
export async function setStage(options: StageOptions, things: StartedThings): Promise<Stage> {
  const { folder, port, cloud = 'public' } = options;
  await requireFree(port);
  const clock = realClock();
  const world = demoWorld(cloud, clock);
  const local = await things.start(startLocalAzure({ ...inMemory, world, clock, folder }), (started) => started.stop());
  const { file: exportsFile } = await writeExports(folder, local.environment, world);
  const environment = { ...options.environment, ...local.environment };

  const runFolder = join(folder, 'demo');
  const appFolder = join(runFolder, 'app');
  await rm(runFolder, { recursive: true, force: true });
  // The queue is looked at more often than the two seconds that are plenty for an overlap of hours.
  await makeAppFolder(appFolder, { maxPollingInterval: '00:00:01' });
  // Its own process would live as long as this one.
  await stopEsbuild();
  const logFile = join(runFolder, 'app.log');
  const log = createWriteStream(logFile, { mode: 0o600 });
  const runner = await things.start(
    startRunner({
      appFolder,
      port,
      stateFolder: join(runFolder, 'runner'),
      environment: { ...environment, ...demoSettings(world) },
      log: withoutLooks((entry) => log.write(`${plainLine(entry)}\n`)),
    }),
    (started) => started.stop(),
  );
  const { functions, inError } = await runner.ready;
  const [broken] = inError;
  if (broken !== undefined) throw new Error(`The function ${broken.name} does not run: ${broken.reason}`);
  return { local, runner, functions, environment, exportsFile, runFolder, logFile };
}

/** Before anything that takes seconds. */
async function requireFree(port: number): Promise<void> {
  const server = createServer();
  await listenOnLoopback(server, port, 'app');
  await new Promise((closed) => server.close(closed));
}

const inMemory = { storage: 'in-memory', storagePorts: { blob: 0, queue: 0, table: 0 } } as const;

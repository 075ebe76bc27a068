import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { FolderTaken } from './claim-folder.ts';
import { type LocalAzure, startLocalAzure } from './local-azure.ts';
import { realClock, type SimulatedClock } from './simulated-azure/clock.ts';
import { defaultDefinition, worldFrom } from './simulated-azure/default-world.ts';
import { PortTaken } from './simulated-azure/proxy/listen-on-loopback.ts';
import { loginHostOf, simulatedCloudNames } from './simulated-azure/simulated-clouds.ts';
import type { World } from './simulated-azure/world.ts';
import { writeExports } from './write-exports.ts';

/** `npm run azure`: only the simulated Azure and Azurite, for whatever client you like. */

const defaultFolder = join(import.meta.dirname, '..', '.keyturn');
const proxyPort = 8421;

const help = `Starts the simulated Azure and Azurite on this machine, until Ctrl-C.

  npm run azure -- [options]

  --cloud NAME       public (default), usgovernment or china: the default world there
  --world FILE       the world to start with, as JSON; default: two accounts, one vault
  --port N           of the HTTPS proxy; default ${proxyPort}, 0 takes a free one
  --identity-port N  of the managed identity endpoint and the control; default the one after --port
  --blob-port N      of Azurite; default 10000
  --queue-port N     default 10001
  --table-port N     default 10002
  --folder DIR       where storage, the certificate authority and the keys of tokens are kept; default .keyturn
  --help

The variables that clients need go to standard output, and to azure.env in that folder, as lines for a shell.`;

const portText = z
  .string()
  .regex(/^\d+$/, 'is no port: a number from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'is no port: a number from 0 to 65535');
const port = (fallback: number) => portText.default(fallback);

const optionsShape = z.object({
  help: z.boolean().default(false),
  world: z.string().optional(),
  cloud: z.enum(simulatedCloudNames, { error: `is none of ${simulatedCloudNames.join(', ')}` }).optional(),
  folder: z.string().default(defaultFolder),
  port: port(proxyPort),
  'identity-port': portText.optional(),
  'blob-port': port(10_000),
  'queue-port': port(10_001),
  'table-port': port(10_002),
});

/** A mistake of the one who started this: its message is all there is to say. */
class WrongUse extends Error {}

try {
  const options = readOptions();
  if (options.help) console.log(help);
  else await run(options);
} catch (error) {
  const isPlain = error instanceof WrongUse || error instanceof PortTaken || error instanceof FolderTaken;
  console.error(isPlain ? error.message : error);
  process.exitCode = error instanceof WrongUse ? 2 : 1;
}

function readOptions(): z.infer<typeof optionsShape> {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', short: 'h' },
        world: text,
        cloud: text,
        folder: text,
        port: text,
        'identity-port': text,
        'blob-port': text,
        'queue-port': text,
        'table-port': text,
      },
    });
    const parsed = optionsShape.safeParse(values);
    if (parsed.success && parsed.data.world !== undefined && parsed.data.cloud !== undefined)
      throw new WrongUse(
        '--cloud is for the default world; a world of your own says its cloud itself: "cloud": "china".',
      );
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new WrongUse(`--${issue?.path.join('.')} ${issue?.message}.`);
  } catch (error) {
    if (error instanceof WrongUse || !(error instanceof Error)) throw error;
    throw new WrongUse(`${error.message.split('. ')[0]}. See --help.`);
  }
}

async function run(options: z.infer<typeof optionsShape>): Promise<void> {
  const clock = realClock();
  const folder = resolve(options.folder);
  const { cloud = 'public' } = options;
  const world =
    options.world === undefined
      ? worldFrom({ ...defaultDefinition, cloud }, clock)
      : await readWorld(options.world, clock);
  const local = await startLocalAzure({
    world,
    clock,
    folder,
    port: options.port,
    // Fixed too, so that shells that know the address find the next start there.
    identityPort: options['identity-port'] ?? portAfter(options.port),
    storagePorts: { blob: options['blob-port'], queue: options['queue-port'], table: options['table-port'] },
  });
  const { exports, file } = await writeExports(folder, local.environment, world);
  stopOnSignal(local, file);
  process.stdout.write(exports);
  console.error(`
The simulated Azure is up: ${world.accounts.length} AI account(s), ${world.vaults.length} vault(s), storage in Azurite.
In another shell:  . ${file}
Then any Azure client there meets it, for instance:  curl https://${loginHostOf(world)}/common/.well-known/openid-configuration
Ctrl-C stops it.`);
}

/** A free one after a free one, and after the last one. */
function portAfter(port: number): number {
  return port === 0 || port === 65_535 ? 0 : port + 1;
}

async function readWorld(file: string, clock: SimulatedClock): Promise<World> {
  try {
    return worldFrom(JSON.parse(await readFile(file, 'utf8')), clock);
  } catch (error) {
    throw new WrongUse(`The world in ${file} cannot be used: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param file what shells source; it goes with what it leads to */
function stopOnSignal(local: LocalAzure, file: string): void {
  let stopping = false;
  const stop = async (exitCode: number) => {
    // A second Ctrl-C does not wait; Azurite then still ends by itself.
    if (stopping) process.exit(130);
    stopping = true;
    await rm(file, { force: true });
    await local.stop();
    console.error(`
The simulated Azure has ended, and ${file} is gone. A shell that has its variables is led to nothing until it is started
again, or until it forgets them:  unset ${Object.keys(local.environment).join(' ')} AZURE_CLIENT_ID AZURE_CLIENT_SECRET`);
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
  void local.azurite.ended.then(() => {
    console.error('Azurite has ended by itself; the simulated Azure stops too.');
    void stop(1);
  });
}

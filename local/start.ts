import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cleanedEnvironment } from './demo/cleaned-environment.ts';
import type { Counts } from './demo/consumer-messages.ts';
import { startConsumers } from './demo/consumers.ts';
import { countsText, failedIn } from './demo/counts-text.ts';
import { copiedTarget, demoCopy, demoTarget } from './demo/demo-target.ts';
import { startFrontDoor } from './demo/front-door.ts';
import { nextSteps } from './demo/next-steps.ts';
import { openScreen } from './demo/open-screen.ts';
import { signedInOperator } from './demo/operator.ts';
import { play, type Rotated, watchOn } from './demo/play.ts';
import { setStage } from './demo/stage.ts';
import { startedThings } from './demo/started-things.ts';
import { reasonOf } from './runner/log.ts';
import { cloudOf, type SimulatedCloudName, simulatedCloudNames } from './simulated-azure/simulated-clouds.ts';
import type { World } from './simulated-azure/world.ts';

/** `npm start`: one rotation from end to end, on this machine. */

const help = `Adopts an account of a simulated Azure and rotates its keys
under the load of five consumers. Then it stays up to play
with.

  npm start -- [options]

  --cloud NAME  public (default), usgovernment or china
  --once        end after the rotation with a line of JSON;
                exit code 0 only if no request failed
  --port N      of the app; default 7071, as the Functions
                host; 0 takes a free one. The dashboard is at
                the next one
  --folder DIR  for certificates and logs; default .keyturn
  --help`;

interface Options {
  readonly help: boolean;
  readonly once: boolean;
  readonly cloud: SimulatedCloudName;
  readonly port: number;
  readonly folder: string;
}

/** What comes so soon after a Ctrl-C is the same one. */
const sameInterruptMs = 500;

/** A mistake of the one who started this: its message is all there is to say. */
class WrongUse extends Error {}

const things = startedThings();
const screen = openScreen();
/** What Ctrl-C means: an interruption, until the rotation was shown. */
let codeOnInterrupt = () => 130;

try {
  const options = readOptions();
  if (options.help) console.log(help);
  else process.exitCode = await Promise.race([run(options), interrupted()]);
} catch (error) {
  screen.close();
  console.error(`\n${reasonOf(error)}`);
  process.exitCode = error instanceof WrongUse ? 2 : 1;
}
await things.stopAll();
process.exit();

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        once: { type: 'boolean', default: false },
        cloud: { type: 'string', default: 'public' },
        port: { type: 'string', default: '7071' },
        folder: { type: 'string', default: join(import.meta.dirname, '..', '.keyturn') },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_535) throw new WrongUse('--port is no port: a number from 0 to 65535.');
    const cloud = simulatedCloudNames.find((name) => name === values.cloud);
    if (cloud === undefined) throw new WrongUse(`--cloud is none of ${simulatedCloudNames.join(', ')}.`);
    return { ...values, cloud, port, folder: resolve(values.folder) };
  } catch (error) {
    if (error instanceof WrongUse) throw error;
    throw new WrongUse(`${reasonOf(error).split('. ')[0]}. See --help.`);
  }
}

/** @returns the exit code */
async function run({ once, cloud, port, folder }: Options): Promise<number> {
  screen.say('Keyturn, on this machine. Azure is simulated; the app runs as it would there.\n');
  const stage = await setStage({ folder, port, cloud, environment: cleanedEnvironment() }, things);
  const { local, runner, functions } = stage;
  screen.say(`✔ Azure is simulated behind ${local.environment.HTTPS_PROXY}; storage is Azurite.`);
  screen.say(`✔ The built app runs at ${runner.url}: ${functions.length} functions, as func-keyturn.\n`);

  const { world } = local.azure;
  const vaultUrlOf = (name: string) => `https://${name}.${cloudOf(world).vaultSuffix}`;
  const copy = { vaultUrl: vaultUrlOf(demoCopy.vault), endpoint: endpointOf(world, copiedTarget.name) };
  const consumerId = clientIdOf(world, 'id-demo-consumer');
  const consumers = startConsumers(stage.environment, consumerId, vaultUrlOf(demoTarget.vault), copy);
  await things.start(Promise.resolve(consumers), (started) => started.stop());
  const cast = { stage, operator: signedInOperator(stage), consumers, screen };
  const brokenDown = Promise.race([
    local.azurite.ended.then(() => 'Azurite'),
    runner.ended.then(() => 'The app'),
    consumers.ended.then(() => "The consumers' process"),
  ]).then((what): never => {
    throw new Error(`${what} has ended by itself; see ${stage.logFile}.`);
  });

  const rotated = await Promise.race([play(cast), brokenDown]);
  if (once) await consumers.stop();
  screen.say(verdict(rotated, consumers.counts));
  // Also of what fails between rotations.
  codeOnInterrupt = () =>
    rotated.state === 'completed' && rotated.copied.isInStep && failedIn(consumers.counts) === 0 ? 0 : 1;
  if (once) {
    console.log(JSON.stringify(outcome(rotated, consumers.counts)));
    return codeOnInterrupt();
  }
  const door = await things.start(
    startFrontDoor({ azure: local.azure, appUrl: runner.url, port: port === 0 || port === 65_535 ? 0 : port + 1 }),
    (started) => started.stop(),
  );
  screen.say(`The dashboard, for a Reader, an Operator or an Admin:\n  ${door.url}\n`);
  screen.say(`Break something, then mend it in the dashboard:\n  ${door.mischiefUrl}\n`);
  screen.say(`Everything stays up until Ctrl-C. The app's log:\n  ${stage.logFile}\nIn another shell, try:\n`);
  screen.say(`${(await nextSteps(stage)).join('\n')}\n`);
  return await Promise.race([watchOn(cast), brokenDown]);
}

function verdict({ state, detail, activeSlot, seconds, copied }: Rotated, counts: Counts): string {
  const rotation =
    state === 'completed'
      ? `✔ The rotation completed in ${seconds} s, and ${activeSlot} is in use.`
      : `✘ The rotation is ${state} after ${seconds} s. ${detail ?? ''}`;
  const copy = copied.isInStep
    ? `✔ Both keys of ${copiedTarget.name} were replaced too,\n  and its copy ${demoCopy.name} holds ${copied.slot}.\n  ${copied.detail ?? ''}`
    : `✘ The rotation of ${copiedTarget.name} is ${copied.rotation}. ${copied.detail ?? ''}`;
  return `\n${rotation}\n${copy.trimEnd()}\n  Consumers: ${countsText(counts)}.\n`;
}

/** The last line of `--once`. */
function outcome({ state, activeSlot, armCalls, vaultCalls, seconds, readers, copied }: Rotated, counts: Counts) {
  const namesOf = (list: readonly { readonly name: string | null }[] = []) => list.map(({ name }) => name);
  return {
    rotation: state,
    activeSlot,
    consumerRequests: counts.sent,
    consumerFailures: failedIn(counts),
    followers: namesOf(readers?.followers),
    stragglers: namesOf(readers?.stragglers),
    copy: { name: demoCopy.name, holds: copied.slot, rotation: copied.rotation },
    armCalls,
    vaultCalls,
    seconds,
  };
}

function clientIdOf(world: World, name: string): string {
  const found = world.principals.find((principal) => principal.name === name);
  if (found === undefined) throw new Error(`The world has no ${name}.`);
  return found.clientId;
}

function endpointOf({ accounts }: World, name: string): string {
  return String(accounts.find((account) => account.name === name)?.resource.properties.endpoint);
}

/** Resolves with the exit code when somebody wants this to end, or nobody reads what it prints. */
function interrupted(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const interrupt = () => {
    // npm passes on the Ctrl-C that the terminal has sent already; one that comes later does not wait, and the other processes end with this one.
    setTimeout(() => process.on('SIGINT', () => process.exit(130)), sameInterruptMs).unref();
    process.on('SIGINT', () => {});
    screen.close();
    console.error('\nStopping.');
    resolve(codeOnInterrupt());
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
  process.stdout.on('error', () => resolve(1));
  return promise;
}

/**
 * What a new worker waits for: loading the built app, its first message, its first HTTP request. Beside it, in the same run, an
 * app with one function that does nothing, and one whose function uses the same SDKs as they are installed. In fresh
 * processes, by turns; Node's own start is not counted, no app can change it. Build first.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goodSettings } from '../test/settings/good-settings.ts';
import { readOptions } from '../tools/read-options.ts';
import type { Started, Took } from './started-app.ts';

const boundMs = 100;
const values = readOptions({ options: { runs: { type: 'string', default: '15' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(
    'npm run bench:cold-start -- [--runs 15]\n\nMeasures how long the built app takes to load and register, and for its first message and request.',
  );
  process.exit();
}
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error('--runs must be a whole number from 1. See --help.');
  process.exit(2);
}

/** Below the repository, so that packages are found where they are installed. */
const folder = join(import.meta.dirname, '..', 'node_modules', '.cache', 'cold-start');
const functions = `
app.storageQueue('message', { queueName: 'messages', connection: 'AzureWebJobsStorage', handler });
app.http('request', { authLevel: 'anonymous', handler });`;
const oneFunction = `import { app } from '@azure/functions';
const handler = async () => ({ status: 401 });${functions}`;
const sameSdks = `import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import { TableClient } from '@azure/data-tables';
import { app } from '@azure/functions';
import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { QueueClient } from '@azure/storage-queue';
const handler = async () => {
  const credential = new ManagedIdentityCredential();
  new SecretClient('https://kv-contoso.vault.azure.net', credential);
  new CognitiveServicesManagementClient(credential, '00000000-0000-0000-0000-000000000000');
  new QueueClient('UseDevelopmentStorage=true', 'messages');
  const once = { retryOptions: { maxRetries: 0 } };
  await TableClient.fromConnectionString('UseDevelopmentStorage=true', 'rows', once).getEntity('one', 'two');
};${functions}`;
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
await writeFile(join(folder, 'one-function.js'), oneFunction);
await writeFile(join(folder, 'same-sdks.js'), sameSdks);

const apps = [
  { name: 'Keyturn', entry: 'dist/main.js', message: 'advance-rotation', request: 'read-fleet' },
  { name: 'one function', entry: join(folder, 'one-function.js'), message: 'message', request: 'request' },
  {
    name: 'one function with the same SDKs',
    entry: join(folder, 'same-sdks.js'),
    message: 'message',
    request: 'request',
  },
] as const;

function start(entry: string, called: string): Started {
  const environment = { ...process.env, ...goodSettings };
  const output = execFileSync(process.execPath, ['bench/started-app.ts', entry, called], {
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const both = (one: Took, other: Took): Took => ({
  wallMs: one.wallMs + other.wallMs,
  cpuMs: one.cpuMs + other.cpuMs,
});
const measured = apps.map(({ name }) => ({
  name,
  load: [] as Took[],
  message: [] as Took[],
  request: [] as Took[],
}));
for (let run = 0; run < runs; run += 1)
  for (const [index, { entry, message, request }] of apps.entries()) {
    const [byMessage, byRequest] = [start(entry, message), start(entry, request)];
    measured[index]?.load.push(byMessage.load);
    measured[index]?.message.push(both(byMessage.load, byMessage.firstCall));
    measured[index]?.request.push(both(byRequest.load, byRequest.firstCall));
  }
const medians = measured.map(({ name, ...took }) => {
  const of = (times: readonly Took[]): Took => ({
    wallMs: median(times.map(({ wallMs }) => wallMs)),
    cpuMs: median(times.map(({ cpuMs }) => cpuMs)),
  });
  return { name, load: of(took.load), message: of(took.message), request: of(took.request) };
});

const shown = ({ wallMs, cpuMs }: Took) => `${wallMs.toFixed(0)} ms (${cpuMs.toFixed(0)} of the processor)`;
const [keyturn, ...others] = medians;
if (keyturn === undefined) throw new TypeError('nothing was measured');
for (const { name, load, message, request } of medians)
  console.log(
    `${name}: load ${shown(load)}, with the first message ${shown(message)}, with the first request ${shown(request)}`,
  );
for (const { name, ...other } of others) {
  const times = (what: 'load' | 'message' | 'request') =>
    `${(keyturn[what].wallMs / other[what].wallMs).toFixed(2)} (${(keyturn[what].cpuMs / other[what].cpuMs).toFixed(2)} of the processor)`;
  console.log(
    `times ${name}: load ${times('load')}, with the first message ${times('message')}, with the first request ${times('request')}`,
  );
}
const sdks = medians.at(-1) ?? keyturn;
const isSlow =
  !(keyturn.load.wallMs <= boundMs) ||
  !(keyturn.load.cpuMs <= sdks.load.cpuMs) ||
  !(keyturn.message.cpuMs <= sdks.message.cpuMs);
console.log(
  `wanted: load in at most ${boundMs} ms, and of the processor no more than one function with the same SDKs takes, to load and with the first message`,
);
if (isSlow) process.exitCode = 1;

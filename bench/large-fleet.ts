/**
 * What a fleet costs whose targets are all at rest: lists, the fleet's summary, a sweep, and the worker's memory; of the built
 * app on the local host, over Azurite. Every row is a copy of that of one account that was adopted before. Beside the times of
 * the clock, which Azurite and this process take part in, stands what the worker's processor took; beside its memory, that of
 * an app with one function on the same host, since the worker's Node and the local host's part of it are in both.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoTarget } from '../local/demo/demo-target.ts';
import { startedThings } from '../local/demo/started-things.ts';
import { startLocalAzure } from '../local/local-azure.ts';
import { startRunner } from '../local/runner/host.ts';
import { defaultApiClientId, defaultDefinition, worldFrom } from '../local/simulated-azure/default-world.ts';
import { issueToken } from '../local/simulated-azure/entra/issue-token.ts';
import { systemClock } from '../src/azure/system-clock.ts';
import { copyRows, largeFleet } from '../test/built-app/large-fleet.ts';
import { makeAppFolder } from '../tools/build.ts';
import { readOptions } from '../tools/read-options.ts';

const values = readOptions({
  options: {
    targets: { type: 'string', default: '5000' },
    node: { type: 'string', default: '' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(
    'npm run bench:large-fleet -- [--targets 5000] [--node=--max-semi-space-size=4]\n\nMeasures lists, a sweep and memory of a large fleet at rest. --node: arguments of the worker’s Node, with blanks between.',
  );
  process.exit();
}
const count = Number(values.targets);
if (!Number.isInteger(count) || count < 2 || count > 10_000) {
  console.error('--targets must be a whole number from 2 to 10000. See --help.');
  process.exit(2);
}

const nodeArguments = values.node.split(' ').filter((one) => one !== '');

const things = startedThings();
try {
  const { measures, listed } = await measure();
  for (const [what, value, wanted, unit, beside] of measures)
    console.log(
      `${what.padEnd(44)} ${String(Math.round(value)).padStart(7)} ${unit.padEnd(5)} wanted at most ${wanted}${beside && `; ${beside}`}`,
    );
  console.log(`${listed} targets listed`);
  if (measures.some(([, value, wanted]) => value > wanted) || listed !== count) process.exitCode = 1;
} finally {
  await things.stopAll();
}

type Measure = readonly [what: string, value: number, wanted: number, unit: string, beside: string];

async function measure(): Promise<{ readonly measures: readonly Measure[]; readonly listed: number }> {
  const folder = await things.start(mkdtemp(join(tmpdir(), 'keyturn-fleet-')), (made) => rm(made, { recursive: true }));
  const world = worldFrom(defaultDefinition, systemClock);
  const ports = { blob: 0, queue: 0, table: 0 };
  const local = await things.start(
    startLocalAzure({ world, clock: systemClock, folder, storage: 'in-memory', storagePorts: ports }),
    (made) => made.stop(),
  );
  const connection = local.environment.AzureWebJobsStorage ?? '';
  const table = await things.start(countingProxy(connection), (made) => made.stop());
  const fleet = largeFleet(count, demoTarget.accountId);
  const appFolder = join(folder, 'app');
  await makeAppFolder(appFolder);
  await writeFile(join(folder, 'targets.json'), JSON.stringify([fleet.first, ...fleet.others]));
  const { PATH = '', HOME = '' } = process.env;
  const runner = await things.start(
    startRunner({
      appFolder,
      port: 0,
      stateFolder: join(folder, 'host'),
      environment: {
        ...{ PATH, HOME },
        ...local.environment,
        AzureWebJobsStorage: table.connectionString,
        KEYTURN_TENANT_ID: world.tenantId,
        KEYTURN_API_CLIENT_ID: defaultApiClientId,
        KEYTURN_INSTANCE: 'func-keyturn',
        KEYTURN_SWEEP_SCHEDULE: '0 0 0 1 1 *',
        KEYTURN_TARGETS_FILE: join(folder, 'targets.json'),
      },
      log: () => {},
      nodeArguments,
    }),
    (made) => made.stop(),
  );
  await runner.ready;
  const principal = world.principals.find(({ name }) => name === 'keyturn-operator');
  if (principal === undefined) throw new TypeError('nobody may ask');
  const { token } = await issueToken(local.azure, { principal, audience: defaultApiClientId });
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`${runner.url}/api/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await response.text();
    if (!response.ok) throw new TypeError(`${path}: ${response.status} ${text.slice(0, 300)}`);
    return text;
  };
  await ask(`targets/${fleet.first.name}/adopt`, 'POST');
  // A look for drift, whose notes are copied, too.
  await runner.fire('sweep');
  await copyRows(connection, fleet);

  const pid = runner.workerPid;
  const loadedKb = await memoryKb(pid);
  await ask('targets?limit=1');
  const page = await timed(5, pid, () => ask('targets?limit=100'));
  const summary = await timed(5, pid, () => ask('fleet'));
  table.reset();
  const all = await timed(1, pid, () => ask('targets?limit=10000'));
  const callsOfAll = table.calls();
  const { targets: answered } = JSON.parse(all.answer) as { readonly targets: readonly unknown[] };
  await runner.fire('sweep');
  table.reset();
  const sweep = await timed(1, pid, () => runner.fire('sweep'));
  const callsOfSweep = table.calls();
  const peakKb = await peakOfFourKb(pid, () => ask('targets?limit=10000'));
  const one = await memoryOfOneFunction(folder, Buffer.byteLength(all.answer), local.environment);
  const processor = ({ cpuMs }: { readonly cpuMs: number }) => `${Math.round(cpuMs)} of the worker's processor`;
  const beside = (kb: number) => `an app with one function ${Math.round(kb / 1024)}`;
  return {
    listed: answered.length,
    measures: [
      ['first page of 100', page.medianMs, 150, 'ms', processor(page)],
      ['all targets in one answer', all.medianMs, 1_000, 'ms', processor(all)],
      ['    calls of the table', callsOfAll, 64, 'calls', ''],
      ['summary of the fleet', summary.medianMs, 300, 'ms', processor(summary)],
      ['sweep with nothing to do', sweep.medianMs, 1_000, 'ms', processor(sweep)],
      ['    calls of the table', callsOfSweep, 64, 'calls', ''],
      ['memory when loaded', loadedKb / 1024, 100, 'MB', beside(one.loadedKb)],
      ['memory during four whole lists at once', peakKb / 1024, 180, 'MB', beside(one.peakKb)],
    ],
  };
}

/** An app on the same host whose only function answers as many bytes as a whole list has. */
async function memoryOfOneFunction(stateFolder: string, bytes: number, environment: NodeJS.ProcessEnv) {
  const root = join(import.meta.dirname, '..');
  // Below the repository, so that the package is found where it is installed.
  const appFolder = join(root, 'node_modules/.cache/large-fleet');
  await mkdir(appFolder, { recursive: true });
  await copyFile(join(root, 'host.json'), join(appFolder, 'host.json'));
  await writeFile(join(appFolder, 'package.json'), JSON.stringify({ type: 'module', main: 'main.js' }));
  await writeFile(
    join(appFolder, 'main.js'),
    `import { app } from '@azure/functions';
app.http('list', { route: 'api/list', authLevel: 'anonymous', handler: async () => ({ body: 'x'.repeat(${bytes}) }) });`,
  );
  const { PATH = '', HOME = '' } = process.env;
  const runner = await things.start(
    startRunner({
      ...{ appFolder, port: 0, stateFolder: join(stateFolder, 'one-function') },
      environment: { PATH, HOME, ...environment },
      log: () => {},
      nodeArguments,
    }),
    (made) => made.stop(),
  );
  await runner.ready;
  const ask = async () => {
    const response = await fetch(`${runner.url}/api/list`);
    if ((await response.text()).length !== bytes) throw new TypeError(`one function: ${response.status}`);
  };
  const loadedKb = await memoryKb(runner.workerPid);
  return { loadedKb, peakKb: await peakOfFourKb(runner.workerPid, ask) };
}

/** The most memory that a process has while four are answered at once. */
async function peakOfFourKb(pid: number | undefined, ask: () => Promise<unknown>): Promise<number> {
  let peakKb = 0;
  const watch = setInterval(async () => {
    peakKb = Math.max(peakKb, await memoryKb(pid));
  }, 20);
  await Promise.all(Array.from({ length: 4 }, ask));
  clearInterval(watch);
  return peakKb;
}

async function timed<T>(times: number, pid: number | undefined, work: () => Promise<T>) {
  const durationsMs: number[] = [];
  const beforeMs = await processorMs(pid);
  let answer: T | undefined;
  for (let n = 0; n < times; n += 1) {
    const beganMs = performance.now();
    answer = await work();
    durationsMs.push(performance.now() - beganMs);
  }
  durationsMs.sort((one, other) => one - other);
  return {
    answer: answer as T,
    medianMs: durationsMs[Math.floor(times / 2)] ?? Number.NaN,
    cpuMs: ((await processorMs(pid)) - beforeMs) / times,
  };
}

/** What a process took of the processor, in user and system mode, counted in hundredths of a second; Linux tells it. */
async function processorMs(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, in brackets, may hold blanks: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const [user, system] = status
    .slice(status.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return 10 * (Number(user) + Number(system));
}

/** Resident memory of a process; Linux tells it. */
async function memoryKb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN);
}

/** Counts what is asked of the tables. */
async function countingProxy(connectionString: string) {
  const endpoint = /TableEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? '';
  const agent = new Agent({ keepAlive: true });
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    const url = new URL(request.url ?? '/', new URL(endpoint).origin);
    const passed = send(url, { method: request.method, headers: request.headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: connectionString.replace(endpoint, endpoint.replace(new URL(endpoint).host, `127.0.0.1:${port}`)),
    calls: () => calls,
    reset() {
      calls = 0;
    },
    async stop() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

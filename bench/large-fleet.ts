/**
 * What a fleet costs: adopting 200 targets, and of thousands at rest lists, the fleet's summary, a sweep, and the worker's memory; of
 * the built app on the local host, over Azurite, with a targets document, as so many targets are declared. Every row is a copy of
 * that of one account that was adopted before. Beside the times of the clock, which Azurite and this process take part in, stands
 * what the worker's processor took; beside its memory, that of an app with one function on the same host, since the worker's Node
 * and the local host's part of it are in both.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TableClient } from '@azure/data-tables';
import { demoTarget } from '../local/demo/demo-target.ts';
import { startedThings } from '../local/demo/started-things.ts';
import { startLocalAzure } from '../local/local-azure.ts';
import { startRunner } from '../local/runner/host.ts';
import { defaultApiClientId, defaultDefinition, worldFrom } from '../local/simulated-azure/default-world.ts';
import { issueToken } from '../local/simulated-azure/entra/issue-token.ts';
import type { WorldDefinition } from '../local/simulated-azure/world-definition.ts';
import { looksForMs } from '../src/app/sweep/look-share.ts';
import { systemClock } from '../src/azure/system-clock.ts';
import { mapBounded } from '../src/shared/map-bounded.ts';
import { azuriteBlobs } from '../test/azure/azurite-blobs.ts';
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

const adoptedAtOnce = 200;
const document = 'keyturn-config/targets.json';
/** A list of targets that was read so long ago is looked at again. */
const restMs = 16_000;
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
  const newcomers = Array.from({ length: adoptedAtOnce }, (_, n) => `ai-labs-${String(n).padStart(3, '0')}`);
  const world = worldFrom(withAccounts(newcomers), systemClock);
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
  const { PATH = '', HOME = '' } = process.env;
  const blobs = azuriteBlobs(connection);
  await blobs.makeContainer('keyturn-config');
  const appWith = async (targets: readonly object[]) => {
    await blobs.put(document, JSON.stringify(targets));
    const started = await startRunner({
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
        KEYTURN_TARGETS_BLOB: document,
      },
      log: () => {},
      nodeArguments,
    });
    await started.ready;
    return started;
  };
  const principal = world.principals.find(({ name }) => name === 'keyturn-operator');
  if (principal === undefined) throw new TypeError('nobody may ask');
  const { token } = await issueToken(local.azure, { principal, audience: defaultApiClientId });
  const asked = async ({ url }: { readonly url: string }, path: string, method = 'GET', body?: object) => {
    const response = await fetch(`${url}/api/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new TypeError(`${path}: ${response.status} ${text.slice(0, 300)}`);
    return text;
  };
  // A look for drift, whose notes are copied, too: by itself, or thousands that are not adopted would be looked at first.
  const declared = newcomers.map((name) => ({
    ...{ ...demoTarget, name, prefix: name },
    accountId: demoTarget.accountId.replace(/[^/]+$/, name),
  }));
  const alone = await things.start(appWith([fleet.first, ...declared]), (made) => made.stop());
  await alone.fire('sweep');
  await asked(alone, `targets/${fleet.first.name}/adopt`, 'POST');
  await alone.fire('sweep');
  const adoption = await timed(1, alone.workerPid, () => adoptAll((body) => asked(alone, 'adoptions', 'POST', body)));
  await alone.stop();
  // The call that tries their keys is paid for, so that no sweep makes it.
  await copyRows(connection, fleet);
  const everyTarget = [fleet.first, ...fleet.others];
  // One worker's sweep takes the document in; another one answers.
  const taking = await things.start(appWith(everyTarget), (made) => made.stop());
  await taking.fire('sweep');
  await taking.stop();
  const runner = await things.start(appWith(everyTarget), (made) => made.stop());
  const ask = (path: string) => asked(runner, path);

  const pid = runner.workerPid;
  const loadedKb = await memoryKb(pid);
  const pagesKb = await peakOfFourKb(pid, () => ask('targets'));
  // As a worker answers that has answered some pages before.
  await timed(5, pid, () => ask('targets?limit=100'));
  const page = await timed(15, pid, () => ask('targets?limit=100'));
  await sleep(restMs);
  const pageAfterRest = await timed(1, pid, () => ask('targets?limit=100'));
  const summary = await timed(5, pid, () => ask('fleet'));
  table.reset();
  await ask('targets?limit=10000');
  const callsOfAll = table.calls();
  const all = await timed(3, pid, () => ask('targets?limit=10000'));
  const rowsAlone = await timed(3, undefined, () => readRows(table.connectionString));
  const { targets: answered } = JSON.parse(all.answer) as { readonly targets: readonly unknown[] };
  await runner.fire('sweep');
  table.reset();
  const sweep = await timed(1, pid, () => runner.fire('sweep'));
  const callsOfSweep = table.calls();
  // Of another kind each sweep tries the keys. There are none in the vault, as one before has noted.
  const ofOpenAi = (json: string) =>
    json.replaceAll('AIServices', 'OpenAI').replaceAll('cognitiveservices.azure', 'openai.azure');
  await copyRows(connection, fleet, (json) => ofOpenAi(json).replaceAll('accepted', 'missing'));
  table.reset();
  const trying = await timed(1, pid, () => runner.fire('sweep'));
  const callsOfTrying = table.calls();
  const peakKb = await peakOfFourKb(pid, () => ask('targets?limit=10000'));
  const one = await memoryOfOneFunction(folder, Buffer.byteLength(all.answer), local.environment);
  const processor = ({ cpuMs }: { readonly cpuMs: number }) => `${Math.round(cpuMs)} of the worker's processor`;
  const beside = (kb: number) => `an app with one function ${Math.round(kb / 1024)}`;
  return {
    listed: answered.length,
    measures: [
      ['adopting 200 targets, in one vault', adoption.medianMs, 30_000, 'ms', processor(adoption)],
      ['    refused or still to be adopted', adoption.answer, 0, '', ''],
      ['first page of 100', page.medianMs, 150, 'ms', processor(page)],
      ['    after a rest', pageAfterRest.medianMs, 150, 'ms', processor(pageAfterRest)],
      [
        ...(['all targets in one answer', all.medianMs, 1_000, 'ms'] as const),
        `${processor(all)}; reading the rows alone ${Math.round(rowsAlone.medianMs)}, answering as many bytes alone ${Math.round(one.medianMs)}`,
      ],
      ['    calls of the table', callsOfAll, 64, 'calls', ''],
      ['summary of the fleet', summary.medianMs, 300, 'ms', processor(summary)],
      ['sweep with nothing to do', sweep.medianMs, 1_000, 'ms', processor(sweep)],
      ['    calls of the table', callsOfSweep, 64, 'calls', ''],
      ['sweep that tries all keys, in one vault', trying.medianMs, looksForMs, 'ms', processor(trying)],
      ['    calls of the table', callsOfTrying, 64, 'calls', ''],
      ['memory when loaded', loadedKb / 1024, 100, 'MB', beside(one.loadedKb)],
      [
        'memory during four lists at once',
        pagesKb / 1024,
        180,
        'MB',
        'their first pages, as who names no limit gets them',
      ],
      ['memory during four whole lists at once', peakKb / 1024, 180, 'MB', beside(one.peakKb)],
    ],
  };
}

/** The default world with more accounts, which Keyturn may rotate. */
function withAccounts(names: readonly string[]): WorldDefinition {
  const { accounts = [], roleAssignments = [] } = defaultDefinition;
  const resourceGroup = 'rg-ai102-challenge09';
  return {
    ...defaultDefinition,
    accounts: [...accounts, ...names.map((name) => ({ name, resourceGroup, kind: 'AIServices' as const }))],
    roleAssignments: [
      ...roleAssignments,
      ...names.map((on) => ({ principal: 'func-keyturn', role: 'Keyturn Key Rotator', on })),
    ],
  };
}

/** Adopts all that is declared, as `keyturn adopt --all` does; answers how many were refused, or are left after twenty requests. */
async function adoptAll(send: (body: object) => Promise<string>): Promise<number> {
  let targets: 'all' | readonly string[] = 'all';
  let refused = 0;
  for (let requests = 0; requests < 20; requests += 1) {
    const answer: { readonly targets: readonly { readonly outcome: string }[]; readonly remaining: readonly string[] } =
      JSON.parse(await send({ targets }));
    refused += answer.targets.filter(({ outcome }) => outcome === 'blocked').length;
    if (answer.remaining.length === 0) return refused;
    targets = answer.remaining;
  }
  return refused + targets.length;
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
  const { medianMs } = await timed(3, undefined, ask);
  return { loadedKb, medianMs, peakKb: await peakOfFourKb(runner.workerPid, ask) };
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

/** Reads what a whole list reads, sixteen partitions beside each other, and makes nothing of it. */
async function readRows(connectionString: string): Promise<void> {
  const client = TableClient.fromConnectionString(connectionString, 'keyturn', { allowInsecureConnection: true });
  const partitions = Array.from({ length: 16 }, (_, n) => n.toString(16));
  await mapBounded(partitions, partitions.length, async (partition) => {
    const filter = `PartitionKey eq '${partition}' and RowKey ge 'current-' and RowKey lt 'current.'`;
    for await (const _ of client.listEntities({ queryOptions: { filter } }).byPage());
  });
}

/**
 * Counts what is asked of the tables. It passes bytes on without reading them, which would take as long as some calls: a connection
 * carries one request at a time, so that a request begins where a write does.
 */
async function countingProxy(connectionString: string) {
  const endpoint = /TableEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? '';
  let calls = 0;
  const server = createServer((asking) => {
    const answering = connect(Number(new URL(endpoint).port), '127.0.0.1');
    asking.on('data', (bytes) => {
      if (/^[A-Z]+ \//.test(bytes.toString('latin1', 0, 16))) calls += 1;
    });
    asking.pipe(answering).pipe(asking);
    for (const socket of [asking, answering])
      socket.on('error', () => {
        asking.destroy();
        answering.destroy();
      });
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
      server.close();
    },
  };
}

/**
 * What a fleet costs whose targets are all at rest: lists, the fleet's summary, a sweep, and the worker's memory; of the built
 * app on the local host, over Azurite. Every row is a copy of that of one account that was adopted before. Build first.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
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

const values = readOptions({ options: { targets: { type: 'string', default: '5000' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(
    'npm run bench:large-fleet -- [--targets 5000]\n\nMeasures lists, a sweep and memory of a large fleet at rest.',
  );
  process.exit();
}
const count = Number(values.targets);
if (!Number.isInteger(count) || count < 2 || count > 10_000) {
  console.error('--targets must be a whole number from 2 to 10000. See --help.');
  process.exit(2);
}

const things = startedThings();
try {
  const { measures, listed } = await measure();
  for (const [what, value, wanted, unit] of measures)
    console.log(
      `${what.padEnd(44)} ${String(Math.round(value)).padStart(7)} ${unit.padEnd(5)} wanted at most ${wanted}`,
    );
  console.log(`${listed} targets listed`);
  if (measures.some(([, value, wanted]) => value > wanted) || listed !== count) process.exitCode = 1;
} finally {
  await things.stopAll();
}

type Measure = readonly [what: string, value: number, wanted: number, unit: string];

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

  const loadedKb = await memoryKb(runner.workerPid);
  await ask('targets?limit=1');
  const page = await timed(5, () => ask('targets?limit=100'));
  const summary = await timed(5, () => ask('fleet'));
  table.reset();
  const all = await timed(1, () => ask('targets?limit=10000'));
  const callsOfAll = table.calls();
  const { targets: answered } = JSON.parse(all.answer) as { readonly targets: readonly unknown[] };
  await runner.fire('sweep');
  table.reset();
  const sweep = await timed(1, () => runner.fire('sweep'));
  const callsOfSweep = table.calls();
  let peakKb = 0;
  const watch = setInterval(async () => {
    peakKb = Math.max(peakKb, await memoryKb(runner.workerPid));
  }, 20);
  await Promise.all(Array.from({ length: 4 }, () => ask('targets?limit=10000')));
  clearInterval(watch);
  return {
    listed: answered.length,
    measures: [
      ['first page of 100', page.medianMs, 150, 'ms'],
      ['all targets in one answer', all.medianMs, 1_000, 'ms'],
      ['    calls of the table', callsOfAll, 64, 'calls'],
      ['summary of the fleet', summary.medianMs, 300, 'ms'],
      ['sweep with nothing to do', sweep.medianMs, 1_000, 'ms'],
      ['    calls of the table', callsOfSweep, 64, 'calls'],
      ['memory when loaded', loadedKb / 1024, 100, 'MB'],
      ['memory during four whole lists at once', peakKb / 1024, 180, 'MB'],
    ],
  };
}

async function timed<T>(times: number, work: () => Promise<T>) {
  const durationsMs: number[] = [];
  let answer: T | undefined;
  for (let n = 0; n < times; n += 1) {
    const beganMs = performance.now();
    answer = await work();
    durationsMs.push(performance.now() - beganMs);
  }
  durationsMs.sort((one, other) => one - other);
  return { answer: answer as T, medianMs: durationsMs[Math.floor(times / 2)] ?? Number.NaN };
}

/** Resident memory of a process; Linux tells it. */
async function memoryKb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN);
}

/** Counts what is asked of the tables. */
async function countingProxy(connectionString: string) {
  const endpoint = /TableEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? '';
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    const url = new URL(request.url ?? '/', new URL(endpoint).origin);
    const passed = send(url, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
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
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The Python recipe of docs/consumers.md, on Debian's packages of the Azure SDK, lives through a rotation and a leak. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { clientEnvironment } from '../../local/environment.ts';
import { keptSecrets } from '../../local/simulated-azure/entra/tenant-secrets.ts';
import { certificateAuthority } from '../../local/simulated-azure/proxy/certificate-authority.ts';
import { startLoopback } from '../../local/simulated-azure/proxy/loopback.ts';
import { startProxy } from '../../local/simulated-azure/proxy/proxy.ts';
import type { SimulatedAzure } from '../../local/simulated-azure/simulated-azure.ts';
import { rowOf } from '../scenarios/steered-rotation.ts';
import { linesOf, recipe } from './recipe.ts';
import { rotationWorld } from './rotation-world.ts';

const minuteMs = 60_000;
/** Debian's own Python: only it finds Debian's packages. */
const python = '/usr/bin/python3';
const runs = (...args: string[]) => spawnSync(python, args, { encoding: 'utf8' }).status === 0;
const hasSdk = runs('-c', 'import azure.identity, azure.keyvault.secrets, requests');

interface Answer {
  readonly statuses: readonly number[];
  readonly refused: number;
  readonly reads: number;
}

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-python-'));
  stops.push(() => rm(folder, { recursive: true }));
  return folder;
}

/** The recipe in a Python of its own, which takes this simulated Azure for Azure. @returns what four threads are answered at an instant */
async function startRecipe(azure: SimulatedAzure, nowMs: () => number): Promise<() => Promise<Answer>> {
  const folder = await emptyFolder();
  const file = join(folder, 'recipe.py');
  await writeFile(file, recipe('python'));
  const authority = await certificateAuthority(folder);
  const { identityHeader } = await keptSecrets(folder);
  const proxy = await startProxy({ azure, authority, callerAddress: '203.0.113.20' });
  stops.push(() => proxy.stop());
  const loopback = await startLoopback(azure, 0);
  stops.push(() => loopback.stop());
  const reader = azure.world.principals.find(({ name }) => name === 'id-demo-consumer');
  const environment = clientEnvironment({
    proxyUrl: proxy.url,
    certificateFile: authority.certificateFile,
    bundleFile: authority.bundleFile,
    identityEndpoint: `${loopback.url}/msi/token`,
    identityHeader,
    controlUrl: '',
    tenantId: azure.world.tenantId,
    subscriptionId: null,
    aiEndpoint: null,
    authorityUrl: null,
  });
  const child: ChildProcess = spawn(python, ['-u', 'test/consumer/python-driver.py', file], {
    env: {
      PATH: process.env.PATH,
      ...environment,
      AZURE_CLIENT_ID: reader?.clientId ?? '',
      AI_MODELS_URL: 'https://ai-secure-demo.cognitiveservices.azure.com/openai/v1/models',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  stops.push(async () => {
    child.stdin?.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  if (child.stdin === null || child.stdout === null || child.stderr === null) throw new TypeError('no pipes');
  const { stdin } = child;
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  stdin.write(`${nowMs() / 1000}\n`);
  return async () => {
    stdin.write(`${nowMs() / 1000}\n`);
    const { value, done } = await lines.next();
    if (done) throw new TypeError(`the recipe ended: ${errors.slice(-2_000)}`);
    return JSON.parse(value);
  };
}

it.for([
  ['a rotation', null],
  ['a leaked key that ends within a minute', 60],
] as const)('no request of four threads fails in %s', async ([_event, leakOverlapSeconds], { skip }) => {
  skip(!hasSdk, "Debian's packages of the Azure SDK for Python are not installed");
  const world = await rotationWorld(10 * minuteMs);
  const { keyturn, pass, rotateUntil, ended } = world;
  const ask = await startRecipe(keyturn.azure, keyturn.clock.nowMs);
  const answers: Answer[] = [];
  world.join(async () => {
    answers.push(await ask());
  });
  await pass(40 * minuteMs);
  if (leakOverlapSeconds === null) await world.rotate();
  else await world.leak(leakOverlapSeconds);
  await rotateUntil(ended);
  await pass(40 * minuteMs);
  expect(rowOf(keyturn.journal).lastEnd).toMatchObject({ outcome: 'completed' });
  expect(answers.length).toBeGreaterThan(5);
  expect(answers.flatMap(({ statuses }) => statuses).filter((status) => status !== 200)).toEqual([]);
  expect(answers.some(({ refused }) => refused > 0)).toBe(leakOverlapSeconds !== null);
  // One thread reads pointer and key, the others wait for it.
  expect(Math.max(...answers.map(({ reads }) => reads))).toBe(2);
});

it('the recipe is Python of at most 40 lines', async ({ skip }) => {
  expect(linesOf(recipe('python'))).toBeLessThanOrEqual(40);
  if (!runs('--version')) skip('python3 is not installed');
  const file = join(await emptyFolder(), 'recipe.py');
  await writeFile(file, recipe('python'));
  expect(runs('-m', 'py_compile', file)).toBe(true);
});

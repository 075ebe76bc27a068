import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { clientEnvironment } from '../../local/environment.ts';
import { keptSecrets } from '../../local/simulated-azure/entra/tenant-secrets.ts';
import { certificateAuthority } from '../../local/simulated-azure/proxy/certificate-authority.ts';
import { startLoopback } from '../../local/simulated-azure/proxy/loopback.ts';
import { startProxy } from '../../local/simulated-azure/proxy/proxy.ts';
import type { SimulatedAzure } from '../../local/simulated-azure/simulated-azure.ts';
import { rowOf } from '../scenarios/steered-rotation.ts';
import { bareEnvironment } from '../vitest/bare-environment.ts';
import { type RotationWorld, rotationWorld } from './rotation-world.ts';

const minuteMs = 60_000;

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** What was started or made and must end, the last first. */
export type Stops = (() => Promise<unknown>)[];

export async function emptyFolder(stops: Stops): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-recipe-'));
  stops.push(() => rm(folder, { recursive: true }));
  return folder;
}

/** What four requests at one instant came to, and how many secrets were read for them. */
interface Answer {
  readonly statuses: readonly number[];
  readonly refused: number;
  readonly reads: number;
}

/**
 * A driver of a recipe in a process of its own, which takes this simulated Azure for Azure. Each line that it reads is an
 * instant in milliseconds; after the first it answers each with a line of JSON.
 */
async function startDriver(
  { keyturn: { azure, clock } }: RotationWorld,
  isVaultOut: () => boolean,
  [command, ...args]: Command,
  stops: Stops,
): Promise<() => Promise<Answer>> {
  const folder = await emptyFolder(stops);
  const authority = await certificateAuthority(folder);
  const { identityHeader } = await keptSecrets(folder);
  const seenByIt: SimulatedAzure = {
    ...azure,
    handle: async (request, connection) =>
      isVaultOut() && new URL(request.url).hostname.includes('.vault.')
        ? Response.json({ error: { code: 'Forbidden', innererror: { code: 'ForbiddenByFirewall' } } }, { status: 403 })
        : await azure.handle(request, connection),
  };
  const proxy = await startProxy({ azure: seenByIt, authority, callerAddress: '203.0.113.20' });
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
  const child = spawn(command, args, {
    env: {
      ...bareEnvironment(),
      HOME: folder,
      ...environment,
      AZURE_CLIENT_ID: reader?.clientId ?? '',
      AI_MODELS_URL: 'https://ai-secure-demo.cognitiveservices.azure.com/openai/v1/models',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  stops.push(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const reads = () =>
    azure.calls.filter(
      ({ caller, host, status }) => caller === reader?.objectId && host.includes('vault') && status === 200,
    ).length;
  child.stdin.write(`${Math.round(clock.nowMs())}\n`);
  return async () => {
    const before = reads();
    child.stdin.write(`${Math.round(clock.nowMs())}\n`);
    const { value, done } = await lines.next();
    if (done) throw new TypeError(`the recipe ended: ${errors.slice(0, 3_000)}`);
    return { ...JSON.parse(value), reads: reads() - before };
  };
}

/** What a recipe in another language lives through. */
export const lives = [
  'a rotation',
  'a rotation without a vault around the switch',
  'a leaked key that ends within a minute',
] as const;

/** Lets a recipe live: four requests at once every ten minutes, of which none may fail. */
export async function liveThrough(life: (typeof lives)[number], driver: Command, stops: Stops): Promise<void> {
  const world = await rotationWorld(10 * minuteMs);
  const { keyturn, pass, rotateUntil, ended } = world;
  const { clock } = keyturn;
  let vaultIsBackAtMs = 0;
  const ask = await startDriver(world, () => clock.nowMs() < vaultIsBackAtMs, driver, stops);
  const answers: Answer[] = [];
  world.join(async () => {
    answers.push(await ask());
  });
  await pass(40 * minuteMs);
  const isLeak = life === 'a leaked key that ends within a minute';
  if (isLeak) await world.leak(60);
  else await world.rotate();
  if (life === 'a rotation without a vault around the switch') vaultIsBackAtMs = clock.nowMs() + 50 * minuteMs;
  await rotateUntil(ended);
  await pass(40 * minuteMs);
  expect(rowOf(keyturn.journal).lastEnd).toMatchObject({ outcome: 'completed' });
  expect(answers.length).toBeGreaterThan(5);
  expect(answers.flatMap(({ statuses }) => statuses).filter((status) => status !== 200)).toEqual([]);
  expect(answers.some(({ refused }) => refused > 0)).toBe(isLeak);
  // One of them reads pointer and key, the others wait for it.
  expect(Math.max(...answers.map(({ reads }) => reads))).toBe(2);
}

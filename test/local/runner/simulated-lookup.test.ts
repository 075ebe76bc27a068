import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { realClock } from '../../../local/simulated-azure/clock.ts';
import { defaultWorld } from '../../../local/simulated-azure/default-world.ts';
import { networkOf } from '../../../local/simulated-azure/network/network-world.ts';
import { type Loopback, startLoopback } from '../../../local/simulated-azure/proxy/loopback.ts';

let loopback: Loopback;

beforeAll(async () => {
  const clock = realClock();
  const azure = createSimulatedAzure({ world: defaultWorld(clock), clock, services: [] });
  networkOf(azure.world).callers.push({ name: 'func-keyturn', address: '203.0.113.10', subnetId: null });
  loopback = await startLoopback(azure, 0);
});

afterAll(() => loopback.stop());

async function ask(host: string): Promise<unknown> {
  const code = `
    import dns, { promises } from 'node:dns';
    const by = (error, address) => console.log(JSON.stringify([error?.code ?? address, later]));
    let later = null;
    try { later = await promises.lookup('${host}', { all: true, family: 4 }); } catch (error) { later = error.code; }
    dns.lookup('${host}', by);`;
  const preload = new URL('../../../local/runner/simulated-lookup.ts', import.meta.url).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', preload, '--input-type=module', '--eval', code],
    { env: { ...process.env, SIMULATED_AZURE_CONTROL: `${loopback.url}/_azure` } },
  );
  return JSON.parse(stdout);
}

test('a worker looks names of Azure up in the simulated one', async () => {
  const address = expect.stringMatching(/^198\.18\.0\.\d+$/);
  expect(await ask('ai-secure-demo.cognitiveservices.azure.com')).toEqual([address, [{ address, family: 4 }]]);
});

test('a name that is not there is not found, as everywhere', async () => {
  expect(await ask('nobody.cognitiveservices.azure.com')).toEqual(['ENOTFOUND', 'ENOTFOUND']);
});

test('this machine’s own names are looked up as always', async () => {
  expect(await ask('127.0.0.1')).toEqual(['127.0.0.1', [{ address: '127.0.0.1', family: 4 }]]);
});

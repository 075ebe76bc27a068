import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runClient, runNode } from '../simulated-azure/proxy/run-client.ts';
import { tried } from '../vitest/whole-search.ts';

const command = new URL('../../local/azure.ts', import.meta.url).pathname;
const freePorts = ['--port', '0', '--blob-port', '0', '--queue-port', '0', '--table-port', '0'];
const run = (...args: string[]) => runClient(process.execPath, [command, ...args], {});

interface Started {
  readonly child: ChildProcess;
  readonly variables: Record<string, string>;
  readonly folder: string;
}

const started: Started[] = [];

/** Starts it on a folder and free ports, and waits for its word to the human, which comes last. */
async function start(folder: string, ...args: string[]): Promise<Started> {
  const child = spawn(process.execPath, [command, '--folder', folder, ...freePorts, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      err += chunk;
      if (err.includes('Ctrl-C stops it.')) resolve();
    });
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${err}`)));
  });
  const variables = Object.fromEntries(
    [...out.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name ?? '', value ?? '']),
  );
  const result = { child, variables, folder };
  started.push(result);
  return result;
}

async function interrupt({ child }: Started): Promise<number | null> {
  child.kill('SIGINT');
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-azure-'));
});

afterEach(async () => {
  for (const each of started.splice(0)) await interrupt(each);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('npm run azure', () => {
  test('prints what a shell needs, keeps it in a file of this user alone, serves, and ends on Ctrl-C', async () => {
    const running = await start(folder);
    const { variables } = running;
    expect(variables).toMatchObject({ NODE_USE_ENV_PROXY: '1', NO_PROXY: 'localhost,127.0.0.1,::1' });
    expect(variables.AzureWebJobsStorage).toMatch(/QueueEndpoint=http:\/\/127\.0\.0\.1:\d+\/devstoreaccount1;/);
    const file = join(folder, 'azure.env');
    expect(await readFile(file, 'utf8')).toContain(`export IDENTITY_HEADER='${variables.IDENTITY_HEADER}'\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const url = 'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration';
    const { out } = await runClient('sh', ['-c', `. ${file}; curl -sS ${url}`], {});
    expect(out).toContain('token_endpoint');

    expect(await interrupt(running)).toBe(0);
    expect(existsSync(join(folder, 'running.json'))).toBe(false);
    // A shell that comes later is told that there is nothing, instead of being led to it.
    expect(existsSync(file)).toBe(false);
    const storage = /BlobEndpoint=([^;]+);/.exec(variables.AzureWebJobsStorage ?? '')?.[1] ?? '';
    await expect(fetch(storage)).rejects.toThrow();
  });

  describe('while it runs', () => {
    let first: Started;
    beforeAll(async () => {
      first = await start(folder);
      // It outlives each of these tests.
      started.splice(0);
    });
    afterAll(async () => {
      await interrupt(first);
    });

    test('starts with a world in which its app finds an account and a vault, with the SDK’s default credential', async () => {
      const { variables } = first;
      const { out, err } = await runNode(
        `import { DefaultAzureCredential } from '@azure/identity';
         import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
         import { SecretClient } from '@azure/keyvault-secrets';
         const credential = new DefaultAzureCredential();
         const arm = new CognitiveServicesManagementClient(credential, process.env.AZURE_SUBSCRIPTION_ID);
         const { kind, location } = await arm.accounts.get('rg-ai102-challenge09', 'ai-secure-demo');
         const vault = new SecretClient('https://kv-ai102-secure.vault.azure.net', credential);
         await vault.setSecret('greeting', 'hello');
         console.log(kind, location, (await vault.getSecret('greeting')).value);`,
        variables,
      );
      expect(err).toBe('');
      expect(out.trim()).toBe('AIServices eastus hello');
    });

    test('tells a second start on the same folder who is there, and leaves the first alone', async () => {
      const { port } = new URL(first.variables.HTTPS_PROXY ?? '');
      const { code, err } = await run('--folder', folder, ...freePorts, '--port', port);
      expect(code).toBe(1);
      expect(err).toBe(
        `A local Azure already runs on ${folder} (process ${first.child.pid}); stop it first, or use that one.\n`,
      );
      const control = await fetch(first.variables.SIMULATED_AZURE_CONTROL ?? '');
      expect(control.status).toBe(200);
    });

    test('names the busy port in one sentence', async () => {
      const port = new URL(first.variables.HTTPS_PROXY ?? '').port;
      const elsewhere = await mkdtemp(join(tmpdir(), 'keyturn-azure-'));
      const { code, err } = await run('--folder', elsewhere, ...freePorts, '--port', port);
      await rm(elsewhere, { recursive: true });
      expect(code).toBe(1);
      expect(err).toMatch(new RegExp(`^Port ${port}, wanted for the proxy .* already in use.*\\n$`));
    });
  });

  test('a token, and a shell that has the variables, outlive a restart in the same folder', async () => {
    const first = await start(folder);
    const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_AI_ENDPOINT } = first.variables;
    expect(AZURE_AI_ENDPOINT).toBe('https://ai-secure-demo.cognitiveservices.azure.com/');
    const signIn = `const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'https://management.azure.com/.default', client_id: '${AZURE_CLIENT_ID}', client_secret: '${AZURE_CLIENT_SECRET}' });
      const answer = await fetch('https://login.microsoftonline.com/${AZURE_TENANT_ID}/oauth2/v2.0/token', { method: 'POST', body });
      console.log((await answer.json()).access_token);`;
    const token = (await runNode(signIn, first.variables)).out.trim();
    const port = (name: string) => new URL(first.variables[name] ?? '').port;
    const ports = ['--port', port('HTTPS_PROXY'), '--identity-port', port('IDENTITY_ENDPOINT')];
    await interrupt(first);
    const second = await start(folder, ...ports);
    const { AzureWebJobsStorage: _, ...variables } = first.variables;
    expect(second.variables).toMatchObject(variables);
    const call = `const headers = { authorization: 'Bearer ${token}' };
      const arm = await fetch('https://management.azure.com/subscriptions?api-version=2022-12-01', { headers });
      const identity = await fetch(process.env.IDENTITY_ENDPOINT + '?api-version=2019-08-01&resource=https://vault.azure.net', { headers: { 'x-identity-header': process.env.IDENTITY_HEADER } });
      console.log(arm.status, identity.status);`;
    expect((await runNode(call, variables)).out.trim()).toBe('200 200');
    expect((await stat(join(folder, 'tenant-secrets.json'))).mode & 0o777).toBe(0o600);
  });

  test('starts with the world of a file', async () => {
    const file = join(folder, 'world.json');
    const subscription = { id: '4e1f7a90-2b3c-4d58-9e6a-7c8b9d0e1f23' };
    await writeFile(file, JSON.stringify({ subscription, resourceGroups: [{ name: 'rg-contoso' }] }));
    const { variables } = await start(folder, '--world', file);
    expect(variables.AZURE_SUBSCRIPTION_ID).toBe(subscription.id);
  });

  const refused = [
    ['a world that is not there', ['--world', '/nowhere/world.json'], '/nowhere/world.json'],
    ['an unknown option', ['--colour', 'red'], "'--colour'"],
    ['a port that is none', ['--port', '99999'], '--port is no port'],
  ] as const;
  test.each(tried(refused, 3))('refuses %s by name, in one line', async (_, args, word) => {
    const { code, err, out } = await run(...args);
    expect(code).toBe(2);
    expect(err).toContain(word);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(out).toBe('');
  });

  test('explains itself', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const option of ['--world FILE', '--port N', '--folder DIR']) expect(out).toContain(option);
  });
});

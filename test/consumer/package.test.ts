/** The package as it is installed: what it holds, what its declarations say to a compiler, and that it runs. */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { buildConsumer } from '../../tools/build-consumer.ts';

/** Within the repository, so that the peer dependency is found where npm would put it. */
let folder: string;

beforeAll(async () => {
  await mkdir('node_modules/.cache', { recursive: true });
  folder = await mkdtemp(resolve('node_modules/.cache/consumer-'));
  for (const file of ['package.json', 'README.md', 'LICENSE']) await cp(join('consumer', file), join(folder, file));
  await buildConsumer(join(folder, 'dist'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('holds the module, its declarations, README and licence, and nothing else', () => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json'], { cwd: folder, encoding: 'utf8' });
  const packed = z.union([z.array(packedSchema), z.record(z.string(), packedSchema)]).parse(JSON.parse(stdout));
  const [files = []] = Object.values(packed).map((one) => one.files.map(({ path }) => path).sort());
  expect(files).toEqual(['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json']);
});

const packedSchema = z.object({ files: z.array(z.object({ path: z.string() })) });

it('has declarations that import nothing, and a module that imports its peer alone', async () => {
  const [declarations, module] = await Promise.all(
    ['index.d.ts', 'index.js'].map((file) => readFile(join(folder, 'dist', file), 'utf8')),
  );
  expect(declarations).not.toMatch(/\bimport\b|\brequire\b|\bfrom '|<reference/);
  expect([...(module ?? '').matchAll(/\bfrom "([^"]+)"|import\("?([^")]+)/g)].map(([, name]) => name)).toEqual([
    '@azure/keyvault-secrets',
  ]);
});

it('fits the types of the clients that it is for', async () => {
  await writeFile(
    join(folder, 'application.ts'),
    `import { TextAnalyticsClient, type AzureKeyCredential } from '@azure/ai-text-analytics';
     import type { KeyCredential } from '@azure/core-auth';
     import type { PipelinePolicy } from '@azure/core-rest-pipeline';
     import { DefaultAzureCredential } from '@azure/identity';
     import { KeyUnavailable, rotatingKey, type KeyEvent } from './dist/index.js';

     const place = { vaultUrl: 'https://kv-contoso.vault.azure.net', credential: new DefaultAzureCredential() };
     const key = await rotatingKey({ ...place, prefix: 'ai-services', onEvent: (event: KeyEvent) => console.warn(event.kind) });
     const credential: KeyCredential = key.credential;
     const policy: PipelinePolicy = key.policy({ header: 'api-key' });
     const send: typeof fetch = key.fetch();
     const isOurs: boolean = key.keySwitched({ specversion: '1.0', type: 'Keyturn.KeySwitched' });
     const apiKey: () => Promise<string> = key.apiKey;
     new TextAnalyticsClient(await key.endpoint(), credential as AzureKeyCredential, {
       additionalPolicies: [{ policy, position: 'perRetry' }],
     });
     console.log(send, isOurs, apiKey, new KeyUnavailable({ reason: 'secret-missing', secret: null, status: 404 }).reason);
     // @ts-expect-error one place, not two
     await rotatingKey({ ...place, prefix: 'ai-services', secretName: 'ai-services-key' });`,
  );
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
  ];
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, 'application.ts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

it('gives a key, tells what is wrong if there is none, and lets the process end', async () => {
  await writeFile(
    join(folder, 'application.mjs'),
    `import { createHttpHeaders } from '@azure/core-rest-pipeline';
     import { KeyUnavailable, rotatingKey } from './dist/index.js';
     const values = { 'ai-services-active-key': 'key2', 'ai-services-key2': 'the active one', 'ai-services-endpoint': 'https://x/' };
     const httpClient = { async sendRequest(request) {
       const name = new URL(request.url).pathname.split('/')[2];
       const body = name in values ? { value: values[name], id: 'https://kv-contoso.vault.azure.net/secrets/' + name + '/1' } : { error: { code: 'SecretNotFound' } };
       return { request, status: name in values ? 200 : 404, headers: createHttpHeaders({ 'content-type': 'application/json' }), bodyAsText: JSON.stringify(body) };
     } };
     const place = {
       vaultUrl: 'https://kv-contoso.vault.azure.net',
       credential: { getToken: async () => ({ token: 'a token', expiresOnTimestamp: Date.now() + 3_600_000 }) },
       clientOptions: { httpClient, disableChallengeResourceVerification: true },
     };
     const key = await rotatingKey({ ...place, prefix: 'ai-services' });
     console.log(key.credential.key, await key.apiKey(), await key.endpoint(), String(await key.current()));
     await rotatingKey({ ...place, secretName: 'none' }).catch((error) => console.log(error instanceof KeyUnavailable, error.reason, error.status));
     await rotatingKey({ ...place, secretName: 'none', cacheMs: 5 }).catch((error) => console.log(error.message));
     await rotatingKey(place).catch((error) => console.log(error.message));`,
  );
  const { stdout, stderr, status } = spawnSync(process.execPath, ['application.mjs'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout.trim().split('\n')).toEqual([
    'the active one the active one https://x/ [key]',
    'true secret-missing 404',
    'cacheMs is 5; a number of milliseconds from 10000 to 86400000 is accepted',
    'prefix and secretName: exactly one of them is accepted',
  ]);
});

it('has one peer', async () => {
  const { peerDependencies } = z
    .object({ peerDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile('consumer/package.json', 'utf8')));
  expect(Object.keys(peerDependencies)).toEqual(['@azure/keyvault-secrets']);
});

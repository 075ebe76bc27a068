import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { networkOf } from '../../../local/simulated-azure/network/network-world.ts';
import { certificateAuthority } from '../../../local/simulated-azure/proxy/certificate-authority.ts';
import { PortTaken } from '../../../local/simulated-azure/proxy/listen-on-loopback.ts';
import { type RunningProxy, startProxy } from '../../../local/simulated-azure/proxy/proxy.ts';
import { type DataPlane, dataPlane, key1 } from '../ai-data-plane/data-plane.ts';
import { runClient, runNode } from './run-client.ts';

const endpoint = 'https://contoso-ai.cognitiveservices.azure.com/text/analytics/v3.1/languages';
const documents = JSON.stringify({ documents: [{ id: '1', text: 'Ce document est rédigé en français.' }] });

let folder: string;
let plane: DataPlane;
let proxy: RunningProxy;
let certificateFile: string;
let bundleFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-proxy-'));
  plane = dataPlane();
  const authority = await certificateAuthority(folder);
  ({ certificateFile, bundleFile } = authority);
  proxy = await startProxy({ azure: plane.azure, authority, callerAddress: '203.0.113.10' });
});

afterAll(async () => {
  await proxy.stop();
  await rm(folder, { recursive: true });
});

const node = () => ({ HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1', NODE_EXTRA_CA_CERTS: certificateFile });
const post = `{ method: 'POST', headers: { 'api-key': '${key1}', 'content-type': 'application/json' }, body: ${JSON.stringify(documents)} }`;

describe('an unmodified client behind the proxy', () => {
  test('is answered in Node’s own fetch', async () => {
    const { code, out, err } = await runNode(
      `const response = await fetch('${endpoint}', ${post}); console.log(await response.text());`,
      node(),
    );
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(out).documents[0].detectedLanguage.name).toBe('French');
  });

  test('is answered in the SDK’s client with a key', async () => {
    const { out, err } = await runNode(
      `import { AzureKeyCredential, TextAnalyticsClient } from '@azure/ai-text-analytics';
       const client = new TextAnalyticsClient('https://contoso-ai.cognitiveservices.azure.com', new AzureKeyCredential('${key1}'));
       const [result] = await client.detectLanguage(['Das Wetter ist heute sehr schön.']);
       console.log(result.primaryLanguage.name);`,
      node(),
    );
    expect(err).toBe('');
    expect(out.trim()).toBe('German');
  });

  test('stands where the user name of its proxy says', async () => {
    const rules = {
      publicNetworkAccess: 'Enabled',
      networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '198.51.100.9' }] },
    };
    const { properties } = plane.account.resource;
    const before = { ...properties };
    networkOf(plane.azure.world).callers.push({ name: 'shop', address: '198.51.100.9', subnetId: null });
    Object.assign(properties, rules);
    const code = `const response = await fetch('${endpoint}', ${post}); console.log(response.status);`;
    const asShop = { ...node(), HTTPS_PROXY: proxy.url.replace('//', '//shop:any@') };
    try {
      const statuses = [(await runNode(code, node())).out.trim(), (await runNode(code, asShop)).out.trim()];
      expect(statuses).toEqual(['403', '200']);
    } finally {
      plane.account.resource.properties = before;
    }
  });

  test('is answered in curl', async ({ skip }) => {
    const environment = { HTTPS_PROXY: proxy.url, CURL_CA_BUNDLE: bundleFile };
    const client = runClient('curl', ['-sS', '-H', `api-key: ${key1}`, '-d', documents, endpoint], environment);
    const { code, out, err } = await client.catch(() => skip('curl is not installed'));
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(out).documents).toHaveLength(1);
  });

  test('is answered in Python’s urllib', async ({ skip }) => {
    const source = `import json, urllib.request
request = urllib.request.Request(${JSON.stringify(endpoint)}, data=${JSON.stringify(documents)}.encode(), headers={"api-key": "${key1}"})
print(json.load(urllib.request.urlopen(request))["documents"][0]["detectedLanguage"]["iso6391Name"])`;
    const environment = { https_proxy: proxy.url, SSL_CERT_FILE: bundleFile };
    const { out, err } = await runClient('python3', ['-c', source], environment).catch(() =>
      skip('python3 is not installed'),
    );
    expect(err).toBe('');
    expect(out.trim()).toBe('fr');
  });

  test('that does not know the authority trusts nothing', async () => {
    const { code, err } = await runNode(`await fetch('${endpoint}')`, { ...node(), NODE_EXTRA_CA_CERTS: '' });
    expect(code).not.toBe(0);
    expect(err).toMatch(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
  });

  test.each(['https://example.com/a?b=c', 'https://storage.googleapis.com/x'])(
    'that asks for %s is told loudly: nothing is ever forwarded',
    async (url) => {
      const { out } = await runNode(
        `const response = await fetch('${url}'); console.log(response.status, await response.text());`,
        node(),
      );
      expect(out).toMatch(/^501 /);
      expect(out).toContain(url);
    },
  );
});

describe('a connection', () => {
  test('keeps its id while it is kept alive, and a fresh one has another', async () => {
    const seen: string[] = [];
    const { azure } = plane;
    const authority = await certificateAuthority(folder);
    const watched = await startProxy({
      azure: {
        ...azure,
        handle(request, connection) {
          seen.push(connection.connectionId);
          return azure.handle(request, connection);
        },
      },
      authority,
      callerAddress: '203.0.113.10',
    });
    const { err } = await runNode(
      `import https from 'node:https';
       const ask = (agent) => new Promise((resolve, reject) => {
         https.get('${endpoint}', { agent }, (response) => response.resume().on('end', resolve)).on('error', reject);
       });
       const options = { keepAlive: true, maxSockets: 1, proxyEnv: process.env };
       const agent = new https.Agent(options);
       await ask(agent); await ask(agent); await ask(agent);
       await ask(new https.Agent(options));
       process.exit();`,
      { ...node(), HTTPS_PROXY: watched.url },
    );
    await watched.stop();
    expect(err).toBe('');
    expect(seen).toHaveLength(4);
    expect(new Set(seen.slice(0, 3)).size).toBe(1);
    expect(new Set(seen).size).toBe(2);
  });

  test('is reset when a fault takes the reply, after the request was served', async () => {
    plane.azure.faults.add({ method: 'POST', matches: /languages/, fault: { kind: 'lose-reply' }, times: 1 });
    const { err } = await runNode(`await fetch('${endpoint}', ${post})`, node());
    expect(err).toContain('ECONNRESET');
    expect(plane.azure.calls.at(-1)).toMatchObject({ status: 0, caller: 'key' });
    const { out } = await runNode(`console.log((await fetch('${endpoint}', ${post})).status)`, node());
    expect(out.trim()).toBe('200');
  });

  test('is told when the simulation itself fails', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    const authority = await certificateAuthority(folder);
    const azure = { ...plane.azure, handle: () => Promise.reject(new Error('a mistake')) };
    const broken = await startProxy({ azure, authority, callerAddress: '203.0.113.10' });
    try {
      const { out } = await runNode(
        `const response = await fetch('${endpoint}', ${post}); console.log(response.status, await response.text());`,
        { ...node(), HTTPS_PROXY: broken.url },
      );
      expect(out).toContain('500 {"error":{"code":"SimulationFailed","message":"Error: a mistake"}}');
      expect(told.mock.calls).toHaveLength(1);
    } finally {
      told.mockRestore();
      await broken.stop();
    }
  });

  test('streams server-sent events chunk by chunk', async () => {
    const url = 'https://contoso-ai.openai.azure.com/openai/v1/chat/completions';
    const body = JSON.stringify({ model: 'chat', stream: true, messages: [{ role: 'user', content: 'Hello' }] });
    const { out } = await runNode(
      `const response = await fetch('${url}', { method: 'POST', headers: { 'api-key': '${key1}' }, body: ${JSON.stringify(body)} });
       console.log(response.headers.get('transfer-encoding'), (await response.text()).trim().endsWith('data: [DONE]'));`,
      node(),
    );
    expect(out.trim()).toBe('chunked true');
  });

  test('carries hundreds of requests, some at once, without losing one', async () => {
    const before = plane.azure.calls.length;
    const { out, err } = await runNode(
      `let left = 400;
       const statuses = new Set();
       await Promise.all(Array.from({ length: 16 }, async () => {
         while (left-- > 0) { const response = await fetch('${endpoint}', ${post}); await response.text(); statuses.add(response.status); }
       }));
       console.log([...statuses].join());`,
      node(),
    );
    expect(err).toBe('');
    expect(out.trim()).toBe('200');
    expect(plane.azure.calls.length - before).toBe(400);
  });
});

describe('the proxy', () => {
  test('opens no socket but to loopback: its clients’ sockets all lead to it', async () => {
    const guard = new URL('only-loopback.mjs', import.meta.url).pathname;
    const { code, out, err } = await runNode(
      `const response = await fetch('${endpoint}', ${post}); console.log(response.status);`,
      node(),
      ['--import', guard],
    );
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out.trim()).toBe('200');
    const unproxied = await runNode(`await fetch('${endpoint}')`, {}, ['--import', guard]);
    expect(unproxied.code).toBe(3);
    expect(unproxied.err).toContain('only loopback is allowed');
  });

  test('says in one sentence that its port is taken', async () => {
    const authority = await certificateAuthority(folder);
    const second = startProxy({ azure: plane.azure, authority, callerAddress: '203.0.113.10', port: proxy.port });
    await expect(second).rejects.toThrow(PortTaken);
    await expect(second).rejects.toThrow(
      `Port ${proxy.port}, wanted for the proxy of the simulated Azure, is already in use`,
    );
  });
});

describe('the certificate authority', () => {
  test('is one and the same for all that start at once', async () => {
    const fresh = await mkdtemp(join(tmpdir(), 'keyturn-authority-'));
    const several = await Promise.all([1, 2, 3].map(() => certificateAuthority(fresh)));
    expect(new Set(several.map((each) => each.certificateFile)).size).toBe(1);
    const files = await readdir(fresh);
    await rm(fresh, { recursive: true });
    expect(files).toEqual(['certificate-authority']);
  });

  test('keeps its private key from other users, and stays the same from start to start', async () => {
    const again = await certificateAuthority(folder);
    expect(again.certificateFile).toBe(certificateFile);
    const { mode } = await stat(join(folder, 'certificate-authority', 'private-key.pem'));
    expect(mode & 0o777).toBe(0o600);
    const { out } = await runNode(`console.log((await fetch('${endpoint}', ${post})).status)`, node());
    expect(out.trim()).toBe('200');
  });
});

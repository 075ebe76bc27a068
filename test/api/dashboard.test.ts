import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { HttpResponseInit } from '@azure/functions';
import { afterAll, describe, expect, it } from 'vitest';
import { dashboard, refusedPage } from '../../src/api/dashboard/dashboard.ts';
import { buildDashboard } from '../../tools/build-dashboard.ts';
import { fakeContext, fakeRequest } from './fake-request.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-pages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
await buildDashboard(folder);
const files = await readdir(join(folder, 'assets'));
const script = files.find((file) => file.endsWith('.js')) ?? '';
const plain = await readFile(join(folder, 'assets', script));

const settings = {
  tenantId: '6c1d2f60-0c0e-4b53-9a32-5f2d8f1f7a10',
  apiClientId: '3f0a7c52-6a1b-4f5e-9d2c-8b7e1a4c6d10',
  authorityHost: 'login.microsoftonline.us',
  issuerHost: 'login.microsoftonline.us',
};
const serve = await dashboard(pathToFileURL(`${folder}/`), settings);

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

async function get(path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET'): Promise<Got> {
  const answer = await serve(fakeRequest({ method: method as 'GET', path, headers }), fakeContext('web-page'));
  return got(answer as HttpResponseInit);
}

function got({ status = 200, headers, body }: HttpResponseInit): Got {
  return {
    status,
    headers: (headers ?? {}) as Record<string, string>,
    body: body === undefined ? null : Buffer.from(body as Uint8Array),
  };
}

describe('the page', () => {
  it.each(['/', '/targets/demo', '/targets/contoso.ai/rotations/r-7', '/fleet', '/apiary', '/?x=1'])(
    'is answered at %s, and is never kept unasked',
    async (path) => {
      const { status, headers, body } = await get(path);
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        'text/html; charset=utf-8',
        'no-cache',
      ]);
      expect(body?.toString()).toContain(`src="/assets/${script}"`);
    },
  );

  it('says where people sign in, and holds nothing else of the instance', async () => {
    const text = String((await get('/')).body);
    const filledIn = [...text.matchAll(/<meta name="keyturn-([\w-]+)" content="([^"]*)"/g)].map(([, ...pair]) => pair);
    expect(filledIn).toEqual([
      ['authority', `https://login.microsoftonline.us/${settings.tenantId}`],
      ['issuer', `https://login.microsoftonline.us/${settings.tenantId}/v2.0`],
      ['client-id', settings.apiClientId],
    ]);
  });

  it('has no script and no style but its own files', async () => {
    const text = String((await get('/')).body);
    expect(
      text.match(/<script(?! type="module" src="\/assets\/)|<style| style=| on\w+=|https?:\/\/(?!login\.)/g),
    ).toBeNull();
  });

  it('is a 304 for a browser that has it, and a HEAD has no body', async () => {
    const { etag = '' } = (await get('/')).headers;
    expect(await get('/targets', { 'if-none-match': `"other", W/${etag}` })).toMatchObject({ status: 304, body: null });
    expect(await get('/', {}, 'HEAD')).toMatchObject({ status: 200, body: null });
  });
});

describe('an asset', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ['', undefined, (bytes: Buffer) => bytes],
    ['deflate', undefined, (bytes: Buffer) => bytes],
  ])('for a browser that takes "%s" comes as %s', async (accepted, encoding, unpacked) => {
    const { status, headers, body } = await get(`/assets/${script}`, { 'accept-encoding': accepted });
    expect([status, headers['content-encoding'], headers.vary]).toEqual([200, encoding, 'accept-encoding']);
    expect(unpacked(body ?? Buffer.alloc(0)).equals(plain)).toBe(true);
  });

  it('is kept for good, and a 304 for a browser that asks again', async () => {
    const { headers } = await get(`/assets/${script}`);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(await get(`/assets/${script}`, { 'if-none-match': headers.etag ?? '' })).toMatchObject({ status: 304 });
  });

  it('has another tag in another encoding', async () => {
    const tags = await Promise.all(
      ['', 'br', 'gzip'].map(
        async (accepted) => (await get(`/assets/${script}`, { 'accept-encoding': accepted })).headers.etag,
      ),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it.each([
    '/assets/',
    '/assets/main-00000000.js',
    `/assets/${script}.br`,
    `/assets/x/${script}`,
    '/assets/..%2Findex.html',
    '/assets/%2e%2e/index.html',
    '/assets/../../../package.json',
  ])('that is none is a 404: %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, body: null });
  });
});

describe('what belongs to others', () => {
  it.each([
    '/api',
    '/api/',
    '/api/nothing',
    '/API/targets',
    '/admin/host/status',
    '/runtime/webhooks/eventgrid',
    '/Admin',
  ])('stays the empty 404 of the host: %s', async (path) => {
    expect(await get(path)).toEqual({ status: 404, headers: {}, body: null });
  });

  it.each(['/favicon.ico', '/.env', '/.well-known/security.txt', '/wp-login.php'])('is no page: %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, body: null });
  });
});

describe('every answer of the pages', () => {
  it.each(['/', `/assets/${script}`, '/favicon.ico'])(
    'at %s forbids all that the dashboard does not need',
    async (path) => {
      const { headers } = await get(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'strict-transport-security': 'max-age=31536000',
      });
      expect(headers['content-security-policy']?.split('; ').toSorted()).toEqual([
        "base-uri 'none'",
        "connect-src 'self' https://login.microsoftonline.us",
        "default-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "img-src 'self'",
        "require-trusted-types-for 'script'",
        "script-src 'self'",
        "style-src 'self'",
        "trusted-types 'none'",
      ]);
    },
  );
});

describe('while the settings are refused', () => {
  const refused = refusedPage(['KEYTURN_TENANT_ID', '<b>KEYTURN</b>']);
  const ask = async (path: string) =>
    got((await refused(fakeRequest({ method: 'GET', path }), fakeContext('web-page'))) as HttpResponseInit);

  it('the page is a 503 that names them, and loads nothing', async () => {
    const { status, headers, body } = await ask('/targets');
    expect([status, headers['cache-control']]).toEqual([503, 'no-store']);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(String(body)).toContain('<code>KEYTURN_TENANT_ID</code>');
    expect(String(body)).not.toContain('<b>');
  });

  it("the API's paths stay the API's", async () => {
    expect(await ask('/api/nothing')).toMatchObject({ status: 404, body: null });
  });
});

/** Kilobytes that a browser loads at its first visit, of 1,000 bytes. */
const mostKilobytes = 120;

it(`the whole dashboard is at most ${mostKilobytes} KB, compressed`, async () => {
  const compressed = files.filter((file) => file.endsWith('.br'));
  const bytes = await Promise.all(
    compressed.map(async (file) => (await readFile(join(folder, 'assets', file))).length),
  );
  const page = (await readFile(join(folder, 'index.html'))).length;
  expect(compressed.length).toBe(files.length / 3);
  expect(bytes.reduce((sum, one) => sum + one, page)).toBeLessThan(mostKilobytes * 1000);
});

import { readFile } from 'node:fs/promises';
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import type { TokenRules } from '../authorise.ts';
import { ownHeaders, refusedHeaders } from './page-headers.ts';

/** What the page must know to sign people in. All of it stands in the address of Entra's sign-in page too. */
export interface SignInSettings extends Pick<TokenRules, 'tenantId' | 'apiClientId'> {
  /** Host of the cloud's authority, such as `login.microsoftonline.com`. */
  readonly authorityHost: string;
  /** In the `iss` of v2 tokens. */
  readonly issuerHost: string;
}

interface Asset {
  readonly body: Uint8Array;
  readonly etag: string;
  readonly encoding: 'br' | 'gzip' | null;
}

const contentTypes: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** As tools/build-dashboard.ts names them: the hash changes with the content, so browsers may keep them for good. */
const assetName = /^[\w-]+-[0-9A-Z]{8}\.(js|css|svg)$/;

/** The host's own paths and the API's: what no function there answers is the host's empty 404, as without a dashboard. */
const othersPath = /^\/(?:api|admin|runtime)(?:\/|$)/i;

/**
 * GET of any path that no other function has: the dashboard's page, which finds out itself what its address means, or one of
 * its files. Asks for no token: the page holds nothing but where to sign in, and reads all else from the admin API.
 * @param folder with the built pages: the page is read now, any other file when it is first asked for
 */
export async function dashboard(folder: URL, settings: SignInSettings): Promise<HttpHandler> {
  const page = await readPage(folder, settings);
  const assets = new Map<string, Promise<Asset | null>>();
  return async (request) => {
    const { pathname } = new URL(request.url);
    const [, top = '', name = '', ...more] = pathname.split('/');
    if (othersPath.test(pathname)) return { status: 404 };
    const headers = ownHeaders(settings.authorityHost);
    // Of what browsers and scanners try, such as /favicon.ico or /.env, there is nothing; no page begins like that.
    if (top.includes('.')) return { status: 404, headers };
    if (top !== 'assets') {
      const own = { ...headers, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' };
      return answer(request, { ...own, etag: page.etag }, page.etag, page.body);
    }
    const [, kind = ''] = assetName.exec(name) ?? [];
    if (kind === '' || more.length > 0) return { status: 404, headers };
    const encoding = encodingFor(request.headers.get('accept-encoding') ?? '');
    const key = `${name} ${encoding}`;
    const asset = assets.get(key) ?? readAsset(folder, name, encoding);
    assets.set(key, asset);
    const found = await asset;
    if (found === null) {
      assets.delete(key);
      return { status: 404, headers };
    }
    return answer(request, { ...headers, ...assetHeaders(kind, found) }, found.etag, found.body);
  };
}

/**
 * Stands in while the settings are refused: nobody can sign in then. Like the API's answer it names the settings, and no value.
 * @param fields names of the settings
 */
export function refusedPage(fields: readonly string[]): HttpHandler {
  const names = fields.map((field) => `<li><code>${escaped(field)}</code></li>`).join('');
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Keyturn</title><h1>Keyturn does nothing until these settings are put right</h1><ul>${names}</ul><p>The log of its start says what was found and what is accepted.</p></html>`;
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (othersPath.test(pathname)) return { status: 404 };
    const headers = { ...refusedHeaders, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
    return { status: 503, headers, ...(request.method === 'HEAD' ? {} : { body }) };
  };
}

function answer(
  request: HttpRequest,
  headers: Readonly<Record<string, string>>,
  etag: string,
  body: Uint8Array,
): HttpResponseInit {
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag)) return { status: 304, headers };
  return { status: 200, headers, ...(request.method === 'HEAD' ? {} : { body }) };
}

function assetHeaders(kind: string, { etag, encoding }: Asset): Record<string, string> {
  return {
    'content-type': contentTypes[kind] ?? 'application/octet-stream',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
    ...(encoding === null ? {} : { 'content-encoding': encoding }),
    etag,
  };
}

/** The best that the caller takes; one that it gives no weight it refuses. */
function encodingFor(accepted: string): Asset['encoding'] {
  const taken = accepted
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => !/;\s*q=0(?:\.0*)?$/.test(one))
    .map((one) => one.split(';')[0]?.trim());
  if (taken.includes('br')) return 'br';
  return taken.includes('gzip') ? 'gzip' : null;
}

async function readAsset(folder: URL, name: string, encoding: Asset['encoding']): Promise<Asset | null> {
  const suffix = { br: '.br', gzip: '.gz', none: '' }[encoding ?? 'none'];
  try {
    const body = await readFile(new URL(`assets/${name}${suffix}`, folder));
    return { body, etag: `"${name}${suffix}"`, encoding };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function readPage(folder: URL, settings: SignInSettings): Promise<Pick<Asset, 'body' | 'etag'>> {
  const { tenantId, apiClientId, authorityHost, issuerHost } = settings;
  const filledIn = Object.entries({
    authority: `https://${authorityHost}/${tenantId}`,
    issuer: `https://${issuerHost}/${tenantId}/v2.0`,
    'client-id': apiClientId,
  }).reduce(
    (html, [name, value]) =>
      html.replace(`name="keyturn-${name}" content=""`, `name="keyturn-${name}" content="${escaped(value)}"`),
    await readFile(new URL('index.html', folder), 'utf8'),
  );
  const body = new TextEncoder().encode(filledIn);
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', body)).toString('hex');
  return { body, etag: `"${digest.slice(0, 16)}"` };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

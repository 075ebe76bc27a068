/** The targets document as the app's managed identity reads it: Azurite takes no such tokens without TLS. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { certificateIssuer, newAuthority } from '../../local/simulated-azure/proxy/certificates.ts';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { mostDocumentBytes } from '../../src/targets/ports.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const place = { container: 'keyturn-config', name: 'fleet/targets.json' };
const etag = '"0x8DE2F3A4B5C6D70"';
const document = Buffer.from('[]');

/** What the identity endpoint was asked for, and what the blob service was sent. */
const tokensAsked: (string | null)[] = [];
const sent: { readonly path: string; readonly headers: IncomingMessage['headers'] }[] = [];
const elsewhere: string[] = [];
let answer: Answer;

const identityEndpoint = createServer((request, response) => {
  const asked = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams;
  tokensAsked.push(asked.get('resource'), asked.get('client_id'));
  const token = { access_token: 'token-of-contoso', expires_on: '4102444800', token_type: 'Bearer' };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
});
const servers: Server[] = [identityEndpoint];
let blobServiceUri = '';
let otherUri = '';

/** As the service answers an error: https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2 */
function refuse(response: ServerResponse, status: number, code: string): void {
  const body = `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>words</Message></Error>`;
  response.writeHead(status, { 'x-ms-error-code': code, 'content-type': 'application/xml' }).end(body);
}

/** Azure's order: first who asks, then whether the version takes tokens, then what lies there. */
const serve: Answer = ({ headers, url }, response) => {
  if (headers.authorization !== 'Bearer token-of-contoso') return refuse(response, 401, 'InvalidAuthenticationInfo');
  // Of 2017-11-09 or later: https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory
  if (String(headers['x-ms-version'] ?? '') < '2017-11-09') return refuse(response, 403, 'AuthenticationFailed');
  if (url !== '/keyturn-config/fleet/targets.json') return refuse(response, 404, 'BlobNotFound');
  if (headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
  response.writeHead(200, { etag, 'content-length': document.length }).end(document);
};

beforeAll(async () => {
  const authority = await newAuthority();
  setDefaultCACertificates([authority.cert]);
  const certificate = await (await certificateIssuer(authority))('localhost');
  const blobs = createTlsServer(certificate, (request, response) => {
    sent.push({ path: request.url ?? '', headers: request.headers });
    answer(request, response);
  });
  const other = createTlsServer(certificate, (request, response) => {
    elsewhere.push(request.headers.authorization ?? 'no token');
    serve(request, response);
  });
  servers.push(blobs, other);
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const portOf = (server: Server) => (server.address() as AddressInfo).port;
  blobServiceUri = `https://localhost:${portOf(blobs)}`;
  otherUri = `https://localhost:${portOf(other)}`;
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${portOf(identityEndpoint)}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'header-of-contoso');
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'])
    for (const spelling of [name, name.toLowerCase()]) vi.stubEnv(spelling, '');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const server of servers) {
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
beforeEach(() => {
  answer = serve;
  for (const list of [tokensAsked, sent, elsewhere]) list.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The blob as the app opens it, through the app's own sockets. */
function openBlob(clientId: string | null = 'client-of-contoso') {
  const { targetsBlob } = azureAccess({
    cloud: clouds.public,
    credential: { getToken: () => Promise.reject(new TypeError('storage has a credential of its own')) },
    storage: { kind: 'identity', queueServiceUri: '', tableServiceUri: '', blobServiceUri, clientId },
  });
  return targetsBlob(place);
}

describe('the targets document, read with the managed identity', () => {
  it('is asked for with a token for storage, in a version of the service that takes one, at its own address', async () => {
    expect(await openBlob().read(null)).toEqual({ kind: 'content', etag, bytes: document });
    expect(tokensAsked).toEqual(['https://storage.azure.com', 'client-of-contoso']);
    expect(sent).toMatchObject([
      {
        path: '/keyturn-config/fleet/targets.json',
        headers: { authorization: 'Bearer token-of-contoso', 'x-ms-version': '2021-12-02' },
      },
    ]);
    expect(sent[0]?.headers).not.toHaveProperty('if-none-match');
  });

  it('is asked for as the system-assigned identity if no other is named', async () => {
    expect(await openBlob(null).read(null)).toMatchObject({ kind: 'content' });
    expect(tokensAsked).toEqual(['https://storage.azure.com', null]);
  });

  it('is not sent again while its entity tag is the same, and the token is asked for once', async () => {
    const blob = openBlob('another-client');
    expect(await blob.read('"another"')).toMatchObject({ kind: 'content', etag });
    expect(await blob.read(etag)).toEqual({ kind: 'unchanged' });
    expect(sent.map(({ headers }) => headers['if-none-match'])).toEqual(['"another"', etag]);
    expect(tokensAsked).toHaveLength(2);
  });

  it.each(['BlobNotFound', 'ContainerNotFound'])('is absent if the service says %s', async (code) => {
    answer = (_, response) => refuse(response, 404, code);
    expect(await openBlob().read(etag)).toEqual({ kind: 'absent' });
  });

  it.each<[string, Answer, object]>([
    [
      'a role that is missing',
      (_, response) => refuse(response, 403, 'AuthorizationPermissionMismatch'),
      { code: 'AuthorizationPermissionMismatch' },
    ],
    [
      'a network that lets nobody in',
      (_, response) => refuse(response, 403, 'AuthorizationFailure'),
      { code: 'AuthorizationFailure' },
    ],
    [
      'a token that is not taken',
      (_, response) => refuse(response, 401, 'InvalidAuthenticationInfo'),
      { code: 'InvalidAuthenticationInfo' },
    ],
    [
      'a throttle, with its pause',
      (_, response) => {
        response.setHeader('retry-after', '7');
        refuse(response, 503, 'ServerBusy');
      },
      { code: 'ServerBusy', retryAfterMs: 7000 },
    ],
    ["a proxy's page", (_, response) => void response.writeHead(404).end('<html>'), { code: 'http-404' }],
    ['an answer without an entity tag', (_, response) => void response.writeHead(200).end('[]'), { code: 'http-200' }],
    ['a part of it', (_, response) => void response.writeHead(206, { etag }).end('['), { code: 'http-206' }],
  ])('is not known, and told by the service’s own word: %s', async (_, given, failure) => {
    answer = given;
    await expect(openBlob().read(null)).rejects.toMatchObject({ failure: { kind: 'not-applied', ...failure } });
    // No retry here: the next sweep asks again.
    expect(sent).toHaveLength(1);
  });

  it.each([301, 302, 307, 308])(
    'is not looked for where a redirect (%i) leads: no token goes there',
    async (status) => {
      answer = (_, response) => void response.writeHead(status, { location: `${otherUri}/keyturn-config/x` }).end();
      await expect(openBlob().read(null)).rejects.toMatchObject({ failure: { code: `http-${status}` } });
      expect(elsewhere).toEqual([]);
    },
  );

  it('says no token, if the service gives another address for one', async () => {
    answer = (_, response) => {
      response.setHeader('www-authenticate', `Bearer authorization_uri=${otherUri}/tenant/oauth2/authorize`);
      refuse(response, 401, 'NoAuthenticationInformation');
    };
    await expect(openBlob().read(null)).rejects.toMatchObject({ failure: { code: 'NoAuthenticationInformation' } });
    expect(elsewhere).toEqual([]);
  });

  it.each<[string, Answer]>([
    [
      'says so',
      (_, response) =>
        void response.writeHead(200, { etag, 'content-length': 5 * 2 ** 20 }).end(' '.repeat(5 * 2 ** 20)),
    ],
    // In chunks, for ever.
    ['does not say so', (_, response) => void endless(response.writeHead(200, { etag }))],
  ])('is given up past 4 MiB, if the service %s', async (_, given) => {
    answer = given;
    const read = await openBlob().read(null);
    expect(read).toMatchObject({ kind: 'too-large', etag });
    expect(
      read.kind === 'too-large' && read.bytes > mostDocumentBytes && read.bytes < mostDocumentBytes + 2 ** 20,
    ).toBe(true);
  });

  it('is taken whole at exactly 4 MiB', async () => {
    answer = (_, response) => void response.writeHead(200, { etag }).end(Buffer.alloc(mostDocumentBytes, ' '));
    const read = await openBlob().read(null);
    expect(read.kind === 'content' && read.bytes.length).toBe(mostDocumentBytes);
  });

  it('is no document if the connection breaks within it', async () => {
    answer = (request, response) => {
      response.writeHead(200, { etag, 'content-length': 100 }).write('[', () => request.socket.destroy());
    };
    await expect(openBlob().read(null)).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'ECONNRESET' } });
  });

  it('is waited for half a minute in all, also if it begins and never ends', async () => {
    const bound = new AbortController();
    const asked = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(bound.signal);
    // Once the client has the headers, its own bound is over.
    answer = (_, response) =>
      void response.writeHead(200, { etag }).write('[', () => setImmediate(() => bound.abort()));
    await expect(openBlob().read(null)).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'timeout' } });
    expect(asked).toHaveBeenCalledWith(30_000);
  });
});

/** Sends as long as somebody reads. */
function endless(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
  };
  response.on('drain', more);
  more();
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToldText } from '../../../local/told.ts';
import { startFixture } from './start-fixture.ts';

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  fixture = await startFixture({ host: { extensions: { http: { customHeaders: { 'x-served-by': 'host' } } } } });
});
afterAll(() => fixture.stop());

describe('which function a request reaches', () => {
  it.each([
    ['the first name wins if two routes match', 'GET', '/api/word/literal', 200, 'literal'],
    ['another path goes to the second name', 'GET', '/api/word/else', 200, '{"id":"else"}'],
    ['dot segments are taken out before', 'GET', '/api/files/a/%2e%2e/b', 200, '{"rest":"b"}'],
    ['the route is the function name when it is empty', 'GET', '/api/plain', 200, 'named by the function'],
    ['case does not matter, and a trailing slash is accepted', 'GET', '/API/Plain/', 200, 'named by the function'],
    ['an int parameter takes a number, as text', 'GET', '/api/typed/12', 200, '{"n":"12"}'],
    ['an int parameter refuses letters', 'GET', '/api/typed/twelve', 404, ''],
    ['an optional parameter may be missing', 'GET', '/api/maybe', 200, '{}'],
    ['an optional parameter keeps its case', 'GET', '/api/maybe/Yes', 200, '{"x":"Yes"}'],
    ['a catch-all takes the rest', 'GET', '/api/files/a/B/c', 200, '{"rest":"a/B/c"}'],
    ['a catch-all may be missing', 'GET', '/api/files', 200, '{}'],
    ['a setting in a route is taken literally', 'GET', '/api/percent/%25NAME%25', 200, 'taken literally'],
    ['a wrong method is an empty 404', 'PUT', '/api/plain', 404, ''],
    ['HEAD is a 404', 'HEAD', '/api/plain', 404, ''],
    ['OPTIONS is a 404', 'OPTIONS', '/api/plain', 404, ''],
    ['an unknown path is an empty 404', 'GET', '/api/nothing', 404, ''],
    ['a path without the prefix is a 404', 'GET', '/plain', 404, ''],
    [
      'a route that begins with admin is the host’s own: that function is in error',
      'GET',
      '/api/admin/anything',
      404,
      '',
    ],
  ])('%s', async (_, method, path, status, body) => {
    const response = await fixture.get(path, { method });
    expect([response.status, await response.text()]).toEqual([status, body]);
    expect(response.headers.get('x-served-by')).toBe('host');
    if (status === 404 && method !== 'HEAD') expect(response.headers.get('content-length')).toBe('0');
  });

  it('a parameter of an earlier name wins over the literal of a later one', async () => {
    expect(await (await fixture.get('/api/request/literal')).json()).toMatchObject({ params: { id: 'literal' } });
  });

  it('lets its answer be held against secrets: headers, and the body as text', async () => {
    const heard: ToldText[] = [];
    const hear = (told: unknown) => heard.push(told as ToldText);
    subscribe('keyturn.local.text', hear);
    await fixture.get('/api/word/else');
    unsubscribe('keyturn.local.text', hear);
    const answers = heard.filter(({ where }) => where === 'an answer of the host').map(({ text }) => text);
    expect(answers).toEqual([expect.stringMatching(/^content-type: .*\n[\s\S]*\{"id":"else"\}$/)]);
  });

  it.each(['GET', 'HEAD', 'POST'])('shows a page at the root to %s', async (method) => {
    const response = await fixture.get('/', { method });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
  });
});

describe('what the web server refuses before any function', () => {
  const get = (query: string, headers: string) =>
    `GET /api/open${query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`;
  // With its line break: "GET /api/open?", the rest and " HTTP/1.1".
  const line = (bytes: number) => get(`?${'a'.repeat(bytes - 'GET /api/open? HTTP/1.1\r\n'.length)}`, '');
  const header = (bytes: number) =>
    get('', `x: ${'a'.repeat(bytes - 'host: x\r\nconnection: close\r\nx: \r\n'.length)}\r\n`);
  const headers = (count: number) => get('', Array.from({ length: count - 2 }, (_, at) => `x-${at}: 1\r\n`).join(''));
  it.each([
    ['takes a request line of 8 KB', line(8192), '200 OK'],
    ['refuses a longer one', line(8193), '414 URI Too Long'],
    ['takes headers of 32 KB', header(32_768), '200 OK'],
    ['refuses more', header(32_769), '431 Request Header Fields Too Large'],
    ['takes 100 headers', headers(100), '200 OK'],
    ['refuses more than 100', headers(101), '431 Request Header Fields Too Large'],
    ['refuses two hosts', get('', 'host: y\r\n'), '400 Bad Request'],
    ['refuses a header that is no UTF-8', get('', 'x: a\u00e4b\r\n'), '400 Bad Request'],
    ['refuses a NUL in the path', get('/%00', ''), '400 Bad Request'],
    ['fails over a body of more than 100 MB', get('', 'content-length: 104857601\r\n'), '500 Internal Server Error'],
  ])('%s', async (_, request, status) => {
    const [head = ''] = (await sentAsIs(request)).split('\r\n');
    expect(head).toBe(`HTTP/1.1 ${status}`);
  });

  describe('as App Service does, for want of a length', () => {
    const sent = (method: string, headers: string) =>
      `${method} /api/request/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`;
    it.each([
      ['a POST without a length is refused, as curl -X POST sends it', sent('POST', ''), '411 Length Required'],
      ['a PUT likewise', sent('PUT', ''), '411 Length Required'],
      ["a length of 0 is enough, as curl -d '' sends it", sent('POST', 'content-length: 0\r\n'), '200 OK'],
      ['chunks are enough', `${sent('POST', 'transfer-encoding: chunked\r\n')}0\r\n\r\n`, '200 OK'],
      ['a GET needs none', sent('GET', ''), '200 OK'],
      ['nor does a DELETE, which no function takes here', sent('DELETE', ''), '404 Not Found'],
    ])('%s', async (_, request, status) => {
      const [head = ''] = (await sentAsIs(request)).split('\r\n');
      expect(head).toBe(`HTTP/1.1 ${status}`);
    });

    it('in a page, to every path', async () => {
      const answer = await sentAsIs(sent('POST', '').replace('/api/request/1', '/admin/functions/open'));
      expect(answer).toMatch(
        /^HTTP\/1\.1 411 .*content-type: text\/html.*The request must be chunked or have a content length/is,
      );
      expect(answer).not.toContain('x-served-by');
    });
  });

  it('in words that no header of host.json goes with', async () => {
    const answer = await sentAsIs(line(8193));
    expect(answer.toLowerCase()).toContain('content-length: 0');
    expect(answer).not.toContain('x-served-by');
  });
});

describe('what the handler sees of a request', () => {
  it('joins repeated headers and query keys with a comma, keeps url and case, and has no trigger metadata', async () => {
    const seen = await raw(`/api/request/AbC?x=1&x=2&Y=z`, {
      method: 'POST',
      headers: {
        'X-Twice': ['a', 'b'],
        'content-type': 'application/json',
        'content-length': '7',
        traceparent: '00-a-b-01',
      },
      body: '{"a":1}',
    });
    expect(seen).toMatchObject({
      url: `${fixture.runner.url.replace('localhost', '127.0.0.1')}/api/request/AbC?x=1&x=2&Y=z`,
      method: 'POST',
      query: { x: '1,2', Y: 'z' },
      params: { id: 'AbC' },
      body: '{"a":1}',
      user: null,
      metadata: 'undefined',
      retry: 'undefined',
      traceParent: '',
    });
    expect(seen.headers).toMatchObject({ 'x-twice': 'a,b', traceparent: '00-a-b-01' });
  });

  it('joins keys whose case differs under the last name, and leaves empty values out', async () => {
    const seen = await raw('/api/request/1?X=1&x=2&y=&Y=3', {
      method: 'GET',
      headers: { 'x-twice': ['', 'b'], 'x-name': Buffer.from('ä').toString('latin1') },
      body: '',
    });
    expect(seen).toMatchObject({ query: { x: '1,2', Y: '3' }, headers: { 'x-twice': 'b', 'x-name': 'ä' } });
  });

  it('sees no body that came in chunks', async () => {
    const seen = await raw('/api/request/1', {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      body: 'lost',
    });
    expect(seen.body).toBe('');
  });
});

describe('what the caller gets of a result', () => {
  it.each([
    ['undefined', 204, null, null, ''],
    ['null', 204, null, null, ''],
    ['empty', 200, null, '0', ''],
    ['array', 200, null, '0', ''],
    ['text', 200, 'text/plain;charset=UTF-8', 'chunked', 's'],
    ['bytes', 200, null, 'chunked', '\u0001\u0002\u0003'],
    ['json', 200, 'application/json', 'chunked', '{"a":1}'],
    ['problem', 409, 'application/problem+json', 'chunked', '{"a":1}'],
    ['null-json', 200, null, '0', ''],
    ['status', 202, null, '0', ''],
    ['no-content', 204, null, null, ''],
    ['string', 500, null, '0', ''],
    ['number', 500, null, '0', ''],
    ['throw', 500, null, '0', ''],
  ])('%s is a %i', async (kind, status, type, length, body) => {
    const response = await fixture.get(`/api/respond/${kind}`);
    const { headers } = response;
    const sentLength = headers.get('content-length') ?? headers.get('transfer-encoding');
    expect([response.status, headers.get('content-type'), sentLength, await response.text()]).toEqual([
      status,
      type,
      length,
      body,
    ]);
  });

  it('writes cookies as ASP.NET does', async () => {
    const response = await fixture.get('/api/respond/cookie');
    expect(response.headers.get('set-cookie')).toBe('c=v; max-age=60; path=/');
  });
});

describe('hooks and logs', () => {
  it('lets preInvocation replace the inputs and postInvocation the result', async () => {
    expect(await (await fixture.get('/api/hooked')).text()).toBe('input from the hook, result too');
  });

  it('runs appStart before the host hears of the functions', async () => {
    await fixture.log.seen('appStart with hookData {}');
  });

  it('logs each level under the function, and the console under its own category', async () => {
    await fixture.get('/api/speak');
    await Promise.all([fixture.log.seen('said on the console'), fixture.log.seen('said on stderr')]);
    const lines = fixture.log.entries.map(({ level, category, message }) => `${level} ${category} ${message}`);
    const expected = ['trace t', 'debug d', 'information i', 'warning w', 'error e'].map((line) => line.split(' '));
    for (const [level, message] of expected) expect(lines).toContain(`${level} Function.speak.User ${message}`);
    expect(lines).toContain('information Host.Function.Console said on the console');
    expect(lines).toContain('error Host.Function.Console said on stderr');
  });

  it('warns of a log call after the end, and logs it nevertheless', async () => {
    await fixture.get('/api/late');
    const warning = await fixture.log.seen("Unexpected call to 'log' on the context object after function execution");
    expect([warning.level, warning.category]).toEqual(['warning', 'Function.late']);
    await fixture.log.seen('after the end');
  });
});

function raw(
  path: string,
  { method, headers, body }: { method: string; headers: Record<string, string | string[]>; body: string },
) {
  const { port } = new URL(fixture.runner.url);
  return new Promise<Record<string, unknown>>((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      const chunks = await response.toArray();
      resolve(JSON.parse(Buffer.concat(chunks).toString()));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** All that the host answers to these bytes, until it closes the connection. */
async function sentAsIs(request: string): Promise<string> {
  const socket = connect(Number(new URL(fixture.runner.url).port), '127.0.0.1');
  socket.write(request, 'latin1');
  const chunks: Buffer[] = await socket.toArray();
  return Buffer.concat(chunks).toString();
}

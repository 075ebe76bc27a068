/** What goes over the wire to an instance, and what is made of what comes back. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instanceAt } from '../../../cli/api/instance.ts';
import { Stop } from '../../../cli/outcome.ts';

interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let address = '';
let seen: Seen[] = [];
let waits: number[] = [];
let answer: (response: ServerResponse, at: number) => void = () => {};
const server = createServer(async (request, response) => {
  seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: await text(request) });
  answer(response, seen.length);
});

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const bound = server.address();
  address = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
});
afterAll(() => new Promise((closed) => server.close(closed)));

const tokens = { way: 'azure-cli', token: async () => 'a.token.of-nobody' } as const;

/** What an operation answers, or why not. */
async function asked(
  answers: typeof answer,
  [name, request]: readonly [string, object] = ['read-target', { target: 'web' }],
) {
  seen = [];
  waits = [];
  answer = answers;
  const instance = instanceAt(address, tokens, { note: () => {}, wait: async (forMs) => void waits.push(forMs) });
  return await instance.ask(name, request).catch((error: unknown) => {
    if (!(error instanceof Stop)) throw error;
    return { code: error.exitCode, message: error.message };
  });
}

const json = (response: ServerResponse, status: number, body: unknown, headers = {}) => {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
};
const problem = { status: 409, reason: 'busy', detail: 'Somebody else is at work.' };

describe('a request', () => {
  it('names target and id in its path, and has its token', async () => {
    await asked((response) => json(response, 200, {}), ['read-rotation', { target: 'a/b', id: 'r 1' }]);
    expect(seen[0]?.line).toBe('GET /api/targets/a%2Fb/rotations/r%201');
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer a.token.of-nobody', 'user-agent': 'keyturn-cli' });
    expect(seen[0]?.headers['content-type']).toBeUndefined();
  });

  it('has a body with a length, if only an empty object: App Service refuses it otherwise', async () => {
    await asked((response) => json(response, 200, {}), ['repair-target', { target: 'web' }]);
    expect(seen[0]).toMatchObject({
      body: '{}',
      headers: { 'content-length': '2', 'content-type': 'application/json' },
    });
  });

  it('of the description has no token', async () => {
    seen = [];
    answer = (response) => json(response, 200, { openapi: '3.1.0' });
    await instanceAt(address, tokens, { note: () => {}, wait: async () => {} }).description();
    expect(seen[0]?.line).toBe('GET /api/openapi.json');
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it('that its own row refuses is not sent', async () => {
    const ended = await asked(() => {}, ['report-leak', { target: 'web', body: { slot: 'key3' } }]);
    expect(ended).toMatchObject({ code: 2, message: expect.stringContaining('Nothing was sent.') });
    expect(seen).toEqual([]);
  });
});

describe('an answer', () => {
  it('has its ETag; of one that was seen there is nothing else', async () => {
    expect(await asked((response) => json(response, 200, { a: 1 }, { etag: '"e"' }))).toEqual({
      status: 200,
      etag: '"e"',
      body: { a: 1 },
    });
    expect(await asked((response) => response.writeHead(304, { etag: '"e"' }).end())).toEqual({
      status: 304,
      etag: '"e"',
      body: null,
    });
  });

  it.each<[string, typeof answer, { code: number; message: string }]>([
    [
      'a refusal says why, what is accepted, and how it is put right',
      (response) =>
        json(response, 502, {
          status: 502,
          reason: 'account-access-denied',
          detail: 'An action is missing.',
          errors: [{ field: 'slot', found: '"key3"', accepted: 'key1 or key2' }],
          fix: 'Give it the role.',
        }),
      {
        code: 1,
        message:
          'An action is missing. (502 account-access-denied)\n  slot: found "key3"; accepted: key1 or key2\nFix: Give it the role.',
      },
    ],
    [
      'a page of another program is none of ours',
      (response) => response.writeHead(403, { 'content-type': 'text/html' }).end('<html>Stopped</html>'),
      {
        code: 4,
        message:
          'The address answers 403, and not as Keyturn does. Perhaps the app lets only some addresses in, or is stopped.',
      },
    ],
    [
      'a redirect is not followed: the token would go along',
      (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      {
        code: 4,
        message:
          'The address answers 302, and not as Keyturn does. Is it the address of the function app, and does the app run?',
      },
    ],
    [
      'what is long to wait for is told',
      (response) => json(response, 409, { ...problem, reason: 'settling' }, { 'retry-after': '180' }),
      { code: 1, message: 'Somebody else is at work. (409 settling)\nWaiting helps: try again in 180 s.' },
    ],
  ])('%s', async (_, answers, expected) => {
    expect(await asked(answers)).toEqual(expected);
    expect(seen).toHaveLength(1);
  });

  it('that is over soon is waited for, with the same request', async () => {
    const ended = await asked(
      (response, at) =>
        at < 3 ? json(response, 409, problem, { 'retry-after': '5' }) : json(response, 200, { done: true }),
      ['start-rotation', { target: 'web', headers: { 'Idempotency-Key': 'once' } }],
    );
    expect(ended).toMatchObject({ status: 200, body: { done: true } });
    expect(waits).toEqual([5_000, 5_000]);
    expect(seen.map(({ headers }) => headers['idempotency-key'])).toEqual(['once', 'once', 'once']);
  });

  it('that stays so is waited for three times at most', async () => {
    const ended = await asked((response) => json(response, 503, { ...problem, status: 503 }, { 'retry-after': '1' }));
    expect(ended).toMatchObject({ code: 1, message: expect.stringContaining('Waiting helps: try again in 1 s.') });
    expect(waits).toEqual([1_000, 1_000, 1_000]);
  });
});

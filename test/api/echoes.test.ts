import { describe, expect, it } from 'vitest';
import { answering } from '../../src/api/answering.ts';
import type { Edge } from '../../src/api/edge.ts';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { inInvocation, invocationLog } from '../../src/api/invocation-log.ts';
import { ProblemError } from '../../src/api/problem.ts';
import type { App } from '../../src/app/contract.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { secretEvents } from '../../src/triggers/secret-events.ts';
import { advanceRotation } from '../../src/triggers/wake-ups.ts';
import { fakeContext, fakeRequest, type RequestParts } from './fake-request.ts';

/** A text that anybody may have written, as long as the host lets it be; shows how much of it comes back. */
const long = 'x'.repeat(15_000);

/** The most of `long` that stands in one piece in `text`. */
function shownOf(text: string): number {
  return Math.max(0, ...(text.match(/x{20,}/g) ?? []).map((run) => run.length));
}

/** The app knows no target and no rotation. */
const unknowing = new Proxy({} as App, {
  // Not to be taken for a promise.
  get: (_, ask) =>
    ask === 'then'
      ? undefined
      : async (_name: string, id: unknown) => {
          if (ask === 'readNetworkChange') return { kind: 'unknown-change' };
          return typeof id === 'string' ? { kind: 'unknown-rotation' } : { kind: 'unknown-target' };
        },
});

async function answerOf(endpoint: Endpoint, request: RequestParts, token: 'good' | 'none' = 'good') {
  const lines: string[] = [];
  const edge: Edge = {
    app: async () => unknowing,
    authorise: async () => {
      if (token === 'good') return { objectId: 'operator-1' };
      throw new ProblemError({ status: 401, reason: 'unauthenticated', detail: 'Send an access token.' });
    },
    log: invocationLog,
    newId: () => 'new-id',
  };
  const context = fakeContext(endpoint.name, lines);
  const answer = await answering(edge, endpoint)(fakeRequest(requestTo(endpoint, request)), context);
  const { status, jsonBody, headers } = Object(answer);
  return { status, body: JSON.stringify(jsonBody ?? {}), headers: JSON.stringify(headers), log: lines.join('\n') };
}

/** A GET has no body. */
function requestTo({ method }: Endpoint, { body, ...request }: RequestParts): RequestParts {
  return { method, ...request, ...(method === 'GET' || body === undefined ? {} : { body }) };
}

const everywhere = { name: long, id: long };
const path = `/api/targets/${long}/rotations/${long}?${long}=${long}`;

const attacks: readonly [what: string, request: RequestParts, token?: 'good' | 'none'][] = [
  ['an address without a token', { path, params: everywhere }, 'none'],
  ['an address', { path: path.split('?')[0] ?? '', params: everywhere }],
  ['the name of a query parameter', { path }],
  [
    'the value of a query parameter',
    { path: `/api/targets?limit=${long}&after=${long}&dryRun=${long}&egress=${long}` },
  ],
  ['the name of a field', { body: { [long]: 1 } }],
  [
    'the name of a field in each list and object',
    { body: { identities: [{ [long]: { [long]: 1 } }], privateEndpoint: { [long]: 1 } } },
  ],
  [
    'the value of each field',
    {
      body: {
        reason: long,
        slot: long,
        activeSlot: long,
        mode: long,
        confirm: [long],
        identities: [long],
        enabled: long,
      },
    },
  ],
  [
    'ten thousand names of fields',
    { body: Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`${'x'.repeat(10)}${index}`, 1])) },
  ],
  [
    'its headers',
    {
      headers: {
        'x-request-id': long,
        'idempotency-key': long,
        'if-match': long,
        'content-type': long,
        authorization: long,
      },
    },
  ],
  ['a body of another type', { body: long, headers: { 'content-type': `text/${long}` } }],
];

describe.each(attacks)('a request that is too long in %s', (_, request, token = 'good') => {
  it.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))(
    'gets 200 characters of it back from %s at most, and as many into the log',
    async (_name, endpoint) => {
      const { body, headers, log } = await answerOf(endpoint, request, token);
      expect(shownOf(body)).toBeLessThanOrEqual(200);
      expect(shownOf(headers)).toBeLessThanOrEqual(200);
      expect(shownOf(log)).toBeLessThanOrEqual(200);
      expect(body.length).toBeLessThan(25_000);
      expect(log.length).toBeLessThan(1_000);
    },
  );
});

it('a name that is long is still told by its beginning', async () => {
  const [endpoint] = endpoints.filter(({ name }) => name === 'read-target');
  if (endpoint === undefined) throw new TypeError('read-target');
  const { status, body } = await answerOf(endpoint, { params: { name: long }, path: '/api/targets/x' });
  expect(status).toBe(404);
  expect(shownOf(body)).toBe(199);
});

describe('a message of a queue', () => {
  const edge = { app: async () => unknowing, log: invocationLog } as unknown as Edge;

  it.each<[string, unknown]>([
    ['for a target', { target: long, wakeSeq: 1 }],
    ['with fields that are none', { [long]: 1 }],
  ])('that is too long (%s) puts 200 characters into the log at most', async (_, message) => {
    const lines: string[] = [];
    await advanceRotation(edge)(message, fakeContext('advance-rotation', lines));
    await secretEvents(edge)(message, fakeContext('secret-events', lines));
    expect(shownOf(lines.join('\n'))).toBeLessThanOrEqual(200);
  });
});

it('every text of every event is cut in the log, but for what is Azure’s or Keyturn’s own', () => {
  const lines: string[] = [];
  const event: LogEvent = {
    event: 'notification-not-sent',
    id: long,
    kind: long,
    target: `${'x'.repeat(198)}\u{1F511}${long}`,
    rotationId: long,
    channel: long,
    code: long,
    attempts: 1,
    missingAction: long,
    fix: 'y'.repeat(300),
  };
  inInvocation(fakeContext('sweep', lines), () => invocationLog(event));
  expect(shownOf(lines.join(''))).toBeLessThanOrEqual(200);
  // Neither half of a character is left.
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ target: `${'x'.repeat(198)}…`, fix: 'y'.repeat(300) });
});

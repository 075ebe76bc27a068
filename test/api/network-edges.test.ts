import { expect, test } from 'vitest';
import { answering } from '../../src/api/answering.ts';
import type { Edge } from '../../src/api/edge.ts';
import type { Endpoint } from '../../src/api/endpoint.ts';
import type { App, NetworkChangeView, NetworkView, PlanView } from '../../src/app/contract.ts';
import { endpointNamed } from './endpoint-named.ts';
import { fakeContext, fakeRequest, type RequestParts, toAnswer } from './fake-request.ts';

const readNetwork = endpointNamed('read-network');
const readNetworkChange = endpointNamed('read-network-change');
const setNetwork = endpointNamed('set-network');

const plan: PlanView = { differences: [], toConfirm: ['opens-to-everyone'], blockedBy: [], waitsFor: null };
const risk = { name: 'opens-to-everyone', level: 'confirm', text: 'Anybody may call.' } as const;
const blocked = { name: 'no-private-path', level: 'blocked', text: 'No way.' } as const;
const change = { id: 'c-1', state: 'running' } as NetworkChangeView;
const network = { mode: 'public' } as NetworkView;
const etag = '"n1"';

async function ask(endpoint: Endpoint, app: Partial<App>, request: RequestParts) {
  const edge: Edge = {
    app: async () => app as App,
    authorise: async () => ({ objectId: 'ada' }),
    log: () => {},
    newId: () => 'id',
  };
  const path = '/api/targets/demo/network';
  return toAnswer(await answering(edge, endpoint)(fakeRequest({ method: 'PUT', path, ...request }), fakeContext('f')));
}

const body = { mode: 'public' };

test.each<[string, Awaited<ReturnType<App['putNetwork']>>, number, object]>([
  ['a plan', { kind: 'plan', plan, etag }, 200, plan],
  ['what is so already', { kind: 'applied', view: network, etag }, 200, network],
  ['a change that begins', { kind: 'begun', change, plan: null }, 202, change],
  [
    'risks to confirm',
    { kind: 'not-confirmed', plan, open: [risk], etag },
    409,
    { reason: 'plan-not-confirmed', detail: expect.stringContaining(risk.name), risks: [risk], plan },
  ],
  [
    'risks that block',
    {
      kind: 'not-confirmed',
      plan: { ...plan, blockedBy: [blocked] },
      open: [risk, blocked],
      etag,
    },
    409,
    { reason: 'plan-blocked', detail: expect.stringContaining(blocked.text), risks: [risk, blocked] },
  ],
  ['an old ETag', { kind: 'changed-meanwhile', etag }, 412, { reason: 'changed-meanwhile' }],
  ['a confirmation of an unseen plan', { kind: 'unconditional', etag }, 428, { reason: 'condition-missing' }],
])('PUT answers %s', async (_, answer, status, expected) => {
  const answered = await ask(setNetwork, { putNetwork: async () => answer }, { body });
  expect(answered).toMatchObject({ status, body: expected });
  if (answer.kind === 'begun') expect(answered.headers.location).toBe('/api/targets/demo/network/changes/c-1');
  else expect(answered.headers.etag).toBe(etag);
});

test('PUT hands over dryRun, confirm and If-Match, and refuses what it does not know', async () => {
  const calls: unknown[] = [];
  const app: Partial<App> = {
    putNetwork: async (...args) => {
      calls.push(args[2]);
      return { kind: 'plan', plan, etag };
    },
  };
  const given = { ...body, confirm: ['opens-to-everyone'] };
  const path = '/api/targets/demo/network?dryRun=true';
  await ask(setNetwork, app, { body: given, path, headers: { 'if-match': 'W/"a", "b"' } });
  expect(calls).toEqual([{ dryRun: true, confirm: ['opens-to-everyone'], ifMatch: ['"a"', '"b"'] }]);
  expect((await ask(setNetwork, app, { body, path: '/api/targets/demo/network?dryrun=true' })).status).toBe(400);
  expect((await ask(setNetwork, app, { body, path: '/api/targets/demo/network?dryRun=maybe' })).status).toBe(400);
  expect((await ask(setNetwork, app, { body: { ...body, ipRules: ['10.0.0.1'] } })).status).toBe(400);
  expect(calls).toHaveLength(1);
});

test('GET answers with the ETag; a change that is not kept is 404', async () => {
  const read = await ask(
    readNetwork,
    { readNetwork: async () => ({ kind: 'found', view: network, etag }) },
    { method: 'GET' },
  );
  expect(read).toMatchObject({ status: 200, headers: { etag }, body: network });
  const params = { name: 'demo', id: 'c-0' };
  const request: RequestParts = { method: 'GET', params, path: '/api/targets/demo/network/changes/c-0' };
  const gone = await ask(readNetworkChange, { readNetworkChange: async () => ({ kind: 'unknown-change' }) }, request);
  expect(gone).toMatchObject({ status: 404, body: { reason: 'unknown-change' } });
});

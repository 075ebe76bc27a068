import { STATUS_CODES } from 'node:http';
import { describe, expect, it } from 'vitest';
import { answering } from '../../src/api/answering.ts';
import { type AppRole, appRoles, grants } from '../../src/api/app-role.ts';
import type { Edge } from '../../src/api/edge.ts';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { type Problem, ProblemError, problemAnswer, problemTitles } from '../../src/api/problem.ts';
import { problemView } from '../../src/api/problem-view.ts';
import { refusal } from '../../src/api/refusal.ts';
import type {
  App,
  LeakPreview,
  NetworkChangeView,
  NetworkView,
  Operator,
  PlanView,
  RotationView,
  TestedAddress,
} from '../../src/app/contract.ts';
import type { AccessView, KeylessView, VerifyView } from '../../src/app/hardening/hardening-contract.ts';
import type { FleetView } from '../../src/app/sweep/fleet-views.ts';
import type { AdoptionsView, AdoptionView } from '../../src/app/targets/adoption-views.ts';
import type { IdentifiedView } from '../../src/app/targets/identify-view.ts';
import { firstPage } from '../../src/app/targets/target-query.ts';
import type { ListedTarget } from '../../src/app/targets/target-views.ts';
import type { DiagnosisView } from '../../src/diagnosis/diagnosis-view.ts';
import type { RotationPlan } from '../../src/rotation/requests/plan-rotation.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { endpointNamed } from './endpoint-named.ts';
import { fakeContext, fakeRequest, type RequestParts, toAnswer } from './fake-request.ts';

const readFleet = endpointNamed('read-fleet');
const resetFleet = endpointNamed('reset-fleet');
const acceptDocument = endpointNamed('accept-targets-document');
const setPause = endpointNamed('set-pause');
const changeAccess = endpointNamed('change-access');
const changeKeyless = endpointNamed('change-keyless');
const readAccess = endpointNamed('read-access');
const readKeyless = endpointNamed('read-keyless');
const readNetwork = endpointNamed('read-network');
const readNetworkChange = endpointNamed('read-network-change');
const setNetwork = endpointNamed('set-network');
const verifyKeyless = endpointNamed('verify-keyless');
const cancelRotation = endpointNamed('cancel-rotation');
const expediteRotation = endpointNamed('expedite-rotation');
const holdRotation = endpointNamed('hold-rotation');
const listRotations = endpointNamed('list-rotations');
const readAuditTrail = endpointNamed('read-audit-trail');
const readRotation = endpointNamed('read-rotation');
const releaseHold = endpointNamed('release-hold');
const reportLeak = endpointNamed('report-leak');
const resumeRotation = endpointNamed('resume-rotation');
const rollBackRotation = endpointNamed('roll-back-rotation');
const startRotation = endpointNamed('start-rotation');
const adoptMany = endpointNamed('adopt-many');
const adoptTarget = endpointNamed('adopt-target');
const diagnoseTarget = endpointNamed('diagnose-target');
const identifyKey = endpointNamed('identify-key');
const listTargets = endpointNamed('list-targets');
const offboardTarget = endpointNamed('offboard-target');
const readTarget = endpointNamed('read-target');
const repairTarget = endpointNamed('repair-target');

const guid = '33333333-3333-3333-3333-333333333333';
const ada: Operator = { objectId: 'ada' };
const target = { name: 'demo', state: 'idle', origin: 'declared', blocked: null } as ListedTarget;
const rotation = { id: 'r-7', target: 'demo', state: 'preparing' } as RotationView;
const running = {
  kind: 'not-now',
  reason: 'rotation-running',
  detail: 'It runs.',
  rotationId: 'r-6',
  retryAfterMs: 1500,
} as const;
const network = { mode: 'public' } as NetworkView;
/** Tells in `because` for which address it was asked. */
const diagnosisFor = (address: TestedAddress) => ({ detail: JSON.stringify(address) }) as DiagnosisView;
const change = { id: 'c-1', state: 'running' } as NetworkChangeView;
const preview = { slot: 'key1', role: 'active' } as LeakPreview;
const fleet = { circuitBreaker: 'open', failed: 3 } as FleetView;
const auditTrail = { rotation, entries: [], next: null };
const access = { target: 'demo' } as AccessView;
const keyless = { target: 'demo' } as KeylessView;
const verified = { target: 'demo', accepted: true } as VerifyView;
const identified = { found: false, matches: [] } as unknown as IdentifiedView;
const adoption = { target: 'demo', outcome: 'adopted' } as AdoptionView;
const adoptions = { dryRun: false, targets: [adoption] } as unknown as AdoptionsView;
const pause = { paused: true, by: 'ada', reason: 'fire', since: null };
const unknownTarget = { kind: 'unknown-target' } as const;
const unknownRotation = { kind: 'unknown-rotation' } as const;

const rotationPlan: RotationPlan = {
  target: 'contoso-ai',
  newSlot: null,
  oldSlot: null,
  blockedBy: [{ reason: 'not-adopted', detail: 'Adopt it.' }],
  waitsFor: null,
  phases: [],
  copies: [],
  inactiveKeyReaders: null,
  endsAt: null,
};

/** What the app was asked for, in order. */
type Calls = unknown[][];

/** An app in which nothing is wrong, but for what a test puts in place. */
function fakeApp(calls: Calls, changes: Partial<App>): App {
  const note =
    <T>(name: string, answer: T) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args]);
      return answer;
    };
  return {
    acceptDocument: note('acceptDocument', { kind: 'accepted', fleet, etag: '"0x1"' } as const),
    listTargets: note('listTargets', {
      kind: 'listed',
      targets: [target],
      total: 1,
      next: null,
      discovery: null,
    } as const),
    diagnose: note('diagnose', { kind: 'diagnosed', diagnosisFor } as const),
    readTarget: note('readTarget', { kind: 'found', target } as const),
    identify: note('identify', { kind: 'identified', identified } as const),
    adopt: note('adopt', {
      kind: 'adopted',
      target,
      secrets: [{ secret: 'ai-key1', change: 'created', shows: '****a1b2' }],
    } as const),
    previewAdoption: note('previewAdoption', { kind: 'previewed', adoption } as const),
    adoptMany: note('adoptMany', { kind: 'done', adoptions } as const),
    repair: note('repair', { kind: 'repaired', target, secrets: [] } as const),
    offboard: note('offboard', {
      kind: 'offboarded',
      target: 'demo',
      plan: { differences: [], toConfirm: [], blockedBy: [], waitsFor: null },
    } as const),
    startRotation: note('startRotation', { kind: 'started', rotation } as const),
    previewRotation: note('previewRotation', { kind: 'previewed', plan: rotationPlan } as const),
    readRotation: note('readRotation', { kind: 'found', rotation } as const),
    listRotations: note('listRotations', { kind: 'found', rotations: [rotation], next: 'n-1' } as const),
    readAuditTrail: note('readAuditTrail', { kind: 'found', auditTrail } as const),
    rollBack: note('rollBack', { kind: 'noted', rotation } as const),
    resume: note('resume', { kind: 'noted', rotation } as const),
    cancel: note('cancel', { kind: 'noted', rotation } as const),
    hold: note('hold', { kind: 'noted', rotation } as const),
    releaseHold: note('releaseHold', { kind: 'noted', rotation } as const),
    expedite: note('expedite', { kind: 'noted', rotation } as const),
    leak: note('leak', { kind: 'begun', preview, rotation } as const),
    readAccess: note('readAccess', { kind: 'found', view: access, etag: '"a"' } as const),
    changeAccess: note('changeAccess', { kind: 'under-way', view: access, etag: '"a"' } as const),
    readKeyless: note('readKeyless', { kind: 'found', view: keyless, etag: '"k"' } as const),
    verifyKeyless: note('verifyKeyless', { kind: 'verified', view: verified } as const),
    changeKeyless: note('changeKeyless', { kind: 'applied', view: keyless, etag: '"k"' } as const),
    readFleet: note('readFleet', { kind: 'found', fleet } as const),
    resetFleet: note('resetFleet', { kind: 'reset', fleet } as const),
    readPause: note('readPause', pause),
    setPause: note('setPause', { kind: 'set', pause } as const),
    readNetwork: note('readNetwork', { kind: 'found', view: network, etag: '"n1"' } as const),
    readNetworkChange: note('readNetworkChange', { kind: 'found', change } as const),
    putNetwork: note('putNetwork', { kind: 'begun', change, plan: null } as const),
    advance: note('advance', undefined),
    handleSecretEvent: note('handleSecretEvent', undefined),
    handleRegeneratedKey: note('handleRegeneratedKey', undefined),
    sweep: note('sweep', undefined),
    ...changes,
  };
}

interface Given {
  readonly role?: AppRole;
  readonly app?: Partial<App>;
  readonly request?: RequestParts;
}

async function call(endpoint: Endpoint, { role = 'Keyturn.Admin', app = {}, request = {} }: Given) {
  const calls: Calls = [];
  const events: LogEvent[] = [];
  const edge: Edge = {
    app: async () => fakeApp(calls, app),
    authorise: async (_request, needed) => {
      if (grants([role], needed)) return ada;
      throw new ProblemError({ status: 403, reason: 'role-missing', detail: needed });
    },
    log: (event) => events.push(event),
    newId: () => 'new-id',
  };
  const answer = toAnswer(await answering(edge, endpoint)(fakeRequest(request), fakeContext('this-function')));
  // Clients know of a problem what the API's description says of it.
  if (answer.status >= 400) expect(problemView.parse(answer.body)).toEqual(answer.body);
  return { ...answer, calls, events };
}

const rotationRequest: RequestParts = { path: '/api/targets/demo/rotations/r-7', params: { name: 'demo', id: 'r-7' } };
const startRequest: RequestParts = { path: '/api/targets/demo/rotations' };

type Handover = [string, Endpoint, AppRole, RequestParts, unknown[], number, unknown];

const handovers: readonly Handover[] = [
  [
    'list targets',
    listTargets,
    'Keyturn.Read',
    {},
    ['listTargets', firstPage],
    200,
    { pause, targets: [target], total: 1, next: null, discovery: null },
  ],
  ['read a target', readTarget, 'Keyturn.Read', {}, ['readTarget', 'demo'], 200, target],
  [
    'diagnose, by the caller’s own address',
    diagnoseTarget,
    'Keyturn.Read',
    { headers: { 'x-forwarded-for': '10.0.0.1, 203.0.113.7:50123' } },
    ['diagnose', 'demo'],
    200,
    diagnosisFor({ value: '203.0.113.7', from: 'request' }),
  ],
  [
    'diagnose, by a given address',
    diagnoseTarget,
    'Keyturn.Read',
    { path: '/api/targets/demo/diagnosis?egress=198.51.100.9', headers: { 'x-forwarded-for': '203.0.113.7:50123' } },
    ['diagnose', 'demo'],
    200,
    diagnosisFor({ value: '198.51.100.9', from: 'query' }),
  ],
  ['diagnose, by none', diagnoseTarget, 'Keyturn.Read', {}, ['diagnose', 'demo'], 200, diagnosisFor(null)],
  ['read the fleet', readFleet, 'Keyturn.Read', {}, ['readFleet'], 200, fleet],
  [
    'lift the line',
    resetFleet,
    'Keyturn.Admin',
    { body: { reason: 'role put right' } },
    ['resetFleet', { reason: 'role put right', what: ['failures', 'canaries'] }, ada],
    200,
    fleet,
  ],
  [
    'lift what fills the bounds',
    resetFleet,
    'Keyturn.Admin',
    { body: { reason: 'a long overlap', what: ['running'] } },
    ['resetFleet', { reason: 'a long overlap', what: ['running'] }, ada],
    200,
    fleet,
  ],
  [
    'accept a targets document',
    acceptDocument,
    'Keyturn.Admin',
    { body: { reason: 'lab closed' }, headers: { 'if-match': 'W/"0x1"' } },
    ['acceptDocument', { reason: 'lab closed', ifMatch: ['"0x1"'] }, ada],
    200,
    fleet,
  ],
  ['read a rotation', readRotation, 'Keyturn.Read', rotationRequest, ['readRotation', 'demo', 'r-7'], 200, rotation],
  [
    'adopt',
    adoptTarget,
    'Keyturn.Admin',
    {},
    ['adopt', 'demo', { activeSlot: null, takeOver: false, confirm: [] }, ada],
    200,
    { target, secrets: [{ secret: 'ai-key1', change: 'created', shows: '****a1b2' }] },
  ],
  [
    'adopt with a slot',
    adoptTarget,
    'Keyturn.Admin',
    { body: { activeSlot: 'key2' } },
    ['adopt', 'demo', { activeSlot: 'key2', takeOver: false, confirm: [] }, ada],
    200,
    expect.anything(),
  ],
  [
    'adopt over another instance',
    adoptTarget,
    'Keyturn.Admin',
    { body: { takeOver: true } },
    ['adopt', 'demo', { activeSlot: null, takeOver: true, confirm: [] }, ada],
    200,
    expect.anything(),
  ],
  [
    'offboard, with all that can be said',
    offboardTarget,
    'Keyturn.Admin',
    {
      method: 'DELETE',
      path: '/api/targets/demo?history=remove&confirm=tags-stay,rotation-abandoned',
      headers: { 'if-match': '"o1"' },
    },
    [
      'offboard',
      'demo',
      { dryRun: false, history: 'remove', confirm: ['tags-stay', 'rotation-abandoned'], ifMatch: ['"o1"'] },
      ada,
    ],
    200,
    { target: 'demo', offboarded: true, done: [] },
  ],
  [
    'offboard, as it is planned without more',
    offboardTarget,
    'Keyturn.Admin',
    { method: 'DELETE', path: '/api/targets/demo?dryRun=true' },
    ['offboard', 'demo', { dryRun: true, history: 'keep', confirm: [], ifMatch: null }, ada],
    200,
    { target: 'demo', offboarded: true, done: [] },
  ],
  [
    'adopt, as a dry run',
    adoptTarget,
    'Keyturn.Admin',
    { path: '/api/targets/demo/adopt?dryRun=true', body: { activeSlot: 'key2' } },
    ['previewAdoption', 'demo', { activeSlot: 'key2', takeOver: false, confirm: [] }],
    200,
    adoption,
  ],
  [
    'adopt all',
    adoptMany,
    'Keyturn.Admin',
    { path: '/api/adoptions', params: {}, body: { targets: 'all' } },
    ['adoptMany', { targets: 'all', takeOver: false, dryRun: false }, ada],
    200,
    adoptions,
  ],
  [
    'adopt some, each once, as a dry run',
    adoptMany,
    'Keyturn.Admin',
    { path: '/api/adoptions?dryRun=true', params: {}, body: { targets: ['a', 'b', 'a'], takeOver: true } },
    ['adoptMany', { targets: ['a', 'b'], takeOver: true, dryRun: true }, ada],
    200,
    adoptions,
  ],
  ['repair', repairTarget, 'Keyturn.Operate', {}, ['repair', 'demo', ada], 200, { target, secrets: [] }],
  [
    'start',
    startRotation,
    'Keyturn.Operate',
    startRequest,
    ['startRotation', 'demo', { inactiveKeyUnused: false, idempotencyKey: null }, ada],
    202,
    rotation,
  ],
  [
    'start, as a dry run',
    startRotation,
    'Keyturn.Operate',
    { ...startRequest, path: '/api/targets/demo/rotations?dryRun=true', body: { inactiveKeyUnused: true } },
    ['previewRotation', 'demo', { inactiveKeyUnused: true }],
    200,
    rotationPlan,
  ],
  [
    "start with the operator's word",
    startRotation,
    'Keyturn.Operate',
    { ...startRequest, body: { inactiveKeyUnused: true } },
    ['startRotation', 'demo', { inactiveKeyUnused: true, idempotencyKey: null }, ada],
    202,
    rotation,
  ],
  [
    'roll back',
    rollBackRotation,
    'Keyturn.Operate',
    rotationRequest,
    ['rollBack', 'demo', 'r-7', ada, []],
    202,
    rotation,
  ],
  [
    'roll back with a confirmation',
    rollBackRotation,
    'Keyturn.Operate',
    { ...rotationRequest, body: { confirm: ['leaked-key1'] } },
    ['rollBack', 'demo', 'r-7', ada, ['leaked-key1']],
    202,
    rotation,
  ],
  ['cancel', cancelRotation, 'Keyturn.Operate', rotationRequest, ['cancel', 'demo', 'r-7', ada, []], 202, rotation],
  [
    'cancel with a confirmation',
    cancelRotation,
    'Keyturn.Operate',
    { ...rotationRequest, body: { confirm: ['leaked-key2'] } },
    ['cancel', 'demo', 'r-7', ada, ['leaked-key2']],
    202,
    rotation,
  ],
  [
    'hold',
    holdRotation,
    'Keyturn.Operate',
    { ...rotationRequest, body: { reason: 'release night' } },
    ['hold', 'demo', 'r-7', { reason: 'release night', confirm: [] }, ada],
    202,
    rotation,
  ],
  ['release', releaseHold, 'Keyturn.Operate', rotationRequest, ['releaseHold', 'demo', 'r-7', ada], 202, rotation],
  [
    'expedite',
    expediteRotation,
    'Keyturn.Operate',
    { ...rotationRequest, body: { reason: 'audit', overlapSeconds: 900 } },
    ['expedite', 'demo', 'r-7', { reason: 'audit', overlapSeconds: 900, leaveBehind: [] }, ada],
    202,
    rotation,
  ],
  [
    'expedite to what the settings call safe',
    expediteRotation,
    'Keyturn.Operate',
    { ...rotationRequest, body: { reason: ' audit ' } },
    ['expedite', 'demo', 'r-7', { reason: 'audit', overlapSeconds: null, leaveBehind: [] }, ada],
    202,
    rotation,
  ],
  [
    'a leaked key',
    reportLeak,
    'Keyturn.Admin',
    { ...startRequest, body: { slot: 'key1' } },
    ['leak', 'demo', { slot: 'key1', dryRun: false, reason: null, overlapSeconds: null }, ada],
    202,
    { preview, rotation },
  ],
  [
    'a key that was found',
    identifyKey,
    'Keyturn.Read',
    { path: '/api/leaks/identify', params: {}, body: { key: 'a0b1c2d3e4f5061728394a5b6c7d8e9f' } },
    ['identify', new SecretText('a0b1c2d3e4f5061728394a5b6c7d8e9f'), ada],
    200,
    identified,
  ],
  [
    'pause',
    setPause,
    'Keyturn.Admin',
    { method: 'PUT', path: '/api/pause', params: {}, body: { paused: true, reason: 'fire' } },
    ['setPause', { paused: true, reason: 'fire' }, ada],
    200,
    pause,
  ],
  ['resume', resumeRotation, 'Keyturn.Operate', rotationRequest, ['resume', 'demo', 'r-7', ada], 202, rotation],
  [
    'list rotations, as many as usual',
    listRotations,
    'Keyturn.Read',
    startRequest,
    ['listRotations', 'demo', { limit: 20, after: null }],
    200,
    { rotations: [rotation], next: 'n-1' },
  ],
  [
    'list rotations, page by page',
    listRotations,
    'Keyturn.Read',
    { path: '/api/targets/demo/rotations?limit=100&after=n-1' },
    ['listRotations', 'demo', { limit: 100, after: 'n-1' }],
    200,
    { rotations: [rotation], next: 'n-1' },
  ],
  [
    'read evidence, as much as usual',
    readAuditTrail,
    'Keyturn.Read',
    rotationRequest,
    ['readAuditTrail', 'demo', 'r-7', { limit: 200, after: null }],
    200,
    auditTrail,
  ],
  [
    'read evidence, page by page',
    readAuditTrail,
    'Keyturn.Read',
    { ...rotationRequest, path: '/api/targets/demo/rotations/r-7/audit-trail?limit=1000&after=n-1' },
    ['readAuditTrail', 'demo', 'r-7', { limit: 1_000, after: 'n-1' }],
    200,
    auditTrail,
  ],
  [
    'what replacing a leaked key would break',
    reportLeak,
    'Keyturn.Admin',
    { ...startRequest, body: { slot: 'key2', dryRun: true, reason: 'in a log', overlapSeconds: 0 } },
    ['leak', 'demo', { slot: 'key2', dryRun: true, reason: 'in a log', overlapSeconds: 0 }, ada],
    202,
    { preview, rotation },
  ],
  [
    'go on',
    setPause,
    'Keyturn.Admin',
    { method: 'PUT', path: '/api/pause', params: {}, body: { paused: false } },
    ['setPause', { paused: false, reason: null }, ada],
    200,
    pause,
  ],
  ['read the network', readNetwork, 'Keyturn.Read', {}, ['readNetwork', 'demo'], 200, network],
  [
    'read a change of the network',
    readNetworkChange,
    'Keyturn.Read',
    { params: { name: 'demo', id: 'c-1' } },
    ['readNetworkChange', 'demo', 'c-1'],
    200,
    change,
  ],
  [
    'set the network',
    setNetwork,
    'Keyturn.Admin',
    { method: 'PUT', body: { mode: 'public' } },
    [
      'putNetwork',
      'demo',
      expect.objectContaining({ mode: 'public' }),
      { dryRun: false, confirm: [], ifMatch: null },
      ada,
    ],
    202,
    change,
  ],
  ['read access', readAccess, 'Keyturn.Read', {}, ['readAccess', 'demo'], 200, access],
  [
    'change access',
    changeAccess,
    'Keyturn.Admin',
    { method: 'PUT', body: { identities: [{ keyturn: true, roles: ['Reader'] }], confirm: ['broad-role'] } },
    ['changeAccess', 'demo', expect.objectContaining({ confirm: ['broad-role'], dryRun: false, ifMatch: null }), ada],
    202,
    access,
  ],
  ['read keyless', readKeyless, 'Keyturn.Read', {}, ['readKeyless', 'demo'], 200, keyless],
  ['prove keyless', verifyKeyless, 'Keyturn.Operate', {}, ['verifyKeyless', 'demo'], 200, verified],
  [
    'turn keys off',
    changeKeyless,
    'Keyturn.Admin',
    { method: 'PUT', body: { enabled: true } },
    [
      'changeKeyless',
      'demo',
      {
        ...{ enabled: true, identities: null, proveWithinMinutes: 360, confirm: [] },
        ...{ dryRun: false, ifMatch: null },
      },
      ada,
    ],
    200,
    keyless,
  ],
  [
    'turn keys on, as a dry run',
    changeKeyless,
    'Keyturn.Admin',
    {
      ...{ method: 'PUT', path: '/api/targets/demo/keyless?dryRun=true', headers: { 'if-match': '"k"' } },
      body: { enabled: false, identities: [guid], proveWithinMinutes: 5, confirm: ['leaked-key1'] },
    },
    [
      'changeKeyless',
      'demo',
      {
        ...{ enabled: false, identities: [guid], proveWithinMinutes: 5, confirm: ['leaked-key1'] },
        ...{ dryRun: true, ifMatch: ['"k"'] },
      },
      ada,
    ],
    200,
    keyless,
  ],
];

describe('each edge hands over what it was asked for', () => {
  it.each(handovers)('%s', async (_, endpoint, role, request, expectedCall, status, body) => {
    const { calls, ...answer } = await call(endpoint, { role, request });
    expect([answer.status, answer.body]).toEqual([status, body]);
    // The list tells of the pause besides.
    expect(calls.filter(([name]) => name !== 'readPause')).toEqual([expectedCall]);
    const lower = role === 'Keyturn.Admin' ? 'Keyturn.Operate' : 'Keyturn.Read';
    const withLess = role === 'Keyturn.Read' ? ('none' as AppRole) : lower;
    expect(await call(endpoint, { role: withLess, request })).toMatchObject({ status: 403, calls: [] });
  });

  it('and none is left out', () => {
    const tried = new Set(handovers.map(([, endpoint]) => endpoint.name));
    expect([...tried].sort()).toEqual(endpoints.map(({ name }) => name).sort());
  });
});

describe('what replacing a leaked key would break', () => {
  it('is answered with 200', async () => {
    const app: Partial<App> = { leak: async () => ({ kind: 'previewed', preview }) };
    const request = { ...startRequest, body: { slot: 'key1', dryRun: true } };
    expect(await call(reportLeak, { request, app })).toMatchObject({ status: 200, body: { preview } });
  });
});

describe('a target that leaves', () => {
  const plan = { differences: [], toConfirm: ['tags-stay'], blockedBy: [], waitsFor: null };
  const risk = { name: 'tags-stay', level: 'confirm', text: 'Tags stay.' } as const;
  const etag = '"o1"';

  it.each<[string, Awaited<ReturnType<App['offboard']>>, number, object]>([
    ['with its plan', { kind: 'plan', plan, etag }, 200, plan],
    [
      'with what was not confirmed',
      { kind: 'not-confirmed', plan, open: [risk], etag },
      409,
      { reason: 'plan-not-confirmed', risks: [risk], plan },
    ],
    ['with another plan than was seen', { kind: 'changed-meanwhile', etag }, 412, { reason: 'changed-meanwhile' }],
    ['without a plan that was seen', { kind: 'unconditional', etag }, 428, { reason: 'condition-missing' }],
  ])('is answered %s, and its ETag', async (_, answer, status, body) => {
    const request = { method: 'DELETE', path: '/api/targets/demo' } as const;
    expect(await call(offboardTarget, { request, app: { offboard: async () => answer } })).toMatchObject({
      ...{ status, body },
      headers: { etag },
    });
  });
});

describe('a leaked key that is only noted', () => {
  it('is answered with 202, why, and the way to the target', async () => {
    const app: Partial<App> = { leak: async () => ({ kind: 'noted', preview, detail: 'Keys are off.' }) };
    const request = { ...startRequest, path: '/api/targets/demo/leak', body: { slot: 'key1' } };
    expect(await call(reportLeak, { request, app })).toMatchObject({
      status: 202,
      headers: { location: '/api/targets/demo' },
      body: { preview, rotation: null, detail: 'Keys are off.' },
    });
  });
});

describe('the way to a rotation', () => {
  it.each<[string, string, string]>([
    ['follows the route prefix of the host', '/api/targets/demo/rotations', '/api/targets/demo/rotations/r-7'],
    ['follows no prefix', '/targets/demo/rotations/', '/targets/demo/rotations/r-7'],
    [
      'follows a prefix that has the same word',
      '/targets-api/targets/demo/rotations',
      '/targets-api/targets/demo/rotations/r-7',
    ],
    ['follows a route in capitals', '/API/Targets/demo/Rotations', '/API/targets/demo/rotations/r-7'],
  ])('%s', async (_, path, location) => {
    expect((await call(startRotation, { request: { path } })).headers).toMatchObject({ location });
  });

  it('stands in a 409 as well, with the id of the rotation that is running', async () => {
    const answer = await call(startRotation, { request: startRequest, app: { startRotation: async () => running } });
    expect(answer).toMatchObject({
      status: 409,
      headers: {
        location: '/api/targets/demo/rotations/r-6',
        'retry-after': '2',
        'content-type': 'application/problem+json',
      },
      body: {
        type: 'urn:keyturn:problem:rotation-running',
        title: 'Conflict',
        status: 409,
        detail: 'It runs.',
        instance: '/api/targets/demo/rotations',
        reason: 'rotation-running',
        rotationId: 'r-6',
      },
    });
  });

  it('stands in no 409 that no rotation is the cause of', async () => {
    const app: Partial<App> = { startRotation: async () => ({ ...running, rotationId: null, retryAfterMs: null }) };
    const answer = await call(startRotation, { request: startRequest, app });
    expect(Object.keys(answer.headers)).toEqual(['cache-control', 'content-type', 'x-request-id']);
    expect(answer.body).not.toHaveProperty('rotationId');
  });
});

describe('a problem', () => {
  const members = Object.keys(problemView.shape);

  it('has no members but those that clients are told of, and each of those in some answer', () => {
    const refused = [
      new ProblemError({
        ...{ status: 409, reason: 'only-in', detail: 'Why.', rotationId: 'r-6', legalIn: ['preparing'] },
        errors: [],
      }),
      refusal(fakeRequest({}), {
        ...{ kind: 'unavailable', reason: 'vault-access-denied', detail: 'No role.', retryAfterMs: null },
        ...{ code: 'Forbidden', missing: { missingAction: 'x/y', fix: 'Grant it.' }, changed: [] },
      }),
      refusal(fakeRequest({}), { kind: 'not-confirmed', open: [], plan: {} as PlanView, etag: '"e"' }),
    ];
    const bodies = refused.map(({ problem }) => JSON.parse(JSON.stringify(problemAnswer(problem, '/').jsonBody)));
    expect([...new Set(bodies.flatMap((body) => Object.keys(body)))].sort()).toEqual(members.sort());
  });

  it('names fifty fields at most, and says how many more there are', () => {
    const errors = Array.from({ length: 51 }, (_, n) => ({ field: `f${n}`, found: 'x', accepted: 'y' }));
    const shown = (count: number) => {
      const problem = { status: 400, reason: 'invalid-body', detail: 'Why.', errors: errors.slice(0, count) } as const;
      return problemAnswer(problem, '/').jsonBody.errors;
    };
    expect(shown(50)).toEqual(errors.slice(0, 50));
    const more = {
      field: '…',
      found: '1 more fields that are not as they should be',
      accepted: expect.stringContaining('openapi.json'),
    };
    expect(shown(51)).toEqual([...errors.slice(0, 50), more]);
  });

  // Node has the names that RFC 9110 replaced.
  const renamed = { 413: 'Content Too Large', 422: 'Unprocessable Content' };

  it.each(Object.keys(problemTitles))('of status %s has the standard title, a type and a place', (status) => {
    const title = { ...STATUS_CODES, ...renamed }[status];
    const problem = { status: Number(status), reason: 'a-reason', detail: 'Why.' } as Problem;
    expect(problemAnswer(problem, '/api/targets')).toMatchObject({
      status: Number(status),
      headers: { 'content-type': 'application/problem+json' },
      jsonBody: { type: 'urn:keyturn:problem:a-reason', title, status: Number(status), instance: '/api/targets' },
    });
  });
});

describe('what the app refuses becomes a problem', () => {
  const azure = (retryAfterMs: number | null) =>
    ({ kind: 'unavailable', reason: 'vault-access-denied', detail: 'No role.', retryAfterMs }) as const;

  it.each<[string, Endpoint, Partial<App>, object]>([
    [
      'an unknown target',
      readTarget,
      { readTarget: async () => unknownTarget },
      { status: 404, body: { reason: 'unknown-target' } },
    ],
    [
      'an unknown target to adopt',
      adoptTarget,
      { adopt: async () => unknownTarget },
      { status: 404, body: { reason: 'unknown-target' } },
    ],
    [
      'an unknown rotation',
      readRotation,
      { readRotation: async () => unknownRotation },
      { status: 404, body: { reason: 'unknown-rotation' } },
    ],
    [
      'an adoption that Azure stopped midway',
      adoptTarget,
      { adopt: async () => ({ ...azure(null), changed: [{ secret: 'a-key1', change: 'created' }] }) },
      { status: 502, body: { changed: [{ secret: 'a-key1', change: 'created' }] } },
    ],
    [
      'a rollback to a leaked key without its confirmation',
      rollBackRotation,
      {
        rollBack: async () => ({
          kind: 'not-confirmed',
          risks: [{ name: 'leaked-key1', level: 'confirm', text: 'It was reported as leaked.' }],
        }),
      },
      {
        status: 409,
        body: {
          reason: 'leaked-key-not-confirmed',
          detail:
            'It was reported as leaked. To have it so all the same, name it in confirm: leaked-key1. Nothing was changed.',
          risks: [{ name: 'leaked-key1', level: 'confirm', text: 'It was reported as leaked.' }],
        },
      },
    ],
    [
      'an unknown rotation to resume',
      resumeRotation,
      { resume: async () => unknownRotation },
      { status: 404, body: { reason: 'unknown-rotation' } },
    ],
    [
      'a rollback that comes too late',
      rollBackRotation,
      { rollBack: async () => running },
      { status: 409, body: { reason: 'rotation-running' } },
    ],
    [
      'Azure that refuses for good',
      adoptTarget,
      { adopt: async () => azure(null) },
      { status: 502, body: { reason: 'vault-access-denied', detail: 'No role.' } },
    ],
    [
      'Azure that may be asked again',
      adoptTarget,
      { adopt: async () => azure(0) },
      { status: 503, headers: { 'retry-after': '0' } },
    ],
    [
      'an action in another state than its own',
      cancelRotation,
      { cancel: async () => ({ ...running, reason: 'only-in', legalIn: ['preparing', 'probing'] }) },
      { status: 409, body: { reason: 'only-in', legalIn: ['preparing', 'probing'], rotationId: 'r-6' } },
    ],
  ])('%s', async (_, endpoint, app, expected) => {
    const answer = await call(endpoint, { app, request: rotationRequest });
    expect(answer).toMatchObject(expected);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });
});

describe('a body that is not as it should be changes nothing', () => {
  const json = { 'content-type': 'application/json' };

  it.each<[string, RequestParts, number, string]>([
    [
      'of another content type',
      { body: 'inactiveKeyUnused=true', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported-content-type',
    ],
    [
      'that only looks like JSON by its type',
      { body: '{}', headers: { 'content-type': 'application/jsonp' } },
      415,
      'unsupported-content-type',
    ],
    ['that is no JSON', { body: '{"inactiveKeyUnused": true', headers: json }, 400, 'malformed-json'],
    [
      'of more than 64 KiB',
      { body: JSON.stringify({ x: 'y'.repeat(64 * 1024) }), headers: json },
      413,
      'body-too-large',
    ],
    [
      'in chunks, which the host drops',
      { body: '', headers: { ...json, 'transfer-encoding': 'chunked' } },
      411,
      'length-required',
    ],
    ['that is a list', { body: [] }, 400, 'invalid-body'],
    ['of another type', { body: { inactiveKeyUnused: 'yes' } }, 400, 'invalid-body'],
    ['with an unknown member', { body: { inactivekeyUnused: true } }, 400, 'invalid-body'],
  ])('%s', async (_, parts, status, reason) => {
    expect(await call(startRotation, { request: { ...startRequest, ...parts } })).toMatchObject({
      status,
      body: { status, reason },
      calls: [],
    });
  });

  it.each(['', '   '])('shows the blank reason %j as it stands there', async (reason) => {
    const { body } = await call(holdRotation, { request: { ...rotationRequest, body: { reason } } });
    const accepted = '1 to 200 characters that say why, without a key or a token';
    expect(body).toMatchObject({ errors: [{ field: 'reason', found: JSON.stringify(reason), accepted }] });
  });

  it('names each field, what was found and what is accepted', async () => {
    const { body } = await call(startRotation, {
      request: { ...startRequest, body: { inactiveKeyUnused: 'yes', inactivekeyUnusd: 1 } },
    });
    expect(body).toMatchObject({
      errors: [
        { field: 'inactiveKeyUnused', found: '"yes"', accepted: 'true or false' },
        {
          field: 'inactivekeyUnusd',
          found: 'a name that is not known here',
          accepted: 'did you mean inactiveKeyUnused?',
        },
      ],
    });
  });

  it.each<[string, Endpoint, unknown]>([
    ['a hold without a reason', holdRotation, {}],
    ['a lift without a reason', resetFleet, {}],
    ['an acceptance without a reason', acceptDocument, {}],
    ['a lift of nothing', resetFleet, { reason: 'reason', what: [] }],
    ['a lift of what there is not', resetFleet, { reason: 'reason', what: ['blackouts'] }],
    ['a reason of nothing but blanks', holdRotation, { reason: '  ' }],
    ['a reason that is a novel', holdRotation, { reason: 'why '.repeat(60) }],
    ['a reason with a key in it', holdRotation, { reason: 'leaked 0123456789abcdef0123456789abcdef' }],
    ['a reason that would break a line', holdRotation, { reason: 'one\ntwo' }],
    ['an expedite without a reason', expediteRotation, { overlapSeconds: 900 }],
    ['a leak without its slot', reportLeak, { dryRun: true }],
    ['a leak of both slots', reportLeak, { slot: 'both' }],
    ['a pause that says nothing', setPause, {}],
    ['adoptions of nobody named', adoptMany, {}],
    ['adoptions of an empty list', adoptMany, { targets: [] }],
    ['adoptions of another word than all', adoptMany, { targets: 'every' }],
    ['adoptions of a name that no target can have', adoptMany, { targets: ['a/b'] }],
    ['adoptions of too many names', adoptMany, { targets: Array.from({ length: 501 }, (_, n) => `t${n}`) }],
    ['a negative overlap', expediteRotation, { reason: 'audit', overlapSeconds: -1 }],
    ['a broken overlap', expediteRotation, { reason: 'audit', overlapSeconds: 1.5 }],
  ])('%s', async (_, endpoint, body) => {
    const answer = await call(endpoint, { request: { ...rotationRequest, body } });
    expect(answer).toMatchObject({ status: 400, body: { reason: 'invalid-body' }, calls: [] });
    expect(JSON.stringify(answer)).not.toContain('0123456789abcdef');
    // In our words, not in those of the library that checks.
    expect(JSON.stringify(answer)).not.toMatch(/"accepted":"(Invalid|Too|Unrecognized)/);
  });

  it('is refused if none is wanted', async () => {
    expect(await call(resumeRotation, { request: { ...rotationRequest, body: { force: true } } })).toMatchObject({
      status: 400,
      calls: [],
    });
  });

  it('is taken with a character set beside its type', async () => {
    const request = {
      ...startRequest,
      body: '{"inactiveKeyUnused":true}',
      headers: { 'content-type': 'application/json; charset=utf-8' },
    };
    expect(await call(startRotation, { request })).toMatchObject({ status: 202 });
  });
});

describe('a query parameter that no operation knows', () => {
  it.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))(
    'is refused by %s',
    async (_name, endpoint) => {
      const request = {
        ...rotationRequest,
        path: `${rotationRequest.path}?dryrun=true`,
        body: { slot: 'key1', paused: true, reason: 'x', targets: 'all' },
      };
      const answer = await call(endpoint, { request });
      expect(answer).toMatchObject({ status: 400, calls: [] });
    },
  );

  it('is told with what is accepted', async () => {
    expect(await call(readTarget, { request: { path: '/api/targets/demo?expand=all' } })).toMatchObject({
      status: 400,
      body: {
        reason: 'invalid-query',
        errors: [{ field: 'expand', found: 'a name that is not known here', accepted: 'no query parameters at all' }],
      },
    });
  });
});

describe('an idempotency key', () => {
  it.each<[string, string, string]>([
    ['goes on as it is', 'monday-1', 'monday-1'],
    ['goes on without its quotes', '"monday-1"', 'monday-1'],
  ])('%s', async (_, header, key) => {
    const { calls } = await call(startRotation, {
      request: { ...startRequest, headers: { 'idempotency-key': header } },
    });
    expect(calls).toEqual([['startRotation', 'demo', { inactiveKeyUnused: false, idempotencyKey: key }, ada]]);
  });

  it.each<[string, string]>([
    ['of nothing', ''],
    ['of blanks', '" "'],
    ['with half its quotes', '"monday'],
    ['that is too long', 'a'.repeat(129)],
  ])('%s is refused', async (_, header) => {
    const answer = await call(startRotation, {
      request: { ...startRequest, headers: { 'idempotency-key': header } },
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { reason: 'invalid-header', errors: [{ field: 'Idempotency-Key' }] },
      calls: [],
    });
  });

  it('of another request is refused as reused', async () => {
    const app: Partial<App> = { startRotation: async () => ({ kind: 'key-reused' }) };
    expect(await call(startRotation, { app, request: startRequest })).toMatchObject({
      status: 422,
      body: { reason: 'idempotency-key-reused', title: 'Unprocessable Content' },
    });
  });
});

describe('each operation', () => {
  const held = ['none', ...appRoles] as const;

  it.each(endpoints.flatMap((endpoint) => held.map((role) => [endpoint.name, role, endpoint] as const)))(
    '%s, asked by a holder of %s',
    async (_name, role, endpoint) => {
      const { status, calls } = await call(endpoint, { role: role as AppRole, request: rotationRequest });
      const needed = appRoles.indexOf(endpoint.role);
      const allowed = role !== 'none' && appRoles.indexOf(role) >= needed;
      // A body that the operation needs is missing here: 400 comes after 403.
      expect(status === 403).toBe(!allowed);
      if (!allowed) expect(calls).toEqual([]);
    },
  );
});

describe('a request id', () => {
  it.each<[string, Record<string, string>, string]>([
    ['is made', {}, 'new-id'],
    ['is taken over', { 'x-request-id': 'ada.1_2-3' }, 'ada.1_2-3'],
    ['that could break a log line is replaced', { 'x-request-id': 'a b"c' }, 'new-id'],
    ['that is too long is replaced', { 'x-request-id': 'a'.repeat(129) }, 'new-id'],
  ])('%s', async (_, headers, id) => {
    const answer = await call(listTargets, { request: { headers } });
    expect(answer.headers).toMatchObject({ 'x-request-id': id, 'cache-control': 'no-store' });
    expect(answer.events).toMatchObject([{ event: 'request-answered', requestId: id }]);
  });
});

describe('the log', () => {
  it('tells who asked for what, and how it ended', async () => {
    const { events } = await call(startRotation, {
      request: startRequest,
      app: { startRotation: async () => running },
    });
    expect(events).toEqual([
      {
        event: 'request-answered',
        function: 'this-function',
        requestId: 'new-id',
        status: 409,
        reason: 'rotation-running',
        operator: 'ada',
        target: 'demo',
      },
    ]);
  });

  it('and the answer hold nothing of an unexpected error but its class', async () => {
    const leak = async () => {
      throw new TypeError('key 0123456789abcdef');
    };
    const answer = await call(listTargets, { app: { listTargets: leak } });
    expect(answer).toMatchObject({
      status: 500,
      body: { reason: 'unexpected-error' },
      events: [
        {
          event: 'unexpected-error',
          errorName: 'TypeError',
          stack: expect.arrayContaining([expect.stringMatching(/edges\.test\.ts:\d+/)]),
        },
        { status: 500 },
      ],
    });
    expect(JSON.stringify(answer)).not.toContain('0123456789abcdef');
  });
});

import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stages } from '../../../src/app/hardening/hardening-contract.ts';
import { hardeningStages } from '../../../src/app/hardening/hardening-stages.ts';
import { saveNotifications } from '../../../src/app/rotations/save-notifications.ts';
import { driftNotification, leakedNotifications } from '../../../src/app/sweep/sweep-notifications.ts';
import { type SuspendReason, suspendReasons } from '../../../src/rotation/reasons.ts';
import type { RotationEnd } from '../../../src/rotation/state.ts';
import { refusalReasons, refusalSentences } from '../../../src/shared/refusals.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { type DriftReason, driftReasons } from '../../../src/targets/drift.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, newFingerprint, nowMs } from '../../rotation/row-builder.ts';
import { operator } from '../../scenarios/hardening/hardening-keyturn.ts';
import { placeholders } from './az-commands.ts';
import { callsMeant, type PrintedCall, printedApp } from './printed-app.ts';

const pages = globSync(['README.md', 'docs/*.md', 'local/README.md', 'infra/README.md'], {
  // Made of what the built app answered.
  exclude: ['docs/api.md'],
});
const sources = globSync('src/**/*.ts');
const textOf = (file: string) =>
  readFileSync(file, 'utf8')
    .replaceAll(/\\\n\s*/g, '')
    .replaceAll(/\$\{[^}]*\}/g, 'x');

/** What stands for `<your-…>` when a call is sent. */
const filledIn: Readonly<Record<string, string>> = {
  'your-identity-object-id': '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a02',
  'your-role': 'Cognitive Services Language Reader',
};
const fill = (text: string) => text.replaceAll(/<(your-[a-z-]+)>/g, (_, name: string) => filledIn[name] ?? 'x');

/** Sends it to a target that is adopted and has a rotation under way, and answers what a printed call must never meet. */
async function faultOf(call: PrintedCall): Promise<string | null> {
  const { send } = await printedApp();
  const { status, reason } = await send(call);
  // An id of another thing than a rotation: the operation was found, the thing was not.
  if (status === 404 && reason === 'unknown-change') return null;
  return [400, 404, 405, 411, 415, 422, 500].includes(status) ? `${status} ${reason}` : null;
}

describe('a call that a notification ends with is one that the API takes', () => {
  const target = buildTarget();
  const leak = { slot: 'key1', rotationId: 'r1', atMs: nowMs - 30 * 3_600_000, by: 'ada', isKnown: true, keys: [] };
  const leaks = [{ ...leak, lookedAtMs: null, seenAtMs: null, goneSinceMs: null, failure: null }] as never;
  const ended = (outcome: RotationEnd['outcome'], change: Parameters<typeof buildRow>[0] = {}) => {
    const lastEnd = { outcome, endedAtMs: nowMs, refusal: null, last: buildState('overlapping', { newFingerprint }) };
    return saveNotifications(null, buildRow({ lastEnd, ...change }), target, 'here', nowMs);
  };
  const suspended = (reason: SuspendReason) =>
    saveNotifications(
      null,
      buildRow({ rotation: { kind: 'suspended', reason, sinceMs: nowMs, from: buildState('overlapping') } }),
      target,
      'here',
      nowMs,
    );
  const outcomes = ['completed', 'rolled-back', 'cancelled', 'replaced'] as const;
  const reasons = [...Object.keys(suspendReasons), ...Object.keys(refusalSentences)] as SuspendReason[];
  const drifts = [...(Object.keys(driftReasons) as DriftReason[]), ...refusalReasons];
  const notifications = [
    ...outcomes.flatMap((outcome) => [...ended(outcome), ...ended(outcome, { leaks })]),
    ...saveNotifications(buildRow({ leaks }), buildRow(), target, 'here', nowMs),
    ...leakedNotifications({ row: buildRow({ leaks }), nowMs }, target, 'here'),
    ...reasons.flatMap(suspended),
    ...drifts.map((reason) => driftNotification(reason, null, target, 'here', nowMs)),
  ];
  const calls = [...new Set(notifications.map(({ adminCall }) => adminCall ?? ''))];

  it.each(calls)('%s', async (adminCall) => {
    const [, method = '', path = '', body] = /^([A-Z]+) (\S+)(?: (\{.*\}))?$/.exec(adminCall) ?? [];
    expect(await faultOf({ method, path, body: body === undefined ? undefined : JSON.parse(body) })).toBeNull();
  });

  it('of each kind, and goes with what is told to do', () => {
    const tail = (adminCall: string) => adminCall.replace('/api/targets/demo', '');
    expect(calls.map(tail).sort()).toEqual([
      'GET ',
      'GET /diagnosis',
      'GET /rotations',
      'GET /rotations/r1',
      'GET /rotations/r1/audit-trail',
      'POST /adopt',
      'POST /leak {"slot":"key1"}',
      'POST /repair',
      'POST /rotations',
      'POST /rotations/r1/resume',
    ]);
    const callOf = (reason: (typeof drifts)[number]) =>
      tail(driftNotification(reason, null, target, 'here', nowMs).adminCall ?? '');
    expect(callOf('pointer-missing')).toBe('POST /repair');
    expect(callOf('pointer-disabled')).toBe('GET ');
    expect(callOf('active-key-refused')).toBe('GET /diagnosis');
    expect(callOf('account-access-denied')).toBe('GET /diagnosis');
    expect(callOf('account-recreated')).toBe('POST /adopt');
  });
});

describe('the next step of the hardening stages is one that the API takes', () => {
  const steps = stages.map((stage) => {
    const reached = Object.fromEntries(stages.map((one) => [one, one === stage ? null : 1]));
    return hardeningStages('demo', {
      ...reached,
      'keys-off': stage === 'keys-rotated' ? null : reached['keys-off'],
    } as never).next;
  });
  it.each(steps.map((step) => [step?.stage, step] as const))('%s', async (_, step) => {
    const [method = '', path = ''] = step?.request.split(' ') ?? [];
    const printed = JSON.stringify(step?.body);
    expect(await faultOf({ method, path, body: JSON.parse(fill(printed)) })).toBeNull();
    for (const [, name] of printed.matchAll(/<([^>]*)>/g)) expect(placeholders).toContain(name);
  });
});

it('the way from a found key to what its leak would break is one that the API takes', async () => {
  const { keyturn, key, send } = await printedApp();
  const identified = await keyturn.app.identify(new SecretText(key), operator);
  const [match] = identified.kind === 'identified' ? identified.identified.matches : [];
  expect(match?.dryRun).not.toBeNull();
  const { method = '', path = '', body } = match?.dryRun ?? {};
  expect(await send({ method, path, body })).toEqual({ status: 200, reason: null });
});

describe('an operation that a page or a sentence names is one that the API has', () => {
  /** What its operation must be told; the others take no body. */
  const bodies: Readonly<Record<string, unknown>> = {
    'POST /api/adoptions': { targets: ['demo'] },
    'POST /api/leaks/identify': { key: 'a'.repeat(32) },
    'POST /api/targets/x/rotations': { inactiveKeyUnused: true },
    'POST /api/targets/x/leak': { slot: 'key2', dryRun: true },
    'POST /api/targets/x/rotations/x/hold': { reason: 'release night' },
    'POST /api/targets/x/rotations/x/expedite': { reason: 'retired' },
    'POST /api/fleet/reset': { reason: 'role put right' },
    'POST /api/fleet/targets-document/accept': { reason: 'lab closed' },
    'PUT /api/pause': { paused: true, reason: 'leaving' },
    'PUT /api/targets/x/network': { mode: 'private' },
    'PUT /api/targets/x/access': { identities: [] },
    'PUT /api/targets/x/keyless': { enabled: true },
  };
  const mentions = [...pages, ...sources, ...globSync('local/demo/*.ts')].flatMap((file) =>
    [...textOf(file).matchAll(/\b(GET|PUT|POST|DELETE|PATCH) ((?:\/api\/|…[/?])[^\s`'"|)]*)/g)].map(
      ([, method = '', path = '']) => `${method} ${path.replace(/[.,:;]+$/, '')}`,
    ),
  );

  it.each([...new Set(mentions)].sort())('%s', async (mention) => {
    const [method = '', path = ''] = mention.split(' ');
    const meant = callsMeant(method, path.replace('{action}', 'resume'));
    expect(meant).not.toEqual([]);
    for (const call of meant) {
      // `…?dryRun=true` is said of every change that can be planned.
      if (path.startsWith('…?') && !(`${method} ${call.path.split('?')[0]}` in bodies)) continue;
      if (path.startsWith('…?') && call.path.startsWith('/api/pause')) continue;
      const body = bodies[`${method} ${call.path.split('?')[0]}`] ?? (method === 'POST' ? {} : undefined);
      expect([call.path, await faultOf({ ...call, body })]).toEqual([call.path, null]);
    }
  });

  it('wherever it is named', () => {
    expect(mentions.length).toBeGreaterThan(50);
    expect(mentions).toContain('PUT …/keyless');
    expect(callsMeant('PUT', '…/kyeless')).toEqual([]);
    expect(callsMeant('GET', '…/kyeless')).toEqual([]);
    expect(callsMeant('POST', '/api/targets/{name}/kyeless')).toEqual([]);
    expect(callsMeant('PUT', '/api/targets/{name}')).toEqual([]);
  });
});

describe('a request that is printed for curl', () => {
  const lines = [...pages, 'local/demo/next-steps.ts'].flatMap((file) =>
    [...textOf(file).matchAll(/\bcurl (?=[^\n`]*(?::\/\/|\$|x\/))[^\n`]*/g)].map(([line]) => line),
  );

  it.each(lines)('has a length, and a type if it has a body: %s', async (line) => {
    const method = / -X ([A-Z]+)/.exec(line)?.[1] ?? (/ -d /.test(line) ? 'POST' : 'GET');
    const body = / -d (?:'([^']*)'|"([^"]*)"|(\S+))/.exec(line);
    // App Service refuses it without a Content-Length, which curl sends only with -d.
    if (method === 'POST' || method === 'PUT') expect(body).not.toBeNull();
    const path = /(\/api\/[^\s"'`]*)/.exec(line)?.[1];
    if (path === undefined) return;
    const text = body?.[1] ?? body?.[2] ?? body?.[3];
    const headers = Object.fromEntries(
      [...line.matchAll(/ -H (?:'([^']*)'|"([^"]*)")/g)].map(([, one, other]) => (one ?? other ?? '').split(': ')),
    );
    // As curl does.
    if (text !== undefined) headers['content-type'] ??= headers['Content-Type'] ?? 'application/x-www-form-urlencoded';
    expect(await faultOf({ method, path, body: text, headers })).toBeNull();
    for (const [, name] of line.matchAll(/<([^>]*)>/g)) expect(placeholders).toContain(name);
  });

  it('is found', () => {
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.filter((line) => line.includes('/api/')).length).toBeGreaterThan(2);
  });
});

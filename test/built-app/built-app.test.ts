import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isPassing, renderedPage, untilRotation } from './api-page.ts';
import { type Answer, type BuiltApp, startBuiltApp, target, until } from './start-built-app.ts';

/*
 * The app that ships: its bundle, what it registers, its settings, on the local host. The page of the admin API and the
 * cases below tell one story of one account, in this order; at its end every function must have done its work and have
 * refused to, each at least once.
 */

let app: BuiltApp;
beforeAll(async () => {
  app = await startBuiltApp();
});
afterAll(() => app?.stop());

const path = `targets/${target}`;
const keyturnId = '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a01';
const consumerId = '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a02';
const address = '203.0.113.10';
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

test('docs/api.md shows what the built app answers', async () => {
  const page = join(import.meta.dirname, '../../docs/api.md');
  await expect(await renderedPage(app, await readFile(page, 'utf8'))).toMatchFileSnapshot(page);
});

/** What the host logs when it is woken in this way. */
const woken = async (name: string, input?: string) => {
  const before = app.lines.length;
  const { succeeded } = await app.fire(name, input);
  return { succeeded, logged: app.lines.slice(before).join('\n') };
};

test('the sweep looks at nothing while the instance is paused', async () => {
  expect(await woken('sweep')).toMatchObject({ succeeded: true, logged: expect.stringContaining('"paused":true') });
  app.seen.refusal.add('sweep');
});

/** One request, and what comes back. */
interface Case {
  readonly says: string;
  readonly ask: readonly [method: string, path: string, options?: Parameters<BuiltApp['ask']>[2]];
  readonly status: unknown;
  /** Part of the answer. */
  readonly body: unknown;
  /** What happens before. */
  readonly before?: () => Promise<unknown> | unknown;
  /** What happens then. */
  readonly after?: (answer: Answer) => Promise<unknown>;
}

const refusal = (reason: string) => ({ reason });
const begun = z.object({ id: z.string() });
const keyless = z.object({ change: z.object({ waiting: z.string().nullable() }).nullable() });
const standing = z.object({ state: z.string() });
const described = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
});
const given = z.object({ name: z.string(), version: z.string() });
const switchedTo = z.object({
  data: z.object({ secrets: z.object({ pointer: given, key: given, direct: given.nullable() }) }),
});
let rotation = '';
let change = '';

const lock = () => app.world.locks.push({ scope: groupId(), name: 'freeze', level: 'ReadOnly' });
const unlock = () => app.world.locks.splice(0);

/** Of the resource group that holds everything. */
function groupId(): string {
  const [account] = app.world.accounts;
  return `/subscriptions/${account?.subscriptionId}/resourceGroups/${account?.resourceGroup}`;
}

const languageReader = {
  identities: [keyturnId, consumerId].map((principalId) => ({
    principalId,
    roles: [{ role: 'Cognitive Services Language Reader', scope: 'account' }],
  })),
};

const startOnce = { headers: { 'idempotency-key': 'once' }, body: { inactiveKeyUnused: true } };

const stories: Readonly<Record<string, readonly Case[]>> = {
  'the instance and the fleet': [
    { says: 'goes on', ask: ['PUT', 'pause', { body: { paused: false } }], status: 200, body: { paused: false } },
    {
      says: 'is not paused without a word on it',
      ask: ['PUT', 'pause', { body: { paused: 'yes' } }],
      status: 400,
      body: refusal('invalid-body'),
    },
    {
      says: 'tells of the fleet, and its version',
      ask: ['GET', 'fleet', { as: 'reader' }],
      status: 200,
      body: { version },
    },
    {
      says: 'tells nobody without a role',
      ask: ['GET', 'fleet', { as: 'stranger' }],
      status: 403,
      body: refusal('role-missing'),
    },
    {
      says: 'lifts the line',
      ask: ['POST', 'fleet/reset', { body: { reason: 'looked into' } }],
      status: 200,
      body: {},
    },
    {
      says: 'lifts nothing for a reader',
      ask: ['POST', 'fleet/reset', { body: { reason: 'looked into' }, as: 'reader' }],
      status: 403,
      body: refusal('role-missing'),
    },
  ],
  targets: [
    {
      says: 'are listed to nobody without a token',
      ask: ['GET', 'targets', { as: null }],
      status: 401,
      body: refusal('unauthenticated'),
    },
    {
      says: 'are listed',
      ask: ['GET', 'targets', { as: 'reader' }],
      status: 200,
      body: { pause: { paused: false }, targets: [{ name: target, origin: 'declared' }], discovery: null },
    },
    {
      says: 'are shown',
      ask: ['GET', path, { as: 'reader' }],
      status: 200,
      body: { name: target, rotation: null },
    },
    {
      says: 'are diagnosed for nobody without a role',
      ask: ['GET', `${path}/diagnosis`, { as: 'stranger' }],
      status: 403,
      body: refusal('role-missing'),
    },
    {
      says: 'are adopted by known words only',
      ask: ['POST', `${path}/adopt`, { body: { slot: 'key1' } }],
      status: 400,
      body: refusal('invalid-body'),
    },
    {
      says: 'are told what adopting would do to them',
      ask: ['POST', `${path}/adopt?dryRun=true`, { body: {} }],
      status: 200,
      body: { target, outcome: 'already-adopted', blockedBy: [] },
    },
    {
      says: 'are adopted together, those that are not yet',
      ask: ['POST', 'adoptions', { body: { targets: 'all' } }],
      status: 200,
      body: { remaining: [], counts: { adopted: 0, alreadyAdopted: 1, blocked: 0, remaining: 0 } },
    },
    {
      says: 'are told by name what adopting would do to them',
      ask: ['POST', 'adoptions?dryRun=true', { body: { targets: [target, 'contoso'] } }],
      status: 200,
      body: { dryRun: true, counts: { adopted: 0, alreadyAdopted: 1, blocked: 1, remaining: 0 } },
    },
    {
      says: 'are adopted together only if they are named',
      ask: ['POST', 'adoptions', { body: { targets: [] } }],
      status: 400,
      body: refusal('invalid-body'),
    },
    {
      says: 'are adopted together by no reader',
      ask: ['POST', 'adoptions', { body: { targets: 'all' }, as: 'reader' }],
      status: 403,
      body: refusal('role-missing'),
    },
    { says: 'are repaired', ask: ['POST', `${path}/repair`], status: 200, body: {} },
    {
      says: 'are repaired by no reader',
      ask: ['POST', `${path}/repair`, { as: 'reader' }],
      status: 403,
      body: refusal('role-missing'),
    },
  ],
  'a key that was found': [
    {
      says: 'is none of ours',
      ask: ['POST', 'leaks/identify', { body: { key: 'a0b1c2d3e4f5061728394a5b6c7d8e9f' }, as: 'reader' }],
      status: 200,
      body: { found: false, matches: [], compared: { targets: 1 } },
    },
    {
      says: 'is compared for nobody without a role',
      ask: ['POST', 'leaks/identify', { body: { key: 'a0b1c2d3e4f5061728394a5b6c7d8e9f' }, as: 'stranger' }],
      status: 403,
      body: refusal('role-missing'),
    },
    {
      says: 'is not told what it is when it is none',
      ask: ['POST', 'leaks/identify', { body: { key: 'hunter2' } }],
      status: 400,
      body: {
        reason: 'invalid-body',
        errors: [{ field: 'key', found: 'something else (not shown)', accepted: expect.any(String) }],
      },
    },
  ],
  'a rotation': [
    {
      says: 'is planned: phases, calls, and nothing that blocks it',
      ask: ['POST', `${path}/rotations?dryRun=true`, { body: { inactiveKeyUnused: true } }],
      status: 200,
      body: {
        target,
        blockedBy: [],
        phases: expect.arrayContaining([expect.objectContaining({ state: 'switching' })]),
      },
    },
    {
      says: 'is planned by a known word only',
      ask: ['POST', `${path}/rotations?dryRun=perhaps`, { body: { inactiveKeyUnused: true } }],
      status: 400,
      body: refusal('invalid-query'),
    },
    {
      says: 'is begun, and suspended by a lock',
      before: lock,
      ask: ['POST', `${path}/rotations`, startOnce],
      status: 202,
      body: { state: 'preparing' },
      after: async (answer) => {
        rotation = begun.parse(answer.body).id;
        await untilRotation(app, rotation, 'suspended');
      },
    },
    {
      says: 'is begun once by one Idempotency-Key, which answers with it again',
      ask: ['POST', `${path}/rotations`, startOnce],
      status: 202,
      body: { state: 'suspended', id: expect.toSatisfy((id) => id === rotation) },
    },
    {
      says: 'is cancelled',
      before: unlock,
      ask: ['POST', `${path}/rotations/{rotation}/cancel`, { body: { confirm: ['leaked-key2'] } }],
      status: 202,
      body: {},
      after: () => untilRotation(app, rotation, 'cancelled'),
    },
    {
      says: 'is not resumed once it is over',
      ask: ['POST', `${path}/rotations/{rotation}/resume`],
      status: 409,
      body: refusal('only-in'),
    },
    {
      says: 'is begun again, and suspended again',
      before: lock,
      ask: ['POST', `${path}/rotations`, { body: { inactiveKeyUnused: true } }],
      status: 202,
      body: { state: 'preparing' },
      after: async (answer) => {
        rotation = begun.parse(answer.body).id;
        await untilRotation(app, rotation, 'suspended');
      },
    },
    {
      says: 'goes on when it is resumed',
      before: unlock,
      ask: ['POST', `${path}/rotations/{rotation}/resume`],
      status: 202,
      body: {},
      after: () => untilRotation(app, rotation, 'overlapping'),
    },
    {
      says: 'is over sooner when it is expedited',
      ask: ['POST', `${path}/rotations/{rotation}/expedite`, { body: { reason: 'night shift', overlapSeconds: 1 } }],
      status: 202,
      body: {},
      after: () => untilRotation(app, rotation, 'completed'),
    },
    ...['rollback', 'release-hold'].map((action) => ({
      says: 'takes no action once it is over',
      ask: ['POST', `${path}/rotations/{rotation}/${action}`] as const,
      status: 409,
      body: refusal('only-in'),
    })),
    ...['hold', 'expedite'].map((action) => ({
      says: 'takes no action without a reason',
      ask: ['POST', `${path}/rotations/{rotation}/${action}`, { body: {} }] as const,
      status: 400,
      body: refusal('invalid-body'),
    })),
    {
      says: 'is listed',
      ask: ['GET', `${path}/rotations?limit=1`],
      status: 200,
      body: { rotations: [{ target }] },
    },
    {
      says: 'is not listed by none',
      ask: ['GET', `${path}/rotations?limit=0`],
      status: 400,
      body: refusal('invalid-query'),
    },
    {
      says: 'is found by its id only',
      ask: ['GET', `${path}/rotations/none`],
      status: 404,
      body: refusal('unknown-rotation'),
    },
    {
      says: 'has evidence',
      ask: ['GET', `${path}/rotations/{rotation}/audit-trail`],
      status: 200,
      body: { entries: expect.arrayContaining([]) },
    },
    {
      says: 'that is none has no evidence',
      ask: ['GET', `${path}/rotations/none/audit-trail`],
      status: 404,
      body: refusal('unknown-rotation'),
    },
  ],
  access: [
    {
      says: 'is shown',
      before: () => {
        for (const role of ['Role Based Access Control Administrator', 'Cognitive Services Contributor'])
          app.grant('func-keyturn', role, groupId());
      },
      ask: ['GET', `${path}/access`],
      status: 200,
      body: { asked: null },
    },
    {
      says: 'is shown to no stranger',
      ask: ['GET', `${path}/access`, { as: 'stranger' }],
      status: 403,
      body: refusal('role-missing'),
    },
    {
      says: 'is not proved before a role is there',
      ask: ['POST', `${path}/keyless/verify`],
      status: 200,
      body: { accepted: false, code: 'denied' },
    },
    {
      says: 'is given',
      ask: ['PUT', `${path}/access`, { body: languageReader }],
      status: expect.toBeOneOf([200, 202]),
      body: { asked: [{ present: true }, { present: true }] },
    },
    {
      says: 'is given in roles that are known here only',
      ask: ['PUT', `${path}/access`, { body: { identities: [{ principalId: keyturnId, roles: 'all' }] } }],
      status: 400,
      body: refusal('invalid-body'),
    },
  ],
  keyless: [
    {
      says: 'is proved by a call with a token',
      ask: ['POST', `${path}/keyless/verify`],
      status: 200,
      body: { accepted: true, code: 'accepted' },
    },
    {
      says: 'is proved for no reader',
      ask: ['POST', `${path}/keyless/verify`, { as: 'reader' }],
      status: 403,
      body: refusal('role-missing'),
    },
    {
      says: 'is planned',
      ask: ['PUT', `${path}/keyless?dryRun=true`, { body: { enabled: true, identities: [consumerId] } }],
      status: 200,
      body: { toConfirm: expect.any(Array), blockedBy: expect.any(Array) },
    },
    {
      says: 'is not begun without the confirmations',
      ask: ['PUT', `${path}/keyless`, { body: { enabled: true, identities: [] } }],
      status: 409,
      body: refusal('plan-not-confirmed'),
    },
    {
      says: 'turns keys off',
      ask: ['PUT', `${path}/keyless`, { body: { enabled: true, identities: [consumerId] } }],
      status: 202,
      body: {},
      // The first round of the proof; the others take minutes, and are held in simulated time.
      after: () =>
        until(
          async () => keyless.parse((await app.ask('GET', `${path}/keyless`)).body),
          ({ change }) => change?.waiting === 'proving',
        ),
    },
    {
      says: 'is told with its proof',
      ask: ['GET', `${path}/keyless`],
      status: 200,
      body: { account: { localAuthDisabled: true }, change: { at: 'proving', waiting: 'proving' }, lastChange: null },
    },
    {
      says: 'lets a leaked key be replaced no sooner than keys are on again, which a dry run tells',
      ask: ['POST', `${path}/leak`, { body: { slot: 'key1', dryRun: true } }],
      status: 200,
      body: { preview: { slot: 'key1', waitsFor: 'keys-on' } },
    },
    {
      says: 'is not told without a token',
      ask: ['GET', `${path}/keyless`, { as: null }],
      status: 401,
      body: refusal('unauthenticated'),
    },
    {
      says: 'finds its role in the diagnosis',
      ask: ['GET', `${path}/diagnosis?egress=${address}`],
      status: 200,
      body: {
        findings: expect.arrayContaining([
          expect.objectContaining({ check: 'role', status: 'ok', finding: 'token-accepted' }),
        ]),
      },
    },
  ],
  'the network': [
    { says: 'is shown', ask: ['GET', `${path}/network`], status: 200, body: { mode: 'public' } },
    {
      says: 'is shown for known targets only',
      ask: ['GET', 'targets/none/network'],
      status: 404,
      body: refusal('unknown-target'),
    },
    {
      says: 'is not closed by an unknown mode',
      ask: ['PUT', `${path}/network`, { body: { mode: 'closed' } }],
      status: 400,
      body: refusal('invalid-body'),
    },
    {
      says: 'is closed for all but one address, with a proof by token since keys are off',
      ask: [
        'PUT',
        `${path}/network`,
        { body: { mode: 'selected-networks', ipRules: [address], keyturn: { egress: address } } },
      ],
      status: 202,
      body: { state: 'running' },
      after: async (answer) => {
        change = begun.parse(answer.body).id;
        await app.hurried(() =>
          until(
            async () => standing.parse((await app.ask('GET', `${path}/network/changes/${change}`)).body),
            ({ state }) => state !== 'running',
          ),
        );
      },
    },
    {
      says: 'shows how the change ended',
      ask: ['GET', `${path}/network/changes/{change}`],
      status: 200,
      body: { state: 'applied' },
    },
    {
      says: 'has no change that nobody asked for',
      ask: ['GET', `${path}/network/changes/none`],
      status: 404,
      body: refusal('unknown-change'),
    },
  ],
};

/** After everything else: the target leaves. */
const leaving: readonly Case[] = [
  {
    says: 'is blocked while a change of its keys is under way',
    ask: ['DELETE', path, { headers: { 'if-match': '*' } }],
    status: 409,
    body: refusal('plan-blocked'),
  },
  {
    says: 'gets its keys back first',
    ask: ['PUT', `${path}/keyless`, { body: { enabled: false } }],
    status: expect.toBeOneOf([200, 202]),
    body: {},
    after: () =>
      app.hurried(() =>
        until(
          async () => keyless.parse((await app.ask('GET', `${path}/keyless`)).body),
          (seen) => seen.change === null,
        ),
      ),
  },
  {
    says: 'is taken out by no operator without the role',
    ask: ['DELETE', path, { as: 'reader' }],
    status: 403,
    body: refusal('role-missing'),
  },
  {
    says: 'is taken out by no words but the known ones',
    ask: ['DELETE', `${path}?dryrun=true`],
    status: 400,
    body: refusal('invalid-query'),
  },
  {
    says: 'is planned to leave',
    ask: ['DELETE', `${path}?dryRun=true`],
    status: 200,
    body: { differences: [{ change: { kind: 'untag' } }, { change: { kind: 'forget-target' } }] },
  },
  {
    says: 'does not leave without the plan that was seen',
    ask: ['DELETE', path],
    status: 428,
    body: refusal('condition-missing'),
  },
  {
    says: 'leaves',
    ask: ['DELETE', path, { headers: { 'if-match': '*' } }],
    status: 200,
    body: { target, offboarded: true },
  },
  {
    says: 'has nothing left to take away',
    ask: ['DELETE', path],
    status: 200,
    body: { target, offboarded: true, done: [] },
  },
  { says: 'is none that is under care', ask: ['GET', path], status: 200, body: { state: 'offboarded' } },
  {
    says: 'is left out if all targets are adopted',
    ask: ['POST', 'adoptions', { body: { targets: 'all' } }],
    status: 200,
    body: { targets: [{ target, outcome: 'blocked', blockedBy: [{ reason: 'offboarded' }] }] },
  },
];

const told = (cases: readonly Case[]) =>
  test.each(cases)('$says: $ask.0 $ask.1 $status', async ({ before, ask, status, body, after }) => {
    await before?.();
    const [method, place, options] = ask;
    const at = place.replace('{rotation}', rotation).replace('{change}', change);
    const answer = await until(
      () => app.ask(method, at, options),
      (seen) => !isPassing(seen.body),
    );
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status, body });
    await after?.(answer);
  });

describe.each(Object.entries(stories))('%s', (_, cases) => {
  told(cases);
});

test('a key that was found is told by target and slot, and stands in no log line', async () => {
  const key = app.world.accounts[0]?.keys.find(({ slot }) => slot === 'key1')?.value ?? '';
  const { status, body } = await app.ask('POST', 'leaks/identify', { body: { key: ` "${key}",` } });
  expect({ status, body }).toMatchObject({ status: 200, body: { found: true, matches: [{ target, slot: 'key1' }] } });
  expect(JSON.stringify(body)).not.toContain(key);
  expect(app.lines.join('\n')).not.toContain(key);
  expect(app.lines.join('\n')).toContain('"event":"key-identified"');
});

test('the sweep looks after every target', async () => {
  const logged = expect.stringMatching(/"event":"swept","targets":1,"paused":false,.*"failed":0/);
  expect(await woken('sweep')).toMatchObject({ succeeded: true, logged });
  app.seen.success.add('sweep');
});

test('a message from the queue carries a rotation on; one that is none is acknowledged', async () => {
  const moved = /Function\.advance-rotation\.User.*"event":"rotation-moved".*"to":"completed"/;
  expect(app.lines.filter((line) => moved.test(line))).not.toEqual([]);
  app.seen.success.add('advance-rotation');
  const logged = expect.stringContaining('"event":"wake-up-malformed"');
  expect(await woken('advance-rotation', '{"target":1}')).toMatchObject({ succeeded: true, logged });
  app.seen.refusal.add('advance-rotation');
});

test('a switch is published to the topic, with versions of the vault and no key', () => {
  const switches = app.events.filter(({ type }) => type === 'Keyturn.KeySwitched');
  const [vault] = app.world.vaults;
  const versions = vault?.secrets.flatMap((secret) =>
    secret.versions.map(({ version }) => [secret.name, version].join()),
  );
  expect(switches.length).toBeGreaterThan(0);
  for (const event of switches) {
    const { pointer, key, direct } = switchedTo.parse(event).data.secrets;
    expect(direct).toBeNull();
    expect(versions).toEqual(expect.arrayContaining([pointer, key].map(({ name, version }) => [name, version].join())));
  }
  const keys = app.world.accounts.flatMap((account) => account.keys.map(({ value }) => value));
  expect(keys.filter((key) => JSON.stringify(app.events).includes(key))).toEqual([]);
});

test.each(['secret-near-expiry', 'secret-events'])(
  '%s takes an event about a secret, and acknowledges one that is none',
  async (name) => {
    const event = {
      id: crypto.randomUUID(),
      topic: `${groupId()}/providers/Microsoft.KeyVault/vaults/kv-ai102-secure`,
      subject: 'ai-services-key1',
      eventType: 'Microsoft.KeyVault.SecretNearExpiry',
      eventTime: new Date().toISOString(),
      data: {
        VaultName: 'kv-ai102-secure',
        ObjectType: 'Secret',
        ObjectName: 'ai-services-key1',
        Version: 'a'.repeat(32),
      },
      dataVersion: '1',
    };
    const handled = expect.stringMatching(/"event":"secret-near-expiry".*"target":"demo","answer":"left"/);
    expect(await woken(name, JSON.stringify(event))).toMatchObject({ succeeded: true, logged: handled });
    app.seen.success.add(name);
    const refused = expect.stringContaining('"event":"secret-event-malformed"');
    expect(await woken(name, JSON.stringify({ ...event, data: {} }))).toMatchObject({
      succeeded: true,
      logged: refused,
    });
    app.seen.refusal.add(name);
  },
);

test('a targets document is accepted by the one who names it by its ETag', async () => {
  const accept = (headers: Record<string, string>) =>
    app.ask('POST', 'fleet/targets-document/accept', { body: { reason: 'seen' }, headers });
  expect(await accept({})).toMatchObject({ status: 428, body: { reason: 'condition-missing' } });
  expect(await accept({ 'if-match': '"0x1"' })).toMatchObject({ status: 412, body: { reason: 'changed-meanwhile' } });
  expect(await accept({ 'if-match': app.targetsEtag })).toMatchObject({
    ...{ status: 200, body: { targetsDocument: { status: 'accepted', accepted: { targets: 1, by: null } } } },
  });
});

describe('a target that leaves', () => {
  told(leaving);
});

test('the dashboard stands at the root, and leaves the API and the host their paths', async () => {
  const get = async (path: string, method = 'GET') => {
    const answer = await fetch(`${app.url}${path}`, { method });
    return [answer.status, answer.headers.get('content-type'), (await answer.text()).slice(0, 15)];
  };
  const page = [200, 'text/html; charset=utf-8', '<!doctype html>'];
  expect(await get('/')).toEqual(page);
  expect(await get('/targets/demo')).toEqual(page);
  expect(await get('/', 'HEAD')).toEqual([200, 'text/html; charset=utf-8', '']);
  app.seen.success.add('web-page');
  expect(await get('/favicon.ico')).toEqual([404, null, '']);
  app.seen.refusal.add('web-page');
  const nothing = [404, null, ''];
  // The host's own page, which the deployment turns off.
  expect(await get('/', 'POST')).toEqual([204, null, '']);
  expect(await get('/api/nothing')).toEqual(nothing);
  expect(await get('/api/nothing', 'POST')).toEqual(nothing);
  expect(await get('/runtime/nothing')).toEqual(nothing);
  expect((await get('/admin/functions'))[1]).toContain('application/json');
  expect(await app.ask('GET', 'targets/nobody')).toMatchObject({ status: 404, body: { reason: 'unknown-target' } });
});

describe('what the built app registered', () => {
  const names = () => app.functions.map(({ name }) => name);

  test('has done its work above, function by function', () => {
    expect(names().filter((name) => !app.seen.success.has(name))).toEqual([]);
  });

  test('has refused above, function by function', () => {
    // The description of the API is for everybody, and takes nothing.
    expect(names().filter((name) => !app.seen.refusal.has(name))).toEqual(['read-openapi']);
  });

  test('is what the app describes, and nothing besides', async () => {
    const { paths } = described.parse((await app.ask('GET', 'openapi.json', { as: null })).body);
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
    const overHttp = app.functions.filter(({ trigger }) => trigger === 'httpTrigger').map(({ name }) => name);
    expect(operations.toSorted()).toEqual(
      overHttp.filter((name) => name !== 'read-openapi' && name !== 'web-page').toSorted(),
    );
  });
});

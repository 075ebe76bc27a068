import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoTarget } from '../../local/demo/demo-target.ts';
import { defaultDefinition } from '../../local/simulated-azure/default-world.ts';
import { currentKey } from '../scenarios/simulated-keyturn.ts';
import { untilRotation } from './api-page.ts';
import { type BuiltApp, startBuiltApp, target } from './start-built-app.ts';

/*
 * The app that ships and kinds of accounts beside AIServices: a Speech account, which has a call that proves its keys, and a
 * Health Insights account, which has none.
 */

const resourceGroup = 'rg-ai102-challenge09';
const unproved = 'unproved';

let app: BuiltApp;
beforeAll(async () => {
  const accounts = [
    { name: 'ai-secure-demo', resourceGroup, kind: 'SpeechServices' },
    { name: 'openai-secure-demo', resourceGroup, kind: 'HealthInsights' },
  ];
  const accountId = demoTarget.accountId.replace('ai-secure-demo', 'openai-secure-demo');
  const other = { ...demoTarget, name: unproved, accountId, prefix: unproved };
  app = await startBuiltApp({ ...defaultDefinition, accounts }, [other]);
});
afterAll(() => app?.stop());

function keysOf(): readonly string[] {
  const [account] = app.world.accounts;
  return account === undefined ? [] : [currentKey(account, 'key1'), currentKey(account, 'key2')];
}
const proofs = () =>
  app.azure.calls.filter(({ host, path }) => /^ai-secure-demo\./.test(host) && /transcriptions\/locales/.test(path));

test('an account of kind SpeechServices is adopted with a proof of its active key', async () => {
  const answer = await app.ask('POST', `targets/${target}/adopt`, { body: { activeSlot: 'key1' } });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, body: { target: { activeSlot: 'key1' } } });
  expect(proofs().map(({ status }) => status)).toContain(200);
});

test('its diagnosis says that its key is accepted', async () => {
  const answer = await app.ask('GET', `targets/${target}/diagnosis`);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({
    status: 200,
    body: {
      allGreen: true,
      findings: expect.arrayContaining([
        expect.objectContaining({
          check: 'cached-key',
          finding: 'key-is-current',
          evidence: expect.objectContaining({ accepted: 'accepted' }),
        }),
      ]),
    },
  });
});

test('it is rotated to the end: both keys are others, and each was proved', async () => {
  const before = keysOf();
  expect(before).toHaveLength(2);
  const proved = proofs().length;
  const answer = await app.ask('POST', `targets/${target}/rotations`, { body: { inactiveKeyUnused: true } });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 202, body: { state: 'preparing' } });
  await untilRotation(app, /rotations\/([^/]+)$/.exec(answer.headers.get('location') ?? '')?.[1] ?? '', 'completed');
  expect(keysOf().filter((key) => before.includes(key))).toEqual([]);
  expect(proofs().length).toBeGreaterThan(proved);
});

test.each<[string, string, object, number, object]>([
  [
    'alone',
    `targets/${unproved}/adopt`,
    { activeSlot: 'key1' },
    409,
    { reason: 'kind-not-probeable', detail: expect.stringContaining('probe: control-plane-only') },
  ],
  [
    'with others',
    'adoptions',
    { targets: [unproved] },
    200,
    {
      targets: [
        {
          outcome: 'blocked',
          blockedBy: [{ reason: 'kind-not-probeable', detail: expect.stringContaining('probe: control-plane-only') }],
        },
      ],
    },
  ],
])(
  'an account of kind HealthInsights is not adopted %s, and the reason names the way out',
  async (_, path, body, status, says) => {
    const answer = await app.ask('POST', path, { body });
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status, body: says });
    const stored = app.world.vaults.flatMap(({ secrets }) => secrets.map(({ name }) => name));
    expect(stored.filter((name) => name.startsWith(unproved))).toEqual([]);
  },
);

import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoDefinition } from '../../local/demo/demo-world.ts';
import { type BuiltApp, startBuiltApp, target } from './start-built-app.ts';

/*
 * What somebody tries by hand after `npm start`: the built app in the demo's own world, with the roles that the template
 * gives. Nothing is changed but for the adoption.
 */

let app: BuiltApp;
beforeAll(async () => {
  app = await startBuiltApp(demoDefinition);
  await app.ask('POST', `targets/${target}/adopt`, { body: { activeSlot: 'key1' } });
});
afterAll(() => app?.stop());

const languageReader = 'Cognitive Services Language Reader';

test.each<[string, [method: string, path: string, body?: unknown], object]>([
  ['access is shown', ['GET', 'access'], { asked: null }],
  ['keyless is shown', ['GET', 'keyless'], { enabled: false }],
  ['the diagnosis is all green', ['GET', 'diagnosis?egress=203.0.113.7'], { allGreen: true }],
  ['a token is tried', ['POST', 'keyless/verify', {}], { accepted: false, code: 'denied' }],
  [
    'giving a role is planned',
    ['PUT', 'access?dryRun=true', { identities: [{ keyturn: true, roles: [languageReader] }] }],
    {
      blockedBy: [],
      differences: [
        expect.objectContaining({ what: `role ${languageReader} of Keyturn itself at the account` }),
        expect.anything(),
      ],
    },
  ],
  [
    'turning keys off is planned',
    ['PUT', 'keyless?dryRun=true', { enabled: true }],
    { differences: expect.arrayContaining([expect.objectContaining({ what: 'local authentication' })]) },
  ],
  ['opening the network is planned', ['PUT', 'network?dryRun=true', { mode: 'public' }], { differences: [] }],
])('in the demo, %s', async (_, [method, path, body], shown) => {
  const answer = await app.ask(method, `targets/${target}/${path}`, { body });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, body: shown });
});

import { describe, expect, it } from 'vitest';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { type HardeningKeyturn, hardeningKeyturn, keyturnId, operator } from './hardening/hardening-keyturn.ts';
import { networkKeyturn } from './hardening/network-keyturn.ts';
import type { SimulatedKeyturn } from './simulated-keyturn.ts';

const controlPlaneOnly = { policy: { probe: 'control-plane-only', firstRotation: 'auto' } } as const;

/** Calls to the account's own endpoint, with a key or a token. */
function endpointCalls({ azure }: Pick<SimulatedKeyturn, 'azure'>): readonly string[] {
  return azure.calls
    .filter(({ host }) => /cognitiveservices|openai|services\.ai|cognitive\.microsoft/.test(host))
    .map(({ method, host, path }) => `${method} ${host}${path}`);
}

/** Adopted; Keyturn's identity has a role for calls without keys, so that only the setting keeps it from calling. */
async function adopted(change: Parameters<typeof hardeningKeyturn>[0]): Promise<HardeningKeyturn> {
  const world = hardeningKeyturn(change);
  world.grant(keyturnId, 'Cognitive Services Language Reader', world.target.account.armId);
  await world.app.adopt('demo', { activeSlot: 'key1' }, operator);
  return world;
}

const caller = { value: '203.0.113.7', from: 'query' } as const;

/** Everything that may be asked of a target; what calls the endpoint when the setting lets it is marked. */
const paths: readonly (readonly [
  string,
  { readonly calls: boolean },
  (world: HardeningKeyturn) => Promise<unknown>,
])[] = [
  ['a diagnosis', { calls: true }, ({ app }) => app.diagnose('demo')],
  [
    'a diagnosis with keys off',
    { calls: true },
    async ({ app, account }) => {
      account.resource.properties.disableLocalAuth = true;
      return await app.diagnose('demo');
    },
  ],
  ['a keyless verification', { calls: true }, ({ app }) => app.verifyKeyless('demo')],
  ['a plan for turning keys off', { calls: true }, ({ keyless }) => keyless(true, { dryRun: true })],
  [
    'turning keys off',
    { calls: true },
    async ({ keyless, deliver }) => {
      await keyless(true, { confirm: ['keys-in-use', 'no-identities-named'] });
      await deliver();
    },
  ],
  ['turning keys on', { calls: false }, ({ keyless }) => keyless(false)],
  ['a view of keyless', { calls: false }, ({ app }) => app.readKeyless('demo')],
  ['a view of access', { calls: false }, ({ app }) => app.readAccess('demo')],
  [
    'a role for Keyturn itself',
    { calls: true },
    async ({ access, deliver }) => {
      await access([{ keyturn: true, roles: [{ role: 'Cognitive Services User', scope: 'account' }] }], {
        confirm: ['role-can-list-keys'],
      });
      await deliver();
    },
  ],
  [
    'a repair of a replaced key',
    { calls: true },
    async ({ app, vault }) => {
      const version = vault.secrets.find(({ name }) => name === 'ai-services-key1')?.versions.at(-1);
      Object.assign(version ?? {}, { value: 'f'.repeat(32) });
      return await app.repair('demo', operator);
    },
  ],
  [
    'a rotation from its start to its end',
    { calls: true },
    async ({ app, deliver }) => {
      await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
      await deliver();
    },
  ],
  [
    'a report of a leaked key, to its end',
    { calls: true },
    async ({ app, deliver }) => {
      await app.leak('demo', leak, operator);
      await deliver();
    },
  ],
  [
    'sweeps until the schedule has rotated the keys',
    { calls: true },
    async ({ app, clock, deliver }) => {
      await app.sweep();
      clock.advance(100 * 24 * 3_600_000);
      await app.sweep();
      await deliver();
    },
  ],
  ['a view of the target', { calls: false }, ({ app }) => app.readTarget('demo')],
  ['a view of the network', { calls: false }, ({ app }) => app.readNetwork('demo')],
];

const leak = { slot: 'key1', overlapSeconds: 60, dryRun: false, reason: 'found in a public repository' } as const;

describe.each(paths)('%s', (_, { calls }, run) => {
  it('makes no call to the endpoint of a target whose settings say control-plane-only', async () => {
    const world = await adopted(controlPlaneOnly);
    await run(world);
    expect(endpointCalls(world)).toEqual([]);
  });

  it(calls ? 'calls it if the settings allow it, so that this can fail' : 'calls it never', async () => {
    const world = await adopted({ policy: { firstRotation: 'auto' } });
    const before = endpointCalls(world).length;
    await run(world);
    expect(endpointCalls(world).length > before).toBe(calls);
  });
});

it('an adoption makes no call to it, if it proves the keys else', async () => {
  expect(endpointCalls(await adopted(controlPlaneOnly))).toEqual([]);
  expect(endpointCalls(await adopted({ policy: { firstRotation: 'auto' } }))).not.toEqual([]);
});

describe('a change of the network', () => {
  const selected = { mode: 'selected-networks', ipRules: ['203.0.113.10'] } as const;

  it.each([false, true])('is proved without a call to the endpoint, keys off: %s', async (keysOff) => {
    const keyturn = await networkKeyturn({ target: controlPlaneOnly });
    keyturn.account.resource.properties.disableLocalAuth = keysOff;
    await keyturn.ask(selected, { confirm: ['public-access-unproved'] });
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({ mode: 'selected-networks', change: { state: 'applied' } });
    expect(endpointCalls(keyturn)).toEqual([]);
  });

  it('that was begun before the settings forbade to try the restricted access ends before it is restricted', async () => {
    const keyturn = await networkKeyturn();
    await keyturn.ask(selected);
    const rules = keyturn.networkRules();
    const app = keyturn.appFor([
      { ...keyturn.target, policy: { ...keyturn.target.policy, ...controlPlaneOnly.policy } },
    ]);
    for (const { wakeUp } of keyturn.journal.queue.splice(0)) await app.advance(wakeUp);
    expect(await keyturn.look()).toMatchObject({ change: { state: 'failed', reason: 'newly-blocked' } });
    expect(keyturn.networkRules()).toEqual(rules);
  });
});

describe('what such a target is told', () => {
  it('a diagnosis says what it did not try, and that nothing wrong was found', async () => {
    const { app } = await adopted(controlPlaneOnly);
    const answer = await app.diagnose('demo');
    if (answer.kind !== 'diagnosed') throw new TypeError(answer.kind);
    const { findings, allGreen, detail } = answer.diagnosisFor(caller);
    expect(Object.fromEntries(findings.map(({ check, status, finding }) => [check, `${status} ${finding}`]))).toEqual({
      rotation: 'ok no-rotation',
      'vault-access': 'ok vault-answers',
      'private-name': 'ok names-lead-there',
      role: 'unknown endpoint-not-called',
      'cached-key': 'unknown endpoint-not-called',
      'caller-address': 'ok address-allowed',
    });
    expect({ allGreen, detail }).toEqual({
      allGreen: false,
      detail: 'Nothing wrong was found. 2 could not be tested.',
    });
  });

  it('a diagnosis still finds a dead key in the vault', async () => {
    const { app, vault } = await adopted(controlPlaneOnly);
    const version = vault.secrets.find(({ name }) => name === 'ai-services-key1')?.versions.at(-1);
    Object.assign(version ?? {}, { value: 'f'.repeat(32) });
    const answer = await app.diagnose('demo');
    if (answer.kind !== 'diagnosed') throw new TypeError(answer.kind);
    expect(answer.diagnosisFor(caller).findings.map(({ finding }) => finding)).toContain('stored-key-dead');
  });

  it('a keyless verification says that nothing was called, and notes nothing', async () => {
    const { app } = await adopted(controlPlaneOnly);
    expect(await app.verifyKeyless('demo')).toMatchObject({
      view: { accepted: false, code: 'control-plane-only', detail: expect.stringContaining('nothing was called') },
    });
    expect(await app.readKeyless('demo')).toMatchObject({ view: { verified: null } });
  });

  it('keys are not turned off if nothing can be proved', async () => {
    const { keyless, account } = await adopted(controlPlaneOnly);
    expect(
      await keyless(true, { confirm: ['endpoint-not-called', 'keys-in-use', 'no-identities-named'] }),
    ).toMatchObject({
      kind: 'not-confirmed',
      open: [{ name: 'endpoint-not-called', level: 'blocked' }],
    });
    expect(account.resource.properties.disableLocalAuth).not.toBe(true);
  });

  it('a role of Keyturn’s own is granted without a proof, and the view says so', async () => {
    const { access, deliver, app } = await adopted(controlPlaneOnly);
    await access([{ keyturn: true, roles: [{ role: 'Cognitive Services User', scope: 'account' }] }], {
      confirm: ['role-can-list-keys'],
    });
    await deliver();
    expect(await app.readAccess('demo')).toMatchObject({
      view: { asked: [{ present: true, propagation: { state: 'unknown' } }], lastChange: { outcome: 'applied' } },
    });
  });

  it('a rotation ends with its keys replaced', async () => {
    const { app, journal } = await adopted(controlPlaneOnly);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(await app.readTarget('demo')).toMatchObject({ target: { rotation: null } });
  });
});

import { describe, expect, it } from 'vitest';
import { type AccountKindName, accountKinds } from '../../src/keys/account-kinds.ts';
import { keyCall } from '../../src/keys/account-probe.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { cachedConsumer } from './cached-consumer.ts';
import { hardeningKeyturn, keyturnId, operator } from './hardening/hardening-keyturn.ts';
import { currentKey, type SimulatedKeyturn, secretValue, simulatedKeyturn } from './simulated-keyturn.ts';

type Account = NonNullable<NonNullable<Parameters<typeof simulatedKeyturn>[1]>['world']>['accounts'];

/** The default world with an account of that kind in its first place. */
function worldOf(kind: string, more: object = {}): { readonly accounts: NonNullable<Account> } {
  const group = { resourceGroup: 'rg-ai102-challenge09', location: 'eastus', sku: 'S0', deployments: [] };
  return {
    accounts: [
      { name: 'ai-secure-demo', kind, ...group, ...more },
      { name: 'openai-secure-demo', kind: 'OpenAI', ...group },
    ],
  };
}

const controlPlaneOnly = { policy: { probe: 'control-plane-only' } } as const;
const names = Object.keys(accountKinds) as AccountKindName[];
const ownEndpoint = (kind: string) =>
  `https://ai-secure-demo.${kind.toLowerCase() === 'openai' ? 'openai' : 'cognitiveservices'}.azure.com/`;
const probed = names.filter((kind) => keyCall({ kind, endpoint: ownEndpoint(kind) }) !== null);
const unprobed = names.filter((kind) => !probed.includes(kind));

/** What each gateway node answers to a consumer of that kind. */
function asConsumer({ azure }: SimulatedKeyturn, kind: string) {
  const endpoint = ownEndpoint(kind);
  const call = keyCall({ kind, endpoint });
  if (call === null) throw new TypeError(kind);
  return async (key: string): Promise<Set<number>> => {
    const statuses = new Set<number>();
    for (let connection = 0; connection < 4 * azure.world.pace.gatewayNodes; connection += 1) {
      const request = new Request(new URL(call.path, endpoint), {
        method: call.method,
        headers: { [call.keyHeader]: key, 'ocp-apim-subscription-region': 'eastus' },
        body: call.body === null ? null : String(call.body.content),
      });
      const from = { callerAddress: '203.0.113.20', connectionId: `consumer-${connection}` };
      statuses.add((await azure.handle(request, from)).status);
    }
    return statuses;
  };
}

async function rotate(keyturn: SimulatedKeyturn): Promise<void> {
  const { app, clock, target, journal } = keyturn;
  expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
  clock.advance(target.policy.overlapMs + 2_000);
  expect(await app.startRotation('demo', { inactiveKeyUnused: true }, operator)).toMatchObject({ kind: 'started' });
  await deliverAll(journal, app);
}

function expectRotated({ account, vault }: SimulatedKeyturn, before: Readonly<Record<'key1' | 'key2', string>>): void {
  for (const slot of ['key1', 'key2'] as const) {
    expect(currentKey(account, slot)).not.toBe(before[slot]);
    expect(secretValue(vault, `ai-services-${slot}`)).toBe(currentKey(account, slot));
  }
  expect(secretValue(vault, 'ai-services-active-key')).toBe('key2');
}

const keysOf = ({ account }: SimulatedKeyturn) => ({
  key1: currentKey(account, 'key1'),
  key2: currentKey(account, 'key2'),
});

const regenerated = ({ azure }: SimulatedKeyturn) =>
  azure.calls.filter(({ operation }) => /regenerateKey/.test(operation)).length;

describe('an account of kind', () => {
  it.each([...probed, 'formrecognizer', 'TEXTANALYTICS'])(
    '%s is adopted and rotated to the end, and no consumer notices',
    async (kind) => {
      const keyturn = simulatedKeyturn({}, { world: worldOf(kind) });
      keyturn.account.resource.kind = names.find((one) => one.toLowerCase() === kind.toLowerCase()) ?? kind;
      const before = keysOf(keyturn);
      const consumer = cachedConsumer(keyturn, 'pointer', asConsumer(keyturn, kind));
      let isAdopted = false;
      keyturn.afterEachCall(async () => {
        isAdopted ||= secretValue(keyturn.vault, 'ai-services-active-key') !== null;
        if (isAdopted) await consumer.call();
      });
      await rotate(keyturn);
      expectRotated(keyturn, before);
      expect(consumer.requests).toBeGreaterThan(50);
      expect(consumer.failures).toEqual([]);
      expect(await keyturn.app.readTarget('demo')).toMatchObject({ target: { state: 'idle' } });
    },
  );

  it.each([...unprobed, 'ContosoVision'])('%s is refused before anything is written', async (kind) => {
    const keyturn = simulatedKeyturn({}, { world: worldOf(kind) });
    const answer = await keyturn.app.adopt('demo', { activeSlot: null }, operator);
    expect(answer).toMatchObject({ kind: 'not-now', reason: 'kind-not-probeable' });
    expect(JSON.stringify(answer)).toContain('probe: control-plane-only');
    expect(keyturn.vault.secrets).toEqual([]);
    expect(regenerated(keyturn)).toBe(0);
  });

  it.each([...unprobed, 'ContosoVision'])('%s is rotated if the target says control-plane-only', async (kind) => {
    const keyturn = simulatedKeyturn(controlPlaneOnly, { world: worldOf(kind) });
    const before = keysOf(keyturn);
    await rotate(keyturn);
    expectRotated(keyturn, before);
  });

  it.each(probed)('%s lets Keyturn call it with a token once its role is there', async (kind) => {
    const world = hardeningKeyturn({}, { world: worldOf(kind) });
    // The world's own roles for the data plane do not count here.
    const { roleAssignments } = world.azure.world;
    const dataRoles = /^(7628b7b8|5e0bd9bd|a97b65f3)/;
    for (const one of roleAssignments.filter(({ roleGuid }) => dataRoles.test(roleGuid)))
      roleAssignments.splice(roleAssignments.indexOf(one), 1);
    const call = keyCall({ kind, endpoint: ownEndpoint(kind) });
    expect(await world.app.verifyKeyless('demo')).toMatchObject({
      view: { accepted: false, method: call?.name, code: 'denied', missingAction: call?.dataAction },
    });
    world.grant(keyturnId, accountKinds[kind].roles[0]?.name ?? '', world.target.account.armId);
    expect(await world.app.verifyKeyless('demo')).toMatchObject({ view: { accepted: true, method: call?.name } });
  });
});

describe('an account that no call proves any more', () => {
  it.each([
    ['a rotation', (app: SimulatedKeyturn['app']) => app.startRotation('demo', { inactiveKeyUnused: true }, operator)],
    [
      'the report of a leak',
      (app: SimulatedKeyturn['app']) =>
        app.leak('demo', { slot: 'key2', overlapSeconds: 60, dryRun: false, reason: 'found' }, operator),
    ],
  ] as const)('%s is suspended before a key is regenerated', async (_, ask) => {
    const keyturn = simulatedKeyturn(controlPlaneOnly, { world: worldOf('Personalizer') });
    await keyturn.app.adopt('demo', { activeSlot: null }, operator);
    keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
    const policy = { ...keyturn.target.policy, probe: 'data-plane' } as const;
    const app = keyturn.appFor([{ ...keyturn.target, policy }]);
    const before = { keys: keysOf(keyturn), secrets: JSON.stringify(keyturn.vault.secrets) };
    await ask(app);
    await deliverAll(keyturn.journal, app);
    expect(await app.readTarget('demo')).toMatchObject({
      target: { rotation: { state: 'suspended', reason: 'kind-not-probeable' } },
    });
    expect({ keys: keysOf(keyturn), secrets: JSON.stringify(keyturn.vault.secrets) }).toEqual(before);
  });
});

describe('an account', () => {
  it('of Translator without a subdomain is refused: its host is everybody’s', async () => {
    const keyturn = simulatedKeyturn({}, { world: worldOf('TextTranslation', { customSubDomainName: null }) });
    expect(keyturn.account.resource.properties.endpoint).toBe('https://api.cognitive.microsofttranslator.com/');
    expect(await keyturn.app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({
      kind: 'not-now',
      reason: 'kind-not-probeable',
    });
    expect(keyturn.vault.secrets).toEqual([]);
  });

  it('of Speech without a subdomain is rotated at its region’s host', async () => {
    const keyturn = simulatedKeyturn({}, { world: worldOf('SpeechServices', { customSubDomainName: null }) });
    const before = keysOf(keyturn);
    await rotate(keyturn);
    expectRotated(keyturn, before);
    expect(secretValue(keyturn.vault, 'ai-services-endpoint')).toBe('https://eastus.api.cognitive.microsoft.com/');
  });

  it('that was upgraded from OpenAI and kept its endpoint goes on being rotated', async () => {
    const keyturn = simulatedKeyturn({}, { world: worldOf('OpenAI') });
    const { app, account, clock, target, journal } = keyturn;
    await app.adopt('demo', { activeSlot: null }, operator);
    account.resource.kind = 'AIServices';
    const before = keysOf(keyturn);
    clock.advance(target.policy.overlapMs + 2_000);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expectRotated(keyturn, before);
  });
});

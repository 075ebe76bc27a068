import { expect, it } from 'vitest';
import { copyPorts } from '../../src/keys/copies/copy-kinds.ts';
import { keyFingerprints } from '../../src/keys/key-fingerprints.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { type DriftRules, lookForDrift } from '../../src/targets/look-for-drift.ts';
import type { MemoryWorld } from '../memory-world/memory-world.ts';
import { openTarget } from '../memory-world/open-target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const target = buildTarget();
const directTarget = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
const staleBoundMs = 5_000;
const endMs = Date.UTC(2026, 5, 1);

type Secret = 'key1' | 'key2' | 'active-key' | 'endpoint';

async function scene(of = target) {
  const { world } = await openTarget(of, 'key1');
  const { ports, account, vault, clock } = world;
  const keys = () => ({ key1: new SecretText(account.keys.key1), key2: new SecretText(account.keys.key2) });
  const names = () => keyFingerprints(keys(), 'salt');
  const rules: DriftRules = {
    instance: ports.instance,
    internalId: account.facts.internalId,
    salt: 'salt',
    isKeyless: false,
    known: names(),
    staleBoundMs,
    seenCopies: [],
    noted: new Set(),
  };
  const look = async (change: Partial<DriftRules> = {}) => {
    const fence = () => false;
    const secrets = ports.secrets(of.vaultUrl, fence);
    const drift = { accounts: ports.accounts(fence), secrets, copies: copyPorts(ports, fence), clock };
    const fromMs = clock.nowMs();
    const found = await lookForDrift(drift, of, { ...rules, ...change });
    return { ...found, tookMs: clock.nowMs() - fromMs };
  };
  const put = (secret: Secret, value: string, expiresAtMs: number | null = null) =>
    vault.put({ name: `ai-services-${secret}`, contentType: null, tags: {}, expiresAtMs }, value).version;
  const version = (name: string) => vault.versionsOf(name).at(-1)?.version.version ?? 'none';
  return { world, look, put, names, version };
}

/** Does `act` while the look waits. */
function inThePause({ clock }: MemoryWorld, act: () => void) {
  const { sleep } = clock;
  clock.sleep = (ms) => {
    act();
    return sleep(ms);
  };
}

it('shows at one look what agrees: keys, versions and the end that adopting gave them', async () => {
  const { look, names, version, world } = await scene(directTarget);
  expect(await look()).toEqual({
    reasons: [],
    copies: {},
    copiesOtherwise: false,
    agreed: names(),
    found: [
      {
        pointer: version('ai-services-active-key'),
        key1: version('ai-services-key1'),
        key2: version('ai-services-key2'),
        direct: version('ai-services-key'),
      },
    ],
    seenByMs: world.vault.nowMs(),
    expiresAtMs: Date.UTC(2026, 3, 5, 9),
    tookMs: 0,
  });
});

it('looks twice at what is new, tells what both looks show, and names the versions of each', async () => {
  const { world, look, put } = await scene();
  const first = put('key2', 'somebody’s');
  inThePause(world, () => put('active-key', 'neither'));
  const { reasons, found, tookMs, agreed } = await look();
  expect(reasons).toEqual(['vault-stale']);
  expect(agreed).toBe(null);
  expect(tookMs).toBe(staleBoundMs);
  expect(found.map(({ key2 }) => key2)).toEqual([first, first]);
  expect(new Set(found.map(({ pointer }) => pointer)).size).toBe(2);
});

it('tells nothing of what only the first look shows', async () => {
  const { world, look, put } = await scene();
  put('key2', 'somebody’s');
  inThePause(world, () => put('key2', world.account.keys.key2));
  expect((await look()).reasons).toEqual([]);
});

it('looks once if all that it finds is known, and twice if one of two is', async () => {
  const known = await scene();
  known.put('key2', 'somebody’s');
  expect(await known.look({ noted: new Set(['vault-stale']) })).toMatchObject({ reasons: ['vault-stale'], tookMs: 0 });

  const half = await scene();
  half.put('key2', 'somebody’s');
  half.put('endpoint', 'https://elsewhere.cognitiveservices.azure.com/');
  inThePause(half.world, () => half.put('key2', half.world.account.keys.key2));
  expect(await half.look({ noted: new Set(['vault-stale']) })).toMatchObject({
    reasons: ['endpoint-stale'],
    tookMs: staleBoundMs,
  });
});

it('tells at the second look what is known of before and was away at the first', async () => {
  const { world, look, put } = await scene();
  put('endpoint', 'https://elsewhere.cognitiveservices.azure.com/');
  inThePause(world, () => put('key2', 'somebody’s'));
  expect((await look({ noted: new Set(['vault-stale']) })).reasons).toEqual(['vault-stale', 'endpoint-stale']);
});

it.each<[string, number | null, number | null, number | null]>([
  ['the first key’s, the earlier one', endMs, endMs + 1_000, endMs],
  ['the second key’s, the earlier one', endMs + 1_000, endMs, endMs],
  ['the only one', null, endMs, endMs],
  ['none', null, null, null],
])('the end is %s', async (_, key1, key2, end) => {
  const { world, look, put } = await scene();
  put('key1', world.account.keys.key1, key1);
  put('key2', world.account.keys.key2, key2);
  expect((await look()).expiresAtMs).toBe(end);
});

it('names a secret without a version by its state', async () => {
  const { world, look } = await scene();
  world.vault.setEnabled('ai-services-key2', null, false);
  world.vault.setDeleted('ai-services-active-key', true);
  const [found] = (await look()).found;
  expect([found?.pointer, found?.key2, found?.direct]).toEqual(['absent', 'disabled', null]);
});

it.each<[string, (world: MemoryWorld) => void, string[]]>([
  ['another value', ({ vault }) => vault.put(endpoint, 'https://elsewhere/'), ['endpoint-stale']],
  ['none', ({ vault }) => vault.setDeleted('ai-services-endpoint', true), ['endpoint-stale']],
  [
    'the right value and another account’s tag',
    ({ vault, account }) =>
      vault.put({ ...endpoint, tags: { ProviderAddress: '/subscriptions/other' } }, account.facts.endpoint),
    ['secrets-of-another-account'],
  ],
])('reads the endpoint secret: %s', async (_, act, reasons) => {
  const { world, look } = await scene();
  act(world);
  expect((await look()).reasons).toEqual(reasons);
});

it('asks for no keys if the account takes none', async () => {
  const { world, look } = await scene();
  world.account.facts = { ...world.account.facts, localAuthDisabled: true };
  world.calls.length = 0;
  const { reasons, agreed } = await look({ isKeyless: true });
  expect([reasons, agreed]).toEqual([[], null]);
  expect(world.calls.map(({ operation }) => operation)).not.toContain('listKeys');
});

const endpoint = { name: 'ai-services-endpoint', contentType: null, tags: {}, expiresAtMs: null };

import { expect, it } from 'vitest';
import { keyFingerprints } from '../../src/keys/key-fingerprints.ts';
import { readVault } from '../../src/keys/vault-snapshot.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import type { AdoptPlan } from '../../src/targets/adopt-plan.ts';
import { proveBeforeStoring } from '../../src/targets/prove-before-storing.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const target = buildTarget({ policy: { newKeyProof: { acceptances: 3, spreadMs: 0 } } });
const plan: AdoptPlan = {
  ...{ kind: 'plan', activeSlot: 'key1', claims: false, proof: 'none' },
  ...{ keys: { key1: 'unchanged', key2: 'updated' }, endpoint: 'unchanged', pointer: 'unchanged', direct: null },
};
const key2Stays: Partial<AdoptPlan> = { keys: { key1: 'unchanged', key2: 'unchanged' } };

/** What is asked of which key while the pointer is at key1, and how often the lease is renewed meanwhile. */
async function asked(change: Partial<AdoptPlan>, inVault: 'stale' | 'right' | 'disabled', pointerAgeMs: number) {
  const world = memoryWorld();
  const put = (name: string, value: string) =>
    world.vault.put({ name, contentType: null, tags: {}, expiresAtMs: null }, value);
  const { keys } = world.account;
  put('ai-services-key1', keys.key1);
  put('ai-services-key2', inVault === 'stale' ? 'stale' : keys.key2);
  if (inVault === 'disabled') world.vault.setEnabled('ai-services-key2', null, false);
  put('ai-services-active-key', 'key1');
  world.clock.advance(pointerAgeMs);
  const fence = () => true;
  const secrets = world.ports.secrets(target.vaultUrl, fence);
  const { snapshot: vault } = await readVault(secrets, target, 's');
  const pair = { key1: new SecretText(keys.key1), key2: new SecretText(keys.key2) };
  const found = {
    ...{ account: world.account.facts, pair, keys: keyFingerprints(pair, 's'), vault },
    ...{ endpoint: await secrets.read('ai-services-endpoint'), deleted: {}, disabled: {} },
    ...{ formerIds: [], onceOurs: new Set<never>() },
  };
  const calls: string[] = [];
  const probe: typeof world.ports.probe = {
    call: (account, key) => {
      calls.push(key.equals(pair.key1) ? 'key1' : 'key2');
      return world.ports.probe.call(account, key);
    },
  };
  const rules = {
    ...{ staleBoundMs: 5_000, proofInUse: { acceptances: 1, spreadMs: 0 } },
    renewLease: async () => void calls.push('renewed'),
  };
  const ports = { accounts: world.ports.accounts(fence, () => false), probe, clock: world.clock };
  expect(await proveBeforeStoring(ports, target, found, { ...plan, ...change }, rules)).toBe('proved');
  return calls;
}

const longMs = 24 * 3_600_000;

it.each<[string, Partial<AdoptPlan>, inVault: 'stale' | 'right' | 'disabled', pointerAgeMs: number, string[]]>([
  ['a key that consumers have already: nothing', key2Stays, 'right', longMs, []],
  ['one in use: as much as of a key in use', { ...key2Stays, proof: 'in-use' }, 'right', longMs, ['key1']],
  [
    'one that consumers are led to: as much as of a new key, and the lease lasts',
    { ...key2Stays, proof: 'new' },
    'right',
    longMs,
    ['renewed', 'key1', 'renewed', 'key1', 'renewed', 'key1'],
  ],
  ['an inactive one that replaces another, while consumers may still read it: a call', {}, 'stale', 0, ['key2']],
  ['an inactive one that nobody reads any more: nothing', {}, 'stale', longMs, []],
  ['an inactive one that only gets its tags: nothing', {}, 'right', 0, []],
  ['an inactive one that is disabled, so that nobody reads it: nothing', {}, 'disabled', 0, []],
  ['an inactive one that stays: nothing', key2Stays, 'stale', 0, []],
  ['both', { proof: 'in-use' }, 'stale', 0, ['key1', 'key2']],
])('before it is stored, of %s is asked', async (_, change, inVault, pointerAgeMs, expected) => {
  expect(await asked(change, inVault, pointerAgeMs)).toEqual(expected);
});

import { describe, expect, it } from 'vitest';
import type { SecretFact, VaultSnapshot } from '../../src/keys/vault-snapshot.ts';
import type { Fingerprint } from '../../src/shared/fingerprint.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { type AdoptFacts, type Intent, planAdoption } from '../../src/targets/adopt-plan.ts';

const armId =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/demo';
const endpoint = 'https://demo.cognitiveservices.azure.com/';
const print = (text: string) => text as Fingerprint;
const about = { version: 'v', createdAtMs: 0, contentType: null };
const key = (value: string, tags: Record<string, string> = { service: 's', ProviderAddress: armId }): SecretFact => ({
  kind: 'stored',
  ...about,
  fingerprint: print(value),
  tags,
});
const pointer = (value: string, owner: string | null = 'ours'): VaultSnapshot['pointer'] => ({
  kind: 'stored',
  ...about,
  value,
  tags: owner === null ? {} : { service: 's', ProviderAddress: armId, 'keyturn-instance': owner },
});
const absent = { kind: 'absent' } as const;
const disabled = { kind: 'disabled' } as const;

/** An adopted target in order: the account has `one` and `two`, and key1 is active. */
function facts(vault: Partial<VaultSnapshot> = {}, more: Partial<AdoptFacts> = {}): AdoptFacts {
  const secret = {
    name: 'e',
    enabled: true,
    expiresAtMs: null,
    ...about,
    tags: { service: 's', ProviderAddress: armId },
  } as const;
  return {
    account: {
      internalId: 'i',
      kind: 'AIServices',
      location: 'eastus',
      endpoint,
      provisioningState: 'Succeeded',
      endpointIsAzure: true,
      localAuthDisabled: false,
      tags: {},
    },
    keys: { key1: print('one'), key2: print('two') },
    vault: {
      vaultNowMs: 0,
      seenByMs: 0,
      pointer: pointer('key1'),
      key1: key('one'),
      key2: key('two'),
      direct: key('one'),
      ...vault,
    },
    endpoint: { vaultNowMs: 0, secret: { kind: 'stored', ...secret, value: new SecretText(endpoint) } },
    deleted: {},
    disabled: {},
    formerIds: [],
    onceOurs: new Set(),
    ...more,
  };
}

const adopt: Intent = { kind: 'adopt', askedSlot: null, takeOver: false };
const takeOver: Intent = { ...adopt, takeOver: true };
const repair: Intent = { kind: 'repair', pointed: 'key2', internalId: 'i' };
const plan = (given: AdoptFacts, intent: Intent) =>
  planAdoption(given, { armId, instance: 'ours', callsEndpoint: true, intent });

const unchanged = {
  kind: 'plan',
  activeSlot: 'key1',
  keys: { key1: 'unchanged', key2: 'unchanged' },
  endpoint: 'unchanged',
  pointer: 'unchanged',
  direct: 'unchanged',
  claims: false,
  proof: 'none',
};

describe('the plan', () => {
  it.each<[string, Partial<VaultSnapshot>, Intent, object, Partial<AdoptFacts>?]>([
    ['leaves what is in order, when adopting', {}, adopt, {}],
    ['leaves what is in order, when repairing', {}, repair, {}],
    ['leaves what is in order, when asked to take over what is ours', {}, takeOver, {}],
    [
      'replaces a dead active key, after a proof',
      { key1: key('old') },
      repair,
      { keys: { key1: 'updated', key2: 'unchanged' }, proof: 'in-use' },
    ],
    [
      'replaces a dead inactive key without one',
      { key2: key('old') },
      repair,
      { keys: { key1: 'unchanged', key2: 'updated' } },
    ],
    [
      'replaces a value that the account has, but in the other slot',
      { key2: key('one') },
      repair,
      { keys: { key1: 'unchanged', key2: 'updated' } },
    ],
    ['leaves a right value without tags alone when repairing', { key2: key('two', {}) }, repair, {}],
    [
      'gives a right value its tags when adopting',
      { key2: key('two', {}) },
      adopt,
      { keys: { key1: 'unchanged', key2: 'updated' } },
    ],
    [
      'stores a disabled secret of ours again',
      { key2: disabled },
      repair,
      { keys: { key1: 'unchanged', key2: 'updated' } },
      { disabled: { key2: { version: 'v', tags: { ProviderAddress: armId }, contentType: null } } },
    ],
    [
      'replaces a strange value over one of ours when repairing',
      { key2: key('strange', {}) },
      repair,
      { keys: { key1: 'unchanged', key2: 'updated' } },
      { onceOurs: new Set(['key2'] as const) },
    ],
    [
      'gives the direct value the active key, after a proof',
      { direct: key('two') },
      repair,
      { direct: 'updated', proof: 'in-use' },
    ],
    [
      'puts a missing pointer where it stood',
      { pointer: absent, direct: key('two') },
      repair,
      { activeSlot: 'key2', pointer: 'created', proof: 'in-use' },
    ],
    [
      'puts an invalid pointer where it stood',
      { pointer: pointer('Key2'), direct: key('two') },
      repair,
      { activeSlot: 'key2', pointer: 'updated', proof: 'in-use' },
    ],
    [
      'puts a missing pointer at key1 when adopting',
      { pointer: absent },
      adopt,
      { pointer: 'created', proof: 'in-use' },
    ],
    [
      'keeps the pointer where a person moved it',
      { pointer: pointer('key2'), direct: key('two') },
      repair,
      { activeSlot: 'key2' },
    ],
    ['tags a pointer that says nothing', { pointer: pointer('key1', null) }, adopt, { pointer: 'updated' }],
    [
      "claims another's pointer where it stands",
      { pointer: pointer('key1', 'theirs') },
      takeOver,
      { pointer: 'updated', claims: true, proof: 'in-use' },
    ],
  ])('%s', (_, vault, intent, expected, more = {}) => {
    expect(plan(facts(vault, more), intent)).toEqual({ ...unchanged, ...expected });
  });

  it.each<[string, AdoptFacts, Intent, string]>([
    ["adopting another's target", facts({ pointer: pointer('key1', 'theirs') }), adopt, 'taken-over'],
    ["repairing another's target", facts({ pointer: pointer('key1', 'theirs') }), repair, 'taken-over'],
    ['adopting a strange value without provenance', facts({ key2: key('strange', {}) }), adopt, 'foreign-secret'],
    [
      'adopting a strange value without provenance, though an earlier version was ours',
      facts({ key2: key('strange', {}) }, { onceOurs: new Set(['key2'] as const) }),
      adopt,
      'foreign-secret',
    ],
    [
      'repairing over a strange value that never was ours',
      facts({ key2: key('strange', {}) }),
      repair,
      'foreign-secret',
    ],
    ['repairing a pointer that never was ours', facts({ pointer: pointer('x', null) }), repair, 'foreign-secret'],
    ['adopting an invalid pointer', facts({ pointer: pointer('Key1') }), adopt, 'pointer-invalid'],
    ['repairing a disabled pointer', facts({ pointer: disabled }), repair, 'pointer-disabled'],
    ['repairing an account recreated', facts(), { ...repair, internalId: 'other' }, 'account-recreated'],
    [
      "repairing another account's secrets",
      facts({ key2: key('x', { ProviderAddress: '/other' }) }),
      repair,
      'secrets-of-another-account',
    ],
  ])('refuses %s', (_, given, intent, reason) => {
    expect(plan(given, intent)).toEqual({ kind: 'refused', reason, parts: expect.any(Array) });
  });
});

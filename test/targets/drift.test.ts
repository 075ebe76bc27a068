import { describe, expect, it } from 'vitest';
import type { SecretFact, VaultSnapshot } from '../../src/keys/vault-snapshot.ts';
import type { Fingerprint } from '../../src/shared/fingerprint.ts';
import { agrees, type DriftFacts, drift } from '../../src/targets/drift.ts';

const armId =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/demo';
const print = (text: string) => text as Fingerprint;
const fingerprints = (key1: string, key2: string) => ({ key1: print(key1), key2: print(key2) });
const about = { version: 'v', createdAtMs: 0, contentType: null };
const key = (value: string, tags: Record<string, string> = {}): SecretFact => ({
  kind: 'stored',
  ...about,
  fingerprint: print(value),
  tags,
});
const pointer = (value: string, tags: Record<string, string> = {}): VaultSnapshot['pointer'] => ({
  kind: 'stored',
  ...about,
  value,
  tags,
});
const mark = { salt: 'salt', mark: print('mark') };
const copy = (value: string) => ({ name: 'web', kind: 'stored', fingerprint: print(value), mark }) as const;
const gone = { name: 'web', kind: 'absent', mark } as const;
const absent = { kind: 'absent' } as const;
const disabled = { kind: 'disabled' } as const;
const tags = (length: number) => Object.fromEntries(Array.from({ length }, (_, n) => [`team-${n}`, 'contoso']));

const right = { internalId: 'i', endpointIsAzure: true, localAuthDisabled: false };

type Change = Partial<Omit<DriftFacts, 'vault'>> & { readonly vault?: Partial<VaultSnapshot> };

/** A target in order: the account has `one` and `two`, as Keyturn knows, and key1 is active. */
function facts({ vault = {}, ...change }: Change): DriftFacts {
  return {
    armId,
    instance: 'ours',
    internalId: 'i',
    isKeyless: false,
    account: right,
    keys: fingerprints('one', 'two'),
    vault: {
      vaultNowMs: 0,
      seenByMs: 0,
      pointer: pointer('key1'),
      key1: key('one'),
      key2: key('two'),
      direct: key('one'),
      ...vault,
    },
    endpointIsRight: true,
    endpointTags: {},
    known: fingerprints('one', 'two'),
    copies: [],
    ...change,
  };
}

describe('drift', () => {
  it.each<[string, Change, string[]]>([
    ['is nothing if all agree', {}, []],
    ['is nothing if the copies hold the active key, or nothing', { copies: [copy('one'), gone] }, []],
    ['is a copy that holds the inactive key', { copies: [copy('one'), copy('two')] }, ['copy-stale']],
    ['is a copy that holds another value', { copies: [copy('contoso')] }, ['copy-stale']],
    ['is a copy that cannot be read', { copies: [{ name: 'web', kind: 'unreadable' }] }, ['copy-unreadable']],
    ['is a copy that is disabled', { copies: [{ name: 'web', kind: 'disabled' }] }, ['copy-unreadable']],
    [
      'is nothing if all agree on keys that nobody knew',
      { keys: fingerprints('one', 'two'), known: fingerprints('x', 'y') },
      [],
    ],
    ['tells an account recreated', { internalId: 'other' }, ['account-recreated']],
    [
      'tells keys turned off, and accuses no key then',
      { account: { internalId: 'i', endpointIsAzure: true, localAuthDisabled: true }, keys: null },
      ['local-auth-disabled'],
    ],
    [
      'is nothing if keys are off as they should be, whatever the vault holds',
      { isKeyless: true, account: { ...right, localAuthDisabled: true }, keys: null, vault: { key1: absent } },
      [],
    ],
    [
      'tells keys that were turned on again, and nothing of the vault',
      { isKeyless: true, vault: { key1: absent } },
      ['keys-on-again'],
    ],
    [
      'tells another account in place of one whose keys are off',
      { isKeyless: true, internalId: 'other', account: { ...right, localAuthDisabled: true }, keys: null },
      ['account-recreated'],
    ],
    [
      'tells an endpoint that is not Azure’s, and calls no secret stale by it',
      { account: { ...right, endpointIsAzure: false }, endpointIsRight: false },
      ['endpoint-not-azure'],
    ],
    [
      'tells a foreign instance',
      { vault: { pointer: pointer('key1', { 'keyturn-instance': 'theirs' }) } },
      ['taken-over'],
    ],
    ['accepts our own tag', { vault: { pointer: pointer('key1', { 'keyturn-instance': 'ours' }) } }, []],
    [
      "tells another account's secret",
      { vault: { direct: key('one', { ProviderAddress: '/other' }) } },
      ['secrets-of-another-account'],
    ],
    ['tells a missing pointer', { vault: { pointer: absent } }, ['pointer-missing']],
    ['tells a disabled pointer', { vault: { pointer: disabled } }, ['pointer-disabled']],
    ['tells a pointer that names no slot', { vault: { pointer: pointer('Key1') } }, ['pointer-invalid']],
    [
      'tells a key regenerated outside, and that the pointer designates the dead one',
      { keys: fingerprints('new', 'two') },
      ['pointer-to-dead-key', 'out-of-band-regenerated', 'direct-stale'],
    ],
    ['tells an inactive key regenerated outside', { keys: fingerprints('one', 'new') }, ['out-of-band-regenerated']],
    ['tells an overwritten inactive secret from that', { vault: { key2: key('x') } }, ['vault-stale']],
    ['tells an overwritten active secret', { vault: { key1: key('x') } }, ['pointer-to-dead-key', 'vault-stale']],
    ['accuses nobody if no key was known', { keys: fingerprints('one', 'new'), known: null }, ['vault-stale']],
    ["does not call a key dead that is the other slot's", { vault: { key1: key('two') } }, ['vault-stale']],
    [
      'tells both, each of its slot',
      { keys: fingerprints('one', 'new'), vault: { key1: key('x') } },
      ['pointer-to-dead-key', 'out-of-band-regenerated', 'vault-stale'],
    ],
    ['tells a missing secret', { vault: { key2: absent } }, ['secret-missing']],
    ['tells a missing direct value', { vault: { direct: absent } }, ['secret-missing']],
    ['tells a disabled secret', { vault: { key1: disabled } }, ['secret-disabled']],
    ['tells a stale direct value', { vault: { direct: key('two') } }, ['direct-stale']],
    ['asks for no direct value if there is none', { vault: { direct: null } }, []],
    ['tells a stale endpoint', { endpointIsRight: false }, ['endpoint-stale']],
    ['leaves a key secret with just enough room for tags', { vault: { key2: key('two', tags(10)) } }, []],
    ['tells a key secret without room for tags', { vault: { key2: key('two', tags(11)) } }, ['too-many-tags']],
    ['tells a direct value without room for tags', { vault: { direct: key('one', tags(11)) } }, ['too-many-tags']],
    ['leaves a pointer with just enough room for tags', { vault: { pointer: pointer('key1', tags(12)) } }, []],
    ['tells a pointer without room for tags', { vault: { pointer: pointer('key1', tags(13)) } }, ['too-many-tags']],
    ['leaves an endpoint with just enough room for tags', { endpointTags: tags(13) }, []],
    ['tells an endpoint without room for tags', { endpointTags: tags(14) }, ['too-many-tags']],
    [
      "tells another account's pointer",
      { vault: { pointer: pointer('key1', { ProviderAddress: '/other' }) } },
      ['secrets-of-another-account'],
    ],
    [
      "tells another account's endpoint",
      { endpointTags: { ProviderAddress: '/other' } },
      ['secrets-of-another-account'],
    ],
    [
      'tells an endpoint that is not Azure’s, and does not ask to have it stored',
      { account: { internalId: 'i', endpointIsAzure: false, localAuthDisabled: false }, endpointIsRight: false },
      ['endpoint-not-azure'],
    ],
  ])('%s', (_, change, reasons) => {
    expect(drift(facts(change))).toEqual(reasons);
  });

  it('knows that vault and account agree only if both key secrets hold their keys', () => {
    expect(agrees(facts({}))).toBe(true);
    expect(agrees(facts({ vault: { key2: key('one') } }))).toBe(false);
    expect(agrees(facts({ vault: { key2: absent } }))).toBe(false);
    expect(agrees(facts({ keys: null }))).toBe(false);
  });
});

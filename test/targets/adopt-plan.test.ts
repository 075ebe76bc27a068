import { describe, expect, it } from 'vitest';
import type { SecretFact } from '../../src/keys/vault-snapshot.ts';
import type { Fingerprint } from '../../src/shared/fingerprint.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import {
  type AdoptFacts,
  type AdoptPlan,
  type Change,
  createsAll,
  planAdoption,
  writesNothing,
} from '../../src/targets/adopt-plan.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const { armId } = buildTarget().account;
const endpointText = 'https://contoso.cognitiveservices.azure.com/';
const absent = { kind: 'absent' } as const;
const stored = { kind: 'stored', version: 'v', createdAtMs: 0, contentType: null } as const;
const ours = { service: 'cognitive-services', ProviderAddress: armId };
const secret = (print: string, tags: Record<string, string> = ours): SecretFact => ({
  ...stored,
  fingerprint: print as Fingerprint,
  tags,
});
const signed = { ...ours, 'keyturn-instance': 'here' };
const pointer = (value: string, tags: Record<string, string> = signed) => ({
  ...stored,
  value,
  tags,
});
const endpoint = (text: string, tags: Record<string, string> = ours): AdoptFacts['endpoint'] => ({
  vaultNowMs: 0,
  secret: { ...stored, name: 'e', enabled: true, expiresAtMs: null, tags, value: new SecretText(text) },
});
const disabled = { kind: 'disabled' } as const;
const disabledOnce = (tags: Record<string, string>) => ({ version: 'v', tags, contentType: null });
const manyTags = (length: number) => Object.fromEntries(Array.from({ length }, (_, n) => [`team-${n}`, 'contoso']));
const account = {
  internalId: 'i1',
  kind: 'AIServices',
  location: 'eastus',
  endpoint: endpointText,
  provisioningState: 'Succeeded',
  endpointIsAzure: true,
  localAuthDisabled: false,
  tags: {},
};
const nothing = { vaultNowMs: 0, seenByMs: 0, pointer: absent, key1: absent, key2: absent, direct: null };
const whole = {
  vaultNowMs: 0,
  seenByMs: 0,
  pointer: pointer('key2'),
  key1: secret('a'),
  key2: secret('b'),
  direct: null,
};
const plan = (
  vault: AdoptFacts['vault'],
  change: Partial<AdoptFacts> = {},
  askedSlot: 'key1' | 'key2' | null = null,
  leaked: readonly ('key1' | 'key2')[] = [],
) =>
  planAdoption(
    {
      account,
      keys: { key1: 'a' as Fingerprint, key2: 'b' as Fingerprint },
      vault,
      endpoint: endpoint(endpointText),
      deleted: {},
      disabled: {},
      formerIds: [],
      onceOurs: new Set(),
      ...change,
    },
    { armId, instance: 'here', callsEndpoint: true, intent: { kind: 'adopt', askedSlot, takeOver: false }, leaked },
  );
const refused = (reason: string, ...parts: string[]) => ({ kind: 'refused', reason, parts });

describe('an adoption', () => {
  for (const [says, answer, expected] of [
    [
      'makes everything in an empty vault, with key1 active',
      plan(nothing),
      { activeSlot: 'key1', keys: { key1: 'created', key2: 'created' }, pointer: 'created', proof: 'in-use' },
    ],
    ['makes the slot active that was asked for', plan(nothing, {}, 'key2'), { activeSlot: 'key2' }],
    ['makes key2 active if key1 has leaked', plan(nothing, {}, null, ['key1']), { activeSlot: 'key2' }],
    [
      'makes no leaked key active without a confirmation',
      plan(nothing, {}, 'key2', ['key2']),
      refused('leaked-key-not-confirmed'),
    ],
    [
      'makes none active if both have leaked',
      plan(nothing, {}, null, ['key1', 'key2']),
      refused('leaked-key-not-confirmed'),
    ],
    [
      'leads nobody to a leaked key since the one that is pointed at is deleted',
      plan({ ...whole, key2: absent }, { deleted: { key2: { ...ours, 'key-number': '2' } } }, null, ['key1']),
      refused('leaked-key-not-confirmed'),
    ],
    [
      'keeps a pointer that stands at a leaked key: nobody is led there',
      plan(whole, {}, null, ['key2']),
      { activeSlot: 'key2' },
    ],
    [
      'keeps the pointer that stands, whatever was asked for',
      plan(whole, {}, 'key1'),
      { activeSlot: 'key2', pointer: 'unchanged' },
    ],
    [
      'changes nothing if everything is right',
      plan(whole),
      { keys: { key1: 'unchanged', key2: 'unchanged' }, endpoint: 'unchanged', proof: 'none' },
    ],
    [
      'signs a pointer that nobody has signed',
      plan({ ...whole, pointer: pointer('key2', {}) }),
      { pointer: 'updated', proof: 'none' },
    ],
    [
      'proves the active key before it replaces a stale one',
      plan({ ...whole, key2: secret('x') }),
      { keys: { key2: 'updated' }, proof: 'in-use' },
    ],
    [
      'needs no proof for a stale inactive key',
      plan({ ...whole, key1: secret('x') }),
      { keys: { key1: 'updated' }, proof: 'none' },
    ],
    [
      'stores a disabled secret of ours again',
      plan({ ...whole, key1: disabled }, { disabled: { key1: disabledOnce(ours) } }),
      { keys: { key1: 'updated' } },
    ],
    [
      'gives the direct value the active key, after a proof',
      plan({ ...whole, direct: secret('a') }),
      { direct: 'updated', proof: 'in-use' },
    ],
    [
      'leaves a direct value that is right',
      plan({ ...whole, direct: secret('b') }),
      { direct: 'unchanged', proof: 'none' },
    ],
    ['corrects the endpoint', plan(whole, { endpoint: endpoint('https://old/') }), { endpoint: 'updated' }],
    [
      'is refused without local auth',
      plan(whole, { account: { ...account, localAuthDisabled: true } }),
      refused('local-auth-disabled'),
    ],
    [
      'is refused while the account changes',
      plan(whole, { account: { ...account, provisioningState: 'Accepted' } }),
      refused('account-busy'),
    ],
    [
      'is refused by its own name if the account failed',
      plan(whole, { account: { ...account, provisioningState: 'Failed' } }),
      refused('account-provisioning-failed'),
    ],
    [
      'is refused by its own name if a change of the account was canceled',
      plan(whole, { account: { ...account, provisioningState: 'Canceled' } }),
      refused('account-provisioning-failed'),
    ],
    [
      'is refused if another instance signed the pointer',
      plan({ ...whole, pointer: pointer('key1', { 'keyturn-instance': 'there' }) }),
      refused('taken-over'),
    ],
    [
      "is refused over another account's secret",
      plan({ ...whole, key1: secret('x', { ProviderAddress: `${armId}2` }) }),
      refused('secrets-of-another-account', 'key1'),
    ],
    [
      'is refused over a value that nobody can place',
      plan({ ...whole, key1: secret('x', {}) }),
      refused('foreign-secret', 'key1'),
    ],
    [
      'is refused over a direct value that nobody can place',
      plan({ ...whole, direct: secret('x', {}) }),
      refused('foreign-secret', 'direct'),
    ],
    [
      'is refused under a disabled pointer',
      plan({ ...whole, pointer: { kind: 'disabled' } }),
      refused('pointer-disabled'),
    ],
    [
      'is refused under a pointer that names no slot',
      plan({ ...whole, pointer: pointer('KEY1') }),
      refused('pointer-invalid'),
    ],
    [
      'brings a deleted secret back that no pointer names',
      plan({ ...whole, key1: absent }, { deleted: { key1: ours } }),
      { activeSlot: 'key2', keys: { key1: 'created' }, pointer: 'unchanged' },
    ],
    [
      'leads consumers away from a deleted key before it comes back',
      plan({ ...whole, key2: absent }, { deleted: { key2: ours } }),
      { activeSlot: 'key1', keys: { key1: 'unchanged', key2: 'unchanged' }, pointer: 'updated', proof: 'new' },
    ],
    [
      'of two deleted keys first brings back the one that no pointer names',
      plan({ ...whole, key1: absent, key2: absent }, { deleted: { key1: ours, key2: ours } }),
      { activeSlot: 'key1', keys: { key1: 'created', key2: 'unchanged' }, pointer: 'updated' },
    ],
    [
      'leaves a deleted pointer a say in which key the direct value is',
      plan(
        { ...whole, pointer: absent, key1: secret('x'), direct: secret('x') },
        { deleted: { pointer: ours } },
        'key1',
      ),
      { keys: { key1: 'updated' }, pointer: 'unchanged', direct: 'unchanged' },
    ],
    [
      'is refused if another instance signed a deleted pointer',
      plan({ ...whole, pointer: absent }, { deleted: { pointer: { 'keyturn-instance': 'there' } } }),
      refused('taken-over'),
    ],
    [
      "is refused over another account's deleted secret",
      plan({ ...whole, key1: absent }, { deleted: { key1: { ProviderAddress: `${armId}2` } } }),
      refused('secrets-of-another-account', 'key1'),
    ],
    [
      'is refused over a disabled secret that does not say whose it is, though another says so',
      plan(
        { ...whole, key1: disabled, key2: disabled },
        { disabled: { key1: disabledOnce(ours), key2: disabledOnce({ service: 'cognitive-services' }) } },
      ),
      refused('foreign-secret', 'key2'),
    ],
    [
      'is refused over a disabled secret of another account',
      plan({ ...whole, key1: disabled }, { disabled: { key1: disabledOnce({ ProviderAddress: `${armId}2` }) } }),
      refused('secrets-of-another-account', 'key1'),
    ],
    [
      'is refused over a disabled secret that its versions do not show',
      plan({ ...whole, key1: disabled }),
      refused('foreign-secret', 'key1'),
    ],
    [
      'is refused over a deleted secret that does not say whose it is',
      plan({ ...whole, key1: absent }, { deleted: { key1: {} } }),
      refused('foreign-secret', 'key1'),
    ],
    [
      'is refused over a deleted pointer that nobody has signed',
      plan({ ...whole, pointer: absent }, { deleted: { pointer: {} } }),
      refused('foreign-secret', 'pointer'),
    ],
    [
      'takes a deleted pointer back that this instance has signed',
      plan({ ...whole, pointer: absent }, { deleted: { pointer: { 'keyturn-instance': 'here' } } }),
      { kind: 'plan' },
    ],
    [
      'is refused over an endpoint that nobody can place',
      plan(whole, { endpoint: endpoint('https://payments.example/', {}) }),
      refused('foreign-secret', 'endpoint'),
    ],
    [
      "is refused over another account's endpoint, though it names the right host",
      plan(whole, { endpoint: endpoint(endpointText, { ProviderAddress: `${armId}2` }) }),
      refused('secrets-of-another-account', 'endpoint'),
    ],
    [
      'takes an endpoint that somebody else has stored rightly, and tags it',
      plan(whole, { endpoint: endpoint(endpointText.slice(0, -1), {}) }),
      { endpoint: 'updated' },
    ],
    [
      "is refused over another account's pointer",
      plan({ ...whole, pointer: pointer('key1', { ProviderAddress: `${armId}2` }) }),
      refused('secrets-of-another-account', 'pointer'),
    ],
    [
      'reads an empty ProviderAddress as none: the value shows whose it is',
      plan({ ...whole, key1: secret('a', { ProviderAddress: ' ' }) }),
      { keys: { key1: 'updated' } },
    ],
    [
      'reads ProviderAddress as people write it',
      plan({ ...whole, key1: secret('x', { ...ours, ProviderAddress: ` ${armId.slice(1).toUpperCase()}/\r\n` }) }),
      { keys: { key1: 'updated' } },
    ],
    [
      'is refused if ARM shows an endpoint that is not Azure’s, before anything else is looked at',
      plan(whole, { account: { ...account, endpointIsAzure: false } }),
      refused('endpoint-not-azure'),
    ],
    [
      'is refused if a secret that it writes has no room for tags',
      plan({ ...whole, direct: secret('a', { ...ours, ...manyTags(13) }) }),
      refused('too-many-tags', 'direct'),
    ],
    [
      'is refused if a deleted secret that comes back later has no room for tags',
      plan({ ...whole, key2: absent }, { deleted: { key2: { ...ours, ...manyTags(11) } } }),
      refused('too-many-tags', 'key2'),
    ],
    [
      'is refused if a disabled secret has no room for tags',
      plan({ ...whole, key1: disabled }, { disabled: { key1: disabledOnce({ ...ours, ...manyTags(11) }) } }),
      refused('too-many-tags', 'key1'),
    ],
    [
      'is refused if a pointer that is to be signed has no room for that',
      plan({ ...whole, pointer: pointer('key1', manyTags(14)) }),
      refused('too-many-tags', 'pointer'),
    ],
    [
      'is refused if an endpoint that is to be corrected has no room for tags',
      plan(whole, { endpoint: endpoint('https://old/', { ...ours, ...manyTags(14) }) }),
      refused('too-many-tags', 'endpoint'),
    ],
    [
      'fills a secret up to the very last tag',
      plan({ ...whole, key1: secret('x', { ...ours, ...manyTags(10) }) }),
      { keys: { key1: 'updated' } },
    ],
    [
      'leaves a right secret alone, however many tags it has',
      plan({ ...whole, key1: secret('a', { ...ours, ...manyTags(13) }) }),
      { keys: { key1: 'unchanged' } },
    ],
  ] as const)
    it(says, () => expect(answer).toMatchObject(expected));

  const changes = (keys: AdoptPlan['keys'], endpoint: Change, pointer: Change, direct: Change | null): AdoptPlan => ({
    ...{ kind: 'plan', activeSlot: 'key1', claims: false, proof: 'none' },
    ...{ keys, endpoint, pointer, direct },
  });
  const [was, made] = ['unchanged', 'created'] as const;

  it.each<[string, plan: AdoptPlan, writes: boolean, creates: boolean]>([
    ['nothing', changes({ key1: was, key2: was }, was, was, was), false, false],
    ['nothing, of a target without a direct value', changes({ key1: was, key2: was }, was, was, null), false, false],
    ['key1 alone', changes({ key1: made, key2: was }, was, was, was), true, false],
    ['key2 alone', changes({ key1: was, key2: 'updated' }, was, was, was), true, false],
    ['the endpoint alone', changes({ key1: was, key2: was }, made, was, was), true, false],
    ['the pointer alone', changes({ key1: was, key2: was }, was, 'updated', was), true, false],
    ['the direct value alone', changes({ key1: was, key2: was }, was, was, made), true, false],
    ['everything', changes({ key1: made, key2: made }, made, made, made), true, true],
    [
      'everything, of a target without a direct value',
      changes({ key1: made, key2: made }, made, made, null),
      true,
      true,
    ],
    ['all but key1', changes({ key1: was, key2: made }, made, made, made), true, false],
    ['all but key2', changes({ key1: made, key2: was }, made, made, made), true, false],
    ['all but the endpoint', changes({ key1: made, key2: made }, was, made, made), true, false],
    ['all but the pointer', changes({ key1: made, key2: made }, made, 'updated', made), true, false],
    ['all but the direct value', changes({ key1: made, key2: made }, made, made, was), true, false],
  ])('knows whether it writes, and whether it makes everything: %s', (_, planned, writes, creates) => {
    expect([!writesNothing(planned), createsAll(planned)]).toEqual([writes, creates]);
  });
});

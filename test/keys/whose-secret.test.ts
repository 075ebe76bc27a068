import { describe, expect, it } from 'vitest';
import { instanceTag } from '../../src/keys/ownership-tags.ts';
import { secretParts } from '../../src/keys/target.ts';
import type { PointerFact, SecretFact } from '../../src/keys/vault-snapshot.ts';
import { type ExistingSecrets, sameEndpoint, tagsOf, whoseSecret } from '../../src/keys/whose-secret.ts';
import type { Fingerprint } from '../../src/shared/fingerprint.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

const endpoint = 'https://ai-contoso.openai.azure.com/';
const owner = { armIds: ['/subscriptions/s/accounts/contoso', '/former'], instance: 'here' };
const print = (text: string) => text as Fingerprint;
const about = { kind: 'stored', version: 'v', createdAtMs: 0, contentType: null } as const;
const absent = { kind: 'absent' } as const;
const disabled = { kind: 'disabled' } as const;

type Tags = Readonly<Record<string, string>>;
const secret = (value: string, tags: Tags = {}): SecretFact => ({ ...about, fingerprint: print(value), tags });
const pointer = (value: string, tags: Tags = {}): PointerFact => ({ ...about, value, tags });
const text = (value: string, tags: Tags = {}): ExistingSecrets['endpoint'] => ({
  ...{ ...about, name: 'e', enabled: true, expiresAtMs: null, tags },
  value: new SecretText(value),
});

/** Nothing stands anywhere, but for what a test puts there. */
function status(vault: Partial<ExistingSecrets['vault']>, more: Partial<ExistingSecrets> = {}): ExistingSecrets {
  return {
    keys: { key1: print('one'), key2: print('two') },
    accountEndpoint: endpoint,
    vault: { ...{ vaultNowMs: 0, seenByMs: 0, pointer: absent, key1: absent, key2: absent, direct: absent }, ...vault },
    ...{ endpoint: absent, disabled: {}, deleted: {} },
    ...more,
  };
}
const ours = { ProviderAddress: '/subscriptions/s/accounts/contoso' };
const version = (tags: Tags) => ({ version: 'v', tags, contentType: null });

describe('a secret is', () => {
  it.each<[whose: string, says: string, part: (typeof secretParts)[number], found: ExistingSecrets]>([
    ['nobody', 'if there is none', 'key1', status({})],
    ['nobody', 'if the target has none of the kind', 'direct', status({ direct: null })],
    ['ours', 'by our tags, whatever it holds', 'key1', status({ key1: secret('stale', ours) })],
    ['ours', 'by the tags of a former id', 'key1', status({ key1: secret('x', { ProviderAddress: '/former' }) })],
    ['another-account', 'by another’s tags', 'key1', status({ key1: secret('one', { ProviderAddress: '/other' }) })],
    ['ours', 'by the key that it holds', 'key1', status({ key1: secret('one') })],
    ['ours', 'by the other slot’s key', 'key1', status({ key1: secret('two') })],
    ['unknown', 'with a value that is neither', 'key1', status({ key1: secret('three') })],
    ['ours', 'as a direct value that is a key', 'direct', status({ direct: secret('two') })],
    ['unknown', 'as a direct value that is none', 'direct', status({ direct: secret('three') })],
    ['unknown', 'by nothing but an instance’s tag', 'key1', status({ key1: secret('x', { [instanceTag]: 'here' }) })],
    [
      'ours',
      'as a pointer by the instance’s tag',
      'pointer',
      status({ pointer: pointer('x', { [instanceTag]: 'here' }) }),
    ],
    ['ours', 'as a pointer that names a slot', 'pointer', status({ pointer: pointer('key2') })],
    ['unknown', 'as a pointer that names none', 'pointer', status({ pointer: pointer('x') })],
    [
      'unknown',
      'as a pointer of another instance that names none',
      'pointer',
      status({ pointer: pointer('x', { [instanceTag]: 'there' }) }),
    ],
    ['ours', 'as the account’s endpoint', 'endpoint', status({}, { endpoint: text(endpoint) })],
    ['unknown', 'as another endpoint', 'endpoint', status({}, { endpoint: text('https://payments.example/') })],
    ['ours', 'as another endpoint with our tags', 'endpoint', status({}, { endpoint: text('https://old/', ours) })],
    ['unknown', 'while it is disabled and its versions show nothing', 'key1', status({ key1: disabled })],
    [
      'unknown',
      'while it is disabled, and its tags say nothing',
      'key1',
      status({ key1: disabled }, { disabled: { key1: version({}) } }),
    ],
    [
      'ours',
      'while it is disabled, by its tags',
      'key1',
      status({ key1: disabled }, { disabled: { key1: version(ours) } }),
    ],
    ['unknown', 'as an endpoint that is disabled', 'endpoint', status({}, { endpoint: disabled })],
    ['unknown', 'as a pointer that is disabled', 'pointer', status({ pointer: disabled })],
    [
      'ours',
      'as a disabled pointer by the instance’s tag',
      'pointer',
      status({ pointer: disabled }, { disabled: { pointer: version({ [instanceTag]: 'here' }) } }),
    ],
    ['unknown', 'while it is deleted, and its tags say nothing', 'key1', status({}, { deleted: { key1: {} } })],
    ['ours', 'while it is deleted, by its tags', 'key1', status({}, { deleted: { key1: ours } })],
    [
      'another-account',
      'while it is deleted, by another’s',
      'key1',
      status({}, { deleted: { key1: { ProviderAddress: '/other' } } }),
    ],
  ])('%s %s', (whose, _, part, found) => {
    expect(whoseSecret(part, found, owner)).toBe(whose);
  });
});

describe('the tags of each secret', () => {
  it.each(secretParts)('of a target are its own, in every state: %s', (part) => {
    const tags = (name: string) => ({ of: name });
    const all = status(
      {
        pointer: pointer('x', tags('pointer')),
        key1: secret('x', tags('key1')),
        key2: secret('x', tags('key2')),
        direct: secret('x', tags('direct')),
      },
      { endpoint: text('x', tags('endpoint')) },
    );
    expect(tagsOf(part, all)).toEqual(tags(part));
    expect(tagsOf(part, status({}, { deleted: { [part]: tags('deleted') } }))).toEqual(tags('deleted'));
    const off = status({ [part]: disabled }, { endpoint: disabled, disabled: { [part]: version(tags('disabled')) } });
    expect(tagsOf(part, off)).toEqual(tags('disabled'));
  });
});

it.each([
  ['with and without the last slash', endpoint, endpoint.slice(0, -1), true],
  ['with several', `${endpoint}//`, endpoint, true],
  ['in any case', endpoint.toUpperCase(), endpoint, true],
  ['with blanks around it', ` ${endpoint}\n`, endpoint, true],
  ['but no part of it', `${endpoint}openai`, endpoint, false],
  ['but no other', 'https://other/', endpoint, false],
])('an endpoint is one %s', (_, one, other, same) => {
  expect([sameEndpoint(one, other), sameEndpoint(other, one)]).toEqual([same, same]);
});

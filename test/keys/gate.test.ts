import { describe, expect, it } from 'vitest';
import { type GateFacts, gate, type LastSeen } from '../../src/keys/gate.ts';
import type { PointerFact, SecretFact, VaultSnapshot } from '../../src/keys/vault-snapshot.ts';
import type { Fingerprint } from '../../src/shared/fingerprint.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 0, 5, 12);
const armId = buildTarget().account.armId;
type Stored<T> = Extract<T, { kind: 'stored' }>;

const held = (version: string, agoMs = 3 * hourMs) => ({
  kind: 'stored' as const,
  version,
  createdAtMs: nowMs - agoMs,
  tags: {},
  contentType: null,
});
const secret = (print: string, version: string, change: Partial<Stored<SecretFact>> = {}): Stored<SecretFact> => ({
  ...held(version),
  fingerprint: print as Fingerprint,
  ...change,
});
const pointer = (change: Partial<Stored<PointerFact>> = {}): Stored<PointerFact> => ({
  ...held('p1'),
  value: 'key1',
  ...change,
});
const account = {
  internalId: 'i1',
  kind: 'AIServices',
  location: 'eastus',
  endpoint: 'https://contoso.cognitiveservices.azure.com/',
  provisioningState: 'Succeeded',
  endpointIsAzure: true,
  localAuthDisabled: false,
  tags: {},
};
const fingerprints = { key1: 'a' as Fingerprint, key2: 'b' as Fingerprint };
const vault = (change: Partial<VaultSnapshot> = {}): VaultSnapshot => ({
  vaultNowMs: nowMs,
  seenByMs: nowMs,
  pointer: pointer(),
  key1: secret('a', 'v1'),
  key2: secret('b', 'v2'),
  direct: null,
  ...change,
});
const seen = (change: Partial<LastSeen> = {}): LastSeen => ({
  pointer: 'key1',
  versions: { pointer: 'p1', key1: 'v1', key2: 'v2', direct: null },
  sinceMs: nowMs - 3 * hourMs,
  ...change,
});
const withDirect = { versions: { pointer: 'p1', key1: 'v1', key2: 'v2', direct: 'd1' } };
const rules = {
  armId,
  internalId: 'i1',
  instance: 'here',
  standsForMs: () => 2 * hourMs,
  callsEndpoint: true,
  vaultRoundingMs: 1_000,
};
const ask = (change: Partial<GateFacts>) =>
  gate({ vault: vault(), arm: { account, keys: fingerprints }, lastSeen: seen(), ...change }, rules);
const blocked = (reason: string) => ({ kind: 'blocked', reason });
const tags = (length: number) => Object.fromEntries(Array.from({ length }, (_, n) => [`team-${n}`, 'contoso']));

describe('the gate before a regenerate', () => {
  for (const [says, facts, answer] of [
    ['opens when everything agrees and has stood for the overlap', {}, { kind: 'open', inactiveSlot: 'key2' }],
    ['asks ARM only when the vault has nothing against it', { arm: null }, { kind: 'ask-arm' }],
    [
      'is blocked on an account recreated',
      { arm: { account: { ...account, internalId: 'i2' }, keys: fingerprints } },
      blocked('account-recreated'),
    ],
    [
      'is blocked without local auth',
      { arm: { account: { ...account, localAuthDisabled: true }, keys: fingerprints } },
      blocked('local-auth-disabled'),
    ],
    [
      'is busy while the account changes',
      { arm: { account: { ...account, provisioningState: 'Accepted' }, keys: fingerprints } },
      { kind: 'busy' },
    ],
    [
      'is blocked by another instance',
      { vault: vault({ pointer: pointer({ tags: { 'keyturn-instance': 'there' } }) }) },
      blocked('taken-over'),
    ],
    [
      "is blocked by another account's secrets",
      { vault: vault({ key2: secret('b', 'v2', { tags: { ProviderAddress: `${armId}-other` } }) }) },
      blocked('secrets-of-another-account'),
    ],
    ['is blocked without a pointer', { vault: vault({ pointer: { kind: 'absent' } }) }, blocked('pointer-missing')],
    [
      'is blocked by a disabled pointer',
      { vault: vault({ pointer: { kind: 'disabled' } }) },
      blocked('pointer-disabled'),
    ],
    [
      'is blocked by a pointer that names no slot',
      { vault: vault({ pointer: pointer({ value: 'Key1' }) }) },
      blocked('pointer-invalid'),
    ],
    [
      'is blocked without an inactive secret',
      { vault: vault({ key2: { kind: 'absent' } }) },
      blocked('secret-missing'),
    ],
    [
      'is blocked by a disabled inactive secret',
      { vault: vault({ key2: { kind: 'disabled' } }) },
      blocked('secret-disabled'),
    ],
    [
      'is blocked when the direct value is not the active key',
      { vault: vault({ direct: secret('b', 'd1') }) },
      blocked('direct-stale'),
    ],
    [
      'is blocked when the account has another active key',
      { arm: { account, keys: { ...fingerprints, key1: 'z' as Fingerprint } } },
      blocked('vault-stale'),
    ],
    [
      'is blocked when the account has another inactive key',
      { arm: { account, keys: { ...fingerprints, key2: 'z' as Fingerprint } } },
      blocked('vault-stale'),
    ],
    [
      'is blocked by a key secret without room for Keyturn’s five tags',
      { vault: vault({ key1: secret('a', 'v1', { tags: tags(11) }) }) },
      blocked('too-many-tags'),
    ],
    [
      'is blocked by a pointer without room for its three',
      { vault: vault({ pointer: pointer({ tags: tags(13) }) }) },
      blocked('too-many-tags'),
    ],
    [
      'is blocked by a direct value without room for its five',
      { vault: vault({ direct: secret('a', 'd1', { tags: tags(11) }) }) },
      blocked('too-many-tags'),
    ],
    [
      "is blocked by another account's pointer",
      { vault: vault({ pointer: pointer({ tags: { ProviderAddress: `${armId}2` } }) }) },
      blocked('secrets-of-another-account'),
    ],
    [
      'is blocked if ARM shows an endpoint that is not Azure’s',
      { arm: { account: { ...account, endpointIsAzure: false }, keys: fingerprints } },
      blocked('endpoint-not-azure'),
    ],
    [
      'is blocked on a kind whose keys no known call proves',
      { arm: { account: { ...account, kind: 'LUIS' }, keys: fingerprints } },
      blocked('kind-not-probeable'),
    ],
    [
      'is blocked on a kind that Keyturn has never heard of',
      { arm: { account: { ...account, kind: 'ContosoVision' }, keys: fingerprints } },
      blocked('kind-not-probeable'),
    ],
    [
      "is blocked if the kind's keys are proved at another host",
      {
        arm: {
          account: {
            ...account,
            kind: 'TextTranslation',
            endpoint: 'https://api.cognitive.microsofttranslator.com/',
          },
          keys: fingerprints,
        },
      },
      blocked('kind-not-probeable'),
    ],
    [
      'opens on a kind that Azure writes in another case',
      { arm: { account: { ...account, kind: 'formrecognizer' }, keys: fingerprints } },
      { kind: 'open', inactiveSlot: 'key2' },
    ],
    [
      'takes what it sees for the first time for young',
      { lastSeen: null },
      { kind: 'changed', seen: { sinceMs: nowMs } },
    ],
    [
      'takes a restored pointer for young, whatever its date',
      { vault: vault({ pointer: pointer({ version: 'p0' }) }) },
      { kind: 'changed' },
    ],
    ['takes a moved pointer for young', { lastSeen: seen({ pointer: 'key2' }) }, { kind: 'changed' }],
    [
      'waits for a young pointer',
      { vault: vault({ pointer: pointer({ createdAtMs: nowMs - hourMs }) }) },
      { kind: 'young', forMs: hourMs + 1_000 },
    ],
    [
      'waits for a young active secret',
      { vault: vault({ key1: secret('a', 'v1', { createdAtMs: nowMs - hourMs }) }) },
      { kind: 'young', forMs: hourMs + 1_000 },
    ],
    [
      'waits for a young direct value',
      { vault: vault({ direct: secret('a', 'd1', { createdAtMs: nowMs - hourMs }) }), lastSeen: seen(withDirect) },
      { kind: 'young', forMs: hourMs + 1_000 },
    ],
    [
      'does not wait for a young inactive secret',
      { vault: vault({ key2: secret('b', 'v2', { createdAtMs: nowMs }) }) },
      { kind: 'open' },
    ],
    [
      'waits since it saw the change, not since the date',
      { lastSeen: seen({ sinceMs: nowMs - hourMs }) },
      { kind: 'young', forMs: hourMs + 1_000 },
    ],
    [
      'counts the second that the vault rounds away',
      { lastSeen: seen({ sinceMs: nowMs - 2 * hourMs }) },
      { kind: 'young', forMs: 1_000 },
    ],
  ] as const satisfies readonly (readonly [string, Partial<GateFacts>, object])[])
    it(says, () => expect(ask(facts)).toMatchObject(answer));
});

describe('the gate in time', () => {
  // What was seen three hours ago stands since a second later: a vault tells whole seconds.
  const stoodMs = 3 * hourMs - 1_000;
  const asked = (standsForMs: number, change: Partial<GateFacts> = {}) =>
    gate(
      { vault: vault(), arm: { account, keys: fingerprints }, lastSeen: seen(), ...change },
      { ...rules, standsForMs: () => standsForMs },
    );

  it.each([
    ['opens with the last millisecond', stoodMs, { kind: 'open' }],
    ['is closed a millisecond before', stoodMs + 1, { kind: 'young', forMs: 1 }],
  ])('%s', (_, standsForMs, answer) => {
    expect(asked(standsForMs)).toMatchObject(answer);
  });

  it.each([
    ['opens over what was just made if nobody is waited for', 0, { kind: 'open' }],
    ['is closed if anybody is, however short', 1, { kind: 'young', forMs: 1_001 }],
  ])('%s', (_, standsForMs, answer) => {
    const young = vault({ pointer: pointer(held('p1', 0)) });
    expect(asked(standsForMs, { vault: young })).toMatchObject(answer);
  });
});

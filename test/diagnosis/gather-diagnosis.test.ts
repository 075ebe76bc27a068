import { describe, expect, it } from 'vitest';
import { gatherDiagnosis } from '../../src/diagnosis/gather-diagnosis.ts';
import type { DiagnosisPorts } from '../../src/diagnosis/ports.ts';
import type { ReadSecret, SecretVersion } from '../../src/keys/ports.ts';
import { type Failure, FailureError } from '../../src/shared/failure.ts';
import { fingerprint } from '../../src/shared/fingerprint.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { exposure } from './facts-builder.ts';

const target = buildTarget();
const place = exposure().value;
const failure: Failure = { kind: 'refused', reason: 'account-access-denied', code: 'AuthorizationFailed' };
const fails = () => Promise.reject(new FailureError(failure));
const failed = { kind: 'failed', failure };

const version = (name: string, at: number, enabled = true): SecretVersion => ({
  name,
  version: `${name}-${at}`,
  enabled,
  createdAtMs: at,
  expiresAtMs: null,
  contentType: null,
  tags: {},
});
const read = (name: string, value: string, at = 100): ReadSecret => ({
  vaultNowMs: 1_000,
  secret: { kind: 'stored', value: new SecretText(value), ...version(name, at) },
});

function world(
  change: Partial<Omit<DiagnosisPorts, 'secrets'>> & { secrets?: Partial<DiagnosisPorts['secrets']> } = {},
) {
  const asked: unknown[][] = [];
  const values: Readonly<Record<string, string>> = {
    'ai-services-active-key': 'key2',
    'ai-services-key1': 'value-one',
    'ai-services-key2': 'value-two',
  };
  const { secrets, ...rest } = change;
  const ports = {
    accounts: {
      listKeys: async () => ({ key1: new SecretText('value-one'), key2: new SecretText('value-two') }),
    },
    probe: {
      call: async (account: unknown, key: SecretText) => {
        asked.push(['probe', account, key.reveal()]);
        return { kind: 'accepted' };
      },
    },
    exposure: async () => place,
    nameLookup: {
      lookup: async (host: string) => {
        asked.push(['lookup', host]);
        return { kind: 'addresses', addresses: [host] };
      },
    },
    tokenProbe: {
      call: async (account: unknown) => {
        asked.push(['token', account]);
        return { kind: 'accepted' };
      },
    },
    authorization: {
      assignmentsAt: async (scope: string) => {
        asked.push(['roles', scope]);
        return ['own', 'other'].map((principalId) => ({ principalId, roleGuid: 'r', createdAtMs: 1 }));
      },
    },
    identities: { ownPrincipalId: async () => 'own' },
    clock: { nowMs: () => 777, monotonicMs: () => 0, sleep: async () => {} },
    leaked: async () => ['key2'],
    status: async () => ({ kind: 'none' }),
    locks: async () => null,
    newId: () => 'salt',
    secrets: {
      read: async (name: string) => read(name, values[name] ?? ''),
      listVersions: async (name: string) => [version(name, 50), version(name, 100), version(name, 20)],
      readVersion: async (name: string, id: string) => {
        asked.push(['version', id]);
        return read(name, 'value-before', 50);
      },
      ...secrets,
    },
    ...rest,
  } as unknown as DiagnosisPorts;
  return { asked, gather: () => gatherDiagnosis(ports, target) };
}

describe('the facts of a diagnosis', () => {
  it('are asked of everybody, with the key that consumers are given', async () => {
    const { asked, gather } = world();
    const facts = await gather();
    const print = (text: string) => fingerprint(new SecretText(text), 'salt');
    const host = 'ai-secure-demo.cognitiveservices.azure.com';
    const vaultHost = 'kv-ai102-secure.vault.azure.net';
    expect(facts).toMatchObject({
      target,
      leaked: { kind: 'answered', value: ['key2'] },
      names: {
        account: { host, found: { addresses: [host] } },
        vault: { host: vaultHost, found: { addresses: [vaultHost] } },
      },
      vault: { kind: 'answered', value: { pointer: { value: 'key2' }, key1: { fingerprint: print('value-one') } } },
      before: { kind: 'stored', fingerprint: print('value-before') },
      exposure: { kind: 'answered', value: place },
      keys: { kind: 'answered', value: { key1: print('value-one'), key2: print('value-two') } },
      accepted: { kind: 'accepted' },
      token: { kind: 'accepted' },
      roles: { kind: 'answered', value: [{ principalId: 'own', roleGuid: 'r', createdAtMs: 1 }] },
      principalId: 'own',
      nowMs: 777,
    });
    expect(asked).toEqual(
      expect.arrayContaining([
        ['probe', place, 'value-two'],
        ['token', place],
        ['roles', target.account.armId],
        // The newest but one, whatever order the vault lists them in.
        ['version', 'ai-services-key2-50'],
      ]),
    );
    expect(JSON.stringify(facts)).not.toContain('value-');
  });

  it('are those that are left when the vault does not answer', async () => {
    const { asked, gather } = world({ secrets: { read: fails } });
    expect(await gather()).toMatchObject({
      vault: failed,
      before: null,
      accepted: null,
      token: { kind: 'accepted' },
      keys: { kind: 'answered' },
    });
    expect(asked.map(([what]) => what)).not.toContain('probe');
  });

  it('are those that are left when the account does not answer', async () => {
    const { asked, gather } = world({ exposure: fails });
    expect(await gather()).toMatchObject({
      exposure: failed,
      names: { account: null },
      accepted: null,
      token: null,
      vault: { kind: 'answered' },
    });
    expect(asked.map(([what]) => what)).not.toContain('token');
  });

  it('are those that are left when roles, keys and identity do not answer', async () => {
    const { gather } = world({
      authorization: { assignmentsAt: fails },
      identities: { ownPrincipalId: fails },
      accounts: { listKeys: fails } as unknown as DiagnosisPorts['accounts'],
    });
    expect(await gather()).toMatchObject({ roles: failed, keys: failed, principalId: null });
  });

  it('know nobody’s roles when the identity is not known', async () => {
    const { gather } = world({ identities: { ownPrincipalId: fails } });
    expect((await gather()).roles).toEqual({ kind: 'answered', value: [] });
  });

  it.each<[string, Partial<DiagnosisPorts['secrets']>]>([
    ['there is one version only', { listVersions: async (name) => [version(name, 100)] }],
    ['it is disabled', { listVersions: async (name) => [version(name, 100), version(name, 50, false)] }],
    ['versions cannot be listed', { listVersions: fails }],
    ['it cannot be read', { readVersion: fails }],
  ])('know no key before the active one when %s', async (_, secrets) => {
    expect((await world({ secrets }).gather()).before).toBeNull();
  });

  it('try no key if the pointer names none', async () => {
    const { asked, gather } = world({ secrets: { read: async (name) => read(name, 'key3') } });
    expect(await gather()).toMatchObject({ accepted: null, before: null });
    expect(asked.map(([what]) => what)).not.toContain('version');
  });

  it('try no key that is disabled', async () => {
    const { asked, gather } = world({
      secrets: {
        read: async (name) =>
          name === 'ai-services-key2'
            ? { vaultNowMs: 1_000, secret: { kind: 'disabled' } }
            : read(name, name === 'ai-services-active-key' ? 'key2' : 'value'),
      },
    });
    expect(await gather()).toMatchObject({ accepted: null });
    expect(asked.map(([what]) => what)).not.toContain('probe');
  });

  it('know no host of an endpoint that is none', async () => {
    const { gather } = world({ exposure: async () => ({ ...place, endpoint: 'no endpoint' }) });
    expect((await gather()).names.account).toBeNull();
  });

  it('are not made of faults of our own', async () => {
    const { gather } = world({ exposure: () => Promise.reject(new RangeError('ours')) });
    await expect(gather()).rejects.toThrow('ours');
  });
});

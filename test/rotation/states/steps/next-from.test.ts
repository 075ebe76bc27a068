import { describe, expect, it } from 'vitest';
import { accountTags } from '../../../../src/keys/ownership-tags.ts';
import type { SecretVersion } from '../../../../src/keys/ports.ts';
import { nextFrom } from '../../../../src/rotation/states/steps/next-from.ts';
import { buildTarget } from '../../../memory-world/target-builder.ts';
import { nowMs } from '../../row-builder.ts';

const target = buildTarget();
const name = 'ai-services-key2';
const ours = accountTags(target.account.armId);
const theirs = accountTags(`${target.account.armId}-of-somebody`);
const full = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`team-${at}`, 'x']));

const version = (id: string, tags: Readonly<Record<string, string>>, change: Partial<SecretVersion> = {}) => ({
  ...{ name, version: id, enabled: true, createdAtMs: nowMs, expiresAtMs: null, contentType: 'text/x', tags },
  ...change,
});
const off = (id: string, tags: Readonly<Record<string, string>>, createdAtMs = nowMs) =>
  version(id, tags, { enabled: false, createdAtMs });
const stored = (tags: Readonly<Record<string, string>>) => ({ kind: 'stored', tags, contentType: 'text/x' }) as const;
const free = (tags: Readonly<Record<string, string>>) => ({
  kind: 'free',
  carried: expect.objectContaining({ tags, contentType: 'text/x' }),
});
const nothing = { kind: 'free', carried: null };
const blocked = (reason: string) => ({ kind: 'instead', decision: { kind: 'suspend', reason } });

type Existing = Parameters<typeof nextFrom>[2];

describe('over a secret that', () => {
  it.each<[string, Existing, boolean, readonly SecretVersion[] | 'not asked', object]>([
    ['stands nowhere anything may be stored', { kind: 'absent' }, false, 'not asked', nothing],
    ['says that it is ours the next version carries what it had', stored(ours), false, 'not asked', free(ours)],
    [
      "is another account's nothing is stored",
      stored(theirs),
      false,
      'not asked',
      blocked('secrets-of-another-account'),
    ],
    [
      "is another account's nothing is stored, though its value is ours",
      stored(theirs),
      true,
      'not asked',
      blocked('secrets-of-another-account'),
    ],
    [
      'shows itself by its value its next version is stored',
      stored({ team: 'a' }),
      true,
      'not asked',
      free({ team: 'a' }),
    ],
    ['does not say whose it is nothing is stored', stored({}), false, [version('v1', {})], blocked('foreign-secret')],
    [
      'was ours once its next version is stored',
      stored({ team: 'a' }),
      false,
      [version('v1', { team: 'a' }), version('v0', ours)],
      free({ team: 'a' }),
    ],
    [
      "was another account's once nothing is stored",
      stored({}),
      false,
      [version('v1', {}), version('v0', theirs)],
      blocked('foreign-secret'),
    ],
    [
      'is disabled and ours its next version carries what it had',
      { kind: 'disabled' },
      false,
      [off('v1', ours)],
      free(ours),
    ],
    [
      "is disabled and another account's nothing is stored",
      { kind: 'disabled' },
      false,
      [off('v1', theirs)],
      blocked('secrets-of-another-account'),
    ],
    [
      'is disabled and says nothing nothing is stored, though a value would show it',
      { kind: 'disabled' },
      true,
      [off('v1', {})],
      blocked('foreign-secret'),
    ],
    [
      'is disabled, and no version can be seen, nothing is stored',
      { kind: 'disabled' },
      false,
      [],
      blocked('foreign-secret'),
    ],
    [
      'is ours but full of tags nothing is stored',
      stored({ ...ours, ...full }),
      false,
      'not asked',
      blocked('too-many-tags'),
    ],
    [
      'is disabled, ours, and full of tags nothing is stored',
      { kind: 'disabled' },
      false,
      [off('v1', { ...ours, ...full })],
      blocked('too-many-tags'),
    ],
  ])('%s', async (_, standing, showsItself, versions, expected) => {
    let asked = 0;
    const listVersions = async (of: string) => {
      expect(of).toBe(name);
      asked += 1;
      return versions === 'not asked' ? [] : versions;
    };
    const session = { target, secrets: { listVersions } } as unknown as Parameters<typeof nextFrom>[0];
    expect(await nextFrom(session, 'key2', standing, showsItself)).toEqual(expected);
    expect(asked).toBe(versions === 'not asked' ? 0 : 1);
  });

  it('the target does not have nothing is asked', async () => {
    const session = { target, secrets: {} } as unknown as Parameters<typeof nextFrom>[0];
    expect(await nextFrom(session, 'direct', { kind: 'disabled' })).toEqual(nothing);
  });
});

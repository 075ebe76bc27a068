import { describe, expect, it } from 'vitest';
import { hasRoomForTags, keySecret } from '../../src/keys/key-secret.ts';
import { accountTags, type Owner, ownerOf } from '../../src/keys/ownership-tags.ts';
import { disabledVersion } from '../../src/keys/whose-secret.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const target = buildTarget();
const { armId } = target.account;
const long = `${armId}${'x'.repeat(256)}`;
const otherLong = `${long}y`;

describe('whose a secret is, by its tags', () => {
  it.each<[string, Record<string, string>, string, Owner]>([
    ['says nothing without a tag', { team: 'vision' }, armId, 'not-said'],
    ['says nothing by an empty ProviderAddress', { ProviderAddress: '' }, armId, 'not-said'],
    ['says nothing by a blank one', { ProviderAddress: ' \r\n/ ' }, armId, 'not-said'],
    ['is the account of its id', { ProviderAddress: armId }, armId, 'this-account'],
    ['ignores case', { ProviderAddress: armId.toUpperCase() }, armId, 'this-account'],
    ['ignores a slash at the end', { ProviderAddress: `${armId}/` }, armId, 'this-account'],
    ['ignores several', { ProviderAddress: `${armId}// ` }, armId, 'this-account'],
    ['ignores a missing slash at the beginning', { ProviderAddress: armId.slice(1) }, armId, 'this-account'],
    ['ignores blanks and line breaks around it', { ProviderAddress: `\t ${armId}\r\n` }, armId, 'this-account'],
    ['is another account by a longer name', { ProviderAddress: `${armId}2` }, armId, 'another-account'],
    ['is another account by a child', { ProviderAddress: `${armId}/deployments/d` }, armId, 'another-account'],
    ['is another account by a text that is no id', { ProviderAddress: 'contoso' }, armId, 'another-account'],
    ['is the account by the hash of an id that fits no tag', accountTags(long), long, 'this-account'],
    ['is another account by the hash of another', accountTags(otherLong), long, 'another-account'],
    ['goes by the id if both stand there', { ...accountTags(long), ProviderAddress: armId }, armId, 'this-account'],
  ])('%s', (_, tags, id, owner) => expect(ownerOf(tags, [id])).toBe(owner));

  it('is said by the id as far as it fits a tag of 256 characters, and by its hash beyond', () => {
    const of = (length: number) => Object.keys(accountTags('x'.repeat(length)));
    expect([of(256), of(257)]).toEqual([['ProviderAddress'], ['keyturn-account']]);
  });

  it('is the account by an id that it had before', () => {
    expect(ownerOf({ ProviderAddress: '/former' }, [armId, '/former'])).toBe('this-account');
  });

  it('is said once: a next version drops what an earlier id said', () => {
    const moved = buildTarget({ account: { ...target.account, armId: long } });
    const next = (of: typeof target, tags: Record<string, string>) =>
      keySecret(of, 'key1', new SecretText('k'), { tags, contentType: null }, 0).tags;
    expect(next(moved, { ProviderAddress: armId, team: 'vision' })).not.toHaveProperty('ProviderAddress');
    expect(next(target, accountTags(long))).not.toHaveProperty('keyturn-account');
  });

  it.each([
    ['key1', 10],
    ['direct', 10],
    ['pointer', 12],
    ['endpoint', 13],
  ] as const)('%s has room beside %i tags of others, and no more', (part, most) => {
    const tags = (length: number) => Object.fromEntries(Array.from({ length }, (_, n) => [`t${n}`, 'x']));
    const room = (others: Record<string, string>) => hasRoomForTags(part, others);
    expect([room(tags(most)), room({ ...tags(most), ...accountTags(armId) }), room(tags(most + 1))]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('the current version of a disabled secret', () => {
  const version = (name: string, createdAtMs: number, enabled: boolean, tags = accountTags(armId)) => {
    return { name: 's', version: name, createdAtMs, enabled, expiresAtMs: null, contentType: null, tags };
  };
  const current = (...versions: ReturnType<typeof version>[]) => disabledVersion(versions, [armId])?.version;
  it('is the newest', () => expect(current(version('a', 1, false), version('b', 2, false))).toBe('b'));
  it('is none if the newest is enabled', () =>
    expect(current(version('a', 1, false), version('b', 2, true))).toBeUndefined());
  it('of two in one second is the one that does not say that it is ours', () =>
    expect(current(version('a', 1, false), version('b', 1, false, {}))).toBe('b'));
  it('is none if there are no versions', () => expect(current()).toBeUndefined());
});

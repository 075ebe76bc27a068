import { describe, expect, it } from 'vitest';
import { directSecret, endpointSecret, hasRoomForTags, keySecret, pointerSecret } from '../../src/keys/key-secret.ts';
import type { SecretToStore } from '../../src/keys/ports.ts';
import type { SecretPart } from '../../src/keys/target.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const dayMs = 24 * 3_600_000;
const wholeMs = Date.UTC(2026, 0, 5, 9);
const nowMs = wholeMs + 789;
const key = new SecretText('0123456789abcdef');
const target = buildTarget();
const all = buildTarget({ policy: { secretExpiry: 'all' } });
const address = { ProviderAddress: target.account.armId };
const service = { service: 'cognitive-services' };
const keyTags = (slot: 'key1' | 'key2') => ({ CredentialId: slot, ValidityPeriodDays: '90', ...service, ...address });

/** All of it: a field or a tag more or less is another secret. */
const whole = ({ value, ...rest }: SecretToStore) => ({ ...rest, value: value.reveal() });

describe('the next version, if nothing stood before,', () => {
  it.each<[string, SecretToStore, ReturnType<typeof whole>]>([
    [
      'of key1',
      keySecret(target, 'key1', key, null, nowMs),
      {
        name: 'ai-services-key1',
        value: '0123456789abcdef',
        contentType: 'text/plain',
        tags: { ...keyTags('key1'), 'key-number': '1' },
        expiresAtMs: wholeMs + 90 * dayMs,
      },
    ],
    [
      'of key2',
      keySecret(target, 'key2', key, null, nowMs),
      {
        name: 'ai-services-key2',
        value: '0123456789abcdef',
        contentType: 'text/plain',
        tags: { ...keyTags('key2'), 'key-number': '2' },
        expiresAtMs: wholeMs + 90 * dayMs,
      },
    ],
    [
      'of the direct value',
      directSecret(target, 'app-key', 'key2', key, null, nowMs),
      {
        name: 'app-key',
        value: '0123456789abcdef',
        contentType: 'text/plain',
        tags: { ...keyTags('key2'), 'key-number': '2' },
        expiresAtMs: wholeMs + 90 * dayMs,
      },
    ],
    [
      'of the pointer',
      pointerSecret(target, 'here', 'key2', null, nowMs),
      {
        name: 'ai-services-active-key',
        value: 'key2',
        contentType: 'text/plain',
        tags: { ...service, ...address, 'keyturn-instance': 'here' },
        expiresAtMs: null,
      },
    ],
    [
      'of the endpoint',
      endpointSecret(target, 'https://contoso/', null, nowMs),
      {
        name: 'ai-services-endpoint',
        value: 'https://contoso/',
        contentType: 'text/plain',
        tags: { ...service, ...address },
        expiresAtMs: null,
      },
    ],
  ])('%s', (_, made, expected) => {
    expect(whole(made)).toEqual(expected);
  });
});

describe('the next version', () => {
  const before = {
    contentType: 'text/x-own',
    tags: { team: 'vision', service: 'mine', ProviderAddress: 'another', 'keyturn-account': 'old' },
  };
  it.each<[string, SecretToStore]>([
    ['of a key', keySecret(target, 'key1', key, before, nowMs)],
    ['of the direct value', directSecret(target, 'app-key', 'key1', key, before, nowMs)],
    ['of the pointer', pointerSecret(target, 'here', 'key1', before, nowMs)],
    ['of the endpoint', endpointSecret(target, 'https://contoso/', before, nowMs)],
  ])('%s keeps the content type and the tags of others, and says once whose it is', (_, { contentType, tags }) => {
    expect(contentType).toBe('text/x-own');
    expect(tags).toMatchObject({ team: 'vision', ...service, ...address });
    expect(tags).not.toHaveProperty('keyturn-account');
  });

  it.each<[string, SecretToStore]>([
    ['of the pointer', pointerSecret(all, 'here', 'key1', null, nowMs)],
    ['of the endpoint', endpointSecret(all, 'https://contoso/', null, nowMs)],
  ])('%s expires as a key does if the vault wants it of all', (_, { expiresAtMs }) => {
    expect(expiresAtMs).toBe(wholeMs + 90 * dayMs);
  });
});

describe('a secret with tags of others', () => {
  const foreign = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`team-${at}`, 'x']));
  it.each<[SecretPart, number, string[]]>([
    ['key1', 5, ['service', 'key-number', 'CredentialId', 'ValidityPeriodDays', 'ProviderAddress']],
    ['key2', 5, ['service', 'key-number', 'CredentialId', 'ValidityPeriodDays', 'ProviderAddress']],
    ['direct', 5, ['service', 'key-number', 'CredentialId', 'ValidityPeriodDays', 'ProviderAddress']],
    ['pointer', 3, ['service', 'keyturn-instance', 'ProviderAddress']],
    ['endpoint', 2, ['service', 'ProviderAddress']],
  ])('has room for Keyturn’s own of the %s as long as there are 15 with them', (part, own, names) => {
    expect(hasRoomForTags(part, foreign(15 - own))).toBe(true);
    expect(hasRoomForTags(part, foreign(15 - own + 1))).toBe(false);
    // What Keyturn writes itself takes no room of others.
    for (const name of [...names, 'keyturn-account'])
      expect(hasRoomForTags(part, { ...foreign(15 - own), [name]: 'x' })).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { carried, directSecret, endpointSecret, keySecret, pointerSecret } from '../../src/keys/key-secret.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const dayMs = 24 * 3_600_000;
const nowMs = Date.UTC(2026, 0, 5, 9) + 789;
const key = new SecretText('0123456789abcdef');
const target = buildTarget();
const before = { tags: { team: 'vision', service: 'mine' }, contentType: 'text/x-key' };

describe('the next version of a secret', () => {
  it('of a key carries foreign tags and the content type forward, and says where it comes from', () => {
    expect(keySecret(target, 'key2', key, before, nowMs)).toMatchObject({
      name: 'ai-services-key2',
      contentType: 'text/x-key',
      tags: {
        team: 'vision',
        service: 'cognitive-services',
        'key-number': '2',
        CredentialId: 'key2',
        ProviderAddress: target.account.armId,
        ValidityPeriodDays: '90',
      },
    });
  });
  it('of a key expires thirty days after its rotation is due, in whole seconds', () => {
    const { expiresAtMs } = keySecret(target, 'key1', key, null, nowMs);
    expect(expiresAtMs).toBe(nowMs - 789 + 90 * dayMs);
  });
  it('of a key keeps to the validity that the vault allows', () => {
    const strict = buildTarget({ policy: { maxValidityMs: 40 * dayMs } });
    expect(keySecret(strict, 'key1', key, null, nowMs).expiresAtMs).toBe(nowMs - 789 + 40 * dayMs);
  });
  it('of a key leaves out an account id that no tag can hold', () => {
    const armId = `/subscriptions/11111111-1111-1111-1111-111111111111/${'x'.repeat(300)}`;
    const long = buildTarget({ account: { ...target.account, armId } });
    expect(keySecret(long, 'key1', key, null, nowMs).tags.ProviderAddress).toBeUndefined();
  });
  it('of the direct value says which slot it holds', () => {
    expect(directSecret(target, 'app-key', 'key2', key, null, nowMs)).toMatchObject({
      name: 'app-key',
      tags: { CredentialId: 'key2' },
    });
  });
  it('of the pointer names the slot and the instance, and never expires', () => {
    const pointer = pointerSecret(target, 'here', 'key2', null, nowMs);
    expect(pointer.value.reveal()).toBe('key2');
    expect(pointer).toMatchObject({ tags: { 'keyturn-instance': 'here' }, expiresAtMs: null });
  });
  it('of pointer and endpoint expires if the vault wants it of all', () => {
    const all = buildTarget({ policy: { secretExpiry: 'all' } });
    expect(pointerSecret(all, 'here', 'key1', null, nowMs).expiresAtMs).not.toBeNull();
    expect(endpointSecret(all, 'https://contoso/', null, nowMs).expiresAtMs).not.toBeNull();
  });
  it('carries nothing from what cannot be read', () => expect(carried({ kind: 'disabled' })).toBeNull());
});

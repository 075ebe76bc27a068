import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/shared/fingerprint.ts';
import { parseAccountId, sameResource } from '../../src/shared/resource-id.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { isSlot, otherSlot } from '../../src/shared/slot.ts';

describe('a secret text', () => {
  const key = new SecretText('0123456789abcdef');
  for (const [says, text] of [
    ['in a template', `${key}`],
    ['in JSON', JSON.stringify({ key })],
    ['to the inspector', inspect({ key })],
  ] as const)
    it(`shows four characters ${says}`, () => {
      expect(text).toContain('****cdef');
      expect(text).not.toContain('0123');
    });
  it('shows nothing of a short text', () => expect(new SecretText('short').masked()).toBe('****'));
  it('gives its value only when asked', () => expect(key.reveal()).toBe('0123456789abcdef'));
});

describe('a fingerprint', () => {
  const print = (key: string, salt: string) => fingerprint(new SecretText(key), salt);
  it('is the same for the same key and salt', () => expect(print('a', 's')).toBe(print('a', 's')));
  it('differs from key to key', () => expect(print('a', 's')).not.toBe(print('b', 's')));
  it('differs from salt to salt', () => expect(print('a', 's')).not.toBe(print('a', 't')));
  it('has at least 96 bits', () => expect(print('a', 's')).toMatch(/^[0-9a-f]{24,}$/));
});

describe('an account id', () => {
  const id = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/a';
  for (const [says, text, parses] of [
    ['is the full id of an account', id, true],
    ['ignores case', id.toUpperCase(), true],
    ['is no id of a child', `${id}/deployments/d`, false],
    ['is no id of another provider', id.replace('CognitiveServices', 'Search'), false],
    ['is not a bare name', 'a', false],
  ] as const)
    it(says, () => expect(parseAccountId(text) !== null).toBe(parses));
  it('is the same resource in any case', () => expect(sameResource(id, id.toLowerCase())).toBe(true));
});

describe('a slot', () => {
  it('has one other', () => expect([otherSlot('key1'), otherSlot('key2')]).toEqual(['key2', 'key1']));
  for (const text of ['Key1', 'key3', '', 'key1 ']) it(`is not "${text}"`, () => expect(isSlot(text)).toBe(false));
});

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
  const id =
    '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai';
  const idIn = (group: string) => id.replace('/rg/', () => `/${group}/`);
  for (const [says, text, parses] of [
    ['is the full id of an account', id, true],
    ['ignores case', id.toUpperCase(), true],
    ['is no id of a child', `${id}/deployments/d`, false],
    ['is no id of another provider', id.replace('CognitiveServices', 'Search'), false],
    ['is not a bare name', 'a', false],
    ['has a group with letters of any script', idIn('Größe'), true],
    ['has a group of ideographs', idIn('東京-ai'), true],
    ['has a group with parentheses and periods', idIn('rg_(old).1-x'), true],
    ['has no group that ends with a period', idIn('rg.'), false],
    ['has no group of more than 90 characters', idIn('g'.repeat(91)), false],
    ['has no group with a symbol', idIn('rg+1'), false],
    ['has no carriage return at its end', `${id}\r`, false],
    ['has no line feed at its end', `${id}\n`, false],
    ['has no blank at its end', `${id} `, false],
    ['has no blank before it', ` ${id}`, false],
    ['has no no-break space in it', idIn('rg\u00a0x'), false],
    ['has no slash at its end', `${id}/`, false],
    ['begins with a slash', id.slice(1), false],
    ['has no percent escape', idIn('Gr%C3%B6%C3%9Fe'), false],
    ['has no percent escape in the account', id.replace(/ai$/, 'a%69'), false],
    ['has no placeholder for the subscription', id.replace(/1111.*?\//, '<subscription-id>/'), false],
    ['has no word for the subscription', id.replace(/1111.*?\//, 'SUBSCRIPTION/'), false],
    ['has no placeholder for the group', idIn('{resourceGroup}'), false],
    ['has no placeholder for the account', id.replace(/ai$/, '<name>'), false],
    ['has no unresolved variable for the account', id.replace(/ai$/, '$(account)'), false],
    ['has no account of one letter', id.replace(/ai$/, 'a'), false],
  ] as const)
    it(says, () => expect(parseAccountId(text) !== null).toBe(parses));
  it('is the same resource in any case', () => expect(sameResource(id, id.toLowerCase())).toBe(true));
});

describe('a slot', () => {
  it('has one other', () => expect([otherSlot('key1'), otherSlot('key2')]).toEqual(['key2', 'key1']));
  for (const text of ['Key1', 'key3', '', 'key1 ']) it(`is not "${text}"`, () => expect(isSlot(text)).toBe(false));
});

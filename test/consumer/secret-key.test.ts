/** A key shows in nothing that is logged. */
import { inspect } from 'node:util';
import { isKeyCredential } from '@azure/core-auth';
import { expect, it } from 'vitest';
import { LiveCredential, SecretKey } from '../../consumer/src/secret-key.ts';

const secret = new SecretKey('not-for-any-log');
const credential = new LiveCredential(() => secret);

it.each([
  ['a key', secret],
  ['a credential', credential],
])('%s shows itself neither as text, nor as JSON, nor to the inspector', (_name, shown) => {
  const texts = [
    `${shown}`,
    JSON.stringify({ shown }),
    JSON.stringify({ ...shown }),
    inspect({ shown }, { showHidden: true, getters: true, depth: 9 }),
    inspect(shown, { customInspect: false, showHidden: true, depth: 9 }),
    Object.keys(shown).join(),
  ];
  expect(texts.filter((text) => text.includes('not-for-any-log'))).toEqual([]);
});

it('a credential is one for the SDK, and gives the key of the moment', () => {
  let now = secret;
  const live = new LiveCredential(() => now);
  expect(isKeyCredential(live)).toBe(true);
  now = new SecretKey('the next');
  expect(live.key).toBe('the next');
});

import { describe, expect, it } from 'vitest';
import { newKey } from '../../local/simulated-azure/arm/cognitive-services/new-key.ts';
import { findSecrets } from './find-secrets.ts';

const key = newKey('signed-84', { location: 'westus', kind: 'OpenAI' }, Date.UTC(2026, 0, 5));
const header = Buffer.from('{"typ":"JWT","alg":"RS256"}').toString('base64url');
const token = `${header}.${Buffer.from('{"aud":"https://vault.azure.net"}').toString('base64url')}.c2lnbmF0dXJlLW9mLWEtdG9rZW4`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const percent = (text: string) => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
const escaped = (text: string) => [...text].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join('');

const find = (text: string) => findSecrets([key, token], [{ where: 'a log', text }]);

describe('the secret scan finds a key', () => {
  it.each([
    ['as it stands', `key=${key};`],
    ['cut to its first twelve characters', `got ${key.slice(0, 12)}… back`],
    ['of which twelve characters in the middle are left', `…${key.slice(40, 52)}…`],
    ['in base64', base64(key)],
    ['in base64 within other text', base64(`{"key":"${key}"}`)],
    ['in base64 that was cut', base64(`{"key":"${key}"}`).slice(3)],
    ['in url-safe base64', Buffer.from(`??>>${key}`).toString('base64url')],
    ['in a queue message', `<MessageText>${base64(JSON.stringify({ target: 'demo', key }))}</MessageText>`],
    ['in base64 twice', base64(base64(key))],
    ['in percent-encoding', percent(key)],
    ['in JSON escapes', escaped(key)],
    ['in JSON inside JSON, escaped', JSON.stringify({ body: `{"key":"${escaped(key)}"}` })],
    ['in hex', Buffer.from(key).toString('hex')],
    ['in percent-encoded base64', percent(base64(key))],
  ])('%s', (_, text) => {
    expect(find(text)).not.toEqual([]);
  });
});

it.each([
  ['a whole token', `Authorization: Bearer ${token}`],
  ['the claims of a token', token.split('.')[1] ?? ''],
  ['the signature of a token', token.split('.')[2] ?? ''],
])('the secret scan finds %s', (_, text) => {
  expect(find(text)).not.toEqual([]);
});

describe('the secret scan is content with', () => {
  it.each([
    ['a mask', `****${key.slice(-4)}`],
    ['eleven characters', key.slice(5, 16)],
    ['the header that all tokens have', header],
    ['another key', newKey('hex-32', { location: 'westus', kind: 'OpenAI' }, 0)],
  ])('%s', (_, text) => {
    expect(find(text)).toEqual([]);
  });
});

it('the secret scan finds any twelve characters of a key, wherever they stand in a run of others', () => {
  const missed: string[] = [];
  for (let lead = 0; lead <= 14; lead += 1)
    for (let from = 0; from + 12 <= key.length; from += 1) {
      const text = `${'-'.repeat(lead)}${key.slice(from, from + 12)}`;
      if (findSecrets([key], [{ where: 'a log', text }], 0).length === 0) missed.push(`${from} after ${lead}`);
    }
  expect(missed).toEqual([]);
});

it('says where it is and how to read it, and not what it is', () => {
  const [finding] = find(JSON.stringify({ body: base64(key) }));
  expect(finding).toMatchObject({ where: 'a log', readAs: 'base64' });
  expect(JSON.stringify(finding)).not.toContain(key.slice(0, 12));
});

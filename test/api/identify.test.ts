import { describe, expect, it } from 'vitest';
import { answering } from '../../src/api/answering.ts';
import type { Edge } from '../../src/api/edge.ts';
import { invocationLog } from '../../src/api/invocation-log.ts';
import type { App } from '../../src/app/contract.ts';
import type { SecretText } from '../../src/shared/secret-text.ts';
import { issued } from '../secret-scan/run-scan.ts';
import { endpointNamed } from './endpoint-named.ts';
import { fakeContext, fakeRequest, type RequestParts, toAnswer } from './fake-request.ts';

const identifyKey = endpointNamed('identify-key');

const json = { 'content-type': 'application/json' };
const key = '9f3c5a7e1b2d4c6f8a0e9f3c5a7e1b2d';
const longKey = 'Fq3v9XkP2mZt7RyWc4Hn8BdJ6sLgA1oTe5UiVx0KbNfMzQwErYQJQQJ99CACEhARQmXJ3w3AAABACOGz7Qk';
// The scan around this file finds them wherever they are told, logged or answered.
issued(key);
issued(longKey);

/** What one request led to: the key that the app was asked about, and everything that anybody can read of it. */
async function ask(request: RequestParts) {
  const asked: string[] = [];
  const lines: string[] = [];
  const app: Partial<App> = {
    identify: async (found: SecretText) => {
      asked.push(found.reveal());
      return { kind: 'unavailable', reason: 'identify-busy', detail: 'Later.', retryAfterMs: 5_000 };
    },
  };
  const edge: Edge = {
    app: async () => app as App,
    authorise: async () => ({ objectId: 'operator-1' }),
    log: invocationLog,
    newId: () => 'new-id',
  };
  const context = fakeContext('identify-key', lines);
  const path = '/api/leaks/identify';
  const answer = toAnswer(await answering(edge, identifyKey)(fakeRequest({ path, params: {}, ...request }), context));
  return { asked, answer, text: JSON.stringify([answer, lines]) };
}

describe('a key that was found', () => {
  it.each<[string, string, string]>([
    ['as it is', key, key],
    ['of today’s length', longKey, longKey],
    ['with blanks and a line break around it', `  ${key}\r\n`, key],
    ['with quotes and a comma, as in JSON', `"${key}",`, key],
    ['with escaped quotes, as in a log of JSON', `\\"${key}\\"`, key],
    ['with the quotes of a shell', `'${key}';`, key],
    ['with the quotes of a word processor', `“${key}”`, key],
    ['with the characters of base64', `${key}+/-_==`, `${key}+/-_==`],
  ])('is compared %s', async (_, written, compared) => {
    const { asked, answer } = await ask({ body: { key: written } });
    expect(asked).toEqual([compared]);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: { reason: 'identify-busy' } });
  });

  it.each<[string, RequestParts, unknown]>([
    ['that is too short', { body: { key: 'p4ssw0rd-short' } }, [{ field: 'key' }]],
    [
      'that is too short, however many blanks follow',
      { body: { key: `p4ssw0rd${' '.repeat(40)}` } },
      [{ field: 'key' }],
    ],
    ['that is too long', { body: { key: `p4ssw0rd${'y'.repeat(250)}` } }, [{ field: 'key' }]],
    ['with its name before it', { body: { key: `AZURE_AI_KEY=${key}` } }, [{ field: 'key' }]],
    ['in an address', { body: { key: `https://h/?subscription-key=${key}&x=1` } }, [{ field: 'key' }]],
    ['as a header', { body: { key: `Ocp-Apim-Subscription-Key:${key}` } }, [{ field: 'key' }]],
    ['in an element', { body: { key: `<key>${key}</key>` } }, [{ field: 'key' }]],
    ['in brackets', { body: { key: `(${key})` } }, [{ field: 'key' }]],
    ['at the end of a sentence', { body: { key: `${key}.` } }, [{ field: 'key' }]],
    ['in two pieces', { body: { key: `p4ssw0rd ${key.slice(0, 16)}` } }, [{ field: 'key' }]],
    ['that is no text', { body: { key: { p4ssw0rd: key } } }, [{ field: 'key' }]],
    ['as the body itself', { body: JSON.stringify(`p4ssw0rd${key}`), headers: json }, [{ field: '' }]],
    ['as a name', { body: { [`p4ssw0rd${key}`]: '' } }, [{ field: 'key' }, { field: '' }]],
    ['under another name', { body: { secret: `p4ssw0rd${key}` } }, [{ field: 'key' }, { field: '' }]],
  ])('is refused %s, and nothing of it comes back', async (_, request, errors) => {
    const { asked, answer, text } = await ask(request);
    expect(asked).toEqual([]);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'invalid-body', errors } });
    expect(text).not.toMatch(/p4ssw0rd|[0-9a-f]{16}/i);
  });

  it.each<[string, RequestParts]>([
    ['as text', { body: key }],
    ['in broken JSON', { body: `{"key":"${key}`, headers: json }],
    ['in the address', { path: `/api/leaks/identify?key=${key}`, body: { key } }],
    ['as a parameter of the address', { path: `/api/leaks/identify?${key}`, body: { key } }],
  ])('is refused %s, and nothing of it comes back', async (_, request) => {
    const { asked, answer, text } = await ask(request);
    expect(asked).toEqual([]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain(key);
  });
});

import { describe, expect, it } from 'vitest';
import { firstPage } from '../../src/app/targets/target-query.ts';
import { endpointNamed } from './endpoint-named.ts';
import { fakeRequest, toAnswer } from './fake-request.ts';

const { query } = endpointNamed('list-targets');

describe('the query of the list of targets', () => {
  it.each<[string, Record<string, string>, object]>([
    ['nothing', {}, { fields: 'all' }],
    ['states', { state: 'idle,drifted' }, { states: ['idle', 'drifted'] }],
    ['reasons of drift', { drift: 'key1-secret-differs' }, { drift: ['key1-secret-differs'] }],
    [
      'subscriptions in any case',
      { subscription: 'AAAAAAAA-1111-1111-1111-111111111111' },
      { subscriptions: ['aaaaaaaa-1111-1111-1111-111111111111'] },
    ],
    ['a text in any case', { text: 'AI-Contoso' }, { text: 'ai-contoso' }],
    ['an instant', { dueBefore: '2027-01-31T00:00:00Z' }, { dueBeforeMs: Date.UTC(2027, 0, 31) }],
    ['those for a person', { needsPerson: 'true' }, { needsPerson: true }],
    ['those for nobody', { needsPerson: 'false' }, { needsPerson: false }],
    ['another page', { sort: 'due', limit: '7', after: 'abc_-' }, { sort: 'due', limit: 7, after: 'abc_-' }],
  ])('reads %s', (_, given, expected) => {
    expect(query?.parse(given)).toMatchObject({ ...firstPage, ...expected });
  });

  it.each<[string, Record<string, string>]>([
    ['a state that there is none of', { state: 'idle,unheard-of' }],
    ['a subscription by name', { subscription: 'contoso-production' }],
    ['a day without a time', { dueBefore: '2027-01-31' }],
    ['too many at once', { limit: '10001' }],
    ['none at all', { limit: '0' }],
    ['another order', { sort: 'colour' }],
    ['a parameter of its own', { page: '2' }],
  ])('refuses %s', (_, given) => {
    expect(query?.safeParse(given).success).toBe(false);
  });
});

describe('a list that cannot be answered', () => {
  it.each([
    [
      'of a page of another list',
      { kind: 'unknown-page' },
      {
        field: 'after',
        found: 'a text that no list in this order answered',
        accepted: 'the next of an earlier answer to the same query',
      },
    ],
    [
      'of a finding that there is none of',
      { kind: 'unknown-drift', found: 'vault-stael', known: ['vault-stale', 'copy-stale'] },
      { field: 'drift', found: '"vault-stael"', accepted: 'reasons of drift: vault-stale, copy-stale' },
    ],
  ])('%s is 400 and says what may stand there', async (_, answer, problem) => {
    const app = { readPause: async () => null, listTargets: async () => answer };
    const asked = endpointNamed('list-targets').answer(fakeRequest({}) as never, app as never, { objectId: 'ada' });
    await expect(asked).rejects.toMatchObject({ problem: { status: 400, errors: [problem] } });
  });
});

describe('an answer that is asked for again', () => {
  const read = endpointNamed('read-target');
  const ask = async (state: string, seen: string | null) =>
    await read.answer(
      fakeRequest({ params: { name: 'contoso' }, headers: seen === null ? {} : { 'if-none-match': seen } }) as never,
      { readTarget: async () => ({ kind: 'found', target: { name: 'contoso', state } }) } as never,
      { objectId: 'ada' },
    );
  const tagOf = async (state: string) => new Headers((await ask(state, null)).headers).get('etag') ?? '';

  it('has the same tag as long as it is the same', async () => {
    expect(await tagOf('idle')).toMatch(/^"[0-9a-f]{32}"$/);
    expect(await tagOf('idle')).toBe(await tagOf('idle'));
    expect(await tagOf('idle')).not.toBe(await tagOf('rotating'));
  });

  it.each([
    ['that tag', (tag: string) => tag],
    ['that tag, marked as weak by a proxy', (tag: string) => `W/${tag}`],
    ['that tag among others', (tag: string) => `"other", ${tag}`],
    ['any', () => '*'],
  ])('is 304 without a body for %s', async (_, seen) => {
    const answer = await ask('idle', seen(await tagOf('idle')));
    expect(answer).toEqual({ status: 304, headers: { etag: await tagOf('idle') } });
  });

  it('is answered whole once it is another one', async () => {
    const { status, body, headers } = toAnswer(await ask('rotating', await tagOf('idle')));
    expect({ status, body }).toEqual({ status: 200, body: { name: 'contoso', state: 'rotating' } });
    expect(headers).toMatchObject({ 'content-type': 'application/json', etag: await tagOf('rotating') });
  });
});

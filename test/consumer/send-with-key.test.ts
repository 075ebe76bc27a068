/** What the shapes that hear of a 401 send, and send again. */
import { describe, expect, it } from 'vitest';
import { SecretKey } from '../../consumer/src/secret-key.ts';
import { keyFetch, keyPolicy } from '../../consumer/src/send-with-key.ts';

const first = new SecretKey('first');
const second = new SecretKey('second');
const url = 'https://contoso.cognitiveservices.azure.com/x';

/** @param other the key that the vault names after a 401 */
const keptKey = (other: SecretKey | null = second) => ({ current: async () => first, refused: async () => other });

/** A service that refuses the first key. */
function service() {
  const seen: { key: string | null; body: string; redirect: string | undefined }[] = [];
  const refusals: Response[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const key = request.headers.get('ocp-apim-subscription-key') ?? request.headers.get('authorization');
    seen.push({ key, body: await request.text(), redirect: init?.redirect });
    const isRefused = key?.includes('first') === true;
    const answer = new Response(isRefused ? 'refused' : 'fine', { status: isRefused ? 401 : 200 });
    if (isRefused) refusals.push(answer);
    return answer;
  };
  return { seen, refusals, fetch };
}

describe('fetch', () => {
  const bodies = {
    text: 'a body',
    bytes: new TextEncoder().encode('a body'),
    'a blob': new Blob(['a body']),
    'a form': new URLSearchParams({ a: 'body' }),
  };

  it.each(Object.entries(bodies))('sends %s again after a 401, with the other key', async (_name, body) => {
    const { seen, refusals, fetch } = service();
    const answer = await keyFetch(keptKey(), { fetch })(url, { method: 'POST', body });
    expect(answer.status).toBe(200);
    expect(seen.map(({ key }) => key)).toEqual(['first', 'second']);
    expect(seen[1]?.body).toBe(seen[0]?.body);
    // The refusal's body was let go, so that its connection is free.
    expect(refusals[0]?.bodyUsed).toBe(true);
  });

  it.each([
    ['a stream', { method: 'POST', body: new Blob(['a']).stream(), duplex: 'half' }, url],
    ['the body of a Request', undefined, new Request(url, { method: 'POST', body: 'a' })],
  ] as const)('answers the 401 itself if the body was %s', async (_name, init, input) => {
    const { seen, fetch } = service();
    const answer = await keyFetch(keptKey(), { fetch })(input, init as RequestInit);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toBe('refused');
    expect(seen).toHaveLength(1);
  });

  it('answers the 401 itself if the vault names no other key', async () => {
    const { seen, fetch } = service();
    expect(await (await keyFetch(keptKey(null), { fetch })(url)).text()).toBe('refused');
    expect(seen).toHaveLength(1);
  });

  it('keeps the headers of the call, or of its Request, and puts the key into the header that was asked for', async () => {
    const headers: Headers[] = [];
    const fetch: typeof globalThis.fetch = async (_input, init) => {
      headers.push(new Headers(init?.headers));
      return new Response();
    };
    await keyFetch(keptKey(), { fetch, header: 'Authorization' })(url, { headers: { 'x-a': '1' } });
    await keyFetch(keptKey(), { fetch, header: 'api-key' })(new Request(url, { headers: { 'x-a': '2' } }));
    expect(headers.map((each) => Object.fromEntries(each))).toEqual([
      { authorization: 'Bearer first', 'x-a': '1' },
      { 'api-key': 'first', 'x-a': '2' },
    ]);
  });

  it('takes the key to no other host by a redirect, unless the call says so', async () => {
    const { seen, fetch } = service();
    await keyFetch(keptKey(), { fetch })(url);
    await keyFetch(keptKey(), { fetch })(url, { redirect: 'follow' });
    expect(seen.map(({ redirect }) => redirect)).toEqual(['error', 'error', 'follow', 'follow']);
  });
});

describe('policy', () => {
  function pipeline(body: unknown) {
    const seen: (string | undefined)[] = [];
    const request = { headers: new Map<string, string>(), body };
    const answer = keyPolicy(keptKey(), { header: 'api-key' }).sendRequest(request, async ({ headers }) => {
      seen.push(headers.get('api-key'));
      return { status: headers.get('api-key') === 'first' ? 401 : 200 };
    });
    return { seen, answer };
  }

  it.each([
    ['text', '{}'],
    ['no body', undefined],
    ['a function', () => new Blob(['a']).stream()],
  ])('sends %s again after a 401, with the other key', async (_name, body) => {
    const { seen, answer } = pipeline(body);
    expect(await answer).toEqual({ status: 200 });
    expect(seen).toEqual(['first', 'second']);
  });

  it('sends no stream again', async () => {
    const { seen, answer } = pipeline(new Blob(['a']).stream());
    expect(await answer).toEqual({ status: 401 });
    expect(seen).toEqual(['first']);
  });
});

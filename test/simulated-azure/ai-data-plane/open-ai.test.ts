import { describe, expect, test } from 'vitest';
import { type Chat, type ErrorBody, json, type Listed, type Vectors } from './bodies.ts';
import { dataPlane, key1 } from './data-plane.ts';

const version = 'api-version=2024-10-21';
const chat = `/openai/deployments/chat/chat/completions?${version}`;
const vectors = `/openai/deployments/vectors/embeddings?${version}`;
const messages = [{ role: 'user', content: 'Tell me a joke' }];
const openAi = () => dataPlane({ kind: 'OpenAI' });

describe('Azure OpenAI', () => {
  test.each([`/openai/models?${version}`, '/openai/v1/models'])('lists models at %s', async (path) => {
    const { object, data } = await json<Listed>(openAi().call(path));
    expect(object).toBe('list');
    expect(data.map(({ id }) => id)).toContain('gpt-4.1-mini');
  });

  test('takes a key as bearer at the v1 API, where the OpenAI clients put it, and nowhere else', async () => {
    const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
    expect((await openAi().call('/openai/v1/models', bearer(key1))).status).toBe(200);
    const wrong = await openAi().call('/openai/v1/models', bearer('0'.repeat(32)));
    expect([wrong.status, (await json<ErrorBody>(wrong)).error.code]).toEqual([401, '401']);
    const dated = await openAi().call(`/openai/models?${version}`, bearer(key1));
    expect([dated.status, await dated.text()]).toEqual([401, expect.stringContaining('Access token is missing')]);
  });

  test('completes a chat, with filter results, usage and what is left of the rate limits', async () => {
    const plane = openAi();
    const response = await plane.call(chat, { body: { messages } });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'x-ms-region': 'East US 2',
      'x-ratelimit-limit-requests': '120',
      'x-ratelimit-limit-tokens': '120000',
      'x-ratelimit-remaining-requests': '119',
      'x-ratelimit-reset-requests': '500',
    });
    const body = await json<Chat>(response);
    expect(body).toMatchObject({ object: 'chat.completion', model: 'gpt-4.1-mini-2025-04-14' });
    expect(body.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant', refusal: null } });
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + body.usage.completion_tokens);
  });

  test('takes two slashes before the path for one, as clients with a slash after the endpoint send them', async () => {
    expect((await openAi().call(`/${chat}`, { body: { messages } })).status).toBe(200);
  });

  test('streams the same chat as server-sent events: prompt filter first, [DONE] last', async () => {
    const plane = openAi();
    const whole = await json<Chat>(plane.call(chat, { body: { messages } }));
    const response = await plane.call(chat, {
      body: { messages, stream: true, stream_options: { include_usage: true } },
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = (await response.text()).split('\n\n').filter((each) => each !== '');
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks: Chat[] = events.slice(0, -1).map((each) => JSON.parse(each.slice('data: '.length)));
    expect(chunks[0]).toMatchObject({ id: '', model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(chunks.at(-1)?.usage).toEqual(whole.usage);
  });

  test.each([
    ['/openai/v1/chat/completions', { model: 'chat', messages }],
    [`/models/chat/completions?${version}`, { model: 'chat', messages }],
    ['/openai/v1/embeddings', { model: 'vectors', input: 'a' }],
  ])('takes the deployment from the body at %s', async (path, body) => {
    const plane = dataPlane();
    const host = 'contoso-ai.services.ai.azure.com';
    expect((await plane.call(path, { host, body })).status).toBe(200);
  });

  test('embeds as numbers and as base64 of the same numbers', async () => {
    const plane = openAi();
    const numbers = await json<Vectors<number[]>>(plane.call(vectors, { body: { input: ['one', 'two'] } }));
    const base64 = await json<Vectors<string>>(
      plane.call(vectors, { body: { input: ['one', 'two'], encoding_format: 'base64' } }),
    );
    expect(numbers.data).toHaveLength(2);
    expect(numbers.data[0]?.embedding).toHaveLength(3072);
    // 16384 characters: what the recorded base64 of 3072 floats has.
    expect(base64.data[0]?.embedding).toHaveLength(16_384);
    const bytes = Buffer.from(base64.data[1]?.embedding ?? '', 'base64');
    expect(bytes.readFloatLE(400)).toBe(numbers.data[1]?.embedding[100]);
    expect(Math.hypot(...(numbers.data[0]?.embedding ?? []))).toBeCloseTo(1);
  });

  test('answers an unknown deployment with the recorded 404, which has no content type', async () => {
    const response = await openAi().call(`/openai/deployments/nobody/chat/completions?${version}`, {
      body: { messages },
    });
    expect(response.status).toBe(404);
    expect(response.headers.has('content-type')).toBe(false);
    expect(Object.keys((await json<ErrorBody>(response)).error)).toEqual(['type', 'code', 'message']);
  });

  test.each([
    ['a chat without messages', chat, {}, 'invalid_request_error'],
    ['embeddings without input', vectors, {}, 'invalid_request_error'],
  ])('refuses %s', async (_, path, body, type) => {
    const response = await openAi().call(path, { body });
    expect(response.status).toBe(400);
    expect((await json<ErrorBody>(response)).error.type).toBe(type);
  });

  test('refuses a chat with an embedding model', async () => {
    const response = await openAi().call(`/openai/deployments/vectors/chat/completions?${version}`, {
      body: { messages },
    });
    expect(response.status).toBe(400);
    expect((await json<ErrorBody>(response)).error.code).toBe('OperationNotSupported');
  });

  test('throttles past the deployment’s rate, says how long, and lets in again after that', async () => {
    const plane = openAi();
    for (let sent = 0; sent < 120; sent += 1) await plane.call(chat, { body: { messages } });
    const refused = await plane.call(chat, { body: { messages } });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('policy-id')).toBe('DeploymentRatelimit-Call');
    expect((await json<ErrorBody>(refused)).error.code).toBe('429');
    await plane.clock.advance(Number(refused.headers.get('retry-after')) * 1000);
    expect((await plane.call(chat, { body: { messages } })).status).toBe(200);
  });
});

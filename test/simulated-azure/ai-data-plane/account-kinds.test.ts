import { describe, expect, test } from 'vitest';
import { accountKinds } from '../../../src/keys/account-kinds.ts';
import { keyCall } from '../../../src/keys/account-probe.ts';
import { type DataPlane, dataPlane, key1, principalId } from './data-plane.ts';

/** Every kind that has a call, with it. */
const kinds = Object.keys(accountKinds).flatMap((kind) => {
  const host = kind === 'OpenAI' ? 'openai' : 'cognitiveservices';
  const call = keyCall({ kind, endpoint: `https://contoso-ai.${host}.azure.com/` });
  return call === null ? [] : [[kind, call] as const];
});

type Call = (typeof kinds)[number][1];

function send(plane: DataPlane, { path, body }: Call, headers: Record<string, string>, host?: string) {
  const content = body === null ? {} : { body: typeof body.content === 'string' ? body.content : 'an image' };
  return plane.call(path, { headers, ...content, ...(host === undefined ? {} : { host }) });
}

const region = { 'ocp-apim-subscription-region': 'eastus2' };

describe.each(kinds)('an account of kind %s', (kind, call) => {
  test('accepts its key as Keyturn sends it', async () => {
    const response = await send(dataPlane({ kind }), call, { [call.keyHeader]: key1, ...region });
    expect(response.status).toBe(200);
    expect(call.succeeded(await response.json())).toBe(true);
  });

  test('refuses another key by the recorded answer of 224 bytes', async () => {
    const response = await send(dataPlane({ kind }), call, { [call.keyHeader]: 'wrong', ...region });
    expect([response.status, (await response.text()).length]).toEqual([401, 224]);
  });

  test('accepts a token whose identity has the data action', async () => {
    const plane = dataPlane({ kind, dataActions: [call.dataAction] });
    const response = await send(plane, call, await plane.bearer());
    expect(call.succeeded(await response.json())).toBe(true);
  });

  test('names the data action to a token without it', async () => {
    const plane = dataPlane({ kind });
    const response = await send(plane, call, await plane.bearer());
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect([response.status, error.code]).toEqual([401, 'PermissionDenied']);
    expect(error.message).toContain(`The principal ${principalId} lacks the required data action ${call.dataAction} `);
  });

  test("does not have another kind's call", async () => {
    const other = kind === 'Face' ? 'ContentSafety' : 'Face';
    const [, foreign] = kinds.find(([name]) => name === other) ?? [];
    if (foreign === undefined) throw new TypeError(other);
    const isMulti = kind === 'AIServices' || kind === 'CognitiveServices';
    const response = await send(dataPlane({ kind }), foreign, { [foreign.keyHeader]: key1, ...region });
    expect(response.status).toBe(isMulti ? 200 : 401);
    expect(response.headers.has('www-authenticate')).toBe(!isMulti);
  });
});

test('Translator takes the key of an account in a region only with the name of the region', async () => {
  const call = kinds.find(([kind]) => kind === 'TextTranslation')?.[1];
  if (call === undefined) throw new TypeError('no call of Translator');
  const response = await send(dataPlane({ kind: 'TextTranslation' }), call, { [call.keyHeader]: key1 });
  expect([response.status, await response.json()]).toEqual([
    401,
    {
      error: {
        code: 401000,
        message: 'The request is not authorized because credentials are missing or invalid.',
      },
    },
  ]);
});

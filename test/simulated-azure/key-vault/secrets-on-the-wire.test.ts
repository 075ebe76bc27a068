import { expect, test } from 'vitest';
import { noonSeconds, officer, setUp, vaultUrl } from './vault-world.ts';

const v = 'api-version=7.6';
const attributes = {
  enabled: true,
  created: noonSeconds,
  updated: noonSeconds,
  recoveryLevel: 'Recoverable+Purgeable',
  recoverableDays: 90,
};

interface Body {
  readonly id: string;
  readonly value: unknown;
  readonly nextLink: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly innererror?: { readonly code: string } };
}

async function read(response: Response): Promise<Body> {
  return (await response.json()) as Body;
}

function notFound(name: string) {
  return {
    error: {
      code: 'SecretNotFound',
      message: `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
    },
  };
}

test('members come in the recorded order', async () => {
  const { send } = setUp();
  const body = { value: 'v', contentType: 'text/plain', tags: { a: '1' }, attributes: { exp: 2_000_000_000, nbf: 1 } };
  const text = await (await send('PUT', `/secrets/a?${v}`, body)).text();
  const version = /"id":"[^"]+\/([0-9a-f]{32})"/.exec(text)?.[1];
  const { enabled, ...later } = attributes;
  const shown = { enabled, nbf: 1, exp: 2_000_000_000, ...later };
  const id = `${vaultUrl}/secrets/a/${version}`;
  expect(text).toBe(JSON.stringify({ value: 'v', contentType: 'text/plain', id, attributes: shown, tags: { a: '1' } }));
});

test('a version newer than all is answered as the newest, one that never was is refused', async () => {
  const { send } = setUp();
  const first = await read(await send('PUT', `/secrets/a?${v}`, { value: 'v' }));
  const second = await send('PUT', '/secrets/a?api-version=2031-01-01-preview', { value: 'w' });
  expect(await second.json()).toMatchObject({ previousVersion: first.id.split('/').at(-1) });
  expect((await send('GET', '/secrets/a?api-version=7.9')).status).toBe(400);
});

test('every answer carries the Key Vault headers, and 204 no content type', async () => {
  const { send } = setUp();
  await send('PUT', `/secrets/a?${v}`, { value: 'v' });
  await send('DELETE', `/secrets/a?${v}`);
  const response = await send('DELETE', `/deletedsecrets/a?${v}`);
  expect(response.status).toBe(204);
  expect(response.headers.has('content-type')).toBe(false);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'cache-control': 'no-cache',
    'x-ms-keyvault-region': 'eastus',
    'x-ms-keyvault-service-version': expect.stringMatching(/^\d+(\.\d+){3}$/),
    'x-ms-keyvault-network-info': 'conn_type=Ipv4;addr=203.0.113.10;act_addr_fam=InterNetwork;',
    'x-ms-keyvault-rbac-assignment-id': 'dddddddd-0000-4000-8000-000000000001',
    'x-ms-keyvault-rbac-cache': expect.any(String),
    'x-ms-request-id': expect.any(String),
  });
  expect(response.headers.has('x-ms-client-request-id')).toBe(false);
});

test('trailing and double slashes, and the case of names, do not matter', async () => {
  const { send } = setUp();
  await send('PUT', `//secrets/Mixed?${v}`, { value: 'v' });
  for (const path of ['/secrets/mixed', '/secrets/MIXED/', '//secrets/Mixed/', '/SECRETS/Mixed']) {
    expect((await send('GET', `${path}?${v}`)).status).toBe(200);
  }
  await send('PATCH', `/secrets/mixed/?${v}`, { tags: { a: '1' } });
  expect(await read(await send('GET', `/secrets/mixed?${v}`))).toMatchObject({ tags: { a: '1' } });
});

test.each([
  ['2016-10-01', { value: 'two' }, {}],
  ['7.0', { value: 'two' }, {}],
  ['7.1', { value: 'two' }, { recoverableDays: 90 }],
  ['2025-07-01', { value: 'two', previousVersion: expect.stringMatching(/^[0-9a-f]{32}$/) }, { recoverableDays: 90 }],
])('api-version %s shows its own members', async (apiVersion, members, days) => {
  const { send } = setUp();
  await send('PUT', `/secrets/a?${v}`, { value: 'one' });
  await send('PUT', `/secrets/a?${v}`, { value: 'two' });
  const { recoverableDays: _days, ...older } = attributes;
  expect(await read(await send('GET', `/secrets/a?api-version=${apiVersion}`))).toEqual({
    ...members,
    id: expect.any(String),
    attributes: { ...older, ...days },
  });
});

test('a shorter retention is told by another recovery level', async () => {
  const { send } = setUp({ vault: { softDeleteDays: 7 } });
  expect(await read(await send('PUT', `/secrets/a?${v}`, { value: 'v' }))).toMatchObject({
    attributes: { recoveryLevel: 'CustomizedRecoverable+Purgeable', recoverableDays: 7 },
  });
});

test('a vault without soft delete deletes for good', async () => {
  const { send } = setUp({ vault: { softDeleteDays: 0 } });
  await send('PUT', `/secrets/a?api-version=7.0`, { value: 'v' });
  const deleted = await read(await send('DELETE', `/secrets/a?api-version=7.0`));
  expect(deleted).toMatchObject({ attributes: { recoveryLevel: 'Purgeable' } });
  expect(deleted).not.toHaveProperty('recoveryId');
  expect(await read(await send('GET', `/secrets/a?api-version=7.0`))).toEqual({
    error: { code: 'SecretNotFound', message: 'Secret not found: a' },
  });
});

test('a disabled secret is not read, and can be enabled again', async () => {
  const { send } = setUp();
  await send('PUT', `/secrets/a?${v}`, { value: 'v' });
  await send('PATCH', `/secrets/a?${v}`, { attributes: { enabled: false } });
  const refused = await send('GET', `/secrets/a?${v}`);
  expect(refused.status).toBe(403);
  expect(await read(refused)).toEqual({
    error: {
      code: 'Forbidden',
      message: 'Operation get is not allowed on a disabled secret.',
      innererror: { code: 'SecretDisabled' },
    },
  });
  await send('PATCH', `/secrets/a?${v}`, { attributes: { enabled: true } });
  expect((await send('GET', `/secrets/a?${v}`)).status).toBe(200);
});

test('dates in the past inform and do not block', async () => {
  const { send } = setUp();
  await send('PUT', `/secrets/a?${v}`, { value: 'v', attributes: { nbf: 1, exp: 2 } });
  expect((await send('GET', `/secrets/a?${v}`)).status).toBe(200);
});

test.each([
  ['GET', '/secrets/a', 'a'],
  ['GET', '/secrets/a/', 'a'],
  ['GET', '/secrets/a/0123456789abcdef0123456789abcdef', 'a'],
  ['PATCH', '/secrets/a', 'a'],
  ['DELETE', '/secrets/a', 'a'],
  ['POST', '/secrets/a/backup', 'a'],
  ['POST', '/deletedsecrets/a/recover', 'a'],
])('%s %s of an unknown secret is SecretNotFound', async (method, path, name) => {
  const { send } = setUp();
  const response = await send(method, `${path}?${v}`, method === 'PATCH' ? {} : undefined);
  expect(response.status).toBe(404);
  expect(await read(response)).toEqual(notFound(name));
});

test('an unknown version is named with its secret', async () => {
  const { send } = setUp();
  await send('PUT', `/secrets/a?${v}`, { value: 'v' });
  const version = '0123456789abcdef0123456789abcdef';
  expect(await read(await send('GET', `/secrets/a/${version}?${v}`))).toEqual(notFound(`a/${version}`));
});

test.each(['GET', 'DELETE'])('%s of an unknown deleted secret has its own text', async (method) => {
  const { send } = setUp();
  const response = await send(method, `/deletedsecrets/a?${v}`);
  expect(response.status).toBe(404);
  expect(await read(response)).toEqual({ error: { code: 'SecretNotFound', message: 'Deleted Secret not found: a' } });
});

test('versions of an unknown secret are an empty list', async () => {
  const { send } = setUp();
  expect(await (await send('GET', `/secrets/a/versions?${v}`)).text()).toBe('{"value":[],"nextLink":null}');
});

test.each([
  ['no value', {}],
  ['a value that is no text', { value: 1 }],
  ['a value over 25 kB', { value: 'x'.repeat(25_601) }],
  ['a content type over 255 characters', { value: 'v', contentType: 'x'.repeat(256) }],
  ['16 tags', { value: 'v', tags: Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`t${index}`, ''])) }],
  ['a tag name over 256 characters', { value: 'v', tags: { ['x'.repeat(257)]: '' } }],
  ['a tag value over 256 characters', { value: 'v', tags: { a: 'x'.repeat(257) } }],
  ['a fraction of a second', { value: 'v', attributes: { exp: 1.5 } }],
])('%s is a bad parameter, and nothing is stored', async (_what, body) => {
  const { send, vault } = setUp();
  const response = await send('PUT', `/secrets/a?${v}`, body);
  expect(response.status).toBe(400);
  expect(await read(response)).toEqual({
    error: { code: 'BadParameter', message: 'Property  has invalid value\r\n' },
  });
  expect(vault.secrets).toEqual([]);
});

test('everything at its limit is accepted, and so is an empty value', async () => {
  const { send } = setUp();
  const tags = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`t${index}`, 'x'.repeat(256)]));
  const body = { value: 'x'.repeat(25_600), contentType: 'x'.repeat(255), tags };
  expect((await send('PUT', `/secrets/${'n'.repeat(127)}?${v}`, body)).status).toBe(200);
  expect((await send('PUT', `/secrets/a?${v}`, { value: '' })).status).toBe(200);
});

test.each(['under_score', 'n'.repeat(128), 'dot.ted'])('the name %s is invalid', async (name) => {
  const { send } = setUp();
  const response = await send('PUT', `/secrets/${name}?${v}`, { value: 'v' });
  expect(response.status).toBe(400);
  expect(await read(response)).toEqual({
    error: { code: 'BadParameter', message: `The request URI contains an invalid name: ${name}` },
  });
});

test.each(['', '?api-version=6.0'])('the query %j has no api-version that Key Vault knows', async (query) => {
  const { send } = setUp();
  const response = await send('GET', `/secrets/a${query}`);
  expect(response.status).toBe(400);
  expect((await read(response)).error.code).toBe('BadParameter');
});

test('a malformed backup is told by an error code with blanks', async () => {
  const { send } = setUp();
  const response = await send('POST', `/secrets/restore?${v}`, { value: 'A'.repeat(4_000) });
  expect(response.status).toBe(400);
  expect(await read(response)).toEqual({
    error: { code: 'Malformed backup blob', message: 'Backup blob contains invalid or corrupt version.' },
  });
});

test('a backup is one opaque text, and does not replace a live secret', async () => {
  const { send } = setUp();
  await send('PUT', `/secrets/a?${v}`, { value: 'the-value' });
  const backup = await read(await send('POST', `/secrets/a/backup?${v}`));
  expect(backup).toEqual({ value: expect.stringMatching(/^KUF6dXJlS2V5VmF1bHRTZWNyZXRCYWNrdXBWMS5taWNyb3NvZnQuY29t/) });
  const response = await send('POST', `/secrets/restore?${v}`, { value: backup.value });
  expect(response.status).toBe(409);
});

test('the client request id comes back when one was sent', async () => {
  const { azure, tokenFor } = setUp();
  const headers = { authorization: `Bearer ${await tokenFor(officer)}`, 'x-ms-client-request-id': 'mine' };
  const request = new Request(`${vaultUrl}/secrets/a?${v}`, { headers });
  const response = await azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'one' });
  expect(response.headers.get('x-ms-client-request-id')).toBe('mine');
});

test('if every secret must expire, one without a date is refused', async () => {
  const { send } = setUp({ vault: { expiryRequired: true } });
  const refused = await send('PUT', `/secrets/a?${v}`, { value: 'v' });
  expect(refused.status).toBe(403);
  expect((await read(refused)).error.message).toContain('disallowed by policy');
  expect((await send('PUT', `/secrets/a?${v}`, { value: 'v', attributes: { exp: 1 } })).status).toBe(200);
});

test('a validity longer than the policy allows is refused, on an update too', async () => {
  const { send } = setUp({ vault: { maxValidityDays: 90 } });
  const exp = noonSeconds + 90 * 86_400;
  expect((await send('PUT', `/secrets/a?${v}`, { value: 'v', attributes: { exp } })).status).toBe(200);
  expect((await send('PUT', `/secrets/a?${v}`, { value: 'v', attributes: { exp: exp + 1 } })).status).toBe(403);
  expect((await send('PATCH', `/secrets/a?${v}`, { attributes: { exp: exp + 1 } })).status).toBe(403);
  expect(await read(await send('GET', `/secrets/a?${v}`))).toMatchObject({ attributes: { exp } });
});

test('a read-only vault reads, lists and backs up, and writes nothing', async () => {
  const { send, vault } = setUp();
  await send('PUT', `/secrets/a?${v}`, { value: 'v' });
  vault.readOnly = true;
  for (const path of ['/secrets/a', '/secrets', '/secrets/a/versions', '/deletedsecrets']) {
    expect((await send('GET', `${path}?${v}`)).status).toBe(200);
  }
  expect((await send('POST', `/secrets/a/backup?${v}`)).status).toBe(200);
  const refused = await send('PUT', `/secrets/a?${v}`, { value: 'w' });
  expect(refused.status).toBe(403);
  expect((await read(refused)).error.message).toContain('read-only');
  expect((await send('DELETE', `/secrets/a?${v}`)).status).toBe(403);
});

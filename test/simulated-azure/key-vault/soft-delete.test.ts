import { expect, test } from 'vitest';
import { noonSeconds, setUp, vaultUrl } from './vault-world.ts';

const v = 'api-version=7.6';
const transitionMs = 6_000;

async function answer(response: Response) {
  const body = (await response.json()) as { error?: { innererror?: { code: string }; message: string } };
  return { status: response.status, inner: body.error?.innererror?.code, message: body.error?.message, body };
}

async function withSecret() {
  const vault = setUp({ transitionMs });
  await vault.send('PUT', `/secrets/a?${v}`, { value: 'v' });
  return vault;
}

test('deleting answers at once with id, version and dates, and without the value', async () => {
  const { send } = await withSecret();
  const { status, body } = await answer(await send('DELETE', `/secrets/a?${v}`));
  expect(status).toBe(200);
  expect(Object.keys(body)).toEqual(['recoveryId', 'deletedDate', 'scheduledPurgeDate', 'id', 'attributes']);
  expect(body).toMatchObject({
    recoveryId: `${vaultUrl}/deletedsecrets/a`,
    deletedDate: noonSeconds,
    scheduledPurgeDate: noonSeconds + 90 * 86_400,
    id: expect.stringMatching(/\/secrets\/a\/[0-9a-f]{32}$/),
  });
});

test('while it is being deleted a secret is nowhere, and its name is taken', async () => {
  const { send, clock } = await withSecret();
  await send('DELETE', `/secrets/a?${v}`);
  await clock.advance(transitionMs - 1);
  expect(await answer(await send('GET', `/secrets/a?${v}`))).toMatchObject({ status: 404 });
  expect(await answer(await send('GET', `/deletedsecrets/a?${v}`))).toMatchObject({
    status: 404,
    message: 'Deleted Secret not found: a',
  });
  const conflict = { status: 409, inner: 'ObjectIsBeingDeleted' };
  expect(await answer(await send('PUT', `/secrets/a?${v}`, { value: 'w' }))).toMatchObject(conflict);
  expect(await answer(await send('DELETE', `/deletedsecrets/a?${v}`))).toMatchObject(conflict);
  expect(await answer(await send('POST', `/deletedsecrets/a/recover?${v}`))).toMatchObject(conflict);
  await clock.advance(1);
  expect((await send('GET', `/deletedsecrets/a?${v}`)).status).toBe(200);
});

test('once deleted its name can only be recovered or purged', async () => {
  const { send, clock } = await withSecret();
  await send('DELETE', `/secrets/a?${v}`);
  await clock.advance(transitionMs);
  expect(await answer(await send('PUT', `/secrets/a?${v}`, { value: 'w' }))).toMatchObject({
    status: 409,
    inner: 'ObjectIsDeletedButRecoverable',
    message:
      'Secret a is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.',
  });
  expect((await send('DELETE', `/deletedsecrets/a?${v}`)).status).toBe(204);
  expect((await send('PUT', `/secrets/a?${v}`, { value: 'w' })).status).toBe(200);
});

test('while it is being recovered a secret is not found, and cannot be written', async () => {
  const { send, clock } = await withSecret();
  await send('DELETE', `/secrets/a?${v}`);
  await clock.advance(transitionMs);
  const recovering = await answer(await send('POST', `/deletedsecrets/a/recover?${v}`));
  expect(recovering.status).toBe(200);
  expect(Object.keys(recovering.body)).toEqual(['id', 'attributes']);
  expect(await answer(await send('GET', `/secrets/a?${v}`))).toMatchObject({ status: 404 });
  expect(await answer(await send('GET', `/secrets?${v}`))).toMatchObject({ body: { value: [], nextLink: null } });
  expect(await answer(await send('PUT', `/secrets/a?${v}`, { value: 'w' }))).toMatchObject({
    status: 409,
    inner: 'ObjectIsBeingRecovered',
    message: 'Secret a is currently being recovered and cannot be re-created; retry later.',
  });
  await clock.advance(transitionMs);
  expect(await answer(await send('GET', `/secrets/a?${v}`))).toMatchObject({ status: 200, body: { value: 'v' } });
});

test('when its retention ends the vault purges it and frees the name', async () => {
  const { send, clock } = await withSecret();
  await send('DELETE', `/secrets/a?${v}`);
  await clock.advance(90 * 86_400_000 - 1);
  expect((await send('GET', `/deletedsecrets/a?${v}`)).status).toBe(200);
  await clock.advance(1);
  expect((await send('GET', `/deletedsecrets/a?${v}`)).status).toBe(404);
  expect((await send('PUT', `/secrets/a?${v}`, { value: 'w' })).status).toBe(200);
});

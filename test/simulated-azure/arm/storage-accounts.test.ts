import { expect, it } from 'vitest';
import { groupId, openArm, subscriptionId } from './open-arm.ts';

const subscription = `/subscriptions/${subscriptionId}`;
const accounts = 'providers/Microsoft.Storage/storageAccounts';
const newest = '2025-06-01';

it.each([
  ['a subscription', subscription, newest],
  ['a group', groupId, newest],
  ['a group, for an older client', groupId, '2016-01-01'],
])('the storage accounts of %s are none', async (_, scope, version) => {
  const { send } = openArm();
  expect(await send('GET', `${scope}/${accounts}?api-version=${version}`)).toMatchObject({
    status: 200,
    body: { value: [] },
  });
});

it.each<[string, scope: string, version: string, asked: 'owner' | 'guest', status: number, code: string]>([
  ['in a version that the provider never had', subscription, '2023-02-01', 'owner', 404, 'InvalidResourceType'],
  ['in a group that is not there', `${groupId}-x`, newest, 'owner', 404, 'ResourceGroupNotFound'],
  ['without the right to read', groupId, newest, 'guest', 403, 'AuthorizationFailed'],
])('the storage accounts are not listed %s', async (_, scope, version, asked, status, code) => {
  const { send, tokenOf } = openArm();
  const answer = await send('GET', `${scope}/${accounts}?api-version=${version}`, { token: await tokenOf(asked) });
  expect([answer.status, answer.body]).toMatchObject([status, { error: { code } }]);
});

it('the list of all resources is asked for storage accounts, too', async () => {
  const { send } = openArm();
  const filter = encodeURIComponent("resourceType eq 'Microsoft.Storage/storageAccounts'");
  const answer = await send('GET', `${subscription}/resources?$filter=${filter}&api-version=2021-04-01`);
  expect(answer.body).toEqual({ value: [] });
});

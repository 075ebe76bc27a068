import { describe, expect, it } from 'vitest';
import { account, accountId, group, openArm } from './open-arm.ts';

describe('account keys', () => {
  it('listKeys answers both keys, in the format of today', async () => {
    const keys = await openArm().cognitive().accounts.listKeys(group, account);
    expect(keys.key1).toMatch(/^[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{9}XJ3w3AAA[A-Z]ACOG[A-Za-z0-9]{4}$/);
    expect(keys.key1).toHaveLength(84);
    expect(keys.key2).not.toBe(keys.key1);
  });

  it.each([
    ['Key1', 'key1', 'key2'],
    ['Key2', 'key2', 'key1'],
    ['kEy2', 'key2', 'key1'],
  ] as const)('regenerateKey %s makes that key again and leaves the other', async (keyName, made, left) => {
    const { accounts } = openArm().cognitive();
    const before = await accounts.listKeys(group, account);
    const answered = await accounts.regenerateKey(group, account, keyName as 'Key1');
    expect(answered[made]).not.toBe(before[made]);
    expect(answered[left]).toBe(before[left]);
    expect(await accounts.listKeys(group, account)).toMatchObject({ key1: answered.key1, key2: answered.key2 });
  });

  it('a key of 32 hex digits is followed by another such key', async () => {
    const keys = { key1: '1'.repeat(32), key2: '2'.repeat(32) };
    const { accounts } = openArm({ accounts: [{ name: account, resourceGroup: group, keys }] }).cognitive();
    const answered = await accounts.regenerateKey(group, account, 'Key1');
    expect(answered).toMatchObject({ key1: expect.stringMatching(/^[0-9a-f]{32}$/), key2: keys.key2 });
    expect(answered.key1).not.toBe(keys.key1);
  });

  it.each([{ keyName: 'Key3' }, { keyName: 1 }, {}])('regenerateKey refuses %j', async (body) => {
    const { send, world } = openArm();
    const answer = await send('POST', `${accountId}/regenerateKey?api-version=2025-09-01`, { body });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BadRequest' } } });
    expect(world.accounts[0]?.keys).toHaveLength(2);
  });

  it('the lagging replica answers old keys first, then by turns, until its lag has passed', async () => {
    const { cognitive, clock } = openArm({ pace: { listKeysStaleMs: 1_000 } });
    const { accounts } = cognitive();
    const old = (await accounts.listKeys(group, account)).key1;
    const made = (await accounts.regenerateKey(group, account, 'Key1')).key1;
    const look = async () => (await accounts.listKeys(group, account)).key1;
    expect([await look(), await look(), await look()]).toEqual([old, made, old]);
    await clock.advance(1_000);
    expect([await look(), await look(), await look()]).toEqual([made, made, made]);
  });

  it('the world keeps every key, with the instant at which it was replaced', async () => {
    const { cognitive, clock, world } = openArm();
    await clock.advance(5_000);
    await cognitive().accounts.regenerateKey(group, account, 'Key2');
    const nowMs = clock.nowMs();
    expect(world.accounts[0]?.keys).toMatchObject([
      { slot: 'key1', replacedAtMs: null },
      { slot: 'key2', replacedAtMs: nowMs },
      { slot: 'key2', issuedAtMs: nowMs, replacedAtMs: null },
    ]);
  });

  it('keys cannot be listed or recreated while local auth is disabled', async () => {
    const { accounts } = openArm({
      accounts: [{ name: account, resourceGroup: group, disableLocalAuth: true }],
    }).cognitive();
    const refusal = { statusCode: 400, code: 'BadRequest', message: expect.stringContaining('disableLocalAuth') };
    await expect(accounts.listKeys(group, account)).rejects.toMatchObject(refusal);
    await expect(accounts.regenerateKey(group, account, 'Key1')).rejects.toMatchObject(refusal);
  });

  it('a 202 that was put in place of the answer has changed the key all the same', async () => {
    const { azure, cognitive, world } = openArm();
    azure.faults.add({
      method: 'POST',
      matches: /regenerateKey$/,
      times: 1,
      fault: { kind: 'answer', applied: true, status: 202, headers: {}, body: '' },
    });
    await expect(cognitive().accounts.regenerateKey(group, account, 'Key1')).rejects.toThrow();
    expect(world.accounts[0]?.keys).toHaveLength(3);
  });

  it('an account that is not there is the gateway’s 404', async () => {
    await expect(openArm().cognitive().accounts.listKeys(group, 'nobody')).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
    });
  });
});

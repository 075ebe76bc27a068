import { beforeAll, describe, expect, it } from 'vitest';
import type { Accounts, KeyPair } from '../../src/keys/ports.ts';
import type { Fence } from '../../src/shared/fence.ts';
import { type AccountId, parseAccountId } from '../../src/shared/resource-id.ts';

/** An account whose keys the contract may regenerate, and what is known of it. */
export interface AccountsUnderTest {
  accounts(fence: Fence): Accounts;
  readonly account: AccountId;
  readonly kind: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What every `Accounts` must do. `listKeys` must not be stale in what is tested. */
export function accountsContract(name: string, open: () => Promise<AccountsUnderTest>) {
  describe(`${name} keeps the Accounts contract`, () => {
    let azure: AccountsUnderTest;
    let accounts: Accounts;
    beforeAll(async () => {
      azure = await open();
      accounts = azure.accounts(() => true);
    });

    it('says what an account is', async () => {
      const facts = await accounts.get(azure.account);
      expect(facts).toMatchObject({
        kind: azure.kind,
        tags: azure.tags,
        provisioningState: 'Succeeded',
        endpointIsAzure: true,
        localAuthDisabled: false,
      });
      expect(facts.internalId).not.toBe('');
      expect(facts.location).not.toBe('');
      expect(facts.endpoint).toMatch(/^https:\/\/.+\/$/);
    });

    it('lists both keys, the same ones each time', async () => {
      const keys = texts(await accounts.listKeys(azure.account));
      expect(keys.key1).not.toBe(keys.key2);
      expect(texts(await accounts.listKeys(azure.account))).toEqual(keys);
    });

    it.each(['key1', 'key2'] as const)('makes %s again, leaves the other, and answers both', async (slot) => {
      const before = texts(await accounts.listKeys(azure.account));
      const answered = texts(await accounts.regenerate(azure.account, slot));
      const other = slot === 'key1' ? 'key2' : 'key1';
      expect(answered[slot]).not.toBe(before[slot]);
      expect(answered[other]).toBe(before[other]);
      expect(texts(await accounts.listKeys(azure.account))).toEqual(answered);
    });

    it('regenerates nothing without the fence, and reads all the same', async () => {
      const before = texts(await accounts.listKeys(azure.account));
      const fenced = azure.accounts(() => false);
      await expect(fenced.regenerate(azure.account, 'key1')).rejects.toMatchObject({
        failure: { kind: 'not-applied', code: 'fence-lost' },
      });
      expect(texts(await fenced.listKeys(azure.account))).toEqual(before);
    });

    it('refuses an account that is not there', async () => {
      const unknown = parseAccountId(`${azure.account.armId}-unknown`);
      if (unknown === null) throw new TypeError();
      const refusal = { failure: { kind: 'refused', reason: 'account-not-found' } };
      await expect(accounts.get(unknown)).rejects.toMatchObject(refusal);
      await expect(accounts.listKeys(unknown)).rejects.toMatchObject(refusal);
      await expect(accounts.regenerate(unknown, 'key1')).rejects.toMatchObject(refusal);
    });
  });
}

function texts({ key1, key2 }: KeyPair) {
  return { key1: key1.reveal(), key2: key2.reveal() };
}

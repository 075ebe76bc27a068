import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Outbox, outboxKey } from '../../src/notifications/ports.ts';
import type { AccountRows } from '../../src/rotation/ports.ts';
import { type AccountId, parseAccountId } from '../../src/shared/resource-id.ts';

/** What every `Outbox` must do, beside the journal of the same storage. */
export function outboxContract(
  name: string,
  open: () => Promise<{ readonly outbox: Outbox; readonly rows: AccountRows<unknown> }>,
) {
  describe(`${name} keeps the Outbox contract`, () => {
    let outbox: Outbox;
    let rows: AccountRows<unknown>;
    beforeAll(async () => {
      ({ outbox, rows } = await open());
    });
    const waiting = async (account: AccountId) => (await outbox.waiting(account)).rows;

    it('finds what the account row’s save put there, and tells the storage’s time', async () => {
      const account = someAccount();
      expect(await waiting(account)).toEqual([]);
      await rows.save(account, { n: 1 }, null, [
        { key: outboxKey('r1-completed'), fields: { left: ['webhook'] } },
        { key: 'evidence-r1', fields: {} },
      ]);
      expect(await waiting(account)).toEqual([{ id: 'r1-completed', fields: { left: ['webhook'] } }]);
      expect((await outbox.waiting(account)).storageNowMs).toBeGreaterThan(0);
    });

    it('adds a message once, also when it was told since', async () => {
      const account = someAccount();
      const row = { id: 'overdue-1', fields: { n: 1 } };
      expect(await outbox.add(account, row)).toBe('added');
      expect(await outbox.add(account, { ...row, fields: { n: 2 } })).toBe('known');
      expect(await waiting(account)).toEqual([row]);
      await outbox.settle(account, row);
      expect(await waiting(account)).toEqual([]);
      expect(await outbox.add(account, row)).toBe('known');
      expect(await waiting(account)).toEqual([]);
    });

    it('keeps what an attempt changed, and is content with a message that was settled meanwhile', async () => {
      const account = someAccount();
      const row = { id: 'r1-suspended-1', fields: { attempts: 0 } };
      await outbox.add(account, row);
      await outbox.keep(account, { ...row, fields: { attempts: 1 } });
      expect(await waiting(account)).toEqual([{ ...row, fields: { attempts: 1 } }]);
      await outbox.settle(account, row);
      await outbox.settle(account, row);
      expect(await waiting(account)).toEqual([]);
    });
  });
}

function someAccount(): AccountId {
  const id = `/subscriptions/${randomUUID()}/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/Ai`;
  const account = parseAccountId(id);
  if (account === null) throw new TypeError(id);
  return account;
}

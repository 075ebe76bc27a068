import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HardeningRows } from '../../src/hardening/ports.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';

/** What every `HardeningRows` must do. Each test uses an account of its own. */
export function hardeningRowsContract(name: string, open: () => Promise<HardeningRows>) {
  describe(`${name} keeps the HardeningRows contract`, () => {
    let rows: HardeningRows;
    beforeAll(async () => {
      rows = await open();
    });

    it('loads what was saved, one row a hardening, all of them in one read', async () => {
      const account = someAccount();
      expect(await rows.load(account, 'access')).toBeNull();
      expect((await rows.loadAll(account)).size).toBe(0);
      await rows.save(account, 'access', { schemaVersion: 1, state: { text: 'ä "quoted"', list: [null, 1] } }, null);
      await rows.save(account, 'keyless', { schemaVersion: 1, state: 2 }, null);
      expect((await rows.load(account, 'access'))?.fields).toEqual({
        schemaVersion: 1,
        state: { text: 'ä "quoted"', list: [null, 1] },
      });
      const all = await rows.loadAll(account);
      expect([...all.keys()].sort()).toEqual(['access', 'keyless']);
      expect(all.get('keyless')).toMatchObject({ fields: { state: 2 } });
      expect((await rows.loadAll(someAccount())).size).toBe(0);
    });

    it('saves only over what was loaded', async () => {
      const account = someAccount();
      const first = await rows.save(account, 'access', { v: 1 }, null);
      expect(first.kind).toBe('saved');
      expect(await rows.save(account, 'access', { v: 2 }, null)).toEqual({ kind: 'conflict' });
      const etag = first.kind === 'saved' ? first.etag : '';
      expect((await rows.load(account, 'access'))?.etag).toBe(etag);
      const second = await rows.save(account, 'access', { v: 3 }, etag);
      expect(second.kind).toBe('saved');
      expect(await rows.save(account, 'access', { v: 4 }, etag)).toEqual({ kind: 'conflict' });
      expect((await rows.load(account, 'access'))?.fields).toEqual({ v: 3 });
      expect(await rows.save(someAccount(), 'access', { v: 5 }, etag)).toEqual({ kind: 'conflict' });
    });

    it('removes what was loaded, and nothing that was saved since', async () => {
      const account = someAccount();
      const etagOf = async () => (await rows.load(account, 'network'))?.etag ?? '';
      await rows.save(account, 'network', { v: 1 }, null);
      await rows.save(account, 'keyless', { v: 1 }, null);
      const first = await etagOf();
      await rows.save(account, 'network', { v: 2 }, first);
      expect(await rows.remove(account, 'network', first)).toBe('conflict');
      const second = await etagOf();
      expect(await rows.remove(account, 'network', second)).toBe('removed');
      expect([...(await rows.loadAll(account)).keys()]).toEqual(['keyless']);
      expect(await rows.remove(account, 'network', second)).toBe('removed');
    });
  });
}

function someAccount() {
  const armId = `/subscriptions/${randomUUID()}/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-contoso`;
  const account = parseAccountId(armId);
  if (account === null) throw new TypeError(armId);
  return account;
}

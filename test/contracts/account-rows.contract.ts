import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SaveAnswer } from '../../src/durable/ports.ts';
import { begunSince, pageBegun } from '../../src/rotation/audit/audit-rows.ts';
import { historyPlaces, pagePlaces, placesRow } from '../../src/rotation/history-places.ts';
import type { AccountRows } from '../../src/rotation/ports.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { type AccountId, parseAccountId } from '../../src/shared/resource-id.ts';

/** What every `AccountRows` must do. `open` gives the port; each test uses an account of its own. */
export function accountRowsContract(name: string, open: () => Promise<AccountRows<unknown>>) {
  describe(`${name} keeps the AccountRows contract`, () => {
    let rows: AccountRows<unknown>;
    beforeAll(async () => {
      rows = await open();
    });

    it('loads nothing if nothing was saved', async () => {
      expect(await rows.load(someAccount())).toBeNull();
      expect(await rows.readHistory(someAccount(), 'a')).toBeNull();
      expect(await rows.pageHistory(someAccount(), '', null, 10)).toEqual([]);
    });

    it('loads what was saved, with the etag that the save answered and both storage times', async () => {
      const account = someAccount();
      const fields = { schemaVersion: 1, text: 'ä 😀 "quoted"', nested: { list: [1, null, true] } };
      const answer = saved(await rows.save(account, fields, null, []));
      const row = await rows.load(account);
      expect(row?.fields).toEqual(fields);
      expect(row?.etag).toBe(answer.etag);
      expect(row?.savedAtMs).toBeGreaterThan(0);
      // The Date header counts whole seconds.
      expect(row?.storageNowMs).toBeGreaterThanOrEqual(Math.floor((row?.savedAtMs ?? 0) / 1000) * 1000);
      expect(answer.storageNowMs).toBeLessThanOrEqual(row?.storageNowMs ?? 0);
    });

    it('finds an account whatever the case of its id', async () => {
      const account = someAccount();
      saved(await rows.save(account, { is: 'here' }, null, []));
      const shouted = parseAccountId(account.armId.toUpperCase());
      expect(shouted).not.toBeNull();
      if (shouted !== null) expect((await rows.load(shouted))?.fields).toEqual({ is: 'here' });
    });

    it('inserts once: the second insert is a conflict that changes nothing, history included', async () => {
      const account = someAccount();
      saved(await rows.save(account, { by: 'first' }, null, []));
      const second = await rows.save(account, { by: 'second' }, null, [{ key: 'second', fields: {} }]);
      expect(second).toEqual({ kind: 'conflict' });
      expect((await rows.load(account))?.fields).toEqual({ by: 'first' });
      expect(await rows.readHistory(account, 'second')).toBeNull();
    });

    it('updates with the etag of the last save, and with no older one', async () => {
      const account = someAccount();
      const first = saved(await rows.save(account, { version: 1, gone: true }, null, []));
      const second = saved(await rows.save(account, { version: 2 }, first.etag, []));
      expect(second.etag).not.toBe(first.etag);
      expect(await rows.save(account, { version: 3 }, first.etag, [])).toEqual({ kind: 'conflict' });
      expect((await rows.load(account))?.fields).toEqual({ version: 2 });
    });

    it('calls an update of a row that is not there a conflict', async () => {
      const other = saved(await rows.save(someAccount(), {}, null, []));
      expect(await rows.save(someAccount(), {}, other.etag, [])).toEqual({ kind: 'conflict' });
    });

    it('removes the row as it was last saved, and nothing beside it', async () => {
      const account = someAccount();
      const { etag } = saved(await rows.save(account, { n: 1 }, null, [{ key: 'end-1', fields: { is: 'kept' } }]));
      await rows.saveNotes(account, { is: 'kept' });
      expect(await rows.remove(account, etag)).toBe('removed');
      expect(await rows.load(account)).toBeNull();
      expect(await rows.readHistory(account, 'end-1')).toEqual({ is: 'kept' });
      expect((await rows.loadNotes(account))?.fields).toEqual({ is: 'kept' });
      expect(await rows.remove(account, etag)).toBe('removed');
      saved(await rows.save(account, { n: 2 }, null, []));
    });

    it('never removes a row that was saved since, or made again', async () => {
      const account = someAccount();
      const first = saved(await rows.save(account, { n: 1 }, null, []));
      const second = saved(await rows.save(account, { n: 2 }, first.etag, []));
      expect(await rows.remove(account, first.etag)).toBe('conflict');
      expect((await rows.load(account))?.fields).toEqual({ n: 2 });
      expect(await rows.remove(account, second.etag)).toBe('removed');
      saved(await rows.save(account, { n: 1 }, null, []));
      expect(await rows.remove(account, second.etag)).toBe('conflict');
      expect((await rows.load(account))?.fields).toEqual({ n: 1 });
    });

    it('keeps a row that is far longer than one column, cut between no pair of surrogates', async () => {
      const account = someAccount();
      const fields = { long: `x${'😀'.repeat(60_000)}`, end: 'here' };
      const first = saved(await rows.save(account, fields, null, []));
      expect((await rows.load(account))?.fields).toEqual(fields);
      saved(await rows.save(account, { short: true }, first.etag, []));
      expect((await rows.load(account))?.fields).toEqual({ short: true });
    });

    it('refuses a row that is too big, and a history key that a table cannot hold', async () => {
      const refusal = { failure: { kind: 'refused', reason: 'bad-request' } };
      await expect(rows.save(someAccount(), { long: 'x'.repeat(1_100_000) }, null, [])).rejects.toMatchObject(refusal);
      const slash = rows.save(someAccount(), {}, null, [{ key: 'a/b', fields: {} }]);
      await expect(slash).rejects.toBeInstanceOf(FailureError);
      await expect(slash).rejects.toMatchObject(refusal);
    });

    it('keeps 99 rows of history with one save, and refuses more than one transaction takes', async () => {
      const account = someAccount();
      const history = Array.from({ length: 100 }, (_, n) => ({ key: `end-${n}`, fields: { n } }));
      await expect(rows.save(account, {}, null, history)).rejects.toMatchObject({
        failure: { kind: 'refused', code: 'too-many-history-rows' },
      });
      saved(await rows.save(account, {}, null, history.slice(1)));
      expect(await rows.pageHistory(account, 'end-', null, 1000)).toHaveLength(99);
    });

    it('reads history by key, and none of another account', async () => {
      const account = someAccount();
      const keys = ['rotation-3', 'rotation-1', 'rotation-2', 'evidence-1'];
      saved(
        await rows.save(
          account,
          {},
          null,
          keys.map((key) => ({ key, fields: { key } })),
        ),
      );
      expect(await rows.readHistory(account, 'rotation-2')).toEqual({ key: 'rotation-2' });
      expect(await rows.pageHistory(account, '', null, 10)).toHaveLength(4);
      expect(await rows.readHistory(someAccount(), 'rotation-2')).toBeNull();
      expect(await rows.pageHistory(someAccount(), '', null, 10)).toEqual([]);
    });

    it('pages history in the order of keys, from after a key', async () => {
      const account = someAccount();
      const keys = ['begun-3', 'begun-1', 'begun-2', 'beguo-0'];
      saved(
        await rows.save(
          account,
          {},
          null,
          keys.map((key) => ({ key, fields: { key }, append: true as const })),
        ),
      );
      const page = await rows.pageHistory(account, 'begun-', null, 2);
      expect(page).toEqual([
        { key: 'begun-1', fields: { key: 'begun-1' } },
        { key: 'begun-2', fields: { key: 'begun-2' } },
      ]);
      expect((await rows.pageHistory(account, 'begun-', 'begun-2', 2)).map(({ key }) => key)).toEqual(['begun-3']);
      expect(await rows.pageHistory(account, 'begun-', 'begun-3', 2)).toEqual([]);
    });

    it('pages the rotations of an account that was moved from all its ids, newest first, and no others of an id', async () => {
      const [former, present] = [someAccount(), someAccount()];
      const begun = (atMs: number) => ({
        key: `${begunSince(atMs)}-r${atMs}`,
        fields: { atMs },
        append: true as const,
      });
      saved(await rows.save(former, {}, null, [10, 20, 30, 40].map(begun)));
      const places = [
        { account: present, sinceMs: 0, untilMs: Number.POSITIVE_INFINITY },
        { account: former, sinceMs: 10, untilMs: 30 },
      ];
      saved(await rows.save(present, {}, null, [...[25, 50].map(begun), placesRow(0, places.slice(1))]));
      expect(await historyPlaces(rows, present)).toEqual(places);
      const page = async (after: string | null) =>
        (await pagePlaces(places, 3, (place) => pageBegun(rows, place, after, 3))).map(({ key, fields }) => ({
          key,
          ...Object(fields),
        }));
      const first = await page(null);
      expect(first.map(({ atMs }) => atMs)).toEqual([50, 30, 25]);
      expect((await page(first.at(-1)?.key ?? null)).map(({ atMs }) => atMs)).toEqual([20]);
    });

    it('removes history rows, and no others; one that is gone already does no harm', async () => {
      const account = someAccount();
      const keys = ['end-1', 'end-2', 'end-3'];
      saved(
        await rows.save(
          account,
          { n: 1 },
          null,
          keys.map((key) => ({ key, fields: { key } })),
        ),
      );
      await rows.removeHistory(account, ['end-1', 'end-2']);
      expect((await rows.pageHistory(account, 'end-', null, 10)).map(({ key }) => key)).toEqual(['end-3']);
      await rows.removeHistory(account, ['end-1']);
      expect((await rows.load(account))?.fields).toEqual({ n: 1 });
    });

    it('never writes over a row that was appended', async () => {
      const account = someAccount();
      const append = (n: number) => [{ key: 'evidence-1', fields: { n }, append: true as const }];
      const first = saved(await rows.save(account, { n: 1 }, null, append(1)));
      expect(await rows.save(account, { n: 2 }, first.etag, append(2))).toEqual({ kind: 'conflict' });
      expect(await rows.readHistory(account, 'evidence-1')).toEqual({ n: 1 });
      expect((await rows.load(account))?.fields).toEqual({ n: 1 });
    });

    it('saves again with a history row that is already there, as after a lost reply', async () => {
      const account = someAccount();
      const history = [{ key: 'step-1', fields: { what: 'happened' } }];
      const first = saved(await rows.save(account, { n: 1 }, null, history));
      saved(await rows.save(account, { n: 2 }, first.etag, [...history, ...history]));
      expect(await rows.pageHistory(account, 'step-', null, 10)).toEqual([
        { key: 'step-1', fields: { what: 'happened' } },
      ]);
    });

    it('keeps notes apart from the account row, and replaces them whole', async () => {
      const account = someAccount();
      expect(await rows.loadNotes(account)).toBeNull();
      await rows.saveNotes(account, { first: true, gone: 'x'.repeat(50_000) });
      await rows.saveNotes(account, { second: true });
      const notes = await rows.loadNotes(account);
      expect(notes?.fields).toEqual({ second: true });
      expect(notes?.storageNowMs).toBeGreaterThan(0);
      expect(await rows.load(account)).toBeNull();
      expect(await rows.pageHistory(account, '', null, 10)).toEqual([]);
    });

    it('keeps the last hint apart from row and notes, and replaces it whole', async () => {
      const account = someAccount();
      expect(await rows.loadLastEvent(account)).toBeNull();
      await rows.saveNotes(account, { of: 'the sweep' });
      await rows.saveLastEvent(account, { first: true, gone: 'x' });
      await rows.saveLastEvent(account, { second: true });
      expect((await rows.loadLastEvent(account))?.fields).toEqual({ second: true });
      expect((await rows.loadNotes(account))?.fields).toEqual({ of: 'the sweep' });
      expect(await rows.load(account)).toBeNull();
    });

    it('removes notes and hint, and is content if they are gone', async () => {
      const account = someAccount();
      await rows.saveNotes(account, { of: 'the sweep' });
      await rows.saveLastEvent(account, { of: 'an event' });
      for (let time = 0; time < 2; time += 1) {
        await rows.removeNotes(account);
        expect(await rows.loadNotes(account)).toBeNull();
        expect(await rows.loadLastEvent(account)).toBeNull();
      }
    });

    it('pages and removes the whole history, whatever its keys', async () => {
      const account = someAccount();
      const history = ['end-1', 'evidence-1', 'keys-1'].map((key) => ({ key, fields: { key } }));
      await rows.save(account, { row: 1 }, null, history);
      const page = await rows.pageHistory(account, '', null, 90);
      expect(page.map(({ key }) => key)).toEqual(['end-1', 'evidence-1', 'keys-1']);
      await rows.removeHistory(
        account,
        page.map(({ key }) => key),
      );
      expect(await rows.pageHistory(account, '', null, 90)).toEqual([]);
      expect((await rows.load(account))?.fields).toEqual({ row: 1 });
    });

    it('lets one of many simultaneous savers win', async () => {
      const account = someAccount();
      const answers = await Promise.all([1, 2, 3, 4, 5].map((by) => rows.save(account, { by }, null, [])));
      expect(answers.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
    });
  });
}

function someAccount(): AccountId {
  const id = `/subscriptions/${randomUUID()}/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/Ai`;
  const account = parseAccountId(id);
  if (account === null) throw new TypeError(id);
  return account;
}

function saved(answer: SaveAnswer) {
  if (answer.kind !== 'saved') throw new Error('the save met a conflict');
  return answer;
}

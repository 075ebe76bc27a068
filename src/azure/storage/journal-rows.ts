import { hash as digest } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import type { HistoryRow, StoredRow, VisitInBulk } from '../../durable/ports.ts';
import { type HardeningArea, type HardeningRows, hardeningAreas } from '../../hardening/ports.ts';
import { notifiedKey, type Outbox, type OutboxOwner, outboxKey } from '../../notifications/ports.ts';
import { type AccountRows, type InstanceRows, offboardedKey } from '../../rotation/ports.ts';
import type { Clock } from '../../shared/clock.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { mapBounded } from '../../shared/map-bounded.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { isTableKey } from '../../shared/table-key.ts';
import { hourMs } from '../../shared/time.ts';
import type { DiscoveryRow, DiscoveryRows } from '../../targets/ports.ts';
import { journalPartition, type ListedRow, mostPrefixes, readable, transactionRows } from './journal-partition.ts';

interface VisitedJournal {
  readonly rows: AccountRows<unknown>;
  readonly hardeningRows: HardeningRows;
}

/** Everything that Keyturn keeps, row type by row type. */
export interface JournalRows extends VisitedJournal {
  readonly visitInBulk: VisitInBulk<VisitedJournal>;
  readonly outbox: Outbox;
  readonly pauses: InstanceRows;
  readonly found: DiscoveryRows;
  /** Rows of the same kinds: what the targets document declares. */
  readonly listed: DiscoveryRows;
}

const accountRow = 'account';
const notesRow = 'notes';
const eventRow = 'last-event';
/** What stands of an account sorts before the history of all: a bucket's current rows are one range of keys. */
const currentPrefix = 'current-';
const historyPrefix = 'history-';
const hardeningPrefix = 'hardening-';

/** Messages of one look at the outbox: what is beyond comes with the next. */
const mostMessages = 50;

/** Buckets that are read at one time, and visits of each: 32 in all, as many calls as a sweep makes at one time. */
const mostBucketsAtOnce = 4;
const mostVisitsOfBucket = 8;
/** Of reads of a few accounts, each visited one after the other. */
const mostReadsAtOnce = 32;
/**
 * No read of six ranges takes so long. Nothing documents that the service looks only at rows between the first and the last of them, and
 * not at all rows of the partition, history among them: if it does, accounts are read one by one for an hour.
 */
const slowReadMs = 1_000;

/**
 * The rows in one Azure Storage table. Accounts share 16 partitions, named by the first digit of the SHA-256 of their lower-cased
 * ARM ids (ids hold `/`); the hash begins the keys of an account's rows:
 *
 *     current-{hash}-account, -notes, -last-event, -offboarded, -hardening-{area}
 *     history-{hash}-{key}, the outbox among it
 *
 * An account's rows share a partition, so that the account row's save can add history, and what stands of all accounts is one
 * range of keys in each partition. Beside them stand one partition for pauses, and per instance those for what discovery
 * found, for what the targets document declares, and for notifications that are about no account.
 */
export function journalRows(client: () => Promise<TableClient>, clock: Pick<Clock, 'monotonicMs'>): JournalRows {
  let togetherFromMs = Number.NEGATIVE_INFINITY;
  const ofAccount = ({ armId }: AccountId) => {
    const hash = hashOf(armId);
    return {
      partition: journalPartition(client, bucketOf(hash), { armId }),
      current: (key: string) => `${currentPrefix}${hash}-${key}`,
      history: (key: string) => historyKey(hash, key),
    };
  };
  const ofPauses = journalPartition(client, 'pause');
  const ofOwner = (owner: OutboxOwner) =>
    'armId' in owner
      ? ofAccount(owner)
      : {
          partition: journalPartition(client, `notifications-${owner.instance}`),
          history: (key: string) => historyKey('instance', key),
        };
  const loadCurrent = (account: AccountId, key: string) => {
    const { partition, current } = ofAccount(account);
    return partition.load(current(key));
  };
  const replaceCurrent = (account: AccountId, key: string, fields: unknown) => {
    const { partition, current } = ofAccount(account);
    return partition.replace([{ key: current(key), fields }]);
  };
  const removeCurrent = (account: AccountId, key: string, etag?: string) => {
    const { partition, current } = ofAccount(account);
    return partition.remove(current(key), etag);
  };

  const rows: AccountRows<unknown> = {
    load: (account) => loadCurrent(account, accountRow),
    async save(account, fields, etag, history) {
      const { partition, current, history: inHistory } = ofAccount(account);
      const beside = history.map((row) => ({ ...row, key: inHistory(row.key) }));
      return await partition.save({ key: current(accountRow), fields }, etag, beside);
    },
    remove: (account, etag) => removeCurrent(account, accountRow, etag),
    loadNotes: (account) => loadCurrent(account, notesRow),
    saveNotes: (account, fields) => replaceCurrent(account, notesRow, fields),
    loadLastEvent: (account) => loadCurrent(account, eventRow),
    saveLastEvent: (account, fields) => replaceCurrent(account, eventRow, fields),
    async removeNotes(account) {
      for (const key of [notesRow, eventRow]) await removeCurrent(account, key);
    },
    async readHistory(account, key) {
      const { partition, history } = ofAccount(account);
      return (await partition.load(history(key)))?.fields ?? null;
    },
    async pageHistory(account, prefix, after, limit) {
      const { partition, history } = ofAccount(account);
      const afterKey = after === null ? null : history(after);
      const { rows: page } = await partition.list({ startingWith: [history(prefix)], afterKey, limit });
      const { length } = history('');
      return page.map(({ key, fields }) => ({ key: key.slice(length), fields }));
    },
    async removeHistory(account, keys) {
      const { partition, history } = ofAccount(account);
      await partition.replace([], keys.map(history));
    },
  };

  const hardeningRows: HardeningRows = {
    load: (account, area) => loadCurrent(account, `${hardeningPrefix}${area}`),
    async loadAll(account) {
      const { partition, current } = ofAccount(account);
      const { rows: found } = await partition.list({ startingWith: [current(hardeningPrefix)] });
      return byArea((key) => found.find((row) => row.key === current(key)));
    },
    save(account, area, fields, etag) {
      const { partition, current } = ofAccount(account);
      return partition.save({ key: current(`${hardeningPrefix}${area}`), fields }, etag);
    },
    remove: (account, area, etag) => removeCurrent(account, `${hardeningPrefix}${area}`, etag),
  };

  /** The same rows, whose reads of what stands of one account are answered by what was read before. */
  const answeredBy = (read: ReadonlyMap<string, ListedRow> | FailureError, own: AccountId, hash: string) => {
    const find = (key: string) => {
      if (read instanceof FailureError) throw read;
      return read.get(`${currentPrefix}${hash}-${key}`);
    };
    const load = async (account: AccountId, key: string) => {
      if (account.armId !== own.armId) return await loadCurrent(account, key);
      const row = find(key);
      return row === undefined ? null : stored(row);
    };
    const visited: VisitedJournal = {
      rows: {
        ...rows,
        load: (account) => load(account, accountRow),
        loadNotes: (account) => load(account, notesRow),
        loadLastEvent: (account) => load(account, eventRow),
        readHistory: async (account, key) =>
          key === offboardedKey ? ((await load(account, key))?.fields ?? null) : rows.readHistory(account, key),
      },
      hardeningRows: {
        ...hardeningRows,
        loadAll: async (account) => (account.armId === own.armId ? byArea(find) : await hardeningRows.loadAll(account)),
      },
    };
    return visited;
  };

  return {
    rows,
    hardeningRows,

    async visitInBulk(items, accountOf, isWhole, visit) {
      type Answer = Awaited<ReturnType<typeof visit>>;
      const places = items.map((item, at) => {
        const account = accountOf(item);
        return { item, at, account, hash: hashOf(account.armId) };
      });
      const answers: Answer[] = [];
      const reads = [...Map.groupBy(places, ({ hash }) => bucketOf(hash))].flatMap(([bucket, members]) => {
        if (isWhole) return [{ bucket, members, startingWith: [currentPrefix] }];
        return inGroups(members.toSorted(byHash), clock.monotonicMs() < togetherFromMs ? 1 : mostPrefixes).map(
          (group) => {
            const startingWith = group.map(({ hash }) => `${currentPrefix}${hash}-`);
            return { bucket, members: group, startingWith };
          },
        );
      });
      await mapBounded(
        reads,
        isWhole ? mostBucketsAtOnce : mostReadsAtOnce,
        async ({ bucket, members, startingWith }) => {
          const sentAtMs = clock.monotonicMs();
          const read = await journalPartition(client, bucket)
            .list({ startingWith })
            .then((found) => new Map(found.rows.map((row) => [row.key, row])), asFailure);
          const nowMs = clock.monotonicMs();
          if (startingWith.length > 1 && nowMs - sentAtMs > slowReadMs) togetherFromMs = nowMs + hourMs;
          await mapBounded(members, isWhole ? mostVisitsOfBucket : 1, async ({ item, at, account, hash }) => {
            answers[at] = await visit(item, answeredBy(read, account, hash));
          });
        },
      );
      return answers;
    },

    outbox: {
      async add(owner, { id, fields }) {
        const { partition, history } = ofOwner(owner);
        for (const key of [notifiedKey(id), outboxKey(id)])
          if ((await partition.load(history(key))) !== null) return 'known';
        await partition.replace([{ key: history(outboxKey(id)), fields }]);
        return 'added';
      },
      async waiting(owner) {
        const { partition, history } = ofOwner(owner);
        const prefix = history(outboxKey(''));
        const { rows: found, storageNowMs } = await partition.list({ startingWith: [prefix], limit: mostMessages });
        return { rows: found.map(({ key, fields }) => ({ id: key.slice(prefix.length), fields })), storageNowMs };
      },
      async keep(owner, { id, fields }) {
        const { partition, history } = ofOwner(owner);
        await partition.replace([{ key: history(outboxKey(id)), fields }]);
      },
      async settle(owner, { id, fields }) {
        const { partition, history } = ofOwner(owner);
        await partition.replace([{ key: history(notifiedKey(id)), fields }], [history(outboxKey(id))]);
      },
    },

    pauses: {
      load: (instance) => ofPauses.load(instance),
      // The last operator to throw the switch is right.
      save: (instance, fields) => ofPauses.replace([{ key: instance, fields }]),
    },

    found: foundRows(client, 'discovery'),
    listed: foundRows(client, 'document'),
  };
}

/** @param list names the list of targets: one partition per instance each */
function foundRows(client: () => Promise<TableClient>, list: 'discovery' | 'document'): DiscoveryRows {
  const ofInstance = (instance: string) => journalPartition(client, `${list}-${instance}`);
  return {
    async list(instance) {
      const { rows } = await ofInstance(instance).list({ startingWith: [''] });
      return rows.map(discoveryRow).filter((row) => row !== null);
    },
    async find(instance, kind, key) {
      const row = await ofInstance(instance).load(`${kind}-${key}`);
      return row && { kind, key, fields: row.fields };
    },
    async save(instance, removed, put) {
      const partition = ofInstance(instance);
      // One by one: in a transaction, a row that another sweep has removed already would undo the others.
      for (const { kind, key } of removed) await partition.remove(`${kind}-${key}`);
      const rows = put.map(({ kind, key, fields }) => ({ key: `${kind}-${key}`, fields }));
      for (let from = 0; from < rows.length; from += transactionRows)
        await partition.replace(rows.slice(from, from + transactionRows));
    },
  };
}

function hashOf(armId: string): string {
  return digest('sha256', armId.toLowerCase());
}

function bucketOf(hash: string): string {
  return hash.slice(0, 1);
}

function byHash(one: { readonly hash: string }, other: { readonly hash: string }): number {
  return one.hash < other.hash ? -1 : 1;
}

/** As many groups as it takes for each to have at most `most` members, all about as big. */
function inGroups<T>(items: readonly T[], most: number): readonly (readonly T[])[] {
  const groups = Math.ceil(items.length / most);
  return Array.from({ length: groups }, (_, n) =>
    items.slice(Math.floor((n * items.length) / groups), Math.floor(((n + 1) * items.length) / groups)),
  );
}

/** @throws FailureError on a key that a table cannot hold */
function historyKey(hash: string, key: string): string {
  if (!isTableKey(key)) throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'history-key' });
  return `${key === offboardedKey ? currentPrefix : historyPrefix}${hash}-${key}`;
}

/** @throws FailureError on a row that is not Keyturn's */
function byArea(find: (key: string) => ListedRow | undefined): ReadonlyMap<HardeningArea, StoredRow> {
  return new Map(
    hardeningAreas.flatMap((area) => {
      const row = find(`${hardeningPrefix}${area}`);
      return row === undefined ? [] : [[area, stored(row)] as const];
    }),
  );
}

/** @throws FailureError on a row that is not Keyturn's */
function stored(row: ListedRow): StoredRow {
  const { key: _, ...rest } = readable(row);
  return rest;
}

/** Null for a row that this version does not know. */
function discoveryRow({ key: rowKey, fields }: HistoryRow): DiscoveryRow | null {
  const kind = (['target', 'refused', 'paused', 'look'] as const).find((one) => rowKey.startsWith(`${one}-`));
  return kind === undefined ? null : { kind, key: rowKey.slice(kind.length + 1), fields };
}

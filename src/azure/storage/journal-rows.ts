import { createHash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import type { HistoryRow } from '../../durable/ports.ts';
import { type HardeningRows, hardeningAreas } from '../../hardening/ports.ts';
import { notifiedKey, type Outbox, outboxKey } from '../../notifications/ports.ts';
import type { AccountRows, InstanceRows } from '../../rotation/ports.ts';
import { FailureError } from '../../shared/failure.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { isTableKey } from '../../shared/table-key.ts';
import type { DiscoveryRow, DiscoveryRows } from '../../targets/ports.ts';
import { journalPartition, readable, transactionRows } from './journal-partition.ts';

/** Everything that Keyturn keeps, row type by row type. */
export interface JournalRows {
  readonly rows: AccountRows<unknown>;
  readonly hardeningRows: HardeningRows;
  readonly outbox: Outbox;
  readonly pauses: InstanceRows;
  readonly found: DiscoveryRows;
}

const accountRow = 'account';
const notesRow = 'notes';
const hintRow = 'last-event';
/** Keeps history rows apart from the others, whatever their keys. */
const historyPrefix = 'history-';
const hardeningPrefix = 'hardening-';

/** Messages of one look at the outbox: what is beyond comes with the next. */
const mostMessages = 50;

/**
 * The rows in one Azure Storage table. A partition per account, named by the SHA-256 of its lower-cased ARM id (ids hold `/`), has
 * the account's row, its history with the outbox among it, so that the account row's save can add both, and the rows of its
 * hardening; beside them stand one partition for pauses, and one per instance for what discovery found.
 */
export function journalRows(client: () => Promise<TableClient>): JournalRows {
  const ofAccount = ({ armId }: AccountId) =>
    journalPartition(client, createHash('sha256').update(armId.toLowerCase()).digest('hex'), { armId });
  const ofPauses = journalPartition(client, 'pause');
  const ofFound = (instance: string) => journalPartition(client, `discovery-${instance}`);

  return {
    rows: {
      load: (account) => ofAccount(account).load(accountRow),
      save: async (account, fields, etag, history) =>
        await ofAccount(account).save({ key: accountRow, fields }, etag, history.map(inHistory)),
      remove: (account, etag) => ofAccount(account).remove(accountRow, etag),
      loadNotes: (account) => ofAccount(account).load(notesRow),
      saveNotes: (account, fields) => ofAccount(account).replace([{ key: notesRow, fields }]),
      loadLastEvent: (account) => ofAccount(account).load(hintRow),
      saveLastEvent: (account, fields) => ofAccount(account).replace([{ key: hintRow, fields }]),
      async removeNotes(account) {
        for (const key of [notesRow, hintRow]) await ofAccount(account).remove(key);
      },
      readHistory: async (account, key) => (await ofAccount(account).load(historyKey(key)))?.fields ?? null,
      async pageHistory(account, prefix, after, limit) {
        const afterKey = after === null ? null : historyKey(after);
        const { rows } = await ofAccount(account).list({ startingWith: historyKey(prefix), afterKey, limit });
        return rows.map(({ key, fields }) => ({ key: key.slice(historyPrefix.length), fields }));
      },
      removeHistory: async (account, keys) => await ofAccount(account).replace([], keys.map(historyKey)),
    },

    hardeningRows: {
      load: (account, area) => ofAccount(account).load(`${hardeningPrefix}${area}`),
      async loadAll(account) {
        const { rows } = await ofAccount(account).list({ startingWith: hardeningPrefix });
        return new Map(
          hardeningAreas.flatMap((area) => {
            const row = rows.find(({ key }) => key === `${hardeningPrefix}${area}`);
            return row === undefined ? [] : [[area, readable(row)] as const];
          }),
        );
      },
      save: (account, area, fields, etag) =>
        ofAccount(account).save({ key: `${hardeningPrefix}${area}`, fields }, etag),
      remove: (account, area, etag) => ofAccount(account).remove(`${hardeningPrefix}${area}`, etag),
    },

    outbox: {
      async add(account, { id, fields }) {
        for (const key of [notifiedKey(id), outboxKey(id)])
          if ((await ofAccount(account).load(historyKey(key))) !== null) return 'known';
        await ofAccount(account).replace([inHistory({ key: outboxKey(id), fields })]);
        return 'added';
      },
      async waiting(account) {
        const startingWith = historyKey(outboxKey(''));
        const { rows, storageNowMs } = await ofAccount(account).list({ startingWith, limit: mostMessages });
        return { rows: rows.map(({ key, fields }) => ({ id: key.slice(startingWith.length), fields })), storageNowMs };
      },
      keep: async (account, { id, fields }) =>
        await ofAccount(account).replace([inHistory({ key: outboxKey(id), fields })]),
      settle: async (account, { id, fields }) =>
        await ofAccount(account).replace([inHistory({ key: notifiedKey(id), fields })], [historyKey(outboxKey(id))]),
    },

    pauses: {
      load: (instance) => ofPauses.load(instance),
      // The last operator to throw the switch is right.
      save: (instance, fields) => ofPauses.replace([{ key: instance, fields }]),
    },

    found: {
      async list(instance) {
        const { rows } = await ofFound(instance).list({ startingWith: '' });
        return rows.map(discoveryRow).filter((row) => row !== null);
      },
      async find(instance, kind, key) {
        const row = await ofFound(instance).load(`${kind}-${key}`);
        return row && { kind, key, fields: row.fields };
      },
      async save(instance, removed, put) {
        const partition = ofFound(instance);
        // One by one: in a transaction, a row that another sweep has removed already would undo the others.
        for (const { kind, key } of removed) await partition.remove(`${kind}-${key}`);
        const rows = put.map(({ kind, key, fields }) => ({ key: `${kind}-${key}`, fields }));
        for (let from = 0; from < rows.length; from += transactionRows)
          await partition.replace(rows.slice(from, from + transactionRows));
      },
    },
  };
}

function inHistory(row: HistoryRow): HistoryRow {
  return { ...row, key: historyKey(row.key) };
}

/** @throws FailureError on a key that a table cannot hold */
function historyKey(key: string): string {
  if (!isTableKey(key)) throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'history-key' });
  return `${historyPrefix}${key}`;
}

/** Null for a row that this version does not know. */
function discoveryRow({ key: rowKey, fields }: HistoryRow): DiscoveryRow | null {
  const [, kind, key] = /^(target|refused|paused|look)-(.+)$/.exec(rowKey) ?? [];
  if (key === undefined) return null;
  switch (kind) {
    case 'target':
    case 'refused':
    case 'paused':
    case 'look':
      return { kind, key, fields };
    default:
      return null;
  }
}

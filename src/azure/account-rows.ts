import { createHash } from 'node:crypto';
import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { HistoryRow, SaveAnswer, StoredRow } from '../durable/ports.ts';
import type { AccountRows } from '../rotation/ports.ts';
import { FailureError } from '../shared/failure.ts';
import type { AccountId } from '../shared/resource-id.ts';
import { isTableKey } from '../shared/table-key.ts';
import { azureCall } from './azure-call.ts';
import { fromColumns, toColumns } from './json-columns.ts';
import { onJournal } from './on-journal.ts';

export const journalTableName = 'keyturn';

const accountRowKey = 'account';
const notesRowKey = 'notes';
const hintRowKey = 'hint';
/** Keeps history rows apart from the account row, whatever their keys. */
const historyPrefix = 'history-';
/** The table service's bound of one transaction, the account row included. */
const transactionRows = 100;

/**
 * The journal in Azure Table storage: a partition per account, named by the SHA-256 of its lower-cased ARM id (ids
 * hold `/`). The table is made when the first call finds none.
 */
export function tableAccountRows(client: () => Promise<TableClient>): AccountRows<unknown> {
  const onTable = <T>(run: () => Promise<T>) => onJournal(client, run);

  const readRow = (account: AccountId, rowKey: string): Promise<StoredRow | null> =>
    onTable(async () => {
      const { value, dateMs } = await azureCall({
        service: 'table',
        effect: { kind: 'read' },
        send: async () => (await client()).getEntity(journalPartition(account), rowKey),
        expected: ({ status, code }) => (status === 404 && code !== 'TableNotFound' ? null : undefined),
      });
      if (value === null) return null;
      const savedAtMs = Date.parse(value.timestamp ?? '');
      const fields = fromColumns(value);
      if (dateMs === null || Number.isNaN(savedAtMs) || fields === undefined) throw unreadable();
      return { fields, etag: value.etag, savedAtMs, storageNowMs: dateMs };
    });

  const replaceRow = (account: AccountId, rowKey: string, fields: unknown): Promise<void> =>
    onTable(async () => {
      const row = { partitionKey: journalPartition(account), rowKey, armId: account.armId };
      const columns = columnsOf(fields);
      await azureCall({
        service: 'table',
        effect: { kind: 'write', fence: null },
        send: async () => (await client()).upsertEntity({ ...row, ...columns }, 'Replace'),
      });
    });

  return {
    load: (account) => readRow(account, accountRowKey),

    save: (account, fields, etag, history) =>
      onTable(async () => {
        const actions = transaction(account, fields, etag, history);
        const { value, dateMs } = await azureCall<'conflict' | { readonly etag: string | undefined }>({
          service: 'table',
          effect: { kind: 'write', fence: null },
          send: async () => {
            const { subResponses } = await (await client()).submitTransaction(actions);
            // The account row is the first action; the answer to an update does not name its row.
            return { etag: subResponses[0]?.etag?.trim() };
          },
          expected: (answer) => (savedBySomebodyElse(answer.status, answer.code, etag) ? 'conflict' : undefined),
        });
        if (value === 'conflict') return { kind: 'conflict' };
        if (value.etag === undefined || dateMs === null) {
          throw new FailureError({ kind: 'outcome-unknown', code: 'answer-incomplete' });
        }
        const saved: SaveAnswer = { kind: 'saved', etag: value.etag, storageNowMs: dateMs };
        return saved;
      }),

    remove: (account, etag) =>
      onTable(async () => {
        const { value } = await azureCall<'removed' | 'conflict'>({
          service: 'table',
          effect: { kind: 'write', fence: null },
          send: async () => {
            await (await client()).deleteEntity(journalPartition(account), accountRowKey, { etag });
            return 'removed';
          },
          expected: ({ status, code }) =>
            status === 412 ? 'conflict' : status === 404 && code !== 'TableNotFound' ? 'removed' : undefined,
        });
        return value;
      }),

    loadNotes: (account) => readRow(account, notesRowKey),

    saveNotes: (account, fields) => replaceRow(account, notesRowKey, fields),

    loadHint: (account) => readRow(account, hintRowKey),

    saveHint: (account, fields) => replaceRow(account, hintRowKey, fields),

    removeNotes: (account) =>
      onTable(async () => {
        for (const rowKey of [notesRowKey, hintRowKey])
          await azureCall<unknown>({
            service: 'table',
            effect: { kind: 'write', fence: null },
            send: async () => (await client()).deleteEntity(journalPartition(account), rowKey),
            expected: ({ status, code }) => (status === 404 && code !== 'TableNotFound' ? {} : undefined),
          });
      }),

    async readHistory(account, key) {
      return (await readRow(account, historyRowKey(key)))?.fields ?? null;
    },

    listHistory: (account, prefix, limit) =>
      onTable(async () => {
        const { value } = await azureCall<readonly unknown[]>({
          service: 'table',
          effect: { kind: 'read' },
          send: async () => {
            const from = historyRowKey(prefix);
            const { odata } = await import('@azure/data-tables');
            const filter = odata`PartitionKey eq ${journalPartition(account)} and RowKey ge ${from} and RowKey lt ${after(from)}`;
            const newest: unknown[] = [];
            // The service lists in the order of keys, which is that of time, and cannot start from the end.
            for await (const row of (await client()).listEntities({ queryOptions: { filter } })) {
              newest.push(fromColumns(row));
              if (newest.length > limit) newest.shift();
            }
            return newest;
          },
        });
        return value;
      }),

    pageHistory: (account, prefix, afterKey, limit) =>
      onTable(async () => {
        const { value } = await azureCall<readonly HistoryRow[]>({
          service: 'table',
          effect: { kind: 'read' },
          send: async () => {
            const from = historyRowKey(prefix);
            const { odata } = await import('@azure/data-tables');
            const inPartition = odata`PartitionKey eq ${journalPartition(account)} and RowKey lt ${after(from)}`;
            const start = afterKey === null ? odata`RowKey ge ${from}` : odata`RowKey gt ${historyRowKey(afterKey)}`;
            const queryOptions = { filter: `${inPartition} and ${start}` };
            const page: HistoryRow[] = [];
            for await (const row of (await client()).listEntities({ queryOptions })) {
              page.push({ key: (row.rowKey ?? '').slice(historyPrefix.length), fields: fromColumns(row) });
              if (page.length === limit) break;
            }
            return page;
          },
        });
        return value;
      }),

    removeHistory: (account, keys) =>
      onTable(async () => {
        const partitionKey = journalPartition(account);
        await azureCall<unknown>({
          service: 'table',
          effect: { kind: 'write', fence: null },
          send: async () =>
            (await client()).submitTransaction(
              keys.map((key): TransactionAction => ['delete', { partitionKey, rowKey: historyRowKey(key) }]),
            ),
          // Another sweep removes the same rows: what it has left, the next one takes.
          expected: ({ status, code }) => (status === 404 && code !== 'TableNotFound' ? {} : undefined),
        });
      }),
  };
}

/** Insert or update of the account row, and its history, as one change. */
function transaction(
  account: AccountId,
  fields: unknown,
  etag: string | null,
  history: readonly HistoryRow[],
): TransactionAction[] {
  const partitionKey = journalPartition(account);
  const row = { partitionKey, rowKey: accountRowKey, armId: account.armId, ...columnsOf(fields) };
  // Upserts: a history row that an earlier save with a lost reply has written must not stop this one for ever.
  // A transaction may name a row once: of equal keys the last one counts.
  const rowsByKey = new Map(history.map((one) => [historyRowKey(one.key), one]));
  if (rowsByKey.size >= transactionRows) throw refused('too-many-history-rows');
  return [
    etag === null ? ['create', row] : ['update', row, 'Replace', { etag }],
    ...[...rowsByKey].map(([rowKey, { fields: content, append }]): TransactionAction => {
      const added = { partitionKey, rowKey, armId: account.armId, ...columnsOf(content) };
      return append === true ? ['create', added] : ['upsert', added, 'Replace'];
    }),
  ];
}

function savedBySomebodyElse(status: number, code: string | null, etag: string | null): boolean {
  if (status === 412) return true;
  // The row that was to be updated is gone: somebody removed it.
  if (status === 404) return etag !== null && code !== 'TableNotFound';
  return status === 409 && code === 'EntityAlreadyExists';
}

/** `fields` as columns. @throws FailureError when it is too big for a row */
export function columnsOf(fields: unknown) {
  const columns = toColumns(fields);
  if (columns === null) throw refused('row-too-big');
  return columns;
}

/** The partition of an account in the journal's table. */
export function journalPartition(account: AccountId): string {
  return createHash('sha256').update(account.armId.toLowerCase()).digest('hex');
}

/** The key of a history row. @throws FailureError on a key that a table cannot hold */
export function historyRowKey(key: string): string {
  if (!isTableKey(key)) throw refused('history-key');
  return `${historyPrefix}${key}`;
}

/** The least text that is greater than every text that starts with `prefix`. */
export function after(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

function unreadable(): FailureError {
  return new FailureError({ kind: 'not-applied', code: 'row-unreadable', retryAfterMs: null });
}

function refused(code: string): FailureError {
  return new FailureError({ kind: 'refused', reason: 'bad-request', code });
}

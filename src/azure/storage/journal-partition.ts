import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { HistoryRow, SaveAnswer, StoredRow } from '../../durable/ports.ts';
import { FailureError, notApplied } from '../../shared/failure.ts';
import { azureCall, azureWrite, type Effect, type Expected } from '../azure-call.ts';
import { fromColumns, toColumns } from './json-columns.ts';

/** The table service's bound of one transaction. */
export const transactionRows = 100;

/**
 * How many prefixes one read may ask for. A filter holds 15 comparisons: three for the partition and where all of it begins and
 * ends, and two a prefix. https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities
 */
export const mostPrefixes = 6;

/**
 * One partition of the journal's table; the table is made when the first call finds none. Every method throws `FailureError`. A
 * read whose connection was dropped is sent once more (`azureCall`), a write never: if its reply is lost, it throws
 * `outcome-unknown`.
 */
export interface JournalPartition {
  /** @throws FailureError also on columns that are not Keyturn's */
  load(key: string): Promise<StoredRow | null>;
  /** Rows in the order of their keys. `fields` undefined: the columns are not Keyturn's. */
  list(which: ListedRows): Promise<{ readonly rows: readonly ListedRow[]; readonly storageNowMs: number }>;
  /** Inserts (`etag` null) or updates `row`, and adds `beside`, all or nothing; `append` never writes over what is there. */
  save(row: HistoryRow, etag: string | null, beside?: readonly HistoryRow[]): Promise<SaveAnswer>;
  /**
   * Inserts or replaces `rows`, whatever they hold, and removes others, all or nothing. Nothing at all is done, and nothing thrown,
   * if one that is to be removed is gone already: somebody else has done the same.
   */
  replace(rows: readonly HistoryRow[], removed?: readonly string[]): Promise<void>;
  /** Removes the row as it was saved with `etag` (default: whatever it holds), or is gone already. */
  remove(key: string, etag?: string): Promise<'removed' | 'conflict'>;
}

interface ListedRows {
  /** What keys start with: at least one prefix, at most `mostPrefixes`, sorted. */
  readonly startingWith: readonly string[];
  /** Default: from the first one. */
  readonly afterKey?: string | null;
  /** Default: all. */
  readonly limit?: number;
}

export type ListedRow = StoredRow & { readonly key: string };

const read: Effect = { kind: 'read' };
/** No fence: a row's etag guards it, and what has none the next look sets right. */
const write: Effect = { kind: 'write', fence: null };

/**
 * @param partitionKey the partition's name
 * @param shown columns that every row carries besides, for people
 */
export function journalPartition(
  client: () => Promise<TableClient>,
  partitionKey: string,
  shown: Readonly<Record<string, string>> = {},
): JournalPartition {
  /** One call; a table that is missing is made, and the call sent again. `expected` is not asked about a missing table. */
  const call = async <T>(
    effect: Effect,
    send: (table: TableClient) => Promise<T>,
    expected: Expected<T> = () => undefined,
  ) => {
    const run = () =>
      azureCall<T>(
        'table',
        effect,
        async () => await send(await client()),
        (answer) => (answer.code === 'TableNotFound' ? undefined : expected(answer)),
      );
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code !== 'TableNotFound') throw error;
      // Content with a table that another worker made meanwhile.
      await azureWrite('table', null, async () => (await client()).createTable());
      return await run();
    }
  };

  const entity = ({ key, fields }: HistoryRow) => {
    const columns = toColumns(fields);
    if (columns === null) throw refused('row-too-big');
    return { partitionKey, rowKey: key, ...shown, ...columns };
  };
  const upsert = (row: HistoryRow): TransactionAction => ['upsert', entity(row), 'Replace'];

  return {
    async load(key) {
      const { value, dateMs } = await call<StoredColumns | null>(
        read,
        (table) => table.getEntity(partitionKey, key),
        ({ status }) => (status === 404 ? null : undefined),
      );
      return value === null ? null : readable(storedRow(value, dateMs));
    },

    async list({ startingWith, afterKey = null, limit = Number.POSITIVE_INFINITY }) {
      const { odata } = await import('@azure/data-tables');
      const [first = '', last = first] = [startingWith[0], startingWith.at(-1)];
      // By itself, an `or` of row keys has the service look at every row of the partition, all history among them: it is told besides
      // where the keys begin and end. https://learn.microsoft.com/azure/storage/tables/table-storage-design-for-query
      const filter = [
        odata`PartitionKey eq ${partitionKey}`,
        afterKey === null ? odata`RowKey ge ${first}` : odata`RowKey gt ${afterKey}`,
        ...(last === '' ? [] : [odata`RowKey lt ${after(last)}`]),
        ...(startingWith.length < 2
          ? []
          : [`(${startingWith.map((one) => odata`(RowKey ge ${one} and RowKey lt ${after(one)})`).join(' or ')})`]),
      ].join(' and ');
      const { value, dateMs } = await call(read, async (table) => {
        const found = [];
        for await (const row of table.listEntities({ queryOptions: { filter } })) {
          found.push(row);
          if (found.length >= limit) break;
        }
        return found;
      });
      if (dateMs === null) throw notApplied('row-unreadable');
      const rows = value.map((row) => ({ key: row.rowKey ?? '', ...storedRow(row, dateMs) }));
      return { rows, storageNowMs: dateMs };
    },

    async save(row, etag, beside = []) {
      const saved = entity(row);
      // Upserts: a row that an earlier save with a lost reply has written must not stop this one for ever.
      // A transaction may name a row once: of equal keys the last one counts.
      const byKey = new Map(beside.map((one) => [one.key, one]));
      if (byKey.size >= transactionRows) throw refused('too-many-history-rows');
      const actions: TransactionAction[] = [
        etag === null ? ['create', saved] : ['update', saved, 'Replace', { etag }],
        ...[...byKey.values()].map(
          (one): TransactionAction => (one.append === true ? ['create', entity(one)] : upsert(one)),
        ),
      ];
      const { value, dateMs } = await call<'conflict' | { readonly etag: string | undefined }>(
        write,
        async (table) => {
          const { subResponses } = await table.submitTransaction(actions);
          // The answer to an update does not name its row: the first action's is the first.
          return { etag: subResponses[0]?.etag?.trim() };
        },
        ({ status, code }) => {
          const isTaken = status === 412 || (status === 409 && code === 'EntityAlreadyExists');
          // The row that was to be updated is gone: somebody removed it.
          return isTaken || (status === 404 && etag !== null) ? 'conflict' : undefined;
        },
      );
      if (value === 'conflict') return { kind: 'conflict' };
      if (value.etag === undefined || dateMs === null)
        throw new FailureError({ kind: 'outcome-unknown', code: 'answer-incomplete' });
      return { kind: 'saved', etag: value.etag, storageNowMs: dateMs };
    },

    async replace(rows, removed = []) {
      const gone = removed.map((rowKey): TransactionAction => ['delete', { partitionKey, rowKey }]);
      const actions = [...rows.map(upsert), ...gone];
      await call<unknown>(
        write,
        (table) => table.submitTransaction(actions),
        ({ status }) => (status === 404 ? {} : undefined),
      );
    },

    async remove(key, etag = '*') {
      const { value } = await call<'removed' | 'conflict'>(
        write,
        async (table) => {
          await table.deleteEntity(partitionKey, key, { etag });
          return 'removed';
        },
        ({ status }) => (status === 412 ? 'conflict' : status === 404 ? 'removed' : undefined),
      );
      return value;
    },
  };
}

/** Throws on a row that `list` found and that is not Keyturn's. @throws FailureError */
export function readable<Row extends StoredRow>(row: Row): Row {
  if (row.fields === undefined) throw notApplied('row-unreadable');
  return row;
}

interface StoredColumns {
  readonly etag: string;
  readonly timestamp?: string;
}

function storedRow(row: StoredColumns, dateMs: number | null): StoredRow {
  const savedAtMs = Date.parse(row.timestamp ?? '');
  if (dateMs === null || Number.isNaN(savedAtMs)) throw notApplied('row-unreadable');
  return { fields: fromColumns(row), etag: row.etag, savedAtMs, storageNowMs: dateMs };
}

/** The least text that is greater than every text that starts with `prefix`. */
function after(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

function refused(code: string): FailureError {
  return new FailureError({ kind: 'refused', reason: 'bad-request', code });
}

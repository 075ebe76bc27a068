import type { TableClient, TransactionAction } from '@azure/data-tables';
import { FailureError } from '../shared/failure.ts';
import type { DiscoveryRow, DiscoveryRows } from '../targets/ports.ts';
import { azureCall } from './azure-call.ts';
import { fromColumns, toColumns } from './json-columns.ts';
import { onJournal } from './on-journal.ts';

/** The table service's bound of one transaction. */
const transactionRows = 100;

/** What discovery found, in the journal's table: a partition per instance beside the accounts', whose names are hashes. */
export function tableDiscoveryRows(client: () => Promise<TableClient>): DiscoveryRows {
  const onTable = <T>(run: () => Promise<T>) => onJournal(client, run);

  const submit = async (actions: readonly TransactionAction[]) => {
    for (let from = 0; from < actions.length; from += transactionRows) {
      const some = actions.slice(from, from + transactionRows);
      await azureCall({
        service: 'table',
        // No lease stands over it: only the sweep writes here, and the next one sets right what two of them mixed up.
        effect: { kind: 'write', fence: null },
        send: async () => void (await (await client()).submitTransaction(some)),
      });
    }
  };

  return {
    list: (instance) =>
      onTable(async () => {
        const { value } = await azureCall<readonly DiscoveryRow[]>({
          service: 'table',
          effect: { kind: 'read' },
          send: async () => {
            const { odata } = await import('@azure/data-tables');
            const filter = odata`PartitionKey eq ${partitionOf(instance)}`;
            const rows: DiscoveryRow[] = [];
            for await (const row of (await client()).listEntities({ queryOptions: { filter } })) {
              const read = rowFrom(row.rowKey ?? '', row);
              if (read !== null) rows.push(read);
            }
            return rows;
          },
        });
        return value;
      }),

    find: (instance, kind, key) =>
      onTable(async () => {
        const { value } = await azureCall({
          service: 'table',
          effect: { kind: 'read' },
          send: async () => (await client()).getEntity(partitionOf(instance), `${kind}-${key}`),
          expected: ({ status, code }) => (status === 404 && code !== 'TableNotFound' ? null : undefined),
        });
        return value === null ? null : rowFrom(`${kind}-${key}`, value);
      }),

    save: (instance, removed, put) =>
      onTable(async () => {
        const partitionKey = partitionOf(instance);
        // Removed one by one: in a transaction, a row that another sweep has removed already would undo the others.
        for (const { kind, key } of removed)
          await azureCall({
            service: 'table',
            effect: { kind: 'write', fence: null },
            send: async () => (await client()).deleteEntity(partitionKey, `${kind}-${key}`),
            expected: ({ status, code }) => (status === 404 && code !== 'TableNotFound' ? null : undefined),
          });
        await submit(
          put.map(({ kind, key, fields }): TransactionAction => {
            const columns = toColumns(fields);
            if (columns === null)
              throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'row-too-big' });
            return ['upsert', { partitionKey, rowKey: `${kind}-${key}`, ...columns }, 'Replace'];
          }),
        );
      }),
  };
}

function partitionOf(instance: string): string {
  return `discovery-${instance}`;
}

/** Null for a row that this version does not know. */
function rowFrom(rowKey: string, row: object): DiscoveryRow | null {
  const [, kind, key] = /^(target|refused|paused|look)-(.+)$/.exec(rowKey) ?? [];
  if (key === undefined) return null;
  switch (kind) {
    case 'target':
    case 'refused':
    case 'paused':
    case 'look':
      return { kind, key, fields: fromColumns(row) };
    default:
      return null;
  }
}

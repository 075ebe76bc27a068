import type { TableClient } from '@azure/data-tables';
import { FailureError } from '../shared/failure.ts';
import type { AccountId } from '../shared/resource-id.ts';
import { type Outbox, type OutboxRow, outboxKey, toldKey } from '../telling/ports.ts';
import { after, columnsOf, historyRowKey, journalPartition } from './account-rows.ts';
import { azureCall } from './azure-call.ts';
import { fromColumns } from './json-columns.ts';
import { onJournal } from './on-journal.ts';

/** Messages of one look: what is beyond comes with the next. */
const mostAtOnce = 50;

/** The outbox in the journal's table: rows among an account's history, so that the account row's save can add them. */
export function tableOutbox(client: () => Promise<TableClient>): Outbox {
  const write = (run: (table: TableClient) => Promise<unknown>) =>
    onJournal(client, async () => {
      await azureCall({
        service: 'table',
        effect: { kind: 'write', fence: null },
        send: async () => void (await run(await client())),
      });
    });
  const exists = (account: AccountId, key: string) =>
    onJournal(client, async () => {
      const { value } = await azureCall<boolean>({
        service: 'table',
        effect: { kind: 'read' },
        send: async () =>
          (await (await client()).getEntity(journalPartition(account), historyRowKey(key))).rowKey !== '',
        expected: ({ status, code }) => (status === 404 && code !== 'TableNotFound' ? false : undefined),
      });
      return value;
    });
  const entity = (account: AccountId, key: string, fields: unknown) => ({
    partitionKey: journalPartition(account),
    rowKey: historyRowKey(key),
    armId: account.armId,
    ...columnsOf(fields),
  });

  return {
    async add(account, { id, fields }) {
      if ((await exists(account, toldKey(id))) || (await exists(account, outboxKey(id)))) return 'known';
      await write((table) => table.upsertEntity(entity(account, outboxKey(id), fields), 'Replace'));
      return 'added';
    },

    waiting: (account) =>
      onJournal(client, async () => {
        const { value, dateMs } = await azureCall<readonly OutboxRow[]>({
          service: 'table',
          effect: { kind: 'read' },
          send: async () => {
            const from = historyRowKey(outboxKey(''));
            const { odata } = await import('@azure/data-tables');
            const filter = odata`PartitionKey eq ${journalPartition(account)} and RowKey ge ${from} and RowKey lt ${after(from)}`;
            const rows: OutboxRow[] = [];
            for await (const row of (await client()).listEntities({ queryOptions: { filter } })) {
              rows.push({ id: (row.rowKey ?? '').slice(from.length), fields: fromColumns(row) });
              if (rows.length === mostAtOnce) break;
            }
            return rows;
          },
        });
        return { rows: value, storageNowMs: dateMs ?? 0 };
      }),

    keep: (account, { id, fields }) =>
      write((table) => table.upsertEntity(entity(account, outboxKey(id), fields), 'Replace')),

    settle: (account, { id, fields }) =>
      write(async (table) => {
        await table.submitTransaction([
          ['upsert', entity(account, toldKey(id), fields), 'Replace'],
          ['delete', { partitionKey: journalPartition(account), rowKey: historyRowKey(outboxKey(id)) }],
        ]);
      }).catch((error: unknown) => {
        // Another worker has settled it at the same moment.
        if (!isGone(error)) throw error;
      }),
  };
}

function isGone(error: unknown): boolean {
  return error instanceof FailureError && ['ResourceNotFound', 'EntityNotFound'].includes(error.failure.code);
}

import type { TableClient } from '@azure/data-tables';
import type { StoredRow } from '../durable/ports.ts';
import { type Posture, type PostureRows, postures } from '../posture/ports.ts';
import { FailureError } from '../shared/failure.ts';
import type { AccountId } from '../shared/resource-id.ts';
import { journalPartition } from './account-rows.ts';
import { azureCall } from './azure-call.ts';
import { fromColumns, toColumns } from './json-columns.ts';
import { onJournal } from './on-journal.ts';

const rowKeyPrefix = 'posture-';

/** The rows of postures in the journal's table, in the partition of their account. */
export function tablePostureRows(client: () => Promise<TableClient>): PostureRows {
  const storedIn = (row: object & { readonly etag: string; readonly timestamp?: string }, dateMs: number | null) => {
    const savedAtMs = Date.parse(row.timestamp ?? '');
    const fields = fromColumns(row);
    if (dateMs === null || Number.isNaN(savedAtMs) || fields === undefined)
      throw new FailureError({ kind: 'not-applied', code: 'row-unreadable', retryAfterMs: null });
    const stored: StoredRow = { fields, etag: row.etag, savedAtMs, storageNowMs: dateMs };
    return stored;
  };

  return {
    load: (account, posture) =>
      onJournal(client, async () => {
        const { value, dateMs } = await azureCall({
          service: 'table',
          effect: { kind: 'read' },
          send: async () => (await client()).getEntity(journalPartition(account), `${rowKeyPrefix}${posture}`),
          expected: ({ status, code }) => (status === 404 && code !== 'TableNotFound' ? null : undefined),
        });
        return value === null ? null : storedIn(value, dateMs);
      }),

    loadAll: (account) =>
      onJournal(client, async () => {
        const { value, dateMs } = await azureCall({
          service: 'table',
          effect: { kind: 'read' },
          send: async () => {
            const { odata } = await import('@azure/data-tables');
            const filter = odata`PartitionKey eq ${journalPartition(account)} and RowKey ge ${rowKeyPrefix} and RowKey lt ${'posture.'}`;
            const rows = [];
            for await (const row of (await client()).listEntities({ queryOptions: { filter } })) rows.push(row);
            return rows;
          },
        });
        const found = new Map<Posture, StoredRow>();
        for (const posture of postures) {
          const row = value.find(({ rowKey }) => rowKey === `${rowKeyPrefix}${posture}`);
          if (row !== undefined) found.set(posture, storedIn(row, dateMs));
        }
        return found;
      }),

    save: (account, posture, fields, etag) =>
      onJournal(client, async () => {
        const row = rowOf(account, posture, fields);
        const { value, dateMs } = await azureCall<'conflict' | { readonly etag: string | undefined }>({
          service: 'table',
          effect: { kind: 'write', fence: null },
          send: async () => {
            const table = await client();
            const answer =
              etag === null ? await table.createEntity(row) : await table.updateEntity(row, 'Replace', { etag });
            return { etag: answer.etag };
          },
          expected: ({ status, code }) => (isTaken(status, code, etag) ? 'conflict' : undefined),
        });
        if (value === 'conflict') return { kind: 'conflict' };
        if (value.etag === undefined || dateMs === null)
          throw new FailureError({ kind: 'outcome-unknown', code: 'answer-incomplete' });
        return { kind: 'saved', etag: value.etag, storageNowMs: dateMs };
      }),

    remove: (account, posture, etag) =>
      onJournal(client, async () => {
        const { value } = await azureCall<'removed' | 'conflict'>({
          service: 'table',
          effect: { kind: 'write', fence: null },
          send: async () => {
            await (await client()).deleteEntity(journalPartition(account), `${rowKeyPrefix}${posture}`, { etag });
            return 'removed';
          },
          expected: ({ status, code }) =>
            status === 412 ? 'conflict' : status === 404 && code !== 'TableNotFound' ? 'removed' : undefined,
        });
        return value;
      }),
  };
}

function rowOf(account: AccountId, posture: Posture, fields: unknown) {
  const columns = toColumns(fields);
  if (columns === null) throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'row-too-big' });
  return {
    partitionKey: journalPartition(account),
    rowKey: `${rowKeyPrefix}${posture}`,
    armId: account.armId,
    ...columns,
  };
}

function isTaken(status: number, code: string | null, etag: string | null): boolean {
  if (status === 412) return true;
  if (status === 404) return etag !== null && code !== 'TableNotFound';
  return status === 409 && code === 'EntityAlreadyExists';
}

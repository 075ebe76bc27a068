import type { TableClient } from '@azure/data-tables';
import type { PauseRows } from '../rotation/ports.ts';
import { FailureError } from '../shared/failure.ts';
import { azureCall } from './azure-call.ts';
import { fromColumns, toColumns } from './json-columns.ts';
import { onJournal } from './on-journal.ts';

/** Beside the accounts, whose partitions are hashes of 64 digits. */
const partitionKey = 'pause';

/** The pause switch in the journal's table: one row per instance, named as the instance is (letters, digits and `-`). */
export function tablePauseRows(client: () => Promise<TableClient>): PauseRows {
  return {
    load: (instance) =>
      onJournal(client, async () => {
        const { value } = await azureCall({
          service: 'table',
          effect: { kind: 'read' },
          send: async () => (await client()).getEntity(partitionKey, instance),
          expected: ({ status, code }) => (status === 404 && code !== 'TableNotFound' ? null : undefined),
        });
        if (value === null) return null;
        const savedAtMs = Date.parse(value.timestamp ?? '');
        const fields = fromColumns(value);
        if (Number.isNaN(savedAtMs) || fields === undefined)
          throw new FailureError({ kind: 'not-applied', code: 'row-unreadable', retryAfterMs: null });
        return { fields, savedAtMs };
      }),

    save: (instance, fields) =>
      onJournal(client, async () => {
        await azureCall({
          service: 'table',
          // No lease stands over it: the last operator to throw the switch is right.
          effect: { kind: 'write', fence: null },
          send: async () =>
            (await client()).upsertEntity({ partitionKey, rowKey: instance, ...toColumns(fields) }, 'Replace'),
        });
      }),
  };
}

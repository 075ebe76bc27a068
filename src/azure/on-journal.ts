import type { TableClient } from '@azure/data-tables';
import { FailureError } from '../shared/failure.ts';
import { azureCall } from './azure-call.ts';

/** Runs a call to the journal's table, which is made when the first call finds none. Throws `FailureError`. */
export async function onJournal<T>(client: () => Promise<TableClient>, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.code !== 'TableNotFound') throw error;
    // createTable is content with a table that another worker made meanwhile.
    await azureCall({
      service: 'table',
      effect: { kind: 'write', fence: null },
      send: async () => (await client()).createTable(),
    });
    return await run();
  }
}

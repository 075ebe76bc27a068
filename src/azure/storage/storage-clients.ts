import type { HttpClient } from '@azure/core-rest-pipeline';
import type { TableClient } from '@azure/data-tables';
import type { QueueClient } from '@azure/storage-queue';
import { credential } from '../entra/credential.ts';
import type { StorageConnection } from './storage-connection.ts';
import { wakeUpQueueName } from './wake-ups.ts';

const journalTableName = 'keyturn';

/**
 * No retry and no redirect: the engine has its own backoff, and a save that is sent twice conflicts with itself. Reads get one more
 * try if their connection was dropped: `callingHttpClient`.
 */
export async function journalTable(storage: StorageConnection, httpClient: HttpClient): Promise<TableClient> {
  const { TableClient } = await import('@azure/data-tables');
  const options = { httpClient, retryOptions: { maxRetries: 0 }, redirectOptions: { maxRetries: 0 } };
  if (storage.kind === 'identity') {
    return new TableClient(
      withoutSlash(storage.tableServiceUri),
      journalTableName,
      credential(storage.clientId),
      options,
    );
  }
  const text = storage.value.reveal();
  return TableClient.fromConnectionString(text, journalTableName, {
    ...options,
    // Plain http only if the connection string itself says so: Azurite on a laptop.
    allowInsecureConnection: /(DefaultEndpointsProtocol=http|TableEndpoint=http:[^;]*)(;|$)/i.test(text),
  });
}

/** The queue's package has no way to be given an `HttpClient`; what that means is in `azureCall` and `queueWakeUps`. */
export async function wakeUpQueue(storage: StorageConnection): Promise<QueueClient> {
  const { QueueClient } = await import('@azure/storage-queue');
  const options = { retryOptions: { maxTries: 1 } };
  return storage.kind === 'identity'
    ? new QueueClient(
        `${withoutSlash(storage.queueServiceUri)}/${wakeUpQueueName}`,
        credential(storage.clientId),
        options,
      )
    : new QueueClient(storage.value.reveal(), wakeUpQueueName, options);
}

function withoutSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}

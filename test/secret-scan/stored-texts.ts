import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TableClient, TableServiceClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';
import type { Place } from './find-secrets.ts';

/** Every row of every table, and every message that can be seen in any queue, as the storage's own clients read them. */
export async function storedTexts(connectionString: string): Promise<Place[]> {
  const texts: Place[] = [];
  const insecure = { allowInsecureConnection: true };
  for await (const { name = '' } of TableServiceClient.fromConnectionString(connectionString, insecure).listTables())
    for await (const row of TableClient.fromConnectionString(connectionString, name, insecure).listEntities())
      texts.push({ where: `table ${name}, row ${row.rowKey}`, text: JSON.stringify(row) });
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  for await (const { name } of queues.listQueues()) {
    const { peekedMessageItems } = await queues.getQueueClient(name).peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems) texts.push({ where: `queue ${name}`, text: messageText });
  }
  return texts;
}

/** All files below `folder`: what a storage that has ended has kept, invisible messages and older ones too. */
export async function storedFiles(folder: string): Promise<Place[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(files.map(async (file) => ({ where: file, text: await readFile(file, 'latin1') })));
}

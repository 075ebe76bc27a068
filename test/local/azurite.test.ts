import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { QueueClient } from '@azure/storage-queue';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import { claimFolder, FolderTaken } from '../../local/claim-folder.ts';
import { runNode } from '../simulated-azure/proxy/run-client.ts';

const free = { blob: 0, queue: 0, table: 0 };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-azurite-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('Azurite', () => {
  test('serves queues and tables, and keeps what it was told from start to start', async () => {
    const first = await startAzurite({ folder, ports: free });
    const table = TableClient.fromConnectionString(first.connectionString, 'journal', {
      allowInsecureConnection: true,
    });
    await table.createTable();
    await table.createEntity({ partitionKey: 'a', rowKey: 'b', state: 'overlapping' });
    await new QueueClient(first.connectionString, 'work').create();
    await first.stop();

    const second = await startAzurite({ folder, ports: free });
    const again = TableClient.fromConnectionString(second.connectionString, 'journal', {
      allowInsecureConnection: true,
    });
    expect(await again.getEntity('a', 'b')).toMatchObject({ state: 'overlapping' });
    expect(await new QueueClient(second.connectionString, 'work').exists()).toBe(true);
    await second.stop();
  });

  test('says in one sentence that its port is taken', async () => {
    const first = await startAzurite({ folder: null, ports: free });
    const taken = Number(/QueueEndpoint=http:\/\/127\.0\.0\.1:(\d+)/.exec(first.connectionString)?.[1]);
    const second = startAzurite({ folder: null, ports: { ...free, queue: taken } });
    await expect(second).rejects.toThrow(`Port ${taken}, wanted for the storage emulator Azurite, is already in use`);
    await first.stop();
  });

  test('ends when the process that started it is killed', async () => {
    const module = new URL('../../local/azurite.ts', import.meta.url).href;
    const { out } = await runNode(
      `import { startAzurite } from '${module}';
       const azurite = await startAzurite({ folder: null, ports: { blob: 0, queue: 0, table: 0 } });
       console.log(azurite.processId);
       process.kill(process.pid, 'SIGKILL');`,
      {},
    );
    const processId = Number(out);
    expect(processId).toBeGreaterThan(1);
    await expect.poll(() => isAlive(processId)).toBe(false);
  });
});

describe('a claim of the folder', () => {
  test('of a process that is gone is taken over, and given free again', async () => {
    const nobodyAnswers = 'http://127.0.0.1:9/_azure';
    await claimFolder(folder, nobodyAnswers);
    const release = await claimFolder(folder, nobodyAnswers);
    await release();
    await claimFolder(folder, nobodyAnswers);
  });

  test('of a process that answers for itself keeps others off', async () => {
    const { createServer } = await import('node:http');
    const server = createServer((_, response) => response.end(JSON.stringify({ processId: process.pid })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await claimFolder(folder, `http://127.0.0.1:${port}/_azure`);
    await expect(claimFolder(folder, 'http://127.0.0.1:9/_azure')).rejects.toThrow(FolderTaken);
    server.close();
  });
});

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

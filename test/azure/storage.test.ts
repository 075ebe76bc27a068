import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpHeaders, createPipelineRequest, type HttpClient, RestError } from '@azure/core-rest-pipeline';
import { TableClient } from '@azure/data-tables';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { azureCall, callingHttpClient } from '../../src/azure/azure-call.ts';
import { clouds } from '../../src/azure/clouds.ts';
import type { WakeUp } from '../../src/durable/ports.ts';
import type { AccountRows } from '../../src/rotation/ports.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { accountRowsContract } from '../contracts/account-rows.contract.ts';
import { hardeningRowsContract } from '../contracts/hardening-rows.contract.ts';
import { outboxContract } from '../contracts/outbox.contract.ts';
import { wakeUpsContract } from '../contracts/wake-ups.contract.ts';

let folder: string;
let azurite: Awaited<ReturnType<typeof startAzurite>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-azurite-'));
  azurite = await startAzurite({ folder, ports: { blob: 0, queue: 0, table: 0 } });
});
afterAll(async () => {
  await azurite.stop();
  await rm(folder, { recursive: true });
});

accountRowsContract('the journal in Azurite', async () => access(azurite.connectionString).rows);

outboxContract('the outbox in Azurite', async () => access(azurite.connectionString));
hardeningRowsContract('the journal in Azurite', async () => access(azurite.connectionString).hardeningRows);

wakeUpsContract('the queue in Azurite', async () => ({
  wakeUps: access(azurite.connectionString).wakeUps,
  async visible() {
    const queue = new QueueClient(azurite.connectionString, 'advance-rotation');
    const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
    return peekedMessageItems.map(({ messageText }): WakeUp => JSON.parse(atob(messageText)));
  },
}));

const account = parseAccountId(
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-contoso',
);
if (account === null) throw new TypeError();

describe('the pause switch in Azurite', () => {
  it('is one row per instance, which the last one to throw it has', async () => {
    const { pauses } = access(azurite.connectionString);
    expect(await pauses.load('func-one')).toBeNull();
    await pauses.save('func-one', { paused: true, reason: 'fire' });
    await pauses.save('func-one', { paused: false, reason: null });
    const row = await pauses.load('func-one');
    expect(row?.fields).toEqual({ paused: false, reason: null });
    expect(row?.savedAtMs).toBeGreaterThan(0);
    expect(await pauses.load('func-two')).toBeNull();
  });
});

describe('what discovery found, in Azurite', () => {
  it('is kept per instance, more of it than one transaction takes, whatever another sweep has removed already', async () => {
    const { found } = access(azurite.connectionString);
    const target = (n: number) => ({ kind: 'target', key: `contoso-${n}`, fields: { n } }) as const;
    expect(await found.list('func-one')).toEqual([]);
    await found.save(
      'func-one',
      [],
      Array.from({ length: 201 }, (_, n) => target(n)),
    );
    expect(await found.list('func-one')).toHaveLength(201);
    expect(await found.find('func-one', 'target', 'contoso-200')).toEqual(target(200));
    const look = { kind: 'look', key: 'last', fields: { atMs: 1 } } as const;
    await found.save('func-one', [target(0), { kind: 'refused', key: 'nobody' }, target(1)], [look]);
    expect(await found.list('func-one')).toHaveLength(200);
    expect(await found.list('func-one')).toContainEqual(look);
    expect(await found.find('func-one', 'target', 'contoso-1')).toBeNull();
    expect(await found.list('func-two')).toEqual([]);
  });
});

describe('the rows of an account', () => {
  it('are called as the next release will look for them', async () => {
    const azure = access(azurite.connectionString);
    const { hardeningRows, outbox } = azure;
    const rows: AccountRows<unknown> = azure.rows;
    const one = parseAccountId(account.armId.replace('ai-contoso', 'ai-named'));
    if (one === null) throw new TypeError();
    await rows.save(one, {}, null, [{ key: 'end-r1', fields: {} }]);
    await rows.saveNotes(one, {});
    await rows.saveLastEvent(one, {});
    for (const area of ['network', 'access', 'keyless'] as const) await hardeningRows.save(one, area, {}, null);
    await outbox.add(one, { id: 'waits', fields: {} });
    await outbox.add(one, { id: 'told', fields: {} });
    await outbox.settle(one, { id: 'told', fields: {} });
    const table = TableClient.fromConnectionString(azurite.connectionString, 'keyturn', {
      allowInsecureConnection: true,
    });
    const queryOptions = { filter: `armId eq '${one.armId}'` };
    const names: string[] = [];
    const partitions = new Set<string>();
    for await (const { partitionKey = '', rowKey = '' } of table.listEntities({ queryOptions })) {
      names.push(rowKey);
      partitions.add(partitionKey);
    }
    const hash = createHash('sha256').update(one.armId.toLowerCase()).digest('hex');
    expect([...partitions]).toEqual([hash.slice(0, 1)]);
    expect(names.map((name) => name.replace(hash, '{hash}')).sort()).toMatchInlineSnapshot(`
      [
        "current-{hash}-account",
        "current-{hash}-hardening-access",
        "current-{hash}-hardening-keyless",
        "current-{hash}-hardening-network",
        "current-{hash}-last-event",
        "current-{hash}-notes",
        "history-{hash}-end-r1",
        "history-{hash}-outbox-waits",
        "history-{hash}-told-told",
      ]
    `);
  });
});

describe('a row with columns that are not Keyturn’s', () => {
  it('is unreadable, but keeps no list of messages or history from being read', async () => {
    const azure = access(azurite.connectionString);
    const { outbox, hardeningRows } = azure;
    const rows: AccountRows<unknown> = azure.rows;
    const other = parseAccountId(account.armId.replace('ai-contoso', 'ai-foreign'));
    if (other === null) throw new TypeError();
    await rows.save(other, { n: 1 }, null, [{ key: 'outbox-1', fields: {} }]);
    await hardeningRows.save(other, 'network', {}, null);
    const table = TableClient.fromConnectionString(azurite.connectionString, 'keyturn', {
      allowInsecureConnection: true,
    });
    const queryOptions = { filter: `armId eq '${other.armId}'` };
    for await (const { partitionKey = '', rowKey = '' } of table.listEntities({ queryOptions }))
      await table.updateEntity({ partitionKey, rowKey, foreign: true }, 'Replace');
    const refusal = { failure: { kind: 'not-applied', code: 'row-unreadable' } };
    await expect(rows.load(other)).rejects.toMatchObject(refusal);
    await expect(rows.readHistory(other, 'outbox-1')).rejects.toMatchObject(refusal);
    await expect(hardeningRows.load(other, 'network')).rejects.toMatchObject(refusal);
    await expect(hardeningRows.loadAll(other)).rejects.toMatchObject(refusal);
    expect(await rows.pageHistory(other, '', null, 10)).toEqual([{ key: 'outbox-1', fields: undefined }]);
    expect((await outbox.waiting(other)).rows).toEqual([{ id: '1', fields: undefined }]);
  });
});

describe('a table that is missing', () => {
  it('is made by whatever is written first', async () => {
    const { pauses } = access(azurite.connectionString);
    await TableClient.fromConnectionString(azurite.connectionString, 'keyturn', {
      allowInsecureConnection: true,
    }).deleteTable();
    await pauses.save('func-one', { paused: true });
    expect((await pauses.load('func-one'))?.fields).toEqual({ paused: true });
  });
});

describe('the journal', () => {
  it('shows people the account’s id and the schema version beside the state', async () => {
    const rows: AccountRows<unknown> = access(azurite.connectionString).rows;
    await rows.save(account, { schemaVersion: 4 }, null, []);
    const table = TableClient.fromConnectionString(azurite.connectionString, 'keyturn', {
      allowInsecureConnection: true,
    });
    const shown = [];
    for await (const row of table.listEntities()) shown.push(row);
    expect(shown).toContainEqual(
      expect.objectContaining({
        rowKey: expect.stringMatching(/^current-[0-9a-f]{64}-account$/),
        armId: account.armId,
        schemaVersion: 4,
        json00: '{"schemaVersion":4}',
      }),
    );
    expect(shown.map(({ partitionKey }) => partitionKey)).toContainEqual(expect.stringMatching(/^[0-9a-f]$/));
  });

  it.each([
    { status: 500, headers: {}, failure: { kind: 'outcome-unknown', code: 'http-500' } },
    {
      status: 503,
      headers: { 'x-ms-error-code': 'ServerBusy', 'retry-after': '7' },
      failure: { kind: 'not-applied', code: 'ServerBusy', retryAfterMs: 7000 },
    },
    {
      status: 403,
      headers: { 'x-ms-error-code': 'AuthorizationFailure' },
      failure: { kind: 'not-applied', code: 'AuthorizationFailure', retryAfterMs: null },
    },
    { status: 0, headers: {}, failure: { kind: 'outcome-unknown', code: 'ECONNRESET' } },
  ])('asks once, and says $failure.kind, when a save is answered $status', async ({ status, headers, failure }) => {
    await using storage = await oneAnswer(status, headers);
    const rows: AccountRows<unknown> = access(storage.connectionString).rows;
    await expect(rows.save(account, {}, null, [])).rejects.toMatchObject({ failure });
    expect(storage.requests).toHaveLength(1);
  });
});

describe('a connection to the journal that the far side has dropped while it was kept alive', () => {
  it.each<[string, (rows: AccountRows<unknown>) => Promise<unknown>]>([
    ['the account’s row is read', (rows) => rows.load(account)],
    ['history is paged', (rows) => rows.pageHistory(account, 'end', null, 10)],
  ])('costs nothing if %s: it is asked again on a fresh one', async (_, read) => {
    await using storage = await droppingKeptConnections();
    const { rows } = access(storage.connectionString);
    // Two connections are kept: a second try on the other one would fail as well.
    await Promise.all([read(rows), read(rows)]);
    await expect(read(rows)).resolves.toBeDefined();
    expect(storage.connections.sort()).toEqual([1, 1, 2]);
  });

  it.each([
    ['ECONNRESET', 2],
    ['EPIPE', 2],
    ['ETIMEDOUT', 1],
    ['ENOTFOUND', 1],
  ])('shows as %s, and is sent %i times', async (code, times) => {
    let sent = 0;
    const inner: HttpClient = {
      sendRequest: async (request) => {
        sent += 1;
        if (sent === 1) throw new RestError('dropped', { code, request });
        return { request, status: 200, headers: createHttpHeaders(), bodyAsText: '{}' };
      },
    };
    const request = createPipelineRequest({ url: 'https://contoso.table.core.windows.net/keyturn' });
    const send = () => callingHttpClient(inner, false).sendRequest(request);
    const read = azureCall('table', { kind: 'read' }, send);
    if (times === 2) expect((await read).value.status).toBe(200);
    else await expect(read).rejects.toMatchObject({ failure: { kind: 'not-applied', code } });
    expect(sent).toBe(times);
  });

  it('is asked again once: a read fails that is dropped on a fresh one, too', async () => {
    await using storage = await oneAnswer(0, {});
    const read = access(storage.connectionString).rows.load(account);
    await expect(read).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'ECONNRESET' } });
    expect(storage.requests).toHaveLength(2);
  });

  it.each([500, 503])('is not asked again for an answer (%s)', async (status) => {
    await using storage = await oneAnswer(status, {});
    await expect(access(storage.connectionString).rows.load(account)).rejects.toThrow(`http-${status}`);
    expect(storage.requests).toHaveLength(1);
  });

  it.each<[string, (rows: AccountRows<unknown>) => Promise<unknown>]>([
    ['a save', (rows) => rows.save(account, {}, null, [])],
    ['notes', (rows) => rows.saveNotes(account, {})],
    ['a removal', (rows) => rows.remove(account, 'etag')],
    ['a removal of history', (rows) => rows.removeHistory(account, ['end'])],
  ])('ends %s, which is never sent twice', async (_, write) => {
    await using storage = await droppingKeptConnections();
    const { rows } = access(storage.connectionString);
    await rows.load(account);
    await expect(write(rows)).rejects.toMatchObject({ failure: { kind: 'outcome-unknown', code: 'ECONNRESET' } });
    expect(storage.connections).toEqual([2]);
  });
});

describe('the queue', () => {
  it.each([
    { delayMs: 1, seconds: '1' },
    { delayMs: 1_001, seconds: '2' },
    { delayMs: 6 * 24 * 60 * 60 * 1000, seconds: '518400' },
    { delayMs: 9 * 24 * 60 * 60 * 1000, seconds: '604800' },
  ])('asks for $seconds seconds and no expiry when the delay is $delayMs ms', async ({ delayMs, seconds }) => {
    await using storage = await oneAnswer(500, {});
    const sent = access(storage.connectionString).wakeUps.enqueue({ target: 'contoso', wakeSeq: 1 }, delayMs);
    await expect(sent).rejects.toMatchObject({ failure: { kind: 'outcome-unknown', code: 'http-500' } });
    expect(storage.requests.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual([
      { visibilitytimeout: seconds, messagettl: '-1', timeout: '30' },
    ]);
  });

  it('asks once when the connection breaks', async () => {
    await using storage = await oneAnswer(0, {});
    const sent = access(storage.connectionString).wakeUps.enqueue({ target: 'contoso', wakeSeq: 1 }, 0);
    await expect(sent).rejects.toMatchObject({ failure: { kind: 'outcome-unknown', code: 'ECONNRESET' } });
    expect(storage.requests).toHaveLength(1);
  });

  it('says not-applied when nobody listens', async () => {
    const storage = await oneAnswer(200, {});
    await storage[Symbol.asyncDispose]();
    const sent = access(storage.connectionString).wakeUps.enqueue({ target: 'contoso', wakeSeq: 1 }, 0);
    await expect(sent).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'ECONNREFUSED' } });
  });
});

function access(connectionString: string) {
  return azureAccess({
    cloud: clouds.public,
    credential: { getToken: () => Promise.reject(new Error('no token is needed')) },
    storage: { kind: 'connection-string', value: new SecretText(connectionString) },
  });
}

/** A storage service that has one answer to everything; status 0 breaks the connection. */
async function oneAnswer(status: number, headers: Record<string, string>) {
  const requests: URL[] = [];
  const server = await listen((request, response) => {
    requests.push(new URL(request.url ?? '/', 'http://127.0.0.1'));
    if (status === 0) request.socket.resetAndDestroy();
    else response.writeHead(status, headers).end();
  });
  return { ...server, requests };
}

/** A storage service that answers one request on each connection, and breaks it at the second. `connections`: requests on each. */
async function droppingKeptConnections() {
  const bySocket = new Map<Socket, number>();
  const server = await listen(({ socket }, response) => {
    const count = (bySocket.get(socket) ?? 0) + 1;
    bySocket.set(socket, count);
    if (count > 1) return void socket.resetAndDestroy();
    const headers = { 'content-type': 'application/json', etag: 'W/"1"', date: new Date().toUTCString() };
    const row = { json00: '{}', Timestamp: new Date().toISOString() };
    response.writeHead(200, headers).end(JSON.stringify({ ...row, value: [row] }));
  });
  return {
    ...server,
    get connections() {
      return [...bySocket.values()];
    },
  };
}

async function listen(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/contoso`;
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=contoso;AccountKey=${btoa('key')};QueueEndpoint=${url};TableEndpoint=${url};`;
  return {
    connectionString,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

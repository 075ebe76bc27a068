import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { systemClock } from '../../src/azure/system-clock.ts';
import { hardeningAreas } from '../../src/hardening/ports.ts';
import { offboardedKey } from '../../src/rotation/ports.ts';
import { type AccountId, parseAccountId } from '../../src/shared/resource-id.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

let folder: string;
let azurite: Awaited<ReturnType<typeof startAzurite>>;
let storage: Awaited<ReturnType<typeof startPagingStorage>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-azurite-'));
  azurite = await startAzurite({ folder, ports: { blob: 0, queue: 0, table: 0 } });
  storage = await startPagingStorage(azurite.connectionString);
  for (const [n, account] of accounts.entries()) await fill(account, n);
});
afterAll(async () => {
  await storage.stop();
  await azurite.stop();
  await rm(folder, { recursive: true });
});

const bucketOf = ({ armId }: AccountId) => hash('sha256', armId.toLowerCase()).slice(0, 1);

/** Of one bucket, without rows. */
const many = Array.from({ length: 500 }, (_, n) => named(`ai-of-many-${n}`))
  .filter((account) => bucketOf(account) === '7')
  .slice(0, 13);

/** More than there are buckets, so that some share one. */
const accounts = Array.from({ length: 24 }, (_, n) => named(`ai-contoso-${n}`));

describe.each([
  ['of the whole fleet', true],
  ['of a few accounts', false],
])('a visit %s', (_, isWhole) => {
  it('reads what each row holds, though a page ends after a few rows', async () => {
    const { rows, hardeningRows, visitInBulk } = access();
    const visited = await visitInBulk(accounts, self, isWhole, (account, journal) => all(account, journal));
    const single = [];
    for (const account of accounts) single.push(await all(account, { rows, hardeningRows }));
    expect(visited.map(withoutNow)).toEqual(single.map(withoutNow));
    expect(visited.filter(({ row }) => row !== null)).toHaveLength(18);
  });

  it('answers what a person sees of an account that was never there', async () => {
    const nobody = named('ai-nobody');
    const [found] = await access().visitInBulk([nobody], self, isWhole, (account, journal) => all(account, journal));
    expect(found).toEqual({ row: null, notes: null, event: null, offboarded: null, hardening: [] });
  });

  it('saves through, and is refused if somebody saved since', async () => {
    const { rows, visitInBulk } = access();
    const account = accounts[5] ?? fail();
    const [answers] = await visitInBulk([account], self, isWhole, async (_account, journal) => {
      const read = await journal.rows.load(account);
      const now = await rows.load(account);
      await rows.save(account, { schemaVersion: 1, n: 'newer' } as never, now?.etag ?? null, []);
      return await journal.rows.save(account, { schemaVersion: 1, n: 'late' } as never, read?.etag ?? null, []);
    });
    expect(answers).toEqual({ kind: 'conflict' });
    expect((await rows.load(account))?.fields).toMatchObject({ n: 'newer' });
  });
});

it.each([true, false])('a read that fails is told to its own accounts, visit by visit (whole: %s)', async (isWhole) => {
  storage.refuse((filter) => filter.includes("PartitionKey eq '3'"));
  const failed = await access().visitInBulk(accounts, self, isWhole, (account, { rows, hardeningRows }) =>
    Promise.allSettled([rows.load(account), rows.loadNotes(account), hardeningRows.loadAll(account)]),
  );
  storage.refuse(() => false);
  const told = failed.map((settled) =>
    settled.map((one) => one.status === 'rejected' && JSON.stringify(one).includes('ServerBusy')),
  );
  expect(told).toEqual(accounts.map((account) => [0, 1, 2].map(() => bucketOf(account) === '3')));
  expect(accounts.map(bucketOf)).toContain('3');
});

it.each([true, false])(
  'an account that stands among the items often is visited as often (whole: %s)',
  async (isWhole) => {
    const [one, other] = [accounts[1] ?? fail(), accounts[2] ?? fail()];
    const items = [one, other, ...Array.from({ length: 8 }, () => one)];
    const { rows, visitInBulk } = access();
    const visited = await visitInBulk(items, self, isWhole, (account, journal) => journal.rows.load(account));
    const single = [];
    for (const account of items) single.push((await rows.load(account))?.fields);
    expect(visited.map((row) => row?.fields)).toEqual(single);
  },
);

it('the whole fleet costs a query a bucket, and of a few accounts six share one', async () => {
  storage.pageRows = 1_000;
  for (const [some, isWhole, queries] of [
    [accounts, true, new Set(accounts.map(bucketOf)).size],
    [many.slice(0, 6), false, 1],
    [many, false, 3],
  ] as const) {
    storage.filters = [];
    await access().visitInBulk(some, self, isWhole, async () => null);
    expect(storage.filters).toHaveLength(queries);
    // The service takes 15: https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities
    for (const filter of storage.filters) expect(filter.match(/ (eq|ge|gt|lt) /g)?.length).toBeLessThanOrEqual(15);
  }
});

it.each([
  ['together after a read that took a second', 1_000, 0, 1],
  ['one by one after one that took more: the service may have looked at all history', 1_001, 3_599_999, 6],
  ['together again an hour later', 1_001, 3_600_000, 1],
])('six accounts of a bucket are read %s', async (_, tookMs, laterMs, queries) => {
  let nowMs = 0;
  const { visitInBulk } = access({ ...systemClock, monotonicMs: () => nowMs });
  const read = () => visitInBulk(many.slice(0, 6), self, false, async () => null);
  storage.refuse(() => {
    nowMs += tookMs;
    return false;
  });
  await read();
  storage.refuse(() => false);
  nowMs += laterMs;
  storage.filters = [];
  await read();
  expect(storage.filters).toHaveLength(queries);
});

it.each([true, false])(
  'throws what is not Keyturn’s at its own account, and at no other (whole: %s)',
  async (isWhole) => {
    const foreign = accounts[7] ?? fail();
    const table = TableClient.fromConnectionString(azurite.connectionString, 'keyturn', {
      allowInsecureConnection: true,
    });
    const filter = `armId eq '${foreign.armId}'`;
    for await (const { partitionKey = '', rowKey = '' } of table.listEntities({ queryOptions: { filter } }))
      if (rowKey.endsWith('-account'))
        await table.updateEntity({ partitionKey, rowKey, armId: foreign.armId, foreign: true }, 'Replace');
    const codes = await access().visitInBulk(accounts, self, isWhole, (account, { rows }) =>
      rows.load(account).then(
        () => null,
        (error: unknown) => (error as { failure: { code: string } }).failure.code,
      ),
    );
    expect(codes.flatMap((code, at) => (code === null ? [] : [[at, code]]))).toEqual([[7, 'row-unreadable']]);
  },
);

const self = (account: AccountId) => account;

function named(name: string): AccountId {
  const resourceGroup = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg';
  return parseAccountId(`${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/${name}`) ?? fail();
}

function access(clock = systemClock) {
  return azureAccess({
    clock,
    cloud: clouds.public,
    credential: { getToken: () => Promise.reject(new TypeError('no token is needed')) },
    storage: { kind: 'connection-string', value: new SecretText(storage.connectionString) },
  });
}

type Journal = Pick<ReturnType<typeof access>, 'rows' | 'hardeningRows'>;

/** Every fourth has no row, and of these every other is offboarded; the rest has whatever a row may have beside it. */
async function fill(account: AccountId, n: number) {
  const { rows, hardeningRows } = access();
  const mark = { key: offboardedKey, fields: { offboarded: { by: 'operator', atMs: n } } };
  const history = Array.from({ length: 5 }, (_, at) => ({ key: `end-${at}`, fields: { n, at } }));
  const saved = await rows.save(account, { schemaVersion: 1, n } as never, null, [...history, mark]);
  if (n % 4 === 0 && saved.kind === 'saved') await rows.remove(account, saved.etag);
  if (n % 2 === 0) await rows.saveNotes(account, { n });
  if (n % 3 === 0) await rows.saveLastEvent(account, { n });
  for (const [at, area] of hardeningAreas.entries())
    if (n % (at + 2) === 0) await hardeningRows.save(account, area, { n, area }, null);
}

async function all(account: AccountId, { rows, hardeningRows }: Journal) {
  return {
    row: await rows.load(account),
    notes: await rows.loadNotes(account),
    event: await rows.loadLastEvent(account),
    offboarded: await rows.readHistory(account, offboardedKey),
    hardening: [...(await hardeningRows.loadAll(account))],
  };
}

/** The two ways ask at two moments. */
function withoutNow(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, member: unknown) => (key === 'storageNowMs' ? typeof member : member)));
}

/** Azurite's tables behind pages as short as is asked for: the real service ends a page after 1,000 rows, Azurite never does. */
async function startPagingStorage(connectionString: string) {
  const endpoint = /TableEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? fail();
  let isRefused = (_filter: string): boolean => false;
  const state = { pageRows: 2, filters: [] as string[] };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', new URL(endpoint).origin);
    const filter = url.searchParams.get('$filter');
    if (filter !== null) {
      state.filters.push(filter);
      if (isRefused(filter)) return void response.writeHead(503, { 'x-ms-error-code': 'ServerBusy' }).end();
      url.searchParams.set('$top', String(state.pageRows));
    }
    const { method, headers } = request;
    const passed = send(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const address = endpoint.replace(new URL(endpoint).host, `127.0.0.1:${port}`);
  return Object.assign(state, {
    connectionString: connectionString.replace(endpoint, address),
    refuse(which: typeof isRefused) {
      isRefused = which;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function fail(): never {
  throw new TypeError('this does not come to pass');
}

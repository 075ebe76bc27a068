import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import { defaultSubscriptionId } from '../../local/simulated-azure/default-world.ts';
import { documentTargets } from '../../src/app/targets/document-targets.ts';
import { firstPage } from '../../src/app/targets/target-query.ts';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { notificationKinds } from '../../src/notifications/choices.ts';
import type { Notification } from '../../src/notifications/notification.ts';
import type { AccountRows } from '../../src/rotation/ports.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { mostDocumentBytes } from '../../src/targets/ports.ts';
import { azuriteBlobs } from '../azure/azurite-blobs.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { operator } from '../memory-world/life.ts';
import { memoryOutbox } from '../memory-world/memory-outbox.ts';
import { currentKey, secretValue, simulatedKeyturn } from './simulated-keyturn.ts';

let azurite: Awaited<ReturnType<typeof startAzurite>>;
beforeAll(async () => {
  azurite = await startAzurite({ folder: null, ports: { blob: 0, queue: 0, table: 0 } });
});
afterAll(async () => {
  await azurite.stop();
});

const minuteMs = 60_000;

/** A target as people write it; only the first one's account is there. */
function written(account: string) {
  const accountId = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09/providers/Microsoft.CognitiveServices/accounts/${account}`;
  return { name: account === demo ? 'demo' : account, accountId, vault: 'kv-ai102-secure', prefix: account };
}

const demo = 'ai-secure-demo';
const others = ['ai-a', 'ai-b', 'ai-c', 'ai-d'];

/** Keyturn with a targets document of its own in Azurite; blobs and rows are Azurite's, the rest is the simulated Azure. */
async function open({ connectionString = azurite.connectionString } = {}) {
  const container = `c-${randomUUID()}`;
  const place = `${container}/fleet/targets.json`;
  const blobs = azuriteBlobs(azurite.connectionString);
  await blobs.makeContainer(container);
  const storage = (text: string) =>
    azureAccess({
      cloud: clouds.public,
      credential: { getToken: async () => null },
      storage: { kind: 'connection-string', value: new SecretText(text) },
    });
  const instance = `keyturn-${container.slice(0, 20)}`;
  const listed = storage(azurite.connectionString).listed;
  const blob = storage(connectionString).targetsBlob({ container, name: 'fleet/targets.json' });
  const told: Notification[] = [];
  const make = (parts: Omit<Parameters<typeof documentTargets>[0], 'blob' | 'place' | 'listed' | 'vaultSuffix'>) =>
    documentTargets({ ...parts, instance, blob, place, listed, vaultSuffix: 'vault.azure.net' });
  const keyturn = simulatedKeyturn(
    {},
    {
      document: make,
      rows: demoAlone,
      notifier: ({ journal, clock }) => ({
        outbox: memoryOutbox(journal.journal, clock.nowMs),
        channels: [
          { name: 'webhook', kinds: notificationKinds, send: async (notification) => void told.push(notification) },
        ],
        kinds: ['targets-not-accepted'],
      }),
    },
  );
  const { app, clock } = keyturn;
  return {
    ...keyturn,
    blobs,
    place,
    told,
    put: (document: unknown) =>
      blobs.put(place, typeof document === 'string' ? document : JSON.stringify(document, null, 2)),
    putAccounts: (accounts: readonly string[]) => blobs.put(place, JSON.stringify(accounts.map(written))),
    sweep: async () => {
      clock.advance(5 * minuteMs);
      await app.sweep();
    },
    list: async () => {
      const answer = await app.listTargets(firstPage);
      if (answer.kind === 'unavailable') return answer.reason;
      if (answer.kind !== 'listed') return answer.kind;
      return answer.targets
        .map(({ name, blocked }) => (blocked === null ? name : `${name} ${blocked.reason}`))
        .toSorted();
    },
    document: async () => {
      const answer = await app.readFleet();
      return answer.kind === 'found' ? answer.fleet.targetsDocument : null;
    },
    accept: (...ifMatch: readonly string[]) => app.acceptDocument({ reason: 'meant so', ifMatch }, operator),
    /** The document as a process sees it that has just begun. */
    restarted: () => make({ rows: keyturn.journal.ports.rows, instance, clock, log: () => undefined }),
  };
}

/** The one row that the journal in memory holds is the demo's. */
function demoAlone(only: AccountRows): AccountRows {
  const ofDemo = <T>(armId: string, ask: () => Promise<T>) => (armId.endsWith(demo) ? ask() : Promise.resolve(null));
  return {
    ...only,
    load: (account) => ofDemo(account.armId, () => only.load(account)),
    loadNotes: (account) => ofDemo(account.armId, () => only.loadNotes(account)),
    loadLastEvent: (account) => ofDemo(account.armId, () => only.loadLastEvent(account)),
    readHistory: (account, key) => ofDemo(account.armId, () => only.readHistory(account, key)),
  };
}

describe('a fleet that a document declares', () => {
  it('lives: declared, adopted, rotated; a target that is taken out ends its rotation first, and is not offboarded', async () => {
    const { app, clock, journal, account, vault, log, putAccounts, sweep, list } = await open();
    await putAccounts([demo, ...others]);
    await sweep();
    expect(await list()).toEqual([...others, 'demo']);
    await app.adopt('demo', { activeSlot: 'key1' }, operator);
    clock.advance(3 * 60 * minuteMs);
    const before = [currentKey(account, 'key1'), currentKey(account, 'key2')];
    const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    expect(started.kind).toBe('started');

    await putAccounts(others);
    await sweep();
    expect(await list()).toEqual([...others, 'demo no-longer-a-target'].toSorted());
    expect(journal.queue).not.toEqual([]);
    await deliverAll(journal, app);
    expect(before).not.toContain(currentKey(account, 'key1'));
    expect(before).not.toContain(currentKey(account, 'key2'));
    expect(secretValue(vault, `${demo}-key1`)).toBe(currentKey(account, 'key1'));

    await sweep();
    expect(await list()).toEqual(others);
    expect(log).toContainEqual({ event: 'target-gone', target: 'demo' });
    expect(log.filter(({ event }) => event === 'target-offboarded')).toEqual([]);
    expect(await journal.ports.rows.load(written(demo) as never)).not.toBeNull();
  });

  it('is given the new definition of a target once its rotation has ended', async () => {
    const { app, clock, journal, put, putAccounts, sweep, list } = await open();
    await putAccounts([demo, ...others]);
    await sweep();
    await app.adopt('demo', { activeSlot: 'key1' }, operator);
    clock.advance(3 * 60 * minuteMs);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await put([{ ...written(demo), name: 'renamed' }, ...others.map(written)]);
    await sweep();
    expect(await list()).toEqual([...others, 'demo']);
    await deliverAll(journal, app);
    await sweep();
    expect(await list()).toEqual([...others, 'renamed']);
  });

  it('stays as it is while the document is bad, and says where it is wrong: in the fleet, to people, in the log', async () => {
    const { put, putAccounts, sweep, list, document, told, log, restarted } = await open();
    await putAccounts([demo, ...others]);
    await sweep();
    const etag = await put([...[demo, ...others].map(written), { ...written('ai-e'), rotateEvery: 'soon' }]);
    await sweep();
    await sweep();
    expect(await list()).toEqual([...others, 'demo']);
    const problem = { line: 37, field: 'targets[5].rotateEvery', found: '"soon"', accepted: expect.any(String) };
    expect(await document()).toMatchObject({
      status: 'refused',
      accepted: { targets: 5, by: null },
      refused: { reason: 'document-invalid', etag, problems: [problem], problemsInAll: 1 },
    });
    expect(told).toMatchObject([
      { kind: 'targets-not-accepted', target: null, reason: 'document-invalid', adminCall: 'GET /api/fleet' },
    ]);
    expect(told[0]?.detail).toContain('line 37: targets[5].rotateEvery: found "soon"');
    expect(log.filter(({ event }) => event === 'targets-not-accepted')).toEqual([
      {
        event: 'targets-not-accepted',
        reason: 'document-invalid',
        etag,
        code: null,
        fields: ['targets[5].rotateEvery'],
      },
    ]);
    // A worker that begins while the document is bad.
    const fresh = restarted();
    await fresh.refresh();
    expect((await fresh.list()).map(({ target }) => target.name).toSorted()).toEqual([...others, 'demo']);
    expect((await fresh.find('ai-a'))?.target.account.account).toBe('ai-a');
    await putAccounts([demo, ...others, 'ai-e']);
    await sweep();
    expect(await list()).toEqual([...others, 'ai-e', 'demo']);
    expect(await document()).toMatchObject({ status: 'accepted', refused: null });
  });

  it('loses no more than a fifth of its targets before a person accepts that very document', async () => {
    const { putAccounts, sweep, list, document, told, log, accept } = await open();
    await putAccounts([demo, ...others]);
    await sweep();
    const first = (await document())?.accepted?.etag ?? '';
    const etag = await putAccounts(others.slice(0, 3));
    await sweep();
    expect(await list()).toEqual([...others, 'demo']);
    expect(await document()).toMatchObject({
      refused: { reason: 'targets-dropped', etag, dropped: ['ai-d', 'demo'], droppedInAll: 2 },
    });
    expect(told).toMatchObject([{ reason: 'targets-dropped', detail: expect.stringContaining('ai-d, demo') }]);

    expect(await accept()).toEqual({ kind: 'unconditional', etag });
    expect(await accept('*')).toEqual({ kind: 'unconditional', etag });
    expect(await accept(first)).toEqual({ kind: 'changed-meanwhile', etag });
    expect(await list()).toEqual([...others, 'demo']);
    expect(await accept(etag)).toMatchObject({
      ...{ kind: 'accepted', etag },
      fleet: {
        targetsDocument: { status: 'accepted', accepted: { targets: 3, by: operator.objectId, reason: 'meant so' } },
      },
    });
    expect(await list()).toEqual(others.slice(0, 3));
    await sweep();
    expect(await list()).toEqual(others.slice(0, 3));
    expect(log).toContainEqual({
      event: 'targets-document-accepted',
      etag,
      targets: 3,
      dropped: 2,
      operator: operator.objectId,
    });
  });

  it('is not taken by the word for another document: one that was uploaded meanwhile, or that is wrong', async () => {
    const { put, putAccounts, sweep, list, accept } = await open();
    await putAccounts([demo, ...others]);
    await sweep();
    const seen = await putAccounts(others.slice(0, 2));
    await sweep();
    const meanwhile = await putAccounts([]);
    expect(await accept(seen)).toEqual({ kind: 'changed-meanwhile', etag: meanwhile });
    const wrong = await put('[');
    expect(await accept(wrong)).toMatchObject({ kind: 'invalid', problems: [{ line: 1, field: 'document' }] });
    await sweep();
    expect(await list()).toEqual([...others, 'demo']);
    // Accepted at once by anyone who uploads it and knows, before any sweep has seen it.
    expect((await accept(await putAccounts([demo]))).kind).toBe('accepted');
    expect(await list()).toEqual(['demo']);
  });

  it('stays when the blob is deleted, and people know after a quarter of an hour', async () => {
    const { blobs, place, putAccounts, sweep, list, document, told, accept } = await open();
    const etag = await putAccounts([demo, ...others]);
    await sweep();
    await blobs.remove(place);
    await sweep();
    expect(await list()).toEqual([...others, 'demo']);
    expect(await document()).toMatchObject({ status: 'refused', refused: { reason: 'document-absent', etag: null } });
    expect(told).toEqual([]);
    for (let sweeps = 0; sweeps < 5; sweeps += 1) await sweep();
    expect(told.map(({ reason }) => reason)).toEqual(['document-absent']);
    expect(await accept(etag)).toMatchObject({ kind: 'not-now', reason: 'document-absent' });
    expect(await list()).toEqual([...others, 'demo']);
  });

  it('sets right what a save left half done, though the document is the same', async () => {
    const { putAccounts, sweep, list, place } = await open();
    await putAccounts([demo, ...others]);
    await sweep();
    const { listed } = azureAccess({
      cloud: clouds.public,
      credential: { getToken: async () => null },
      storage: { kind: 'connection-string', value: new SecretText(azurite.connectionString) },
    });
    const instance = `keyturn-${place.slice(0, 20)}`;
    await listed.save(instance, [{ kind: 'target', key: 'ai-b' }], []);
    await sweep();
    expect(await list()).toEqual([...others, 'demo']);
  });

  it('refuses a document that is too large, without keeping it', async () => {
    const { blobs, place, putAccounts, sweep, document } = await open();
    await putAccounts([demo]);
    await sweep();
    await blobs.put(place, Buffer.alloc(mostDocumentBytes + 1, ' '));
    await sweep();
    expect(await document()).toMatchObject({
      refused: {
        reason: 'document-invalid',
        problems: [{ line: null, accepted: `at most ${mostDocumentBytes} bytes` }],
      },
    });
  });
});

describe('before a first document was accepted', () => {
  it.each<[string, string, ((fleet: Awaited<ReturnType<typeof open>>) => Promise<unknown>) | null]>([
    ['absent', 'document-absent', null],
    ['bad', 'document-invalid', ({ put }) => put('{}')],
  ])('nothing is begun, and the targets are called unknown: the document is %s', async (_, reason, prepare) => {
    const fleet = await open();
    const { app, sweep, list, document, told, log, journal, putAccounts } = fleet;
    await prepare?.(fleet);
    await expect(sweep()).rejects.toThrow('targets-unknown');
    expect(await list()).toBe('targets-unknown');
    expect(await app.readTarget('demo')).toMatchObject({
      kind: 'unavailable',
      reason: 'targets-unknown',
      retryAfterMs: 300_000,
    });
    expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ reason: 'targets-unknown' });
    await app.advance({ target: 'demo', wakeSeq: 1 });
    expect(log).toContainEqual({ event: 'wake-up-dropped', target: 'demo', reason: 'targets-unknown' });
    expect(await document()).toMatchObject({ status: 'unknown', accepted: null, refused: { reason } });
    for (let sweeps = 0; sweeps < 4; sweeps += 1) await expect(sweep()).rejects.toThrow('targets-unknown');
    expect(told.map((notification) => notification.reason)).toEqual([reason]);
    expect(journal.queue).toEqual([]);
    await putAccounts([demo]);
    await sweep();
    expect(await list()).toEqual(['demo']);
  });

  it.each<[string, number, string, string]>([
    ['refuses', 403, 'AuthorizationPermissionMismatch', 'Storage Blob Data Reader'],
    ['is down', 503, 'ServerBusy', 'each sweep tries again'],
  ])('the storage %s', async (_, status, code, says) => {
    const server = await answering(status, code);
    const { port } = server.address() as AddressInfo;
    const connectionString = azurite.connectionString.replace(
      /BlobEndpoint=[^;]*/,
      `BlobEndpoint=http://127.0.0.1:${port}/x`,
    );
    const { sweep, list, document, putAccounts } = await open({ connectionString });
    await putAccounts([demo]);
    await expect(sweep()).rejects.toThrow('targets-unknown');
    expect(await list()).toBe('targets-unknown');
    expect(await document()).toMatchObject({
      ...{ status: 'unknown', refused: { reason: 'document-unreadable', code } },
      detail: expect.stringContaining(says),
    });
    server.close();
  });
});

async function answering(status: number, code: string): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(status, { 'x-ms-error-code': code }).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { parseAuditEntry, type StoredAuditEntry } from '../../../src/rotation/audit/audit-rows.ts';
import { type AlsoWrites, auditedJournal } from '../../../src/rotation/audit/audited-journal.ts';
import type { LeakedKey } from '../../../src/rotation/state.ts';
import type { CallTrail } from '../../../src/shared/call-trail.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState } from '../row-builder.ts';

const { account } = buildTarget();
const publishing = buildState('publishing');
const failing = (attempts: number) => buildRow({ rotation: { ...publishing, attempts } });
const lost = new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
const key = 'audit-r1-';

/** A journal with a row, as one invocation sees it whose calls are in `trail`. */
function scene(row: AccountRow | null = failing(0), alsoWrites: AlsoWrites = () => []) {
  const world = memoryWorld();
  if (row !== null) world.journal.save(row, null, []);
  world.clock.advance(300);
  const trail: CallTrail = [];
  const rows = auditedJournal(world.ports.rows, world.ports.clock, trail, 'run', alsoWrites);
  const call = (path: string) =>
    trail.push({ ...{ service: 'arm', method: 'GET', host: 'management.azure.com', path, status: 200, atMs: null } });
  /** Each row of the audit trail, by its key without the rotation. */
  const auditTrail = () =>
    [...world.journal.history].flatMap(([name, fields]): [string, StoredAuditEntry | null][] =>
      name.startsWith(key) ? [[name.slice(key.length), parseAuditEntry(fields)]] : [],
    );
  const paths = () => auditTrail().map(([, one]) => [one?.firstCall, ...(one?.calls.map(({ path }) => path) ?? [])]);
  const etag = () => world.journal.row?.etag ?? null;
  return { world, trail, rows, call, auditTrail, paths, etag };
}

describe('a save under a witness', () => {
  it('carries its audit trail: what changed, and the calls since the last one, each once', async () => {
    const { rows, call, paths, etag, auditTrail } = scene();
    await rows.load(account);
    call('/a');
    call('/b');
    await rows.save(account, failing(1), etag(), []);
    call('/c');
    await rows.save(account, failing(2), etag(), []);
    await rows.save(account, failing(3), etag(), []);
    expect(paths()).toEqual([
      [0, '/a', '/b'],
      [2, '/c'],
    ]);
    expect(auditTrail().map(([name]) => name.split('-').slice(1).join('-'))).toEqual(['run-000001', 'run-000002']);
  });

  it('passes through what is saved beside the row, and what its own writer adds', async () => {
    const added: unknown[] = [];
    const { rows, world, etag } = scene(failing(0), (before, after, atMs) => {
      added.push([before, after, atMs]);
      return [{ key: 'added', fields: { a: 1 } }];
    });
    await rows.load(account);
    await rows.save(account, failing(1), etag(), [{ key: 'given', fields: { b: 2 } }]);
    expect([world.journal.history.get('given'), world.journal.history.get('added')]).toEqual([{ b: 2 }, { a: 1 }]);
    // The storage service tells whole seconds.
    expect(added).toEqual([[failing(0), failing(1), world.clock.nowMs() - 300]]);
  });

  it('notes a leaked key beside the row, seen or not', async () => {
    const { rows, world, etag } = scene();
    const leak: LeakedKey = {
      ...{ slot: 'key1', overlapMs: 60_000, by: 'operator-2', reason: null, seen: null, rotationId: 'r2', atMs: 0 },
      ...{ keys: [], isKnown: false, lookedAtMs: null, seenAtMs: null, goneSinceMs: null, failure: null },
    };
    await rows.load(account);
    await rows.save(account, { ...failing(1), leaks: [leak] }, etag(), []);
    expect(world.journal.history.get('leaked-keys')).toEqual({ leaks: [leak] });
    world.journal.save(failing(2), etag(), []);
    await rows.save(account, { ...failing(3), leaks: [leak, { ...leak, slot: 'key2' }] }, etag(), []);
    expect(world.journal.history.get('leaked-keys')).toEqual({ leaks: [leak, { ...leak, slot: 'key2' }] });
  });

  it('tells its calls again if somebody else saved first', async () => {
    const { rows, call, paths, etag, world } = scene();
    await rows.load(account);
    call('/a');
    const stale = etag();
    world.journal.save(failing(0), stale, []);
    expect(await rows.save(account, failing(1), stale, [])).toEqual({ kind: 'conflict' });
    await rows.load(account);
    await rows.save(account, failing(1), etag(), []);
    expect(paths()).toEqual([[0, '/a']]);
  });

  it.each([
    [
      'was made: its calls are told',
      'after',
      [
        [0, '/a'],
        [1, '/b'],
      ],
    ],
    ['was not made: its calls are told with the next', 'before', [[0, '/a', '/b']]],
  ] as const)('whose reply was lost %s', async (_, when, expected) => {
    const { rows, call, paths, etag, world } = scene();
    await rows.load(account);
    call('/a');
    world.adversary = {
      [when]: ({ operation }: { operation: string }) => {
        if (operation === 'save') throw lost;
      },
    };
    await expect(rows.save(account, failing(1), etag(), [])).rejects.toBe(lost);
    world.adversary = {};
    await rows.load(account);
    call('/b');
    await rows.save(account, failing(2), etag(), []);
    expect(paths()).toEqual(expected);
  });

  it('that was refused tells its calls with the next, even if the row looks like it', async () => {
    const { rows, call, paths, etag, world, trail } = scene();
    const refused = new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
    await rows.load(account);
    call('/a');
    world.adversary = {
      before: ({ operation }) => {
        if (operation === 'save') throw refused;
      },
    };
    await expect(rows.save(account, failing(1), etag(), [])).rejects.toBe(refused);
    world.adversary = {};
    world.journal.save(failing(1), etag(), []);
    await rows.load(account);
    expect(trail).toHaveLength(1);
    await rows.save(account, failing(2), etag(), []);
    expect(paths()).toEqual([[0, '/a']]);
  });

  it('over a row that this invocation has not seen tells nothing of what changed', async () => {
    const { rows, call, auditTrail, etag, world } = scene();
    await rows.load(account);
    world.journal.save(buildRow(), etag(), []);
    call('/a');
    await rows.save(account, failing(1), etag(), []);
    expect(auditTrail()).toEqual([]);
    expect(rows.latest()?.row).toEqual(failing(1));
  });

  it('of the first row tells all of it', async () => {
    const { rows, call, paths, world } = scene(null);
    expect(await rows.load(account)).toBeNull();
    call('/a');
    await rows.save(account, failing(1), null, []);
    expect(paths()).toEqual([[0, '/a']]);
    expect(world.journal.row).not.toBeNull();
  });

  it('is dated by the storage service, to the millisecond of the row that was loaded', async () => {
    const { rows, call, auditTrail, etag, world } = scene();
    const savedAtMs = world.journal.row?.savedAtMs ?? 0;
    expect(savedAtMs % 1_000).toBe(0);
    world.clock.advance(200);
    world.journal.save(failing(0), etag(), []);
    await rows.load(account);
    world.clock.advance(10);
    call('/a');
    await rows.save(account, failing(1), etag(), []);
    expect(auditTrail().map(([, one]) => one?.atMs)).toEqual([savedAtMs + 510]);
    world.clock.advance(1);
    call('/b');
    await rows.save(account, failing(2), etag(), []);
    expect(auditTrail().map(([, one]) => one?.atMs)).toEqual([savedAtMs + 510, savedAtMs + 511]);
    // A worker's own clock may run slow: the service's answer counts.
    const slow = { ...world.ports.clock, monotonicMs: () => 0 };
    const behind = auditedJournal(world.ports.rows, slow, [], 'slow', () => []);
    await behind.load(account);
    world.clock.advance(2_000);
    await behind.save(account, failing(3), etag(), []);
    await behind.save(account, buildRow({ rotation: buildState('probing') }), etag(), []);
    expect(auditTrail().at(-1)?.[1]?.atMs).toBe(savedAtMs + 2_000);
  });
});

describe('what an invocation last saw', () => {
  it('is nothing before it has looked, and the row afterwards', async () => {
    const { rows, world } = scene();
    expect(rows.latest()).toBeNull();
    const stored = await rows.load(account);
    expect(rows.latest()).toEqual({ row: failing(0), storageNowMs: stored?.storageNowMs });
    world.clock.advance(60_000);
    expect(rows.latest()).toEqual({ row: failing(0), storageNowMs: stored?.storageNowMs });
  });

  it.each([
    ['is nothing once it has removed the row', true],
    ['stays if somebody else saved it first', false],
  ])('%s', async (_, isMine) => {
    const { rows, etag } = scene();
    await rows.load(account);
    expect(await rows.remove(account, isMine ? (etag() ?? '') : 'another')).toBe(isMine ? 'removed' : 'conflict');
    expect(rows.latest() === null).toBe(isMine);
  });

  it.each([
    ['newer', { schemaVersion: 99 }],
    ['none that can be read', { schemaVersion: 2 }],
  ])('is nothing if a row is %s', async (_, fields) => {
    const { rows, world } = scene(null);
    world.journal.save(fields, null, []);
    expect((await rows.load(account))?.fields).toEqual(fields);
    expect(rows.latest()).toBeNull();
  });
});

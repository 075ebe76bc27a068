import { describe, expect, it } from 'vitest';
import type { HistoryRow } from '../../../src/durable/ports.ts';
import { auditPrefix, auditRows, begunPrefix, begunSince } from '../../../src/rotation/audit/audit-rows.ts';
import { removeOldHistory } from '../../../src/rotation/audit/old-history.ts';
import { endKey } from '../../../src/rotation/history-places.ts';
import { sightingsPrefix } from '../../../src/rotation/known-keys/key-sightings.ts';
import { requestRow } from '../../../src/rotation/requests/earlier-request.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { operator } from '../../memory-world/life.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { simulatedKeyturn } from '../../scenarios/simulated-keyturn.ts';
import { buildRow, buildState } from '../row-builder.ts';

const dayMs = 24 * 3_600_000;
const cutMs = 1_000 * dayMs;
const { account } = buildTarget();
const place = { account, sinceMs: 0, untilMs: Number.POSITIVE_INFINITY };

/** The rows of a rotation that began and, unless `endedAtMs` is null, ended then. */
async function rowsOf(rotationId: string, startedAtMs: number, endedAtMs: number | null, auditTrail = 3) {
  const ended = await endOf(rotationId);
  const time = (atMs: number) => String(atMs).padStart(15, '0');
  const rows: HistoryRow[] = [
    { key: `${begunSince(startedAtMs)}-${rotationId}-run`, fields: { rotationId, startedAtMs } },
    ...Array.from({ length: auditTrail }, (_, index) => ({
      key: `${auditPrefix(rotationId)}${time(startedAtMs + index)}-run-${String(index).padStart(6, '0')}`,
      fields: {},
    })),
    requestRow({ by: 'ada', key: rotationId, asks: '{}' }, rotationId, startedAtMs),
    ...(endedAtMs === null ? [] : [{ key: endKey(rotationId), fields: { ...ended, endedAtMs } }]),
  ];
  return rows;
}

/** How a real rotation ended, under another id. */
let kept: Promise<Record<string, unknown>> | undefined;
async function endOf(rotationId: string): Promise<Record<string, unknown>> {
  kept ??= (async () => {
    const { app, journal } = simulatedKeyturn({ policy: { firstRotation: 'auto' } });
    await app.adopt('demo', { activeSlot: 'key1' }, operator);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    const [, fields] = [...journal.journal.history].find(([key]) => key.startsWith('end-')) ?? [];
    return Object(fields);
  })();
  const end = structuredClone(await kept);
  return { ...end, last: { ...Object(end.last), rotationId } };
}

/** A journal with these rows; `remove` cleans it up once, keeping the rotations named. */
function journalWith(rows: readonly HistoryRow[]) {
  const { journal, ports } = memoryWorld();
  for (const { key, fields } of rows) journal.history.set(key, fields);
  return {
    left: () => [...journal.history.keys()],
    remove: (keep: readonly string[] = []) => removeOldHistory(ports.rows, [place], new Set(keep), cutMs),
  };
}

const former = { armId: '/former', subscriptionId: 's', resourceGroup: 'g', account: 'a' };
/** What each id holds after one call. The present id is this account's for ever, the former one was it for ten days. */
async function leftOf(present: readonly HistoryRow[], before: readonly HistoryRow[]) {
  const journals = [present, before].map((rows) => {
    const { journal } = memoryWorld();
    for (const { key, fields } of rows) journal.history.set(key, fields);
    return journal;
  });
  const [now, then] = journals;
  if (now === undefined || then === undefined) throw new TypeError('no journals');
  const of = ({ armId }: typeof former) => (armId === former.armId ? then : now);
  const places = [place, { account: former, sinceMs: cutMs - 20 * dayMs, untilMs: cutMs - 10 * dayMs }];
  const rows = {
    readHistory: async (id: typeof former, key: string) => of(id).readHistory(key),
    pageHistory: async (id: typeof former, prefix: string, after: string | null, limit: number) =>
      of(id).historyAfter(prefix, after).slice(0, limit),
    removeHistory: async (id: typeof former, keys: readonly string[]) => of(id).removeHistory(keys),
  };
  await removeOldHistory(rows, places, new Set(), cutMs);
  return [[...now.history.keys()], [...then.history.keys()]];
}

describe('the list of rotations', () => {
  /** The row that lists a rotation begun by a save at `atMs`; the start itself knows whole seconds. */
  const listed = (rotationId: string, atMs: number, wakeSeq = 1): string => {
    const rotation = buildState('preparing', { rotationId, startedAtMs: Math.floor(atMs / 1000) * 1000 });
    const moment = { atMs, run: 'run', save: 1, calls: [], firstCall: 0 };
    const rows = auditRows(buildRow({ wakeSeq }), buildRow({ wakeSeq, rotation }), moment);
    return rows.find(({ key }) => key.startsWith(begunPrefix))?.key ?? '';
  };

  it.each<[string, Parameters<typeof listed>, Parameters<typeof listed>]>([
    ['within one second, the later one with the greater id', ['a', 1_000_100], ['b', 1_000_900]],
    ['within one second, the later one with the lesser id', ['b', 1_000_100], ['a', 1_000_900]],
    ['within one millisecond', ['a', 1_000_100, 7], ['b', 1_000_100, 8]],
    ['within one millisecond, the later one with the lesser id', ['b', 1_000_100, 9], ['a', 1_000_100, 10]],
  ])('shows the newer first of two begun %s', (_, older, newer) => {
    const rows = [listed(...older), listed(...newer)];
    expect(rows.toSorted()).toEqual([listed(...newer), listed(...older)]);
    expect(new Set(rows).size).toBe(2);
  });
});

describe('old history', () => {
  it('goes with everything that its rotation has left', async () => {
    const { left, remove } = journalWith(await rowsOf('old', cutMs - 9 * dayMs, cutMs - 8 * dayMs));
    expect(await remove()).toBe(6);
    expect(left()).toEqual([]);
  });

  it.each<[string, number, number | null]>([
    ['that began and ended since', cutMs, cutMs + dayMs],
    ['that ended since, whenever it began', cutMs - 90 * dayMs, cutMs],
  ])('is not that of a rotation %s: its end and evidence stay', async (_, startedAtMs, endedAtMs) => {
    const { left, remove } = journalWith(await rowsOf('young', startedAtMs, endedAtMs));
    await remove();
    const stays = left().filter((key) => /^(begun|end|audit)-/.test(key));
    expect(stays).toHaveLength(5);
  });

  it('is never that of the rotation in flight, however old it is', async () => {
    const rows = await rowsOf('current', cutMs - 900 * dayMs, null);
    const { left, remove } = journalWith(rows);
    expect(await remove(['current'])).toBe(0);
    expect(left()).toHaveLength(rows.length);
  });

  it('of a rotation whose end was lost goes too', async () => {
    const { left, remove } = journalWith(await rowsOf('lost', cutMs - 9 * dayMs, null));
    await remove();
    expect(left()).toEqual([]);
  });

  it('goes in bounded batches, the rotation itself last', async () => {
    const { left, remove } = journalWith(await rowsOf('long', cutMs - 9 * dayMs, cutMs - 8 * dayMs, 200));
    expect(await remove()).toBeLessThanOrEqual(100);
    expect(left().filter((key) => /^(begun|end)-/.test(key))).toHaveLength(2);
    await remove();
    await remove();
    expect(left()).toEqual([]);
  });

  it('of many rotations goes in several calls, whatever is kept besides', async () => {
    const old = await Promise.all(
      Array.from({ length: 12 }, (_, index) => rowsOf(`old-${index}`, cutMs - (index + 2) * dayMs, cutMs - dayMs)),
    );
    const current = await rowsOf('current', cutMs - dayMs, null);
    const { left, remove } = journalWith([...current, ...old.flat()]);
    for (let call = 0; call < 4; call += 1) await remove(['current']);
    expect(left().filter((key) => !key.includes('current') && !key.startsWith('request-'))).toEqual([]);
    expect(left()).toHaveLength(current.length);
  });

  it('holds no message to people, and nothing of another kind', async () => {
    const { left, remove } = journalWith([
      { key: 'outbox-1', fields: { atMs: 0, rotationId: 'old' } },
      { key: 'other', fields: { atMs: 0, rotationId: 'old' } },
    ]);
    expect(await remove()).toBe(0);
    expect(left()).toHaveLength(2);
  });
});

describe('what is known of keys', () => {
  /** A row that tells of slots, saved so many days before the limit. */
  const seen = (days: number, ...of: readonly Slot[]): HistoryRow => ({
    key: `${sightingsPrefix}${String(cutMs - days * dayMs).padStart(15, '0')}-id`,
    fields: {
      atMs: cutMs - days * dayMs,
      rotationId: null,
      keys: of.map((slot) => ({ slot, salt: 's', fingerprint: 'p', from: 'seen' })),
    },
  });

  it.each<[string, readonly HistoryRow[], readonly number[]]>([
    ['stays if nothing newer tells of the slot', [seen(9, 'key1', 'key2')], []],
    ['goes once both slots are told of later', [seen(9, 'key1', 'key2'), seen(8, 'key1', 'key2')], [0]],
    [
      'goes once both are told of later, each by a row of its own',
      [seen(9, 'key1'), seen(8, 'key2'), seen(7, 'key1'), seen(6, 'key2')],
      [0, 1],
    ],
    ['stays while one of its slots is told of nowhere else', [seen(9, 'key1', 'key2'), seen(8, 'key1')], []],
    ['stays while it is young', [seen(0, 'key1'), seen(-1, 'key1'), seen(-2, 'key1', 'key2')], []],
    ['stays if it tells of none', [{ ...seen(9), key: `${sightingsPrefix}0-none` }], []],
  ])('%s', async (_, rows, gone) => {
    const { left, remove } = journalWith(rows);
    expect(await remove()).toBe(gone.length);
    expect(left()).toEqual(rows.filter((__, index) => !gone.includes(index)).map(({ key }) => key));
  });

  it('goes in batches, the oldest first', async () => {
    const rows = Array.from({ length: 95 }, (_, index) => seen(200 - index, 'key1', 'key2'));
    const { left, remove } = journalWith(rows);
    expect(await remove()).toBe(90);
    expect(left()).toEqual(rows.slice(90).map(({ key }) => key));
    expect(await remove()).toBe(4);
  });

  it('under a former id goes once the present one tells of the slots, and stays until then', async () => {
    const old = seen(15, 'key1', 'key2');
    expect(await leftOf([], [old])).toEqual([[], [old.key]]);
    const now = seen(2, 'key1', 'key2');
    expect(await leftOf([now], [old])).toEqual([[now.key], []]);
    // Of anyone who had the id before or after it tells nothing of this account, and is left alone.
    const others = [seen(25, 'key1', 'key2'), seen(5, 'key1', 'key2')];
    expect(await leftOf([], [old, ...others])).toEqual([[], [old, ...others].map(({ key }) => key)]);
  });
});

describe('requests', () => {
  const request = (days: number, rotationId = 'r', key = String(days)): HistoryRow =>
    requestRow({ by: 'a', key, asks: '' }, rotationId, cutMs - days * dayMs);

  it('of no rotation that is listed go by their own age; the limit’s own instant stays', async () => {
    const rows = [request(1), request(0), request(-1)];
    const { left, remove } = journalWith(rows);
    expect(await remove()).toBe(1);
    expect(left()).toEqual(rows.slice(1).map(({ key }) => key));
  });

  it('of a rotation that is kept stay', async () => {
    const { left, remove } = journalWith([request(3, 'kept'), request(2, 'old')]);
    await remove(['kept']);
    expect(left()).toEqual([request(3, 'kept').key]);
  });

  it('that cannot be read stay', async () => {
    const { remove } = journalWith([{ ...request(1), fields: { rotationId: 'r' } }]);
    expect(await remove()).toBe(0);
  });

  it('go ninety at a time', async () => {
    const { remove } = journalWith(Array.from({ length: 100 }, (_, index) => request(9, 'r', String(index))));
    expect(await remove()).toBe(90);
    expect(await remove()).toBe(10);
  });

  it('behind ninety young requests go, too', async () => {
    const young = Array.from({ length: 300 }, (_, index) => request(0, 'r', String(index)));
    const old = Array.from({ length: 20 }, (_, index) => requestRow({ by: 'b', key: String(index), asks: '' }, 'r', 1));
    const { remove } = journalWith([...young, ...old]);
    expect(await remove()).toBe(20);
  });
});

describe('old history of an account that was moved', () => {
  const isEnd = ({ key }: HistoryRow) => key.startsWith('end-');

  it('goes under its former id too, and nothing of who had that id before or after', async () => {
    const [earlier, own, later] = await Promise.all(
      [25, 15, 5].map((days) => rowsOf(`of-${days}`, cutMs - days * dayMs, cutMs - days * dayMs + 1)),
    );
    const others = [...(earlier ?? []), ...(later ?? [])];
    const [, left] = await leftOf([], [...others, ...(own ?? [])]);
    expect(left?.toSorted()).toEqual(others.map(({ key }) => key).toSorted());
  });

  it('goes where the rotation began and where it ended', async () => {
    const rows = await rowsOf('moved', cutMs - 15 * dayMs, cutMs - 5 * dayMs);
    const [auditTrail] = rows.filter(({ key }) => key.startsWith('audit-'));
    if (auditTrail === undefined) throw new TypeError('no evidence');
    const later = { ...auditTrail, key: `${auditTrail.key}-later` };
    expect(
      await leftOf(
        [...rows.filter(isEnd), later],
        rows.filter((row) => !isEnd(row)),
      ),
    ).toEqual([[], []]);
  });

  it('is not that of a rotation that began under the former id and ended lately under the present one', async () => {
    const rows = await rowsOf('moved', cutMs - 15 * dayMs, cutMs + dayMs);
    const [now = [], then = []] = await leftOf(
      rows.filter(isEnd),
      rows.filter((row) => !isEnd(row)),
    );
    expect(now).toEqual(['end-moved']);
    expect(then.filter((key) => /^(begun|audit)-/.test(key))).toHaveLength(4);
  });
});

describe('the sweep', () => {
  async function rotatedTwice(historyRetentionMs: number | undefined) {
    const keyturn = simulatedKeyturn({ policy: { firstRotation: 'auto' } }, { historyRetentionMs });
    const { app, journal, clock } = keyturn;
    await app.adopt('demo', { activeSlot: 'key1' }, operator);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    clock.advance(40 * dayMs);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    clock.advance(dayMs);
    await app.sweep();
    const listed = await app.listRotations('demo', { limit: 10, after: null });
    return { keyturn, rotations: listed.kind === 'found' ? listed.rotations : [] };
  }

  it('removes what is older than the setting keeps, and says so', async () => {
    const { keyturn, rotations } = await rotatedTwice(30 * dayMs);
    expect(rotations).toHaveLength(1);
    expect(keyturn.log).toContainEqual({ event: 'history-removed', target: 'demo', rows: expect.any(Number) });
    expect(await keyturn.app.readTarget('demo')).toMatchObject({ kind: 'found' });
  });

  it('keeps what is younger', async () => {
    const { keyturn, rotations } = await rotatedTwice(50 * dayMs);
    expect(rotations).toHaveLength(2);
    expect(keyturn.log.filter(({ event }) => event === 'history-removed')).toEqual([]);
  });
});

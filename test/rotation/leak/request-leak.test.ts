import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { type LeakReport, requestLeak } from '../../../src/rotation/leak/request-leak.ts';
import type { LeakedKey } from '../../../src/rotation/state.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildLeak, buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';

const minuteMs = 60_000;
const target = buildTarget();
const keyless = { by: 'operator-1', atMs: nowMs - hourMs };
const versions = { pointer: 'p1', key1: 'v1', key2: 'v2', direct: null };
const key1Active = { lastSeen: { pointer: 'key1', versions, sinceMs: nowMs - 24 * hourMs } } as const;

const leaked = (slot: Slot) => ({ slot, overlapMs: minuteMs, by: 'operator-2', reason: null, seen: null }) as const;
const pending = (slot: Slot) => ({ ...leaked(slot), rotationId: `of-${slot}`, atMs: nowMs - hourMs });
const open = (slot: Slot, change: Partial<LeakedKey> = {}) => buildLeak({ ...pending(slot), ...change });
const replacing = (slot: Slot) => buildState('probing', { leaked: leaked(slot) });
const suspended = (from: Parameters<typeof buildState>[0], change: object = {}) =>
  ({
    kind: 'suspended',
    reason: 'pointer-moved',
    sinceMs: nowMs,
    from: buildState(from, change),
  }) as const;

/** One report at an account whose row was saved `savedMsAgo`. */
function scene(row: Partial<AccountRow> | null, savedMsAgo = 0) {
  const world = memoryWorld(nowMs - savedMsAgo);
  if (row !== null) world.journal.save(buildRow(row), null, []);
  world.clock.advance(savedMsAgo);
  const report = (change: Partial<LeakReport> = {}) =>
    requestLeak(
      world.ports,
      target,
      { slot: 'key1', overlapMs: null, reason: 'found in a log', dryRun: false, isPaused: false, ...change },
      'operator-9',
    );
  const saved = () => readRow(world.journal.row?.fields);
  return { world, report, saved, sent: () => world.queue.map(({ wakeUp, dueAtMs }) => ({ ...wakeUp, dueAtMs })) };
}

describe('a report of a leaked key is refused', () => {
  it.each<[string, Partial<AccountRow> | null, Partial<LeakReport>, reason: string, rotationId: string | null]>([
    ['if there is no row', null, {}, 'not-adopted', null],
    ['if nothing was adopted', { adoptedAtMs: null }, {}, 'not-adopted', null],
    ['if a newer release is at work', { schemaVersion: 99 as never }, {}, 'newer-schema', null],
    ['if other secrets were adopted', { prefix: 'other' }, {}, 'adopted-elsewhere', null],
    [
      'if other secrets are being rotated',
      { prefix: 'other', rotation: buildState('probing') },
      {},
      'adopted-elsewhere',
      'r1',
    ],
    ['while that very key is being replaced', { rotation: buildState('restocking') }, {}, 'only-in', 'r1'],
    [
      'while the other key’s rotation is about to begin',
      { leak: pending('key2'), rotation: buildState('probing') },
      {},
      'request-pending',
      'r1',
    ],
    ['as a preview, too', { prefix: 'other' }, { dryRun: true }, 'adopted-elsewhere', null],
  ])('%s, and nothing is saved', async (_, row, change, reason, rotationId) => {
    const { report, world, sent } = scene(row);
    const before = world.journal.row;
    expect(await report(change)).toEqual({ kind: 'refused', reason, rotationId });
    expect(world.journal.row).toBe(before);
    expect(sent()).toEqual([]);
  });

  it('if others always save first, after five tries', async () => {
    const { world } = scene(key1Active);
    let tries = 0;
    const save = async () => {
      tries += 1;
      return { kind: 'conflict' } as const;
    };
    const ports = { ...world.ports, rows: { ...world.ports.rows, save } };
    const report = { slot: 'key1', overlapMs: null, reason: null, dryRun: false, isPaused: false } as const;
    expect(await requestLeak(ports, target, report, 'operator-9')).toEqual({
      kind: 'refused',
      reason: 'lost-race',
      rotationId: null,
    });
    expect(tries).toBe(5);
    expect(world.queue).toEqual([]);
  });
});

it.each([
  ['nothing in flight', key1Active],
  ['no keys', { ...key1Active, keyless }],
  ['its rotation in flight', { ...key1Active, leaks: [open('key1')], rotation: replacing('key1') }],
])('a preview saves nothing: %s', async (_, row) => {
  const { report, world, sent } = scene(row, hourMs);
  const before = world.journal.row;
  expect((await report({ dryRun: true })).kind).toBe('previewed');
  expect(world.journal.row).toBe(before);
  expect(sent()).toEqual([]);
});

describe('a report of a leaked key begins its rotation', () => {
  it('with who told it and why, what stood there, and a message at once', async () => {
    const { report, saved, sent } = scene(key1Active);
    const answer = await report({ slot: 'key2' });
    const row = saved();
    expect(row).toMatchObject({ leak: null, wakeAtMs: nowMs, wakeSeq: 8 });
    const leaked = {
      slot: 'key2',
      overlapMs: 5 * minuteMs,
      by: 'operator-9',
      reason: 'found in a log',
      seen: versions,
    } as const;
    expect(row?.rotation).toMatchObject({
      kind: 'preparing',
      cause: 'leak',
      startedBy: 'operator-9',
      leaked,
    });
    const rotationId = row?.rotation?.kind === 'preparing' ? row.rotation.rotationId : '';
    expect(row?.leaks).toEqual([buildLeak({ ...leaked, rotationId, atMs: nowMs })]);
    expect(answer).toEqual({
      kind: 'begun',
      preview: expect.objectContaining({ slot: 'key2', role: 'inactive' }),
      rotation: row?.rotation,
      leaks: row?.leaks,
      wakeAtMs: nowMs,
    });
    expect(sent()).toEqual([{ target: 'demo', wakeSeq: 8, dueAtMs: nowMs }]);
  });

  it.each<[string, overlapMs: number | null, inForce: number]>([
    ['five minutes if none is stated', null, 5 * minuteMs],
    ['the one that is stated', 7 * minuteMs, 7 * minuteMs],
    ['never more than the policy’s', 3 * hourMs, 2 * hourMs],
  ])('with an overlap: %s', async (_, overlapMs, inForce) => {
    const { report, saved } = scene(key1Active);
    expect(await report({ overlapMs })).toMatchObject({ preview: { overlapSeconds: inForce / 1000 } });
    expect(saved()?.leaks.map((leak) => leak.overlapMs)).toEqual([inForce]);
  });

  it.each<[string, Partial<LeakReport>, Partial<AccountRow>, 'pause' | 'keys-on' | null]>([
    ['nothing', {}, {}, null],
    ['the end of a pause', { isPaused: true }, {}, 'pause'],
    ['keys', {}, { keyless }, 'keys-on'],
    ['keys, whatever is paused', { isPaused: true }, { keyless }, 'keys-on'],
  ])('which waits for %s', async (_, change, row, waitsFor) => {
    const { report } = scene({ ...key1Active, ...row });
    expect(await report(change)).toMatchObject({ preview: { waitsFor } });
  });

  it.each<[string, Slot, Partial<AccountRow>, seen: object | null]>([
    ['of a key that nobody uses', 'key2', key1Active, versions],
    ['not of one that consumers use', 'key1', key1Active, null],
    ['not if nothing was seen', 'key2', {}, null],
  ])('and keeps which versions stood there: %s', async (_, slot, row, seen) => {
    const { report, saved } = scene(row);
    await report({ slot });
    expect(saved()?.leaks.map((leak) => leak.seen)).toEqual([seen]);
  });

  it('after that of the other key, which has leaked as well and would be led to', async () => {
    const { report, saved } = scene({ ...key1Active, leaks: [open('key2')] });
    await report();
    const row = saved();
    expect(row?.rotation).toMatchObject({ kind: 'preparing', startedBy: 'operator-2', leaked: leaked('key2') });
    expect(row?.leak).toMatchObject({ slot: 'key1', by: 'operator-9' });
    const rotationId = row?.rotation?.kind === 'preparing' ? row.rotation.rotationId : null;
    expect(rotationId).not.toBe(row?.leak?.rotationId);
  });

  it('once the one in flight makes way', async () => {
    const { report, saved, sent } = scene({ ...key1Active, rotation: buildState('probing') });
    expect(await report()).toMatchObject({ kind: 'begun', rotation: { kind: 'probing', rotationId: 'r1' } });
    expect(saved()).toMatchObject({
      leak: { slot: 'key1' },
      rotation: { rotationId: 'r1' },
      operatorRequest: null,
    });
    expect(sent()).toHaveLength(1);
  });
});

describe('reported again, a leak that is being replaced', () => {
  const row = { ...key1Active, leaks: [open('key1')], rotation: replacing('key1') };

  it.each<[string, savedMsAgo: number, wakeAtMs: number | null, isWoken: boolean]>([
    ['wakes its rotation from a rest, a minute after the last save', minuteMs, nowMs + 1, true],
    ['wakes nobody within that minute', minuteMs - 1_000, nowMs + 1, false],
    ['wakes nobody who is due already', minuteMs, nowMs, false],
    ['wakes nobody who waits for a person', minuteMs, null, false],
  ])('%s', async (_, savedMsAgo, wakeAtMs, isWoken) => {
    const { report, saved, sent, world } = scene({ ...row, wakeAtMs }, savedMsAgo);
    const before = world.journal.row;
    expect(await report()).toEqual({
      kind: 'begun',
      preview: expect.objectContaining({ overlapSeconds: 60 }),
      rotation: row.rotation,
      leaks: row.leaks,
      wakeAtMs: isWoken ? nowMs : wakeAtMs,
    });
    expect(sent()).toEqual(isWoken ? [{ target: 'demo', wakeSeq: 8, dueAtMs: nowMs }] : []);
    if (isWoken) expect(saved()).toEqual(buildRow({ ...row, wakeAtMs: nowMs, wakeSeq: 8 }));
    else expect(world.journal.row).toBe(before);
  });

  it.each<[string, Partial<AccountRow>, isUnderWay: boolean]>([
    ['it replaces the slot', row, true],
    [
      'it is about to, when the one in flight has made way',
      { ...row, rotation: buildState('probing'), leak: pending('key1') },
      true,
    ],
    ['it is one of the other slot', { ...row, rotation: replacing('key2') }, false],
    ['the key is gone, and another stands there', { ...row, leaks: [] }, false],
    ['it is being rolled back', { ...row, rotation: buildState('rolling-back', { leaked: leaked('key1') }) }, false],
    ['it is being cancelled', { ...row, rotation: buildState('cancelling', { leaked: leaked('key1') }) }, false],
    ['a cancel was asked for', { ...row, operatorRequest: asks('cancel') }, false],
    ['a roll-back was asked for', { ...row, operatorRequest: asks('roll-back') }, false],
    ['a hold was asked for', { ...row, operatorRequest: asks('hold') }, true],
    ['it is suspended', { ...row, rotation: suspended('probing', { leaked: leaked('key1') }) }, false],
    [
      'the other leak’s rotation is suspended, and this one follows',
      { ...row, rotation: suspended('probing', { leaked: leaked('key2') }), leak: pending('key1') },
      true,
    ],
    [
      'the other leak’s rotation is suspended, and this one is new',
      { ...row, rotation: suspended('probing', { leaked: leaked('key2') }) },
      false,
    ],
  ])('counts as told before while %s', async (_, stands, isUnderWay) => {
    const { report, world } = scene(stands);
    const before = world.journal.row;
    expect((await report()).kind).toBe('begun');
    expect(world.journal.row === before).toBe(isUnderWay);
  });
});

const asks = (action: 'cancel' | 'roll-back' | 'hold'): AccountRow['operatorRequest'] => ({
  ...{ action, rotationId: 'r1', by: 'operator-3', atMs: nowMs, reason: null, overlapMs: null, confirm: [] },
});

describe('a report over a suspended rotation', () => {
  it('takes its place if that only prepared', async () => {
    const { report, saved } = scene({ ...key1Active, rotation: suspended('preparing') });
    await report();
    expect(saved()).toMatchObject({
      rotation: { kind: 'preparing', cause: 'leak' },
      leak: null,
      operatorRequest: null,
      lastEnd: { outcome: 'replaced' },
    });
  });

  it.each<[string, ReturnType<typeof suspended>, Partial<AccountRow>, isResumed: boolean]>([
    ['half undone goes on', suspended('cancelling'), {}, true],
    [
      'whose pointer may have moved goes on',
      suspended('switching', { sent: { what: 'pointer', atMs: nowMs } }),
      {},
      true,
    ],
    ['that is being rolled back waits for a person', suspended('rolling-back'), {}, false],
    [
      'half undone keeps what was asked of it before',
      suspended('cancelling'),
      { operatorRequest: asks('hold') },
      false,
    ],
  ])('%s', async (_, rotation, row, isResumed) => {
    const { report, saved } = scene({ ...key1Active, rotation, ...row });
    await report();
    const resume = { ...asks('hold'), action: 'resume', by: 'operator-9' };
    expect(saved()?.operatorRequest).toEqual(isResumed ? resume : (row.operatorRequest ?? null));
  });
});

describe('if the account takes no keys, a leak', () => {
  it('is noted, and waits', async () => {
    const { report, saved, sent } = scene({ ...key1Active, keyless });
    expect(await report()).toEqual({ kind: 'noted', preview: expect.any(Object), row: saved() });
    expect(saved()).toMatchObject({
      rotation: null,
      leak: { slot: 'key1' },
      leaks: [{ slot: 'key1' }],
      wakeSeq: 8,
    });
    expect(sent()).toHaveLength(1);
  });

  it('that is noted already is noted once, with the overlap that was stated first', async () => {
    const { report, world } = scene({ ...key1Active, keyless, leak: pending('key1'), leaks: [open('key1')] });
    const before = world.journal.row;
    expect(await report()).toMatchObject({ kind: 'noted', preview: { overlapSeconds: 60 } });
    expect(world.journal.row).toBe(before);
  });

  it.each<[string, Partial<AccountRow>]>([
    ['no rotation would follow', { leaks: [open('key1')] }],
    ['one look showed it gone', { leak: pending('key1'), leaks: [open('key1', { goneSinceMs: nowMs - 1 })] }],
  ])('is noted again if %s', async (_, row) => {
    const { report, saved } = scene({ ...key1Active, keyless, ...row });
    expect((await report()).kind).toBe('noted');
    expect(saved()).toMatchObject({ wakeSeq: 8, leak: { by: 'operator-9' }, leaks: [{ by: 'operator-9' }] });
  });

  it.each<[string, noted: Slot, told: Slot, first: Slot]>([
    ['the second one, of the slot that nobody uses, comes first', 'key1', 'key2', 'key1'],
    ['the second one, of the slot in use, comes first', 'key2', 'key1', 'key1'],
  ])('with both leaked: %s', async (_, noted, told, first) => {
    const { report, saved } = scene({ ...key1Active, keyless, leak: pending(noted), leaks: [open(noted)] });
    expect((await report({ slot: told })).kind).toBe('noted');
    expect(saved()?.leak?.slot).toBe(first);
    expect(saved()?.leaks.map(({ slot }) => slot)).toEqual([noted, told]);
  });
});

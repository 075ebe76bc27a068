import { describe, expect, it } from 'vitest';
import { lookAfterTarget } from '../../../src/app/sweep/look-after-target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { staleBoundMs } from '../../../src/rotation/numbers.ts';
import { type Failure, FailureError } from '../../../src/shared/failure.ts';
import { type ActiveKeyAnswer, parseDriftNotes } from '../../../src/targets/drift-notes.ts';
import type { EventDeliveryPath } from '../../../src/targets/event-delivery-path.ts';
import type { Call } from '../../memory-world/call.ts';
import { openTarget } from '../../memory-world/open-target.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildState, fingerprintsBefore } from '../../rotation/row-builder.ts';

const target = buildTarget();
const { driftEveryMs } = target.policy;
const minuteMs = 60_000;

/** An adopted target, its vault and account in order, and never looked at. */
async function open() {
  const { world } = await openTarget(target, 'key1');
  const { journal, calls } = world;
  journal.notes = null;
  const fields = () => Object(journal.row?.fields);
  const change = (row: Partial<AccountRow>) => journal.restore({ ...fields(), ...row });
  const look = (deliveryPath: EventDeliveryPath | null = null, everyMs?: number, ports = world.ports) =>
    lookAfterTarget(ports, target, async () => deliveryPath, everyMs);
  const notes = () => parseDriftNotes(journal.notes?.fields);
  const looks = () => calls.filter(({ operation }) => operation === 'listKeys').length;
  calls.length = 0;
  return { ...world, world, change, look, notes, looks, row: () => readRow(journal.row?.fields) };
}

const from = buildState('preparing');
const lease = { kind: 'held', token: 'theirs', saveSeq: 1 } as const;

describe('a look is taken', () => {
  it.each<[string, (nowMs: number) => Partial<AccountRow>, passedMs: number, isTaken: boolean]>([
    ['at a target at rest', () => ({}), 0, true],
    [
      'while a rotation waits for a person',
      (sinceMs) => ({ rotation: { kind: 'suspended', reason: 'pointer-moved', sinceMs, from } }),
      0,
      true,
    ],
    ['not while a rotation is in flight', () => ({ rotation: from }), 0, false],
    ['not while a worker holds the lease', () => ({ lease }), minuteMs - 1_000, false],
    ['once that one has not saved for a minute', () => ({ lease }), minuteMs + 1_000, true],
    ['not while a write may still arrive', (nowMs) => ({ settleUntilMs: nowMs + 5_000 }), 4_000, false],
    ['once it has settled', (nowMs) => ({ settleUntilMs: nowMs + 5_000 }), 5_000, true],
    ['not in other secrets than were adopted', () => ({ prefix: 'other' }), 0, false],
    ['not in a row of a newer release', () => ({ schemaVersion: 99 as never }), 0, false],
    [
      'not while an adoption may still write',
      (nowMs) => ({ adoptedAtMs: null, settleUntilMs: nowMs + 5_000 }),
      4_000,
      false,
    ],
    [
      'once an adoption that came to nothing has settled',
      (nowMs) => ({ adoptedAtMs: null, settleUntilMs: nowMs + 5_000 }),
      5_000,
      true,
    ],
  ])('%s', async (_, row, passedMs, isTaken) => {
    const { look, looks, change, clock, notes } = await open();
    // The storage service's clock knows whole seconds.
    clock.advance(1_000 - (clock.nowMs() % 1_000));
    change(row(clock.nowMs()));
    clock.advance(passedMs);
    expect(await look()).toBe(isTaken);
    expect([looks() > 0, notes() !== null]).toEqual([isTaken, isTaken]);
  });

  it('once in so long a time, or as often as is asked', async () => {
    const { look, clock } = await open();
    expect(await look()).toBe(true);
    clock.advance(driftEveryMs - 1_000);
    expect(await look()).toBe(false);
    expect(await look(null, driftEveryMs - 1_000)).toBe(true);
    clock.advance(driftEveryMs);
    expect(await look()).toBe(true);
  });
});

describe('a look leaves in the notes', () => {
  it('when it was, the keys as both have them, what became of the active key, and by which path events come', async () => {
    const { look, notes, clock, row } = await open();
    const nowMs = Math.floor(clock.nowMs() / 1_000) * 1_000;
    await look('none');
    const first = notes();
    expect(first).toEqual({
      ...{ schemaVersion: 1, lookedAtMs: nowMs, isDue: false, wakeSeq: row()?.wakeSeq, drift: [], events: 'none' },
      known: { salt: expect.any(String), fingerprints: expect.any(Object), atMs: nowMs },
      activeKey: { answer: 'accepted', atMs: nowMs },
      expiresAtMs: expect.any(Number),
    });
    clock.advance(driftEveryMs);
    // Where nobody can tell just now, it is as it was; and the keys are named with the same salt.
    await look(null);
    expect(notes()).toMatchObject({
      events: 'none',
      known: { salt: first?.known?.salt, fingerprints: first?.known?.fingerprints },
    });
  });

  const denied = {
    kind: 'refused',
    reason: 'account-access-denied',
    code: 'AuthorizationFailed',
    action: 'x/y',
  } as const;
  it.each<[string, Failure, object]>([
    [
      'with code and action, if a role lacks',
      denied,
      { reason: 'account-access-denied', code: 'AuthorizationFailed', action: 'x/y' },
    ],
    [
      'with its code alone, if a role would not help',
      { ...denied, reason: 'resource-lock', code: 'ScopeLocked' },
      { reason: 'resource-lock', code: 'ScopeLocked' },
    ],
  ])('what Azure refuses for good, %s, and what was known before', async (_, failure, found) => {
    const { look, notes, clock, world, log } = await open();
    await look();
    const before = notes();
    clock.advance(driftEveryMs);
    const sinceMs = Math.floor(clock.nowMs() / 1_000) * 1_000;
    world.adversary.before = ({ operation }) => {
      if (operation === 'listKeys') throw new FailureError(failure);
    };
    await look();
    expect(notes()).toMatchObject({ known: before?.known, expiresAtMs: before?.expiresAtMs });
    expect(notes()?.drift).toEqual([{ ...found, sinceMs }]);
    const { reason, code } = found as { reason: never; code: string };
    expect(log.filter(({ event }) => event === 'drift-found')).toEqual([
      { event: 'drift-found', target: 'demo', reason, code },
    ]);
    clock.advance(driftEveryMs);
    await look();
    expect(notes()?.drift).toEqual([{ ...found, sinceMs }]);
    expect(log.filter(({ event }) => event === 'drift-found')).toHaveLength(1);
    world.adversary = {};
    clock.advance(driftEveryMs);
    await look();
    expect(notes()?.drift).toEqual([]);
    expect(log).toContainEqual({ event: 'drift-gone', target: 'demo', reason });
  });

  it.each<[string, readonly boolean[], ActiveKeyAnswer, string[], number]>([
    ['an active key that is refused twice', [false, false], 'refused', ['active-key-refused'], staleBoundMs],
    ['no active key that one gateway refuses', [false, true], 'accepted', [], staleBoundMs],
    ['no active key that is accepted', [true], 'accepted', [], 0],
  ])('%s', async (_, answers, answer, reasons, restMs) => {
    const { look, notes, world, clock } = await open();
    const left = [...answers];
    Object.assign(world.account, { acceptsOnNextNode: () => left.shift() ?? true });
    const beganAtMs = clock.nowMs();
    await look();
    expect(notes()?.activeKey?.answer).toBe(answer);
    expect(notes()?.drift.map(({ reason }) => reason)).toEqual(reasons);
    expect(left).toEqual([]);
    expect(clock.nowMs() - beganAtMs).toBeGreaterThanOrEqual(restMs);
  });

  it.each(['probe', 'get'])('nothing of an active key that cannot be tried, since %s fails', async (fails) => {
    const { look, notes, world, calls, clock } = await open();
    await look();
    // The key is tried after all that the look itself reads.
    const reads = calls.filter(({ operation }) => operation === 'get').length;
    clock.advance(driftEveryMs);
    let read = 0;
    world.adversary.before = ({ operation }) => {
      if (operation === 'get') read += 1;
      if (operation === fails && (fails === 'probe' || read === reads))
        throw new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
    };
    await look();
    expect(notes()).toMatchObject({ activeKey: { answer: 'unknown' }, drift: [] });
  });
});

it('a look in the middle of a rotation compares with no keys of before, and names what it finds again', async () => {
  const { look, notes, change, clock } = await open();
  await look();
  const salt = notes()?.known?.salt;
  clock.advance(driftEveryMs);
  await look();
  expect(notes()?.known?.salt).toBe(salt);
  change({ rotation: { kind: 'suspended', reason: 'pointer-moved', sinceMs: clock.nowMs(), from } });
  clock.advance(driftEveryMs);
  await look();
  expect(notes()?.known?.salt).not.toBe(salt);
});

describe('a look that finds what is to be forgotten', () => {
  it.each<[string, (scene: Awaited<ReturnType<typeof open>>) => void]>([
    [
      'another version than was last seen',
      ({ vault }) => {
        vault.put({ name: 'ai-services-active-key', contentType: null, tags: {}, expiresAtMs: null }, 'key2');
      },
    ],
    ['a row that has gone back', ({ change, row }) => change({ wakeSeq: (row()?.wakeSeq ?? 0) - 1 })],
  ])('notes nothing if another worker is at the row by then, and counts as a look: %s', async (_, happens) => {
    const scene = await open();
    const { look, notes, clock, change, world } = scene;
    await look();
    const before = notes();
    happens(scene);
    clock.advance(driftEveryMs);
    world.adversary.before = ({ operation }) => {
      if (operation === 'save') change({});
    };
    expect(await look()).toBe(true);
    expect(notes()).toEqual(before);
    world.adversary = {};
    expect(await look()).toBe(true);
    expect(notes()?.lookedAtMs).toBeGreaterThan(before?.lookedAtMs ?? 0);
  });
});

describe('a look compares with', () => {
  const done = (atMs: number) => ({ rotationId: 'r1', salt: 'done', fingerprints: fingerprintsBefore, atMs });
  const end = (endedAtMs: number) => ({ outcome: 'cancelled' as const, endedAtMs, refusal: null, last: from });
  const ageMs = 2 * driftEveryMs;

  it.each<[string, (nowMs: number) => Partial<AccountRow>, salt: 'as before' | 'done' | 'new']>([
    ['the keys of the last look', () => ({}), 'as before'],
    [
      'the keys of the last look, which came after a rotation',
      (nowMs) => ({ lastDone: done(nowMs - ageMs), lastEnd: end(nowMs - ageMs) }),
      'as before',
    ],
    [
      'those of a rotation that was completed since',
      (nowMs) => ({ lastDone: done(nowMs), lastEnd: end(nowMs) }),
      'done',
    ],
    ['none after a rotation that ended otherwise since', (nowMs) => ({ lastEnd: end(nowMs) }), 'new'],
    [
      'none after a rotation that ended otherwise than the one completed before',
      (nowMs) => ({ lastDone: done(nowMs - 1_000), lastEnd: end(nowMs) }),
      'new',
    ],
  ])('%s', async (_, row, expected) => {
    const { look, notes, change, clock } = await open();
    clock.advance(ageMs);
    await look();
    const before = notes()?.known?.salt;
    clock.advance(driftEveryMs);
    change(row(clock.nowMs()));
    await look();
    // A key that differs from what is known leaves the notes as they were: what was compared shows in what was found.
    const salt = notes()?.known?.salt;
    const used = salt === before ? 'as before' : salt === 'done' ? 'done' : 'new';
    expect([used, notes()?.drift]).toEqual([expected, []]);
  });
});

describe('history that is too old', () => {
  const request = (rotationId: string, atMs: number) =>
    [`request-${String(atMs).padStart(15, '0')}-${rotationId}`, { rotationId, atMs }] as const;
  const leakedKey = { slot: 'key1', overlapMs: minuteMs, by: 'ada', reason: null, seen: null } as const;
  const leak = { ...leakedKey, rotationId: 'pending', atMs: 1 };

  /** Rows from long ago and from now, of the rotation that waits for a person, one that is to begin, and one that is over. */
  async function old() {
    const scene = await open();
    const { journal, clock, change, world } = scene;
    journal.history.clear();
    const nowMs = clock.nowMs();
    const rows = [request('r1', 1), request('pending', 2), request('over', 3), request('over', nowMs)];
    for (const [key, fields] of rows) journal.history.set(key, fields);
    change({ rotation: { kind: 'suspended', reason: 'pointer-moved', sinceMs: nowMs, from }, leak });
    const look = (historyRetentionMs?: number) =>
      scene.look(null, undefined, { ...world.ports, historyRetentionMs } as never);
    return { ...scene, look, left: () => [...journal.history.keys()], keys: rows.map(([key]) => key) };
  }

  it('goes with a look, but for that of rotations that are not over', async () => {
    const { look, left, keys, log } = await old();
    await look(driftEveryMs);
    expect(left()).toEqual(keys.filter((_, index) => index !== 2));
    expect(log.filter(({ event: name }) => name === 'history-removed')).toEqual([
      { event: 'history-removed', target: 'demo', rows: 1 },
    ]);
  });

  it('stays if nothing says how long it is kept', async () => {
    const { look, left, keys } = await old();
    await look();
    expect(left()).toEqual(keys);
  });

  it('is told of only if some went, and goes with another look if it cannot go now', async () => {
    const { look, left, keys, log, world, journal, clock } = await old();
    world.adversary.before = ({ operation }) => {
      if (operation === 'remove-history')
        throw new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
    };
    expect(await look(driftEveryMs)).toBe(true);
    expect(left()).toEqual(keys);
    expect(log).toContainEqual({ event: 'storage-failed', target: 'demo', code: 'ServerBusy' });
    world.adversary = {};
    journal.history.clear();
    clock.advance(driftEveryMs);
    await look(driftEveryMs);
    expect(log.filter(({ event: name }) => name === 'history-removed')).toEqual([]);
  });
});

describe('a look for a row that is lost', () => {
  const refuseVault = ({ service }: Call) => {
    if (service === 'vault')
      throw new FailureError({ kind: 'refused', reason: 'vault-access-denied', code: 'Forbidden' });
  };

  it('is dated by the storage service, once that has said how late it is', async () => {
    const { look, journal, notes, world, clock } = await open();
    journal.restore(null);
    world.adversary.before = refuseVault;
    // Neither row nor notes: nothing has told the time, so the next sweep looks again.
    expect([await look(), notes()?.lookedAtMs]).toEqual([true, 0]);
    expect([await look(), notes()?.lookedAtMs]).toEqual([true, journal.loadNotes()?.storageNowMs]);
    expect(await look()).toBe(false);
    clock.advance(driftEveryMs);
    expect(await look()).toBe(true);
  });

  it('is dated by a row that nobody has finished, if there are no notes', async () => {
    const { look, journal, notes, world, change } = await open();
    change({ adoptedAtMs: null });
    world.adversary.before = refuseVault;
    expect([await look(), notes()?.lookedAtMs]).toEqual([true, journal.loadNotes()?.storageNowMs]);
    expect(await look()).toBe(false);
  });

  it('notes nothing while it waits, and then neither: the first look follows', async () => {
    const { look, journal, clock, notes, row } = await open();
    journal.restore(null);
    expect(await look()).toBe(false);
    clock.advance(5 * minuteMs);
    expect(await look()).toBe(true);
    expect([notes()?.isDue, row()?.adoptedAtMs]).toEqual([true, expect.any(Number)]);
  });

  it.each<[string, Failure, boolean]>([
    [
      'is over if Azure refuses it for good',
      { kind: 'refused', reason: 'vault-access-denied', code: 'Forbidden' },
      true,
    ],
    ['fails if Azure does not answer', { kind: 'not-applied', code: 'http-503', retryAfterMs: null }, false],
  ])('%s', async (_, failure, isNoted) => {
    const { look, journal, notes, world } = await open();
    journal.restore(null);
    world.adversary.before = ({ service }) => {
      if (service === 'vault') throw new FailureError(failure);
    };
    if (isNoted) expect(await look('queue')).toBe(true);
    else await expect(look('queue')).rejects.toEqual(new FailureError(failure));
    expect(notes()).toEqual(
      isNoted ? expect.objectContaining({ drift: [], events: 'queue', known: null, wakeSeq: 0 }) : null,
    );
  });
});

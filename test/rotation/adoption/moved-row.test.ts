import { describe, expect, it } from 'vitest';
import { leaseMs, settleMs } from '../../../src/durable/numbers.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { type AdoptionHold, adoptUnderLease } from '../../../src/rotation/adoption/adopt-under-lease.ts';
import { historyPlaces } from '../../../src/rotation/history-places.ts';
import type { AccountRows } from '../../../src/rotation/ports.ts';
import { type Failure, FailureError } from '../../../src/shared/failure.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { memoryJournal } from '../../memory-world/memory-journal.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, fingerprintsBefore, hourMs, nowMs } from '../row-builder.ts';

const target = buildTarget();
const { armId } = target.account;
const formerArmId = armId.replace(/resourceGroups\/[^/]+/, 'resourceGroups/rg-former');
const agoMs = nowMs - hourMs;
const versions = { pointer: 'p1', key1: 'v1', key2: 'v2', direct: null };
const leak = { slot: 'key1', overlapMs: 60_000, by: 'operator-2', reason: null, seen: null } as const;

/** All that a row can know. */
const known: Partial<AccountRow> = {
  armId: formerArmId,
  lease: { kind: 'held', token: 'gone', saveSeq: 3 },
  settleUntilMs: agoMs,
  inDoubt: { kind: 'store', sentAtMs: agoMs },
  lastSeen: { pointer: 'key1', versions, sinceMs: agoMs },
  lastDone: { rotationId: 'r0', salt: 'salt', fingerprints: fingerprintsBefore, atMs: agoMs },
  superseded: [{ name: 'ai-services-key1', version: 'v0' }],
  operatorRequest: {
    ...{ action: 'hold', rotationId: 'r1', by: 'operator-3', atMs: agoMs, reason: null, overlapMs: null, confirm: [] },
  },
  leak: { ...leak, rotationId: 'r2', atMs: agoMs },
  leaks: [
    {
      ...{ ...leak, rotationId: 'r2', atMs: agoMs },
      ...{ keys: [], isKnown: false, lookedAtMs: null, seenAtMs: null, goneSinceMs: null, failure: null },
    },
  ],
  leakGoneAtMs: agoMs,
  keyless: { by: 'operator-4', atMs: agoMs },
  requestRefused: { action: 'cancel', reason: 'only-in', atMs: agoMs },
  rotation: buildState('overlapping'),
  lastEnd: { outcome: 'completed', endedAtMs: agoMs, refusal: 'seen', last: buildState('confirming') },
  foundValidity: { secret: 'ai-services-key', foundDays: 60, reason: 'shorter' },
  wakeAtMs: agoMs,
  wakeSeq: 40,
};

/** An account that was moved: what the journal knows lies under its former id, nothing under the one it has now. */
function scene(change: Partial<AccountRow> = {}) {
  const world = memoryWorld(nowMs - leaseMs);
  const former = memoryJournal(world.clock.nowMs, world.nextId);
  former.save(buildRow({ ...known, ...change }), null, []);
  // Its worker is gone.
  world.clock.advance(leaseMs);
  const at = (account: { readonly armId: string }) => (account.armId === formerArmId ? former : world.journal);
  const rows: AccountRows = {
    ...world.ports.rows,
    load: async (account) => at(account).load(),
    save: async (account, row, etag, history) => at(account).save(row, etag, history),
    readHistory: async (account, key) => at(account).readHistory(key),
  };
  const adopt = (work: (hold: AdoptionHold) => Promise<unknown>) =>
    adoptUnderLease({ ...world.ports, rows }, target, 'any', async (hold) => {
      expect(await hold.isFormerId(formerArmId, 'i1')).toBe('former');
      await work(hold);
      return { result: 'refused', adopted: null, settling: false, createdAll: false, claimed: false };
    });
  return { world, adopt, rows, former, row: () => readRow(world.journal.row?.fields) };
}

const failure: Failure = { kind: 'not-applied', code: 'http-503', retryAfterMs: 1_000 };
const fails = () => {
  throw new FailureError(failure);
};
const nothing = async () => {};

describe('the journal of an account that was moved', () => {
  it.each<[string, (hold: AdoptionHold) => Promise<unknown>]>([
    [
      'the look before it',
      ({ whileFresh }) =>
        whileFresh(
          async () => fails(),
          () => {},
          nothing,
        ),
    ],
    ['what that look shows', ({ whileFresh }) => whileFresh(nothing, fails, nothing)],
  ])('stays where it is when an adoption fails by %s, and nothing is left under the new id', async (_, work) => {
    const { adopt, former, world } = scene();
    await expect(adopt(work)).rejects.toEqual(new FailureError(failure));
    expect(world.journal.row).toBeNull();
    expect(readRow(former.row?.fields)).toEqual(buildRow(known));
  });

  /** The look, or the check, of that number fails. */
  const nth = (number: number) => {
    let count = 0;
    return () => {
      count += 1;
      if (count === number) fails();
    };
  };
  const second = () => {
    const act = nth(2);
    return async () => act();
  };
  it.each<[string, (hold: AdoptionHold) => Promise<unknown>]>([
    ['the look right before the first write', ({ whileFresh }) => whileFresh(second(), () => {}, nothing)],
    ['what that look shows', ({ whileFresh }) => whileFresh(nothing, nth(2), nothing)],
    [
      'the first write',
      ({ whileFresh }) =>
        whileFresh(
          nothing,
          () => {},
          async () => fails(),
        ),
    ],
  ])('is not lost when an adoption that has carried it along fails by %s', async (_, work) => {
    const { adopt, former, rows, row } = scene();
    await expect(adopt(work)).rejects.toEqual(new FailureError(failure));
    expect(row()).toEqual(
      buildRow({
        ...known,
        armId,
        lease: expect.objectContaining({ kind: 'released' }),
        settleUntilMs: nowMs + leaseMs + settleMs,
        inDoubt: { kind: 'takeover', sentAtMs: nowMs },
        operatorRequest: null,
        rotation: { kind: 'suspended', reason: 'account-moved', sinceMs: nowMs, from: buildState('overlapping') },
        wakeAtMs: null,
        wakeSeq: 0,
      }),
    );
    const nothingMore: Partial<AccountRow> = {
      ...{ lastSeen: null, lastDone: null, adoptedAtMs: null, firstRotationConfirmedBy: null, superseded: [] },
      ...{ operatorRequest: null, leak: null, leaks: [], leakGoneAtMs: null, keyless: null },
      ...{ requestRefused: null, rotation: null, lastEnd: null, foundValidity: null, wakeAtMs: null, wakeSeq: 41 },
    };
    expect(readRow(former.row?.fields)).toEqual(
      buildRow({ ...known, ...nothingMore, lease: expect.objectContaining({ kind: 'released' }) }),
    );
    expect(await historyPlaces(rows, target.account)).toEqual([
      { account: target.account, sinceMs: 0, untilMs: Number.POSITIVE_INFINITY },
      { account: parseAccountId(formerArmId), sinceMs: 0, untilMs: nowMs },
    ]);
  });

  it('leaves what the row under the new id knows of writes that may arrive', async () => {
    const { adopt, world } = scene();
    const own: Partial<AccountRow> = { settleUntilMs: nowMs - 1, inDoubt: { kind: 'takeover', sentAtMs: nowMs - 2 } };
    world.journal.save(buildRow({ internalId: '', adoptedAtMs: null, ...own }), null, []);
    await adopt(async (hold) => {
      await hold.whileFresh(nothing, () => {}, nothing);
      expect(hold.row).toMatchObject({ adoptedAtMs: buildRow().adoptedAtMs, ...own });
    });
  });

  it('has nothing more to give once it was given up', async () => {
    const { adopt, former, row } = scene();
    const givenUp = buildRow({ armId: formerArmId, adoptedAtMs: null });
    former.restore(givenUp);
    await adopt(({ whileFresh }) => whileFresh(nothing, () => {}, nothing));
    expect(readRow(former.row?.fields)).toEqual(givenUp);
    expect(row()).toMatchObject({ internalId: '', adoptedAtMs: null });
  });

  it('keeps a rotation that waits for a person as it is', async () => {
    const rotation = {
      kind: 'suspended',
      reason: 'vault-stale',
      sinceMs: agoMs,
      from: buildState('retiring'),
    } as const;
    const { adopt, row } = scene({ rotation });
    await adopt(({ whileFresh }) => whileFresh(nothing, () => {}, nothing));
    expect(row()?.rotation).toEqual(rotation);
  });

  it('is carried along once', async () => {
    const { adopt, former } = scene();
    const adopted = adopt(async ({ whileFresh }) => {
      await whileFresh(nothing, () => {}, nothing);
      const emptied = former.row;
      await whileFresh(nothing, () => {}, nothing);
      expect(former.row).toBe(emptied);
    });
    expect((await adopted).kind).toBe('done');
  });

  it('is left alone if another worker has begun under the former id meanwhile', async () => {
    const { adopt, former } = scene();
    const theirs = buildRow({ ...known, lease: { kind: 'held', token: 'theirs', saveSeq: 1 } });
    const work = ({ whileFresh }: AdoptionHold) =>
      whileFresh(
        async () => former.restore(theirs),
        () => {},
        nothing,
      );
    expect(await adopt(work)).toEqual({ kind: 'lease-lost' });
    expect(readRow(former.row?.fields)).toEqual(theirs);
  });
});

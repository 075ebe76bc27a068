import { describe, expect, it } from 'vitest';
import { LeaseLost } from '../../../src/durable/lease-fence.ts';
import { type AccountRow, accountRow } from '../../../src/rotation/account-row.ts';
import { takeOwnership } from '../../../src/rotation/owned-account.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { type MemoryWorld, memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, nowMs } from '../row-builder.ts';

const { account } = buildTarget();
const lost = new FailureError({ kind: 'outcome-unknown', code: 'timeout' });

function open(change: Partial<AccountRow> = {}) {
  const world = memoryWorld();
  world.journal.save(buildRow(change), null, []);
  /** The messages that come back: number, and in how many seconds. */
  const comeBack: string[] = [];
  const take = (token: string, wakeSeq: number | null = null) => {
    const woken = (seq: number) => ({
      wakeSeq: seq,
      comeBack: async (nextSeq: number, delayMs: number) => {
        comeBack.push(`${nextSeq} in ${delayMs / 1000} s, after ${world.calls.at(-1)?.operation}`);
      },
    });
    return takeOwnership(world.ports, account, token, wakeSeq === null ? null : woken(wakeSeq));
  };
  const own = async () => {
    const ownership = await take('mine');
    if (ownership.kind !== 'owned') throw new TypeError(`not owned: ${ownership.kind}`);
    return ownership.owned;
  };
  return { world, take, own, comeBack };
}
const stored = (world: MemoryWorld) => accountRow.parse(world.journal.row?.fields);
const operatorSaves = (world: MemoryWorld, change: Partial<AccountRow> = {}) =>
  world.journal.save({ ...stored(world), wakeSeq: 8, ...change }, world.journal.row?.etag ?? null, []);
const held = { kind: 'held', token: 'theirs', saveSeq: 1 } as const;

describe('taking the lease', () => {
  for (const [says, change, waitMs, wakeSeq, kind] of [
    ['of a released row makes an owner', {}, 0, null, 'owned'],
    ['with the number of the last save makes an owner', {}, 0, 7, 'owned'],
    ['with a number of before is a stale message', {}, 0, 6, 'stale-message'],
    ['of a held row is refused', { lease: held }, 59_000, null, 'busy'],
    ['of a row that its owner has not saved for a minute ends it', { lease: held }, 60_000, null, 'taken-over'],
    ['of a row whose owner may still be heard of ends it', { lease: held }, 179_000, null, 'taken-over'],
    [
      'of a row whose owner has been missed for lease and settle makes an owner',
      { lease: held },
      180_000,
      null,
      'owned',
    ],
    ['of a released row with a number to come is a stale message', {}, 0, 8, 'stale-message'],
    ['of a held row with a number to come is refused', { lease: held }, 0, 8, 'busy'],
    ['of a held row with a number of before is a stale message', { lease: held }, 0, 6, 'stale-message'],
  ] as const)
    it(says, async () => {
      const { world, take } = open(change);
      world.clock.advance(waitMs);
      expect((await take('mine', wakeSeq)).kind).toBe(kind);
    });

  it('over from an owner that was just missed sends nothing: it ends the lease, and binds all until everything has settled', async () => {
    const { world, take } = open({ lease: held });
    const savedAtMs = world.clock.nowMs();
    world.clock.advance(100_000);
    await take('mine');
    expect(stored(world)).toMatchObject({
      lease: { kind: 'released', token: 'mine' },
      inDoubt: { kind: 'takeover' },
      settleUntilMs: savedAtMs + 60_000 + 120_000,
      wakeSeq: 7,
    });
    expect(world.calls.map(({ operation }) => operation)).toEqual(['load', 'save']);
  });

  it('over later than that may write at once, and extends nothing', async () => {
    const { world, take } = open({ lease: held });
    const savedAtMs = world.clock.nowMs();
    world.clock.advance(3_600_000);
    expect(await take('mine')).toMatchObject({ kind: 'owned', overtakenUntilMs: savedAtMs + 180_000 });
    expect(stored(world)).toMatchObject({
      lease: { kind: 'held', token: 'mine' },
      inDoubt: { kind: 'takeover' },
      settleUntilMs: savedAtMs + 180_000,
      wakeSeq: 7,
    });
  });

  it('over shortens nothing that a former owner waits for', async () => {
    const { world, take } = open({ lease: held, settleUntilMs: nowMs + 365 * 86_400_000 });
    world.clock.advance(200_000);
    await take('mine');
    expect(stored(world)).toMatchObject({ settleUntilMs: nowMs + 365 * 86_400_000, inDoubt: { kind: 'takeover' } });
  });

  it('over counts from a save of its owner that arrived late', async () => {
    const { world, take, own } = open();
    await own();
    world.clock.advance(100_000);
    world.journal.save({ ...stored(world), endpoint: 'late' }, world.journal.row?.etag ?? null, []);
    world.clock.advance(59_000);
    expect((await take('another')).kind).toBe('busy');
  });

  for (const [says, change, waitMs, wakeSeq, expected] of [
    ['a released row: one outlives the lease, sent before that is taken', {}, 0, 7, ['7 in 181 s, after load']],
    ['a held row: it comes back when that may be overtaken', { lease: held }, 59_000, 7, ['7 in 122 s, after load']],
    ['a held row: so does one of a number to come', { lease: held }, 59_000, 8, ['8 in 122 s, after load']],
    [
      'a lease that is ended: it comes back when all has settled',
      { lease: held },
      60_000,
      7,
      ['7 in 121 s, after load'],
    ],
    ['an overtaken lease: one outlives its own', { lease: held }, 200_000, 8, ['7 in 181 s, after load']],
    ['a row that was saved since: none', {}, 0, 6, []],
  ] as const)
    it(`leaves a message, of ${says}`, async () => {
      const { world, take, comeBack } = open(change);
      world.clock.advance(waitMs);
      await take('mine', wakeSeq);
      expect(comeBack).toEqual(expected);
    });

  it('leaves no second message if another takes the lease first', async () => {
    const { world, take, comeBack } = open();
    world.adversary.before = ({ operation }) => {
      if (operation === 'save') operatorSaves(world, { lease: held });
    };
    expect((await take('mine', 7)).kind).toBe('busy');
    expect(comeBack).toHaveLength(1);
  });

  it('counts by the storage service, not by the clock of whoever asks', async () => {
    const { world, take } = open({ lease: held });
    const clock = { ...world.ports.clock, nowMs: () => world.clock.nowMs() + 3_600_000 };
    expect((await takeOwnership({ ...world.ports, clock }, account, 'mine', null)).kind).toBe('busy');
    expect((await take('mine')).kind).toBe('busy');
  });

  it('is lost to who saved first', async () => {
    const { world, take } = open();
    world.adversary.before = ({ operation }) => {
      if (operation === 'save') operatorSaves(world, { lease: held });
    };
    expect((await take('mine')).kind).toBe('busy');
  });

  it('leaves a row of a newer release alone', async () => {
    const { world, take } = open();
    world.journal.restore({ schemaVersion: 3 });
    expect((await take('mine')).kind).toBe('newer-schema');
  });
});

describe('an owner', () => {
  it('decides again when an operator has saved before its intent', async () => {
    const { world, own } = open();
    const owned = await own();
    operatorSaves(world);
    expect(await owned.saveIntent({ endpoint: 'new' })).toBe('request-came-in');
    expect(stored(world).endpoint).toBe('https://contoso/');
    expect(owned.row.wakeSeq).toBe(8);
  });

  it('saves a result on top of what an operator has saved', async () => {
    const { world, own } = open();
    const owned = await own();
    operatorSaves(world);
    await owned.saveResult({ endpoint: 'new' });
    expect(stored(world)).toMatchObject({ endpoint: 'new', wakeSeq: 8 });
  });

  it('keeps the lease when a request meets its release, and moves nobody’s waking', async () => {
    const { world, own } = open();
    const owned = await own();
    operatorSaves(world, { wakeAtMs: 5 });
    expect(await owned.release({ endpoint: 'new', wakeAtMs: 9_999, wakeSeq: 8 })).toBe('request-came-in');
    expect(stored(world)).toMatchObject({ endpoint: 'new', wakeAtMs: 5, wakeSeq: 8, lease: { token: 'mine' } });
  });

  it('saves at its release what has happened, over a second request as well', async () => {
    const { world, own } = open();
    const owned = await own();
    let saves = 0;
    world.adversary.before = ({ operation }) => {
      if (operation === 'save') saves += 1;
      if (operation === 'save' && saves <= 2) operatorSaves(world, { wakeSeq: 7 + saves });
    };
    expect(await owned.release({ endpoint: 'new' })).toBe('request-came-in');
    expect(saves).toBe(3);
    expect(stored(world)).toMatchObject({ endpoint: 'new', wakeSeq: 9, lease: { kind: 'held', token: 'mine' } });
  });

  it('finds its own save after a lost reply', async () => {
    const { world, own } = open();
    const owned = await own();
    world.adversary.after = ({ operation }) => {
      world.adversary = {};
      if (operation === 'save') throw lost;
    };
    expect(await owned.saveIntent({ endpoint: 'new' })).toBe('saved');
    expect(world.calls.filter(({ operation }) => operation === 'save')).toHaveLength(2);
  });

  it('decides again if an operator has saved, also when the refusal of its own save is lost', async () => {
    const { world, own } = open();
    const owned = await own();
    operatorSaves(world);
    world.adversary.after = ({ operation }) => {
      world.adversary = {};
      if (operation === 'save') throw lost;
    };
    expect(await owned.saveIntent({ endpoint: 'new' })).toBe('request-came-in');
    expect(stored(world).endpoint).toBe('https://contoso/');
  });

  it('saves again what did not arrive', async () => {
    const { world, own } = open();
    const owned = await own();
    world.adversary.before = ({ operation }) => {
      world.adversary = {};
      if (operation === 'save') throw lost;
    };
    expect(await owned.saveIntent({ endpoint: 'new' })).toBe('saved');
    expect(stored(world).endpoint).toBe('new');
  });

  it('does not take an earlier save, given up for lost, for the one it makes now', async () => {
    const { world, own } = open();
    const owned = await own();
    const down = new FailureError({ kind: 'not-applied', code: '503', retryAfterMs: null });
    world.adversary.after = ({ operation }) => {
      if (operation === 'save') throw lost;
    };
    world.adversary.before = ({ operation }) => {
      if (operation === 'load') throw down;
    };
    await expect(owned.saveIntent({ endpoint: 'first' })).rejects.toThrow('503');
    world.adversary = {};
    await owned.saveResult({ endpoint: 'second' });
    expect(stored(world).endpoint).toBe('second');
  });

  for (const [says, change] of [
    ['somebody has taken over', { lease: held }],
    ['its lease was ended over its head', { lease: { kind: 'released', token: 'theirs', saveSeq: 1 } }],
  ] as const)
    it(`stops when ${says}`, async () => {
      const { world, own } = open();
      const owned = await own();
      operatorSaves(world, change);
      await expect(owned.saveResult({})).rejects.toThrow(LeaseLost);
    });

  it('stops when an old copy of the row was put back', async () => {
    const { world, own } = open();
    const owned = await own();
    const copy = world.journal.row?.fields;
    await owned.saveResult({ endpoint: 'new' });
    world.journal.restore(copy);
    await expect(owned.saveResult({})).rejects.toThrow(LeaseLost);
  });

  it('stops when the row is gone', async () => {
    const { world, own } = open();
    const owned = await own();
    world.journal.row = null;
    await expect(owned.saveResult({})).rejects.toThrow(LeaseLost);
  });

  it('may write until its fence falls, and again after its next save', async () => {
    const { world, own } = open();
    const owned = await own();
    world.clock.advance(49_999);
    expect(owned.fence()).toBe(true);
    world.clock.advance(1);
    expect(owned.fence()).toBe(false);
    await owned.saveResult({});
    expect(owned.fence()).toBe(true);
  });
});

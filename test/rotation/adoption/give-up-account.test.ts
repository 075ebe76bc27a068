import { describe, expect, it } from 'vitest';
import { leaseMs, settleMs } from '../../../src/durable/numbers.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { type GivenUp, type GivingUp, giveUpAccount } from '../../../src/rotation/adoption/give-up-account.ts';
import { isOffboarded } from '../../../src/rotation/adoption/offboarded.ts';
import { type Failure, FailureError } from '../../../src/shared/failure.ts';
import { type MemoryWorld, memoryWorld } from '../../memory-world/memory-world.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, nowMs } from '../row-builder.ts';

const target = buildTarget();

type Work = (giving: GivingUp, world: MemoryWorld) => Promise<'done' | 'lost-race'>;

const done: Work = async () => 'done';
const fails =
  (failure: Failure): Work =>
  async () => {
    throw new FailureError(failure);
  };
const stored = ({ journal }: MemoryWorld) => readRow(journal.row?.fields);
/** The stored row, no matter who gave its lease back. */
const left = ({ journal }: MemoryWorld) => {
  const { lease, ...row } = { lease: { kind: null }, ...Object(journal.row?.fields) };
  return { ...row, lease: lease.kind === 'released' ? buildRow().lease : lease };
};
/** An operator's request keeps the lease of its holder. */
const requestComesIn = (world: MemoryWorld, change: Partial<AccountRow> = {}) => {
  world.journal.save({ ...stored(world), wakeSeq: 8, ...change }, world.journal.row?.etag ?? null, []);
};
const others = { kind: 'held', token: 'theirs', saveSeq: 1 } as const;

/** Giving up an account whose row is as given, as long as its keys are on. */
function scene(row: Partial<AccountRow> | null) {
  const world = memoryWorld(nowMs);
  if (row !== null) world.journal.save(buildRow(row), null, []);
  const worked: string[] = [];
  const giveUp = (work: Work) =>
    giveUpAccount(
      world.ports,
      target,
      'operator-1',
      ({ keyless }) => keyless == null,
      async (giving) => {
        worked.push('worked');
        return await work(giving, world);
      },
    );
  const isOut = () => isOffboarded(world.ports.rows, target.account);
  return { world, giveUp, worked, isOut };
}

it('an account is given up once the work is done: its row goes, and who asked for it stays', async () => {
  const { world, giveUp, worked, isOut } = scene({});
  expect(await giveUp(done)).toEqual({ kind: 'given-up' });
  expect(worked).toEqual(['worked']);
  expect(world.journal.row).toBeNull();
  expect(await isOut()).toBe(true);
  expect(world.journal.readHistory('offboarded')).toEqual({ offboarded: { by: 'operator-1', atMs: nowMs } });
});

it('a write of the work leaves only under the lease, which the work renews', async () => {
  const { giveUp } = scene({});
  const may: [string, boolean][] = [];
  await giveUp(async ({ fence, renewLease }, { clock }) => {
    may.push(['at the beginning', fence()]);
    clock.advance(leaseMs);
    may.push(['when the lease has run out', fence()]);
    await renewLease();
    may.push(['once it is renewed', fence()]);
    return 'done';
  });
  expect(may).toEqual([
    ['at the beginning', true],
    ['when the lease has run out', false],
    ['once it is renewed', true],
  ]);
});

describe('work at an account that is given up is not begun', () => {
  const keyless = { by: 'operator-1', atMs: nowMs };
  it.each<[string, Partial<AccountRow> | null, GivenUp]>([
    ['if there is no row any more', null, { kind: 'lost-race' }],
    ['if its row is of a newer release', { schemaVersion: 99 as never }, { kind: 'newer-schema' }],
    ['while a worker holds the lease', { lease: others }, { kind: 'busy' }],
    ['while a write may still arrive', { settleUntilMs: nowMs + 7 }, { kind: 'settling', forMs: 7 }],
    ['if the row is another than was decided on', { keyless }, { kind: 'lost-race' }],
  ])('%s, and the row is as it was', async (_, row, answer) => {
    const { world, giveUp, worked } = scene(row);
    const before = left(world);
    expect(await giveUp(done)).toEqual(answer);
    expect(worked).toEqual([]);
    expect(left(world)).toEqual(before);
  });

  it('if its owner vanished, until the last writes of that one have settled', async () => {
    const { world, giveUp, worked } = scene({ lease: others });
    world.clock.advance(leaseMs);
    expect(await giveUp(done)).toEqual({ kind: 'settling', forMs: settleMs });
    world.clock.advance(settleMs - 1_000);
    expect(await giveUp(done)).toEqual({ kind: 'settling', forMs: 1_000 });
    expect(worked).toEqual([]);
    world.clock.advance(1_000);
    expect(await giveUp(done)).toEqual({ kind: 'given-up' });
  });
});

describe('an account whose work has begun stays, for whoever comes next,', () => {
  const keyless = { by: 'operator-1', atMs: nowMs };
  it.each<[string, Work, Partial<AccountRow>]>([
    ['if the work lost a race', async () => 'lost-race', {}],
    [
      'if a request came in that changes what was decided on, and was met by a save',
      async ({ renewLease }, world) => {
        requestComesIn(world, { keyless });
        await renewLease();
        return 'done';
      },
      { keyless, wakeSeq: 8 },
    ],
    [
      'if a request came in after the last save',
      async (_, world) => {
        requestComesIn(world);
        return 'done';
      },
      { wakeSeq: 8 },
    ],
  ])('%s', async (_, work, row) => {
    const { world, giveUp, isOut } = scene({});
    expect(await giveUp(work)).toEqual({ kind: 'lost-race' });
    expect(left(world)).toEqual(buildRow(row));
    expect(await isOut()).toBe(false);
  });

  it('if its lease was lost, and nothing more is saved', async () => {
    const { world, giveUp } = scene({});
    const work: Work = async ({ renewLease }) => {
      requestComesIn(world, { lease: others });
      await renewLease();
      return 'done';
    };
    expect(await giveUp(work)).toEqual({ kind: 'lease-lost' });
    expect(left(world)).toEqual(buildRow({ lease: others, wakeSeq: 8 }));
  });

  it('in care, if a request comes in just before the row goes', async () => {
    const { world, giveUp, isOut } = scene({});
    world.adversary.before = ({ operation }) => {
      if (operation === 'remove') requestComesIn(world);
    };
    expect(await giveUp(done)).toEqual({ kind: 'lost-race' });
    expect(left(world)).toEqual(buildRow({ wakeSeq: 8 }));
    expect(await isOut()).toBe(false);
  });

  it('if somebody else removed the row and made another', async () => {
    const { world, giveUp } = scene({});
    world.adversary.before = ({ operation }) => {
      if (operation === 'remove') world.journal.restore(buildRow({ lease: others }));
    };
    expect(await giveUp(done)).toEqual({ kind: 'lost-race' });
    expect(left(world)).toEqual(buildRow({ lease: others }));
  });

  it.each<[string, Failure, Partial<AccountRow>]>([
    [
      'bound to wait, if nobody knows whether a write was applied',
      { kind: 'outcome-unknown', code: 'timeout' },
      { settleUntilMs: nowMs + settleMs, inDoubt: { kind: 'store', sentAtMs: nowMs } },
    ],
    ['free, if a write was refused', { kind: 'refused', reason: 'bad-request', code: 'BadParameter' }, {}],
    ['free, if a call was not applied', { kind: 'not-applied', code: 'http-429', retryAfterMs: 1_000 }, {}],
  ])('%s', async (_, failure, row) => {
    const { world, giveUp } = scene({});
    await expect(giveUp(fails(failure))).rejects.toEqual(new FailureError(failure));
    expect(left(world)).toEqual(buildRow(row));
  });

  it('bound to wait over a request that comes in meanwhile, too', async () => {
    const { world, giveUp } = scene({});
    const failure: Failure = { kind: 'outcome-unknown', code: 'timeout' };
    const work: Work = async (giving) => {
      requestComesIn(world);
      return await fails(failure)(giving, world);
    };
    await expect(giveUp(work)).rejects.toEqual(new FailureError(failure));
    const inDoubt = { kind: 'store', sentAtMs: nowMs } as const;
    expect(left(world)).toEqual(buildRow({ settleUntilMs: nowMs + settleMs, inDoubt, wakeSeq: 8 }));
  });

  it('under a lease that runs out, if it cannot be saved that the work failed', async () => {
    const { world, giveUp } = scene({});
    const failure: Failure = { kind: 'refused', reason: 'bad-request', code: 'BadParameter' };
    const work: Work = async (giving) => {
      world.adversary.before = ({ operation }) => {
        if (operation === 'save') throw new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
      };
      return await fails(failure)(giving, world);
    };
    await expect(giveUp(work)).rejects.toEqual(new FailureError(failure));
    expect(stored(world)?.lease.kind).toBe('held');
  });
});

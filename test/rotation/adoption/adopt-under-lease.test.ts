import { describe, expect, it } from 'vitest';
import { leaseMs, settleMs } from '../../../src/durable/numbers.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { type AdoptionHold, adoptUnderLease, type HeldRows } from '../../../src/rotation/adoption/adopt-under-lease.ts';
import type { LeakedKey } from '../../../src/rotation/state.ts';
import { type Failure, FailureError } from '../../../src/shared/failure.ts';
import { type MemoryWorld, memoryWorld } from '../../memory-world/memory-world.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, fingerprintsBefore, nowMs } from '../row-builder.ts';

const target = buildTarget();
const unknown: Failure = { kind: 'outcome-unknown', code: 'timeout' };
const refused: Failure = { kind: 'refused', reason: 'bad-request', code: 'BadParameter' };
const store = { kind: 'store', sentAtMs: nowMs - 1_000 } as const;

/** A worker at an account whose row is as given; `row` shows what stands afterwards. */
function scene(row: Partial<AccountRow> | null) {
  const world = memoryWorld(nowMs);
  if (row !== null) world.journal.save(buildRow(row), null, []);
  const hold = (work: (hold: AdoptionHold) => Promise<void>, rows: HeldRows = 'any') =>
    adoptUnderLease(world.ports, target, rows, async (held) => {
      await work(held);
      return { result: 'refused', adopted: null, settling: false, createdAll: false, claimed: false };
    });
  return { world, hold, row: () => readRow(world.journal.row?.fields) };
}

/** A stored row, no matter who gave its lease back. */
const asLeft = (fields: unknown) => {
  const { lease, ...left } = { lease: { kind: null }, ...Object(fields) };
  return { ...left, lease: lease.kind };
};

/** What the row says of writes that may still arrive. */
const unsettled = (row: AccountRow | null) =>
  row === null ? null : { lease: row.lease.kind, settleUntilMs: row.settleUntilMs, inDoubt: row.inDoubt };

describe('after an adoption whose write failed', () => {
  const late = nowMs + leaseMs + settleMs;
  const sent = { kind: 'store', sentAtMs: nowMs } as const;
  it.each<[string, Partial<AccountRow> | null, Failure, number, AccountRow['inDoubt']]>([
    ['an unknown outcome has settled when its time has passed', {}, unknown, nowMs + settleMs, sent],
    ['an earlier settle time is put off', { settleUntilMs: nowMs + 1 }, unknown, nowMs + settleMs, sent],
    ['a later settle time stays', { settleUntilMs: late }, unknown, late, sent],
    ['a refused write leaves what stood', { settleUntilMs: nowMs - 1, inDoubt: store }, refused, nowMs - 1, store],
    ['a new row is a takeover, whatever failed', null, refused, late, { kind: 'takeover', sentAtMs: nowMs }],
    ['a new row is a takeover, if nobody knows', null, unknown, late, { kind: 'takeover', sentAtMs: nowMs }],
  ])('%s', async (_, stands, failure, settleUntilMs, inDoubt) => {
    const { hold, row } = scene(stands);
    const failed = hold(({ whileFresh }) =>
      whileFresh(
        async () => null,
        () => {},
        async () => {
          throw new FailureError(failure);
        },
      ),
    );
    await expect(failed).rejects.toEqual(new FailureError(failure));
    expect(unsettled(row())).toEqual({ lease: 'released', settleUntilMs, inDoubt });
  });
});

describe('whether an adoption may write', () => {
  const settling = { settleUntilMs: nowMs + 1, inDoubt: store };
  it.each<[string, Partial<AccountRow> | null, { createsAll: boolean; claims: boolean }, boolean]>([
    ['a known account, nothing under way', {}, { createsAll: false, claims: false }, true],
    ['a write of our own may arrive', settling, { createsAll: false, claims: false }, false],
    ['a write of our own may arrive, it creates all', settling, { createsAll: true, claims: true }, false],
    ['our own has just settled', { ...settling, settleUntilMs: nowMs }, { createsAll: false, claims: false }, true],
    ['our own was seen applied', { ...settling, inDoubt: null }, { createsAll: false, claims: false }, true],
    ['a new row, secrets stand', null, { createsAll: false, claims: false }, false],
    ['a new row, it creates all', null, { createsAll: true, claims: false }, true],
    ['a new row, it claims the pointer', null, { createsAll: false, claims: true }, true],
  ])('%s', async (_, stands, plan, may) => {
    const { hold } = scene(stands);
    const said: boolean[] = [];
    await hold(async ({ mayWrite }) => {
      said.push(mayWrite(plan));
    });
    expect(said).toEqual([may]);
  });
});

describe('an adoption finds no work', () => {
  it.each<[string, Partial<AccountRow> | null, HeldRows, unknown]>([
    ['if a rotation is at work', { rotation: buildState('probing') }, 'any', { kind: 'in-flight', rotationId: 'r1' }],
    ['in a row of no adoption, for a repair', { adoptedAtMs: null }, 'adopted', { kind: 'not-adopted' }],
    ['in a row of other secrets, for a repair', { prefix: 'other' }, 'adopted', { kind: 'adopted-elsewhere' }],
    ['if there is no row, for a repair', null, 'adopted', { kind: 'not-adopted' }],
    ['in a row of a newer release', { schemaVersion: 99 as never }, 'any', { kind: 'newer-schema' }],
    ['if a worker holds the lease', { lease: { kind: 'held', token: 'theirs', saveSeq: 1 } }, 'any', { kind: 'busy' }],
  ])('%s, and leaves the row as it was', async (_, stands, rows, answer) => {
    const { world, hold } = scene(stands);
    const before = asLeft(world.journal.row?.fields);
    const worked: string[] = [];
    const work = async () => {
      worked.push('worked');
    };
    expect(await hold(work, rows)).toEqual(answer);
    expect(worked).toEqual([]);
    expect(asLeft(world.journal.row?.fields)).toEqual(before);
  });
});

it('a refused adoption leaves no row if there was none, and the row as it was if there was one', async () => {
  const none = scene(null);
  await none.hold(async () => {});
  expect(none.world.journal.row).toBe(null);

  const standing = { settleUntilMs: nowMs - 1, inDoubt: store };
  const one = scene(standing);
  await one.hold(async () => {});
  expect(one.row()).toEqual({ ...buildRow(standing), lease: expect.objectContaining({ kind: 'released' }) });
});

it('an adoption if a worker vanished waits until the last writes of that one have settled', async () => {
  const { world, hold } = scene({ lease: { kind: 'held', token: 'theirs', saveSeq: 1 } });
  world.clock.advance(leaseMs);
  expect(await hold(async () => {})).toEqual({ kind: 'settling', forMs: settleMs, result: null });
});

describe('what an adoption has sent is not in doubt any more', () => {
  it.each([
    ['once it has settled', nowMs, null],
    ['but not before', nowMs + 1, store],
  ])('%s', async (_, settleUntilMs, inDoubt) => {
    const { hold, row } = scene({ settleUntilMs, inDoubt: store });
    await hold(({ whileFresh }) =>
      whileFresh(
        async () => {},
        () => {},
        async () => {},
      ),
    );
    expect(unsettled(row())).toEqual({ lease: 'released', settleUntilMs, inDoubt });
  });
});

describe('a request that comes in during an adoption', () => {
  const comesIn = ({ journal }: MemoryWorld) =>
    journal.save({ ...readRow(journal.row?.fields), wakeSeq: 8 }, journal.row?.etag ?? null, []);

  it('is met after it: the lease is given back', async () => {
    const { world, hold, row } = scene({});
    await hold(async () => {
      comesIn(world);
    });
    expect(row()).toEqual(buildRow({ wakeSeq: 8, lease: expect.objectContaining({ kind: 'released' }) }));
  });

  it('is not undone by it: a rotation that was started meanwhile stays', async () => {
    const { world, row } = scene({});
    const rotation = buildState('preparing');
    const keys = { salt: 's', fingerprints: fingerprintsBefore };
    const seen = {
      pointer: 'key1',
      versions: { pointer: 'p', key1: 'a', key2: 'b', direct: null },
      sinceMs: 0,
    } as const;
    const account = { internalId: 'i1', accountKind: 'OpenAI', endpoint: 'https://new/', accountLocation: 'eastus' };
    await adoptUnderLease(world.ports, target, 'any', async () => {
      world.journal.save({ ...readRow(world.journal.row?.fields), rotation }, world.journal.row?.etag ?? null, []);
      const adopted = { ...account, seen, validity: null, keys };
      return { result: 'stored', adopted, settling: false, createdAll: false, claimed: false };
    });
    expect(row()).toMatchObject({ rotation, endpoint: 'https://new/' });
  });

  it('keeps the row of a refused one, which whoever comes next takes over', async () => {
    const { world, hold, row } = scene(null);
    await hold(async () => {
      comesIn(world);
    });
    const settleUntilMs = nowMs + leaseMs + settleMs;
    expect(unsettled(row())).toEqual({
      ...{ lease: 'released', settleUntilMs },
      inDoubt: { kind: 'takeover', sentAtMs: nowMs },
    });
  });
});

it('a refused adoption whose new row cannot be removed now answers all the same', async () => {
  const { world, hold, row } = scene(null);
  world.adversary.before = ({ operation }) => {
    if (operation === 'remove') throw new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
  };
  expect(await hold(async () => {})).toMatchObject({ kind: 'done', result: 'refused' });
  expect(row()?.lease.kind).toBe('held');
});

it('an adoption whose row is lost knows the leaked keys that were noted beside it', async () => {
  const { world, hold, row } = scene(null);
  const leak: LeakedKey = {
    ...{ slot: 'key1', overlapMs: 60_000, by: 'operator-2', reason: null, seen: null, rotationId: 'r2', atMs: nowMs },
    ...{ keys: [], isKnown: false, lookedAtMs: null, seenAtMs: null, goneSinceMs: null, failure: null },
  };
  world.journal.history.set('leaked-keys', { leaks: [leak] });
  await hold(async ({ renewLease }) => {
    await renewLease();
    expect(row()?.leaks).toEqual([leak]);
  });
});

it('a write of an adoption may leave only under a renewed lease, and within five seconds of what it rests on', async () => {
  const { world, hold } = scene({});
  const may: [string, boolean][] = [];
  await hold(async ({ fence, whileFresh }) => {
    may.push(['before it has looked', fence()]);
    world.clock.advance(leaseMs);
    await whileFresh(
      async () => {
        may.push(['while it looks, the lease not renewed yet', fence()]);
      },
      () => {
        may.push(['after the look', fence()]);
      },
      async () => {
        world.clock.advance(4_999);
        may.push(['just in time', fence()]);
        world.clock.advance(1);
        may.push(['too late', fence()]);
      },
    );
  });
  expect(may).toEqual([
    ['before it has looked', false],
    ['while it looks, the lease not renewed yet', false],
    ['after the look', true],
    ['just in time', true],
    ['too late', false],
  ]);
});

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { LeaseLost } from '../../src/durable/lease-fence.ts';
import { leaseMs, settleMs } from '../../src/durable/numbers.ts';
import { type LeasedHardening, leaseHardening } from '../../src/hardening/lease-hardening.ts';
import type { HardeningRows } from '../../src/hardening/ports.ts';
import { runHardeningChange } from '../../src/hardening/run-hardening.ts';
import { type Failure, FailureError } from '../../src/shared/failure.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { memoryHardening } from '../memory-world/memory-hardening-rows.ts';

const parsed = parseAccountId(
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai',
);
if (parsed === null) throw new TypeError();
const account = parsed;
const startMs = 1_000_000;

/** A row whose wall clock, monotonic clock and storage clock each go their own way. */
function open(change: (rows: HardeningRows) => HardeningRows = (rows) => rows) {
  const at = { wallMs: startMs, monotonicMs: 50, storageMs: 7_000_000 };
  const advance = (ms: number) => {
    at.wallMs += ms;
    at.monotonicMs += ms;
    at.storageMs += ms;
  };
  const slept: number[] = [];
  const clock = {
    nowMs: () => at.wallMs,
    monotonicMs: () => at.monotonicMs,
    sleep: async (ms: number) => {
      slept.push(ms);
      advance(ms);
    },
  };
  const memory = memoryHardening(() => at.storageMs);
  const rows = change(memory.ports);
  let serial = 0;
  const newId = () => `id-${++serial}`;
  const place = { account, area: 'access', schema: z.number(), initial: 0 } as const;
  const hold = async (wakeSeq: number | null = null) =>
    await leaseHardening({ hardeningRows: rows, clock, newId }, place, { wakeSeq, comeBack: async () => {} });
  const held = async () => {
    const got = await hold();
    if (got.kind !== 'held') throw new TypeError(got.kind);
    return got.held;
  };
  const stored = () => [...memory.rows.values()][0]?.fields;
  return { at, advance, slept, clock, rows, hold, held, stored };
}

/** Gives the row back as a change that rests does. */
const release = (owner: LeasedHardening<number>, state: number, wakeAtMs: number | null) =>
  owner.release({ state, wakeAtMs, wakeSeq: owner.row.wakeSeq + 1 });

describe('the lease on an area of hardening', () => {
  it('is given back at once: the next one waits for nothing', async () => {
    const { held, hold } = open();
    await release(await held(), 1, 9);
    expect((await hold(1)).kind).toBe('held');
  });

  it('is written with a token of its own and the number of the save', async () => {
    const { held, stored } = open();
    const owner = await held();
    expect(stored()).toEqual({
      schemaVersion: 1,
      lease: { kind: 'held', token: 'id-1', saveSeq: 1 },
      settleUntilMs: 0,
      inDoubt: null,
      wakeAtMs: null,
      wakeSeq: 0,
      retrying: null,
      state: 0,
    });
    await owner.saveResult({ state: 5 });
    expect(stored()).toMatchObject({ lease: { token: 'id-1', saveSeq: 2 }, state: 5, wakeSeq: 0 });
    await release(owner, 6, 77);
    expect(stored()).toEqual({
      schemaVersion: 1,
      lease: { kind: 'released', token: 'id-1', saveSeq: 3 },
      settleUntilMs: 0,
      inDoubt: null,
      wakeAtMs: 77,
      wakeSeq: 1,
      retrying: null,
      state: 6,
    });
    await held();
    expect(stored()).toMatchObject({ lease: { token: 'id-2', saveSeq: 1 }, state: 6, wakeAtMs: 77 });
  });

  it('is somebody else’s when both wanted it and the other saved first', async () => {
    let rival = false;
    const { hold } = open((rows) => ({
      ...rows,
      save: async (...args) => (rival ? { kind: 'conflict' } : await rows.save(...args)),
    }));
    rival = true;
    expect(await hold()).toEqual({ kind: 'busy', forMs: leaseMs });
  });

  it('is not taken when the row cannot be saved', async () => {
    const { hold } = open((rows) => ({
      ...rows,
      save: () => Promise.reject(new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null })),
    }));
    await expect(hold()).rejects.toThrow('http-503');
  });

  it.each<[string, number, number, boolean]>([
    ['lets a write leave while both clocks say so', 0, 0, true],
    ['lets none leave once the wall clock says that it is over', 50_000, 0, false],
    ['lets none leave once the monotonic clock says so', 0, 50_000, false],
    ['lets none leave when the wall clock ran backwards', -1, 0, false],
    ['lets one leave at its last millisecond', 49_999, 49_999, true],
  ])('%s', async (_, wallMs, monotonicMs, leaves) => {
    const { at, held } = open();
    const owner = await held();
    at.wallMs += wallMs;
    at.monotonicMs += monotonicMs;
    expect(owner.fence()).toBe(leaves);
  });

  it('counts from before the save was sent, not from its answer', async () => {
    const world = open((rows) => ({
      ...rows,
      save: async (...args) => {
        world.advance(30_000);
        return await rows.save(...args);
      },
    }));
    const owner = await world.held();
    world.advance(20_000);
    expect(owner.fence()).toBe(false);
  });

  it('is kept through many calls by a save now and then, of the state as it stands', async () => {
    const { held, advance, stored } = open();
    const owner = await held();
    await owner.saveResult({ state: 5, retrying: { sinceMs: 1, calls: 2 } });
    advance(14_999);
    await owner.keepLease();
    expect(stored()).toMatchObject({ lease: { saveSeq: 2 } });
    advance(34_000);
    await owner.keepLease();
    expect(stored()).toMatchObject({ lease: { saveSeq: 3 }, state: 5, retrying: { sinceMs: 1, calls: 2 }, wakeSeq: 0 });
    advance(49_000);
    expect(owner.fence()).toBe(true);
  });

  it('is not kept by a save that cannot be made now, and work goes on: its end saves again', async () => {
    let isDown = false;
    const { held, advance } = open((rows) => ({
      ...rows,
      save: async (...args) => {
        if (isDown) throw new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
        return await rows.save(...args);
      },
    }));
    const owner = await held();
    advance(50_000);
    isDown = true;
    await owner.keepLease();
    expect(owner.fence()).toBe(false);
    isDown = false;
    await owner.keepLease();
    expect(owner.fence()).toBe(true);
  });

  it('is not kept if another has taken it: the work ends at once', async () => {
    const { held, advance } = open();
    const owner = await held();
    advance(leaseMs + settleMs);
    await held();
    await expect(owner.keepLease()).rejects.toBeInstanceOf(LeaseLost);
  });

  it('tells the storage service’s time, as it goes on since the last save', async () => {
    const { at, held } = open();
    const owner = await held();
    expect(owner.nowMs()).toBe(7_000_000);
    at.monotonicMs += 250;
    expect(owner.nowMs()).toBe(7_000_250);
  });

  it.each<[string, unknown]>([
    ['somebody else took it meanwhile', { lease: { kind: 'held', token: 'other', saveSeq: 2 } }],
    ['an earlier save of its own was put back', { lease: { kind: 'held', token: 'id-1', saveSeq: 0 } }],
    ['somebody else gave it back meanwhile', { lease: { kind: 'released', token: 'other', saveSeq: 2 } }],
    ['its own lease was ended', { lease: { kind: 'released', token: 'id-1', saveSeq: 1 } }],
  ])('is lost with the reply to a save when %s', async (_, found) => {
    let loses = false;
    const { held } = open((rows) => ({
      ...rows,
      save: async (...args) => {
        if (!loses) return await rows.save(...args);
        const stored = await rows.load(account, 'access');
        if (stored === null) throw new TypeError();
        await rows.save(account, 'access', { ...(stored.fields as object), ...(found as object) }, stored.etag);
        throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
      },
    }));
    const owner = await held();
    loses = true;
    await expect(owner.saveResult({ state: 1 })).rejects.toBeInstanceOf(LeaseLost);
  });

  it('is kept when the reply is lost and the save was not made: it is made again', async () => {
    let loses = false;
    const { held, stored } = open((rows) => ({
      ...rows,
      save: async (...args) => {
        if (!loses) return await rows.save(...args);
        loses = false;
        throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
      },
    }));
    const owner = await held();
    loses = true;
    await owner.saveResult({ state: 4 });
    expect(stored()).toMatchObject({ state: 4, lease: { kind: 'held', token: 'id-1' } });
  });

  it('is lost with the reply when the row is gone', async () => {
    let loses = false;
    const { held } = open((rows) => ({
      ...rows,
      load: async (...args) => (loses ? null : await rows.load(...args)),
      save: async (...args) => {
        if (loses) throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
        return await rows.save(...args);
      },
    }));
    const owner = await held();
    loses = true;
    await expect(owner.saveResult({ state: 1 })).rejects.toBeInstanceOf(LeaseLost);
  });

  it('is not given back when replies are lost until its time is over, and the row never was saved', async () => {
    let loses = false;
    const world = open((rows) => ({
      ...rows,
      save: async (...args) => {
        world.advance(10_000);
        if (loses) throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
        return await rows.save(...args);
      },
    }));
    const owner = await world.held();
    loses = true;
    await expect(release(owner, 1, null)).rejects.toBeInstanceOf(LeaseLost);
  });
});

const failure = (kind: 'not-applied' | 'outcome-unknown'): Failure =>
  kind === 'not-applied' ? { kind, code: 'http-503', retryAfterMs: null } : { kind, code: 'timeout' };

describe('working at a change', () => {
  it.each([
    ['sleeps through a rest of five seconds', 5_000, 20_000, [5_000]],
    ['does not sleep through a longer one', 5_001, 20_000, []],
    ['does not sleep past its own time', 3_000, 2_999, []],
    ['sleeps to the end of its own time', 3_000, 3_000, [3_000]],
  ] as const)('%s', async (_, forMs, budgetMs, slept) => {
    const { held, clock, slept: did } = open();
    const owner = await held();
    const { untilMs, row } = await runHardeningChange(
      owner,
      clock,
      {
        step: async (state) => (state === 0 ? { kind: 'rest', state: 1, forMs } : { kind: 'done', state: 2 }),
        failed: () => ({ kind: 'done', state: 9 }),
      },
      budgetMs,
    );
    expect(did).toEqual(slept);
    expect(row).toMatchObject({ state: slept.length > 0 ? 2 : 1 });
    expect(owner.row).toMatchObject({ state: slept.length > 0 ? 1 : 0, lease: { kind: 'held' } });
    expect(untilMs).toBe(slept.length > 0 ? null : 7_000_000 + forMs);
  });

  it('saves each step before the next one, and hands over its fence and its time', async () => {
    const { held, clock, stored } = open();
    const owner = await held();
    const seen: unknown[] = [];
    await runHardeningChange(
      owner,
      clock,
      {
        step: async (state, context) => {
          seen.push([state, stored(), context.fence === owner.fence, context.nowMs]);
          return state < 2 ? { kind: 'go-on', state: state + 1 } : { kind: 'done', state };
        },
        failed: (state) => ({ kind: 'done', state }),
      },
      20_000,
    );
    expect(seen).toEqual([0, 1, 2].map((state) => [state, expect.objectContaining({ state }), true, 7_000_000]));
  });

  it.each<[string, Failure['kind'], 'rest' | 'done', number | null]>([
    ['comes again when a call that changed nothing wants it', 'not-applied', 'rest', 60_000],
    ['comes again only when a call that may still be applied has settled', 'outcome-unknown', 'rest', settleMs],
    ['ends on a call that may still be applied only when it has settled', 'outcome-unknown', 'done', settleMs],
    ['ends on a call that changed nothing', 'not-applied', 'done', null],
  ])('%s', async (_, kind, then, forMs) => {
    const { held, clock } = open();
    const owner = await held();
    const { untilMs, row } = await runHardeningChange(
      owner,
      clock,
      {
        step: () => Promise.reject(new FailureError(failure(kind === 'refused' ? 'not-applied' : kind))),
        failed: (state, found, nowMs) => {
          expect([found.kind, nowMs]).toEqual([kind, 7_000_000]);
          return then === 'done'
            ? { kind: 'done', state: state + 3 }
            : { kind: 'rest', state: state + 3, forMs: 60_000 };
        },
      },
      20_000,
    );
    expect(untilMs).toBe(forMs === null ? null : 7_000_000 + forMs);
    // Where nothing is to come it stands as it was until then.
    const doubt = { inDoubt: { kind: 'write', sentAtMs: 7_000_000 }, settleUntilMs: 7_000_000 + settleMs };
    const isUnknown = kind === 'outcome-unknown';
    const state = isUnknown && then === 'done' ? 0 : 3;
    expect(row).toMatchObject({ state, ...(isUnknown ? doubt : { inDoubt: null }) });
  });

  it.each([
    ['takes no step while a call may still be applied', 1, []],
    ['goes on, and forgets that call, once it has settled', 0, [{ state: 0, inDoubt: null }]],
  ])('%s', async (_, leftMs, steps) => {
    const { held, clock, at } = open();
    const owner = await held();
    const settleUntilMs = at.storageMs + leftMs;
    await owner.saveResult({ inDoubt: { kind: 'takeover', sentAtMs: 5 }, settleUntilMs });
    const taken: unknown[] = [];
    const work = {
      step: async (state: number) => ({ kind: 'done' as const, state }),
      failed: (state: number) => ({ kind: 'done' as const, state }),
    };
    const { untilMs, row } = await runHardeningChange(owner, clock, work, 20_000);
    if (untilMs === null) taken.push({ state: row.state, inDoubt: row.inDoubt });
    expect(untilMs).toBe(leftMs > 0 ? settleUntilMs : null);
    expect(taken).toEqual(steps);
  });

  it.each([
    ['sees its own call come, and goes on', 'go-on', null],
    ['does not see it, and leaves it in doubt', 'rest', { kind: 'write', sentAtMs: 5 }],
  ] as const)('looks, if somebody waits for the answer, but writes nothing: %s', async (_, kind, inDoubt) => {
    const { held, clock, at } = open();
    const owner = await held();
    await owner.saveResult({ inDoubt: { kind: 'write', sentAtMs: 5 }, settleUntilMs: at.storageMs + 60_000 });
    const fences: boolean[] = [];
    const work = {
      step: async (state: number, { fence }: { readonly fence: () => boolean }) => {
        fences.push(fence());
        if (state > 0) return { kind: 'rest' as const, state, forMs: 60_000 };
        return kind === 'go-on' ? { kind, state: 1 } : { kind, state, forMs: 60_000 };
      },
      failed: (state: number) => ({ kind: 'done' as const, state }),
    };
    const { row } = await runHardeningChange(owner, clock, work, 20_000, true);
    expect(fences).toEqual(kind === 'go-on' ? [false, true] : [false]);
    expect({ ...owner.row, ...row }).toMatchObject({ inDoubt });
  });

  it('passes on what is no failure of a service', async () => {
    const { held, clock } = open();
    const owner = await held();
    const work = {
      step: () => Promise.reject(new RangeError('ours')),
      failed: (state: number) => ({ kind: 'done' as const, state }),
    };
    await expect(runHardeningChange(owner, clock, work, 20_000)).rejects.toThrow('ours');
  });
});

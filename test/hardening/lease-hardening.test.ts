import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { LeaseLost } from '../../src/durable/lease-fence.ts';
import { leaseMs, settleMs } from '../../src/durable/numbers.ts';
import { type LeasedHardening, leaseHardening } from '../../src/hardening/lease-hardening.ts';
import type { HardeningRows } from '../../src/hardening/ports.ts';
import { runHardeningChange } from '../../src/hardening/run-hardening.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { memoryClock } from '../memory-world/memory-clock.ts';
import { memoryHardening } from '../memory-world/memory-hardening-rows.ts';

const account = parseAccountId(
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai',
);
if (account === null) throw new TypeError();
const place = { account, area: 'access', schema: z.number(), initial: 0 } as const;

function open(change: (rows: HardeningRows) => HardeningRows = (rows) => rows) {
  const clock = memoryClock(1_000_000);
  let serial = 0;
  const newId = () => {
    serial += 1;
    return `id-${serial}`;
  };
  const rows = change(memoryHardening(clock.nowMs).ports);
  const hold = async (wakeSeq: number | null = null) =>
    await leaseHardening({ hardeningRows: rows, clock, newId }, place, { wakeSeq, comeBack: async () => {} });
  const held = async () => {
    const got = await hold();
    if (got.kind !== 'held') throw new TypeError(got.kind);
    return got.held;
  };
  return { clock, rows, hold, held };
}

/** Gives the row back as a change that rests does. */
const release = (owner: LeasedHardening<number>, state: number, wakeAtMs: number | null) =>
  owner.release({ state, wakeAtMs, wakeSeq: owner.row.wakeSeq + 1 });

describe('the lease on an area of hardening', () => {
  it('is one worker’s at a time, until it is given back', async () => {
    const { hold, held } = open();
    const first = await held();
    expect(await hold()).toMatchObject({ kind: 'busy', forMs: leaseMs + settleMs });
    await release(first, 7, null);
    const second = await held();
    expect(second.row.state).toBe(7);
  });

  it('of a dead worker is taken when its last calls have settled, not before', async () => {
    const { clock, hold, held } = open();
    await held();
    clock.advance(leaseMs + settleMs - 1);
    expect(await hold()).toMatchObject({ kind: 'busy', forMs: 1 });
    clock.advance(1);
    expect((await hold()).kind).toBe('held');
  });

  it('lets nothing leave in its last ten seconds, and again after a save', async () => {
    const { clock, held } = open();
    const owner = await held();
    clock.advance(leaseMs - 10_001);
    expect(owner.fence()).toBe(true);
    clock.advance(1);
    expect(owner.fence()).toBe(false);
    await owner.saveResult({ state: 1 });
    expect(owner.fence()).toBe(true);
  });

  it('is lost to whoever took it: nothing more is saved', async () => {
    const { clock, held } = open();
    const first = await held();
    clock.advance(leaseMs + settleMs);
    const second = await held();
    await expect(first.saveResult({ state: 1 })).rejects.toBeInstanceOf(LeaseLost);
    await release(second, 2, null);
    expect((await held()).row.state).toBe(2);
  });

  it('is not lost with the reply to a save', async () => {
    let loses = false;
    const { held } = open((rows) => ({
      ...rows,
      save: async (...args) => {
        const answer = await rows.save(...args);
        if (loses) {
          loses = false;
          throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
        }
        return answer;
      },
    }));
    const owner = await held();
    loses = true;
    await owner.saveResult({ state: 3 });
    loses = true;
    await release(owner, 4, null);
    expect((await held()).row.state).toBe(4);
  });

  it('is not taken for a message that is no longer true', async () => {
    const { hold, held } = open();
    const owner = await held();
    await release(owner, 1, 5);
    expect(await hold(0)).toEqual({ kind: 'stale-message' });
    expect((await hold(1)).kind).toBe('held');
  });

  it('is taken at once, by a request and by a message that comes before the change has rested', async () => {
    const { clock, hold, held } = open();
    const owner = await held();
    await release(owner, 1, clock.nowMs() + 120_000);
    const early = await hold(1);
    if (early.kind !== 'held') throw new TypeError(early.kind);
    await early.held.giveBack({});
    expect((await hold(null)).kind).toBe('held');
  });

  it('is not taken on a row that this release cannot read', async () => {
    const { rows, hold } = open();
    await rows.save(account, 'access', { schemaVersion: 2 }, null);
    await expect(hold()).rejects.toMatchObject({
      failure: { reason: 'journal-unreadable', code: 'hardening-row-unreadable' },
    });
  });
});

describe('working at a change', () => {
  it('saves every step, sleeps through short rests, and comes again after long ones', async () => {
    const { clock, held } = open();
    const owner = await held();
    const { untilMs, row } = await runHardeningChange(
      owner,
      clock,
      {
        step: async (state) =>
          state < 3 ? { kind: 'rest', state: state + 1, forMs: 1_000 } : { kind: 'rest', state, forMs: 60_000 },
        failed: (state) => ({ kind: 'done', state }),
      },
      20_000,
    );
    expect(untilMs).toBe(1_000_000 + 3_000 + 60_000);
    expect(row).toMatchObject({ state: 3 });
    expect(owner.row).toMatchObject({ state: 3, lease: { kind: 'held' }, wakeSeq: 0 });
  });

  it('comes again when its time is spent', async () => {
    const { clock, held } = open();
    const owner = await held();
    const { untilMs, row } = await runHardeningChange(
      owner,
      clock,
      {
        step: async (state) => {
          clock.advance(3_000);
          return { kind: 'go-on', state: state + 1 };
        },
        failed: (state) => ({ kind: 'done', state }),
      },
      10_000,
    );
    expect(untilMs).not.toBeNull();
    expect(row.state).toBe(4);
  });

  it('lets a call whose outcome is unknown settle before it goes on', async () => {
    const { clock, held } = open();
    const owner = await held();
    const { untilMs, row } = await runHardeningChange(
      owner,
      clock,
      {
        step: () => Promise.reject(new FailureError({ kind: 'outcome-unknown', code: 'timeout' })),
        failed: (state) => ({ kind: 'rest', state, forMs: 0 }),
      },
      20_000,
    );
    expect(untilMs).toBe(1_000_000 + settleMs);
    expect(row).toMatchObject({ inDoubt: { kind: 'write', sentAtMs: 1_000_000 }, settleUntilMs: untilMs });
    // Anyone who comes before that, by a message or a request, takes no step either.
    await owner.giveBack(row);
    clock.advance(settleMs - 1_000);
    const never = {
      step: () => Promise.reject(new RangeError('a step')),
      failed: () => ({ kind: 'done' as const, state: 9 }),
    };
    expect(await runHardeningChange(await held(), clock, never, 20_000)).toEqual({ untilMs, row: {} });
  });
});

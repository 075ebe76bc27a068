import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { holdPosture, PostureLost, postureLeaseMs, postureSettleMs } from '../../src/posture/hold-posture.ts';
import type { PostureRows } from '../../src/posture/ports.ts';
import { workPosture } from '../../src/posture/work-posture.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { memoryClock } from '../memory-world/memory-clock.ts';
import { memoryPostures } from '../memory-world/memory-postures.ts';

const account = parseAccountId(
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai',
);
if (account === null) throw new TypeError();
const place = { account, posture: 'access', schema: z.number(), initial: 0 } as const;

function open(change: (rows: PostureRows) => PostureRows = (rows) => rows) {
  const clock = memoryClock(1_000_000);
  let serial = 0;
  const newId = () => {
    serial += 1;
    return `id-${serial}`;
  };
  const rows = change(memoryPostures(clock.nowMs).ports);
  const hold = async (wakeSeq: number | null = null) => await holdPosture({ rows, clock, newId }, place, wakeSeq);
  const held = async () => {
    const got = await hold();
    if (got.kind !== 'held') throw new TypeError(got.kind);
    return got.held;
  };
  return { clock, rows, hold, held };
}

describe('the lease on a posture', () => {
  it('is one worker’s at a time, until it is given back', async () => {
    const { hold, held } = open();
    const first = await held();
    expect(await hold()).toMatchObject({ kind: 'busy', forMs: postureLeaseMs + postureSettleMs });
    await first.release(7, null);
    const second = await held();
    expect(second.row.state).toBe(7);
  });

  it('of a dead worker is taken when its last calls have settled, not before', async () => {
    const { clock, hold, held } = open();
    await held();
    clock.advance(postureLeaseMs + postureSettleMs - 1);
    expect(await hold()).toMatchObject({ kind: 'busy', forMs: 1 });
    clock.advance(1);
    expect((await hold()).kind).toBe('held');
  });

  it('lets nothing leave in its last ten seconds, and again after a save', async () => {
    const { clock, held } = open();
    const owner = await held();
    clock.advance(postureLeaseMs - 10_001);
    expect(owner.fence()).toBe(true);
    clock.advance(1);
    expect(owner.fence()).toBe(false);
    await owner.save(1);
    expect(owner.fence()).toBe(true);
  });

  it('is lost to whoever took it: nothing more is saved', async () => {
    const { clock, held } = open();
    const first = await held();
    clock.advance(postureLeaseMs + postureSettleMs);
    const second = await held();
    await expect(first.save(1)).rejects.toBeInstanceOf(PostureLost);
    await second.release(2, null);
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
    await owner.save(3);
    loses = true;
    await owner.release(4, null);
    expect((await held()).row.state).toBe(4);
  });

  it('is not taken for a message that is no longer true', async () => {
    const { hold, held } = open();
    const owner = await held();
    await owner.release(1, 5);
    expect(await hold(0)).toEqual({ kind: 'old-hint' });
    expect((await hold(1)).kind).toBe('held');
  });

  it('is not taken for a message that comes before the change has rested', async () => {
    const { clock, hold, held } = open();
    const owner = await held();
    await owner.release(1, clock.nowMs() + 120_000);
    clock.advance(117_000);
    expect(await hold(1)).toEqual({ kind: 'busy', forMs: 3_000 });
    clock.advance(1_000);
    expect((await hold(1)).kind).toBe('held');
  });

  it('is taken at once for a request', async () => {
    const { clock, hold, held } = open();
    const owner = await held();
    await owner.release(1, clock.nowMs() + 120_000);
    expect((await hold(null)).kind).toBe('held');
  });

  it('is not taken on a row that this release cannot read', async () => {
    const { rows, hold } = open();
    await rows.save(account, 'access', { schemaVersion: 2 }, null);
    await expect(hold()).rejects.toMatchObject({ failure: { code: 'posture-row-unreadable' } });
  });
});

describe('working at a change', () => {
  it('saves every step, sleeps through short rests, and comes again after long ones', async () => {
    const { clock, held } = open();
    const owner = await held();
    const untilMs = await workPosture(
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
    expect(owner.row).toMatchObject({ state: 3, lease: null, wakeAtMs: untilMs, wakeSeq: 1 });
  });

  it('comes again when its time is spent', async () => {
    const { clock, held } = open();
    const owner = await held();
    const untilMs = await workPosture(
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
    expect(owner.row.state).toBe(4);
  });

  it('lets a call whose outcome is unknown settle before it goes on', async () => {
    const { clock, held } = open();
    const owner = await held();
    const untilMs = await workPosture(
      owner,
      clock,
      {
        step: () => Promise.reject(new FailureError({ kind: 'outcome-unknown', code: 'timeout' })),
        failed: (state) => ({ kind: 'rest', state, forMs: 0 }),
      },
      20_000,
    );
    expect(untilMs).toBe(1_000_000 + postureSettleMs);
  });
});

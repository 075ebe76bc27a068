import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { settleMs } from '../../src/durable/numbers.ts';
import { leaseHardening } from '../../src/hardening/lease-hardening.ts';
import { type HardeningWork, runHardeningChange } from '../../src/hardening/run-hardening.ts';
import { countCall } from '../../src/shared/call-trail.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { memoryClock } from '../memory-world/memory-clock.ts';
import { memoryHardening } from '../memory-world/memory-hardening-rows.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const { account } = buildTarget();
const schema = z.object({ tries: z.number() });
type State = z.infer<typeof schema>;
type Rest = { readonly forMs: number; readonly as?: 'retry' | 'bounded' | 'planned' };

/** Lives for two days with a step that costs `calls` and rests so. */
async function live(calls: number, rest: (tries: number) => Rest | FailureError) {
  const clock = memoryClock(1_000_000_000_000);
  const hardeningRows = memoryHardening(clock.nowMs);
  const asked: number[] = [];
  let ids = 0;
  const newId = () => {
    ids += 1;
    return String(ids);
  };
  const place = { account, area: 'network', schema, initial: { tries: 0 } } as const;
  const row = () => [...hardeningRows.rows.values()][0]?.fields as { readonly retrying: object | null };
  const rested = (state: State, { forMs, as = 'retry' }: Rest) => ({ kind: 'rest', state, forMs, as }) as const;
  const work: HardeningWork<State> = {
    async step({ tries }) {
      for (let call = 0; call < calls; call += 1) countCall();
      for (let call = 0; call < calls; call += 1) asked.push(clock.nowMs());
      const next = rest(tries);
      if (next instanceof FailureError) throw next;
      return rested({ tries: tries + 1 }, next);
    },
    failed: (state, failure) =>
      rested(state, { forMs: (failure.kind === 'not-applied' ? failure.retryAfterMs : null) ?? 15_000 }),
  };
  const wakes: number[] = [];
  const endMs = clock.nowMs() + 2 * dayMs;
  while (clock.nowMs() < endMs) {
    const hold = await leaseHardening({ hardeningRows: hardeningRows.ports, clock, newId }, place, null);
    if (hold.kind !== 'held') throw new TypeError(hold.kind);
    const { untilMs, row: change } = await runHardeningChange(hold.held, clock, work, 20_000);
    await hold.held.release({ ...change, wakeAtMs: untilMs });
    if (untilMs === null) break;
    wakes.push(untilMs - clock.nowMs());
    clock.advance(Math.max(0, untilMs - clock.nowMs()));
  }
  const mostInADay = Math.max(...asked.map((at) => asked.filter((one) => one >= at && one < at + dayMs).length));
  return { mostInADay, longestMs: Math.max(...wakes), row };
}

const refusal = (retryAfterMs: number | null) =>
  new FailureError({ kind: 'not-applied', code: 'TooManyRequests', retryAfterMs });

describe('a change of network, access or keys that Azure refuses for ever', () => {
  it('is tried every 15 minutes, if 15 days were asked for', async () => {
    const { longestMs, mostInADay, row } = await live(1, () => refusal(15 * dayMs));
    expect(longestMs).toBe(15 * minuteMs);
    expect(mostInADay).toBe(96);
    expect(row().retrying).toEqual({ sinceMs: 1_000_000_000_000, calls: 192 });
  });

  it.each([1, 2, 5, 8])('makes at most 300 calls a day, at %d a try', async (calls) => {
    const { mostInADay } = await live(calls, () => refusal(null));
    expect(mostInADay).toBeLessThanOrEqual(300);
  });

  it('does not count what it waits for by plan as a try in vain', async () => {
    const { row, longestMs } = await live(1, () => ({ forMs: 60 * minuteMs, as: 'planned' }));
    expect(longestMs).toBe(60 * minuteMs);
    expect(row().retrying).toBeNull();
  });

  it('keeps the pauses of a step that allows only a few looks', async () => {
    const { longestMs, row } = await live(8, (tries) => ({
      forMs: tries < 60 ? 15_000 : 60 * minuteMs,
      as: 'bounded',
    }));
    expect(longestMs).toBe(15 * minuteMs);
    expect(row().retrying).toMatchObject({ sinceMs: 1_000_000_000_000 });
  });
});

describe('a change whose patience is over with a call that got no answer', () => {
  /** Looks first; what it sends has come by then, or not. */
  async function lastCall(hasCome: boolean) {
    const clock = memoryClock(1_000_000_000_000);
    const hardeningRows = memoryHardening(clock.nowMs);
    let ids = 0;
    const newId = () => {
      ids += 1;
      return String(ids);
    };
    const place = { account, area: 'access', schema, initial: { tries: 0 } } as const;
    const sentMs: number[] = [];
    const failedWith: string[] = [];
    const work: HardeningWork<State> = {
      async step({ tries }, { fence }) {
        if (sentMs.length > 0 && hasCome) return { kind: 'done', state: { tries } };
        if (!fence()) throw new FailureError({ kind: 'not-applied', code: 'fence-lost', retryAfterMs: null });
        sentMs.push(clock.nowMs());
        throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
      },
      failed: (_, failure) => {
        failedWith.push(failure.code);
        return { kind: 'done', state: { tries: -1 } };
      },
    };
    const idles = [];
    for (let wakes = 0; wakes < 3; wakes += 1) {
      const hold = await leaseHardening({ hardeningRows: hardeningRows.ports, clock, newId }, place, null);
      if (hold.kind !== 'held') throw new TypeError(hold.kind);
      const { untilMs, row: change } = await runHardeningChange(hold.held, clock, work, 20_000);
      await hold.held.release({ ...change, wakeAtMs: untilMs });
      idles.push({ untilMs, ended: hold.held.row.state.tries });
      if (untilMs === null) break;
      clock.advance(untilMs - clock.nowMs());
    }
    return { idles, sent: sentMs.length, failedWith };
  }

  it('ends only when nothing of the call can arrive any more, and sends nothing again', async () => {
    const { idles, sent, failedWith } = await lastCall(false);
    expect(idles).toEqual([
      { untilMs: 1_000_000_000_000 + settleMs, ended: 0 },
      { untilMs: null, ended: -1 },
    ]);
    expect(sent).toBe(1);
    expect(failedWith).toEqual(['timeout', 'timeout']);
  });

  it('has what the call did for its result, if it came all the same', async () => {
    const { idles } = await lastCall(true);
    expect(idles.at(-1)).toEqual({ untilMs: null, ended: 0 });
  });
});

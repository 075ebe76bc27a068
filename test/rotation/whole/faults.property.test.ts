import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operator } from '../../memory-world/life.ts';
import { askForRotation, inOrder } from '../../memory-world/open-target.ts';
import { isWhole } from '../../vitest/whole-search.ts';
import { type Lived, liveThrough } from './live-through.ts';
import { meddle } from './outside.ts';
import { faultSchedule, outsideSchedule } from './schedules.ts';

const seed = Number(process.env.KEYTURN_SEED ?? 20260105);
const numRuns = Number(process.env.KEYTURN_RUNS ?? (isWhole ? 240 : 30));
const dayMs = 24 * 3_600_000;
const ended = new Map<string, number>();
const count = (word: string) => ended.set(word, (ended.get(word) ?? 0) + 1);

describe('a rotation under any schedule', () => {
  it('of faults: ends, breaks nothing, is completed once the faults are over, and leaves the next one well', async () => {
    let consumerCalls = 0;
    await fc.assert(
      fc.asyncProperty(faultSchedule, async (schedule) => {
        const lived = await liveThrough(schedule);
        expect(lived.life.watch.breaches).toEqual([]);
        expect(['completed', 'rolled-back', 'cancelled', 'suspended', 'never-started']).toContain(lived.outcome());
        count(lived.outcome());
        consumerCalls += lived.life.watch.consumerCalls;
        await resumeUntilOver(lived);
        expect(lived.life.watch.breaches).toEqual([]);
        expect(lived.row()?.rotation ?? null).toBeNull();
        expect(inOrder(lived.life, lived.target, null)).toBe(true);
        await rotateOnceMore(lived);
        expect(lived.life.watch.breaches).toEqual([]);
        expect(lived.outcome()).toBe('completed');
        expect(inOrder(lived.life, lived.target, null)).toBe(true);
      }),
      { seed, numRuns, endOnFailure: false },
    );
    console.log('faults', Object.fromEntries(ended), { consumerCalls });
  });

  it('of faults and of people outside: ends and breaks nothing', async () => {
    ended.clear();
    await fc.assert(
      fc.asyncProperty(outsideSchedule, async ({ faults, acts }) => {
        const { life, row, outcome } = await liveThrough(faults, (begun, target) => meddle(begun, target, acts));
        expect(life.watch.breaches).toEqual([]);
        expect(['completed', 'rolled-back', 'cancelled', 'suspended', 'never-started']).toContain(outcome());
        const rotation = row()?.rotation;
        count(rotation?.kind === 'suspended' ? rotation.reason : outcome());
      }),
      { seed, numRuns, endOnFailure: false },
    );
    console.log('people', Object.fromEntries(ended));
  });
});

/** What the first rotation left behind must not hurt the next. */
async function rotateOnceMore({ life, row }: Lived): Promise<void> {
  // An operator's adoption or repair may still be at the account: then the answer is to ask again.
  for (let asks = 0; asks < 3 && (await askForRotation(life)) === null; asks += 1)
    await life.run(() => false, life.world.clock.nowMs() + 60_000);
  await life.run(() => row()?.rotation === null, life.world.clock.nowMs() + 12 * dayMs);
}

/** A person resumes what is suspended, in a world where nothing goes wrong any more. */
async function resumeUntilOver({ life, row, heal }: Lived): Promise<void> {
  heal();
  for (let resumes = 0; resumes < 3 && row()?.rotation != null; resumes += 1) {
    const rotation = row()?.rotation;
    if (rotation?.kind !== 'suspended') return;
    const { worker, app } = life.start();
    await life.during(worker, app.resume('demo', rotation.from.rotationId, operator));
    const untilMs = life.world.clock.nowMs() + 12 * dayMs;
    await life.run(
      () => row()?.rotation === null || (row()?.rotation?.kind === 'suspended' && row()?.operatorRequest === null),
      untilMs,
    );
  }
}

import { describe, expect, it } from 'vitest';
import { operator } from '../../memory-world/life.ts';
import { openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../row-of.ts';

const leak = { slot: 'key1', reason: 'found in a log', overlapSeconds: 7_200, dryRun: false } as const;

/** A leak whose rotation rests in its overlap; `again` reports it once more and answers how often that sent a message. */
async function resting() {
  const life = await openTarget(buildTarget(), 'key1');
  const first = life.start();
  await life.during(first.worker, first.app.leak('demo', leak, operator));
  await life.run(() => rowOf(life)?.rotation?.kind === 'overlapping' && rowOf(life)?.lease.kind === 'released', 9e15);
  const again = async () => {
    const before = rowOf(life)?.wakeSeq ?? 0;
    const { worker, app } = life.start();
    const answer = await life.during(worker, app.leak('demo', leak, operator));
    return { kind: answer === 'died' ? 'died' : answer.kind, woken: (rowOf(life)?.wakeSeq ?? 0) - before };
  };
  return { life, again };
}

describe('a leak that is reported again', () => {
  it('wakes the rotation that replaces the key, once a minute at most', async () => {
    const { life, again } = await resting();
    life.world.clock.advance(61_000);
    expect(await again()).toEqual({ kind: 'begun', woken: 1 });
    expect(await again()).toEqual({ kind: 'begun', woken: 0 });
    life.world.clock.advance(61_000);
    expect(life.watch.breaches).toEqual([]);
  });

  it('is answered with the overlap of the first report, which is the one in force', async () => {
    const { life } = await resting();
    const { worker, app } = life.start();
    for (const dryRun of [true, false]) {
      const again = { ...leak, overlapSeconds: 60, dryRun };
      expect(await life.during(worker, app.leak('demo', again, operator))).toMatchObject({
        preview: { slot: 'key1', role: 'left', overlapSeconds: 7_200 },
      });
    }
  });

  it('wakes nobody just after the row was saved', async () => {
    const { again } = await resting();
    expect(await again()).toEqual({ kind: 'begun', woken: 0 });
  });
});

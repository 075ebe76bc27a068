import { expect, it } from 'vitest';
import type { Life } from '../../memory-world/life.ts';
import { askForRotation, inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../row-of.ts';

const target = buildTarget();
const settleMs = 120_000;

it.each(['publishing', 'switching', 'restocking'])(
  'a store in %s that nobody answered is not sent again before it has settled',
  async (state) => {
    const sentAtMs: number[] = [];
    const life: Life = await openTarget(target, 'key1', {
      workerFor: () =>
        life.start({
          fault: ({ operation }) => {
            if (operation !== 'set' || rowOf(life)?.rotation?.kind !== state) return null;
            sentAtMs.push(life.world.clock.nowMs());
            return sentAtMs.length === 1 ? { kind: 'no-reply', forMs: 1_000, appliedAfterMs: null } : null;
          },
        }),
    });
    await askForRotation(life);
    await life.run(() => rowOf(life)?.lastEnd != null, life.world.clock.nowMs() + 72 * 3_600_000);
    const [first = 0, second = 0] = sentAtMs;
    expect(sentAtMs).toHaveLength(2);
    expect(second - first).toBeGreaterThanOrEqual(settleMs);
    expect(inOrder(life, target, 'key2')).toBe(true);
    expect(life.watch.breaches).toEqual([]);
  },
);

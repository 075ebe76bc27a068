import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../src/shared/failure.ts';
import { type FleetOptions, runFleet } from './run-fleet.ts';

const overlapMs = 300_000;
const fleet = { accounts: 60, subscriptions: 3, vaults: 6, seed: 5, instances: 4, overlapMs } as const;
const busy = (code: string) => new FailureError({ kind: 'not-applied', code, retryAfterMs: 20_000 });
const locked = new FailureError({ kind: 'refused', reason: 'resource-lock', code: 'ScopeLocked' });

type Trouble = Pick<FleetOptions, 'faultOf' | 'slowOf'>;

/** When the last of the targets without trouble was through, and how many of the others were. */
async function lived(isTroubled: (index: number) => boolean, trouble: Trouble) {
  const run = await runFleet({ ...fleet, ...trouble });
  const ends = [...run.endedAt].map(([name, seconds]) => ({ index: Number(name.slice(3)), seconds }));
  const healthy = ends.filter(({ index }) => !isTroubled(index));
  expect(run.counts.consumerFailures).toBe(0);
  expect(healthy).toHaveLength(
    Array.from({ length: fleet.accounts }, (_, i) => i).filter((i) => !isTroubled(i)).length,
  );
  return { healthySeconds: Math.max(...healthy.map(({ seconds }) => seconds)), run };
}

describe('none is held up', () => {
  it('by bad targets, a throttled subscription, or a vault that is slow, for more than ten seconds', async () => {
    const { healthySeconds: calmSeconds } = await lived(() => false, {});
    const of = (index: number) => ({ subscription: index % fleet.subscriptions, vault: index % fleet.vaults });
    const indexOf = ({ target }: { readonly target: { readonly name: string } }) => Number(target.name.slice(3));

    const bad = (index: number) => index % 10 === 7;
    const beside = await lived(bad, {
      faultOf: () => (call, cell) =>
        bad(indexOf(cell)) && call.operation === 'regenerate' ? { error: locked, isApplied: false } : null,
    });
    expect(beside.run).toMatchObject({ completed: 54, suspended: 6 });

    const throttled = (index: number) => of(index).subscription === 1;
    const besideThrottled = await lived(throttled, {
      faultOf: ({ ports }) => {
        const { clock } = ports(true);
        const throttledUntilMs = clock.nowMs() + 20 * 60_000;
        return (call, cell) =>
          clock.nowMs() < throttledUntilMs && throttled(indexOf(cell)) && call.service === 'arm'
            ? { error: busy('SubscriptionRequestsThrottled'), isApplied: false }
            : null;
      },
    });
    expect(besideThrottled.run).toMatchObject({ completed: 60, suspended: 0 });

    const slow = (index: number) => of(index).vault === 2;
    const besideSlow = await lived(slow, {
      slowOf: (call, cell) => (slow(indexOf(cell)) && call.service === 'vault' ? 2_000 : 0),
    });
    expect(besideSlow.run).toMatchObject({ completed: 60, suspended: 0 });

    for (const { healthySeconds } of [beside, besideThrottled, besideSlow])
      expect(healthySeconds).toBeLessThanOrEqual(calmSeconds + 10);
  });
});

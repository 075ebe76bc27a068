import { describe, expect, it } from 'vitest';
import { noFleetLimits } from '../../../src/rotation/schedule/fleet-facts.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { fleetBound } from './fleet-bound.ts';
import { readFleetOptions } from './fleet-options.ts';
import { runFleet } from './run-fleet.ts';

const hourMs = 3_600_000;
const unknown = new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
const busy = new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
const locked = new FailureError({ kind: 'refused', reason: 'resource-lock', code: 'ScopeLocked' });

describe('a fleet that falls due at one instant', () => {
  it('is rotated within 1.1 times the bound, and meets no 429', async () => {
    const run = await runFleet({ accounts: 200, subscriptions: 2, seed: 1, instances: 10, overlapMs: 2 * hourMs });
    expect(run).toMatchObject({ completed: 200, suspended: 0, handlersThrown: 0 });
    expect(run.counts).toMatchObject({ throttled: 0, consumerFailures: 0 });
    // Four writes a rotation; now and then one waits for its turn for so long that it looks again.
    expect(run.counts.armWrites).toBeLessThanOrEqual(808);
    expect(run.makespanSeconds / run.bound.seconds).toBeLessThanOrEqual(1.1);
  });

  it('comes through faults, lost replies and locked accounts: one bad target holds up none of the rest', async () => {
    const run = await runFleet({
      accounts: 120,
      subscriptions: 4,
      seed: 2,
      instances: 10,
      overlapMs: 2 * hourMs,
      faultOf:
        (_, random) =>
        (call, { target }) => {
          if (call.operation === 'regenerate' && Number(target.name.slice(-3)) % 40 === 7)
            return { error: locked, isApplied: false };
          if (call.service !== 'arm' && call.service !== 'vault') return null;
          const chance = random();
          if (chance < 0.005) return { error: unknown, isApplied: random() < 0.5 };
          return chance < 0.02 ? { error: busy, isApplied: false } : null;
        },
    });
    expect(run).toMatchObject({ completed: 117, suspended: 3, handlersThrown: 0 });
    expect(run.counts.consumerFailures).toBe(0);
    expect(run.counts.consumerRequests).toBeGreaterThan(500);
  });

  it('follows its canary', async () => {
    const run = await runFleet({
      accounts: 10,
      subscriptions: 2,
      seed: 3,
      instances: 2,
      overlapMs: hourMs,
      policyOf: (index) => ({ canary: index === 4 }),
      limits: { ...noFleetLimits, maxRunning: 6 },
    });
    const [canaryEndsAt = 0] = [run.endedAt.get('ai-00004')];
    const others = [...run.startedAt].filter(([name]) => name !== 'ai-00004').map(([, seconds]) => seconds);
    expect(run.completed).toBe(10);
    expect(Math.min(...others)).toBeGreaterThan(canaryEndsAt);
    // Three of nine had to wait until others were through.
    expect(others.filter((seconds) => seconds > 2 * canaryEndsAt)).toHaveLength(3);
  });

  it("notices a bound that is not kept to: consumers' keys killed at once are failures", async () => {
    const run = await runFleet({
      accounts: 2,
      subscriptions: 1,
      seed: 4,
      instances: 1,
      overlapMs: hourMs,
      // Consumers hold keys for longer than the overlap covers.
      policyOf: () => ({ pointerCacheMs: 2 * hourMs, keyCacheMs: 2 * hourMs }),
    });
    expect(run.counts.consumerFailures).toBeGreaterThan(0);
  });
});

describe('the bound', () => {
  it.each([
    ['one rotation alone, where the bucket holds all first writes', 100, 1, 7000, 7000],
    ['the wait for the bucket, then one rotation', 1100, 1, 7000, 7200],
    ['the bucket alone, where it is the slower', 1100, 1, 100, 420],
    ['that of the fullest subscription', 1101, 11, 7000, 7000.2],
  ])('is %s', (_, accounts, subscriptions, alone, seconds) => {
    expect(fleetBound({ accounts, subscriptions }, alone).seconds).toBeCloseTo(seconds, 6);
  });
});

describe('the command line', () => {
  it('has a default for everything', () => {
    expect(readFleetOptions([])).toEqual({
      accounts: 5000,
      subscriptions: 50,
      instances: 40,
      overlapMs: 2 * hourMs,
      seed: 1,
    });
  });

  it.each([
    [['--accounts', 'many'], /--accounts takes a whole number from 1/],
    [['--subscriptions=0'], /--subscriptions takes a whole number from 1/],
    [['--overlap', '1s'], /--overlap takes a duration/],
    [['--overlap', 'long'], /--overlap takes a duration/],
    [['--account', '5'], /--account is no option of the fleet/],
    [['5000'], /5000 is no option of the fleet/],
  ])('refuses %j', (args, message) => {
    expect(readFleetOptions(args)).toMatch(message);
  });
});

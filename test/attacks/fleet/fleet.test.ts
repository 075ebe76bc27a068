import { describe, expect, it } from 'vitest';
import { noFleetLimits } from '../../../src/rotation/schedule/fleet-facts.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { fleetBound, type RotationAlone } from './fleet-bound.ts';
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
    const [canaryEndsAt = 0] = [run.endedAt.get('ai-000004')];
    const others = [...run.startedAt].filter(([name]) => name !== 'ai-000004').map(([, seconds]) => seconds);
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
  const alone = {
    seconds: 7000,
    spent: { armWrites: 4, vaultSets: 4, otherVaultCalls: 20, busySeconds: 40 },
    beforeOverlap: { seconds: 50, armWrites: 2, vaultSets: 3, otherVaultCalls: 6, busySeconds: 32 },
  };
  const short = { ...alone, seconds: 60 };
  const reading = { ...short, spent: { ...short.spent, otherVaultCalls: 80 } };
  const free = (one: RotationAlone): RotationAlone => ({
    ...one,
    spent: { ...one.spent, busySeconds: 0 },
    beforeOverlap: { ...one.beforeOverlap, busySeconds: 0 },
  });
  /** Nothing but what the row names is scarce. */
  const fleet = (change: Partial<Parameters<typeof fleetBound>[0]>) => ({
    ...{ accounts: 1, subscriptions: 9_999, vaults: 9_999, instances: 1 },
    ...change,
  });
  it.each<[string, Parameters<typeof fleet>[0], RotationAlone, number]>([
    ['one rotation alone, if there is room for all', {}, alone, 7000],
    [
      "the wait for the subscription's bucket, then an overlap",
      { accounts: 1100, subscriptions: 1 },
      free(alone),
      7150,
    ],
    ["the subscription's bucket alone, if it is the slower", { accounts: 1100, subscriptions: 1 }, free(short), 420],
    ['that of the fullest subscription', { accounts: 1101, subscriptions: 2 }, free(short), 200.4],
    ["the wait for the vault's windows, then an overlap", { accounts: 1000, vaults: 1 }, free(alone), 7040],
    ["the vault's windows alone", { accounts: 1000, vaults: 1 }, free(short), 130],
    ["the vault's windows of other calls, if they are the slower", { accounts: 1000, vaults: 1 }, free(reading), 190],
    ['those of the fullest vault', { accounts: 1001, vaults: 2 }, free(short), 60],
    ['one rotation alone, if one instance takes them all at once', { accounts: 64 }, alone, 7000],
    ['the wait for instances, then an overlap', { accounts: 640, instances: 5 }, alone, 30 + (320 - 30) / 5 + 6950],
    ['the same, four more every 30 s', { accounts: 640, instances: 9 }, alone, 60 + (320 - 30 - 150) / 9 + 6950],
  ])('is %s', (_, change, one, seconds) => {
    expect(fleetBound(fleet(change), one).seconds).toBeCloseTo(seconds, 6);
  });

  it('tells what the vault alone needs, at 30 sets and 400 other calls a second', () => {
    expect(fleetBound(fleet({ accounts: 300, vaults: 1 }), alone).vaultAloneSeconds).toBe(40);
    expect(fleetBound(fleet({ accounts: 300, vaults: 1 }), reading).vaultAloneSeconds).toBe(60);
  });
});

describe('the command line', () => {
  it('has a default for everything', () => {
    expect(readFleetOptions([])).toEqual({
      accounts: 5000,
      subscriptions: 50,
      vaults: 5000,
      instances: 40,
      overlapMs: 2 * hourMs,
      seed: 1,
    });
  });

  it('gives each account a vault of its own, or so many', () => {
    expect(readFleetOptions(['--accounts', '7'])).toMatchObject({ vaults: 7 });
    expect(readFleetOptions(['--vaults', '1'])).toMatchObject({ accounts: 5000, vaults: 1 });
  });

  it.each([
    [['--accounts', 'many'], /--accounts takes a whole number from 1/],
    [['--subscriptions=0'], /--subscriptions takes a whole number from 1/],
    [['--vaults', '0'], /--vaults takes a whole number from 1/],
    [['--overlap', '1s'], /--overlap takes a duration/],
    [['--overlap', 'long'], /--overlap takes a duration/],
    [['--account', '5'], /--account is no option of the fleet/],
    [['5000'], /5000 is no option of the fleet/],
  ])('refuses %j', (args, message) => {
    expect(readFleetOptions(args)).toMatch(message);
  });
});

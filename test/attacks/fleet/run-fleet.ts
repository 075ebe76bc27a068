import { createApp } from '../../../src/app/create-app.ts';
import type { Target } from '../../../src/keys/target.ts';
import { type FleetLimits, noFleetLimits } from '../../../src/rotation/schedule/fleet-facts.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { seededRandom } from '../seeded-random.ts';
import { type FleetBound, fleetBound, type RotationAlone } from './fleet-bound.ts';
import { type FleetCounts, type FleetFault, type FleetWorld, fleetWorld } from './fleet-world.ts';
import { functionHost } from './function-host.ts';
import { simulatedTime } from './simulated-time.ts';

const operator = { objectId: 'operator-1' };
const sweepEveryMs = 5 * 60_000;
const dayMs = 24 * 60 * 60_000;
/** What has not ended by then never will: every waiting state suspends before. */
const longestRunMs = 5 * dayMs;

export interface FleetOptions {
  readonly accounts: number;
  readonly subscriptions: number;
  /** Default: each account has its own. */
  readonly vaults?: number;
  readonly seed: number;
  readonly instances: number;
  readonly overlapMs: number;
  readonly limits?: FleetLimits;
  readonly policyOf?: (index: number) => Partial<Target['policy']>;
  readonly faultOf?: (world: FleetWorld, random: () => number) => FleetFault;
  readonly slowOf?: FleetWorld['slow'];
  readonly progress?: (now: FleetProgress) => void;
}

export interface FleetProgress {
  readonly atSeconds: number;
  readonly accounts: number;
  /** How many rotations are in each state, `due` before the first. */
  readonly states: Readonly<Record<string, number>>;
  readonly instances: number;
  readonly waiting: number;
  readonly throttled: number;
  readonly memoryMb: number;
}

export interface FleetRun {
  readonly completed: number;
  readonly suspended: number;
  readonly makespanSeconds: number;
  readonly bound: FleetBound;
  readonly counts: FleetCounts;
  readonly mostInstances: number;
  readonly longestSweepSeconds: number;
  readonly handlersThrown: number;
  readonly peakMemoryMb: number;
  /** When each rotation set out (its first write's state was entered), seconds since the first sweep, by target. */
  readonly startedAt: ReadonlyMap<string, number>;
  readonly endedAt: ReadonlyMap<string, number>;
}

type Lived = Omit<FleetRun, 'bound'> & { readonly first: RotationAlone };

/** Lets a fleet fall due at one instant, and lives until each of its rotations has ended or waits for a person. */
export async function runFleet(options: FleetOptions): Promise<FleetRun> {
  const { seed, instances, overlapMs, accounts, subscriptions, vaults = accounts } = options;
  const alone = await live({ accounts: 1, subscriptions: 1, seed, instances, overlapMs });
  const { first: _, ...run } = await live(options);
  return { ...run, bound: fleetBound({ accounts, subscriptions, vaults, instances }, alone.first) };
}

async function live({
  accounts,
  subscriptions,
  vaults = accounts,
  seed,
  instances,
  overlapMs,
  limits = noFleetLimits,
  policyOf = () => ({}),
  faultOf,
  slowOf,
  progress,
}: FleetOptions): Promise<Lived> {
  const time = simulatedTime(Date.UTC(2026, 0, 5, 9));
  const random = seededRandom(seed);
  const cachesMs = Math.floor((overlapMs - 1_000) / 3);
  const caches = { overlapMs, pointerCacheMs: cachesMs, keyCacheMs: cachesMs, longestRequestMs: cachesMs };
  const world = fleetWorld(time, {
    accounts,
    subscriptions,
    vaults,
    random,
    policyOf: (index) => ({ ...caches, ...policyOf(index) }),
  });
  const targets = world.cells.map(({ target }) => target);
  const appOf = (isTimed: boolean) =>
    createApp({ ...world.ports(isTimed), targets: fixedTargets(targets), fleet: limits });

  const beforehand = appOf(false);
  for (const { name } of targets) {
    // One after another, as people do: the buckets are full again when the run begins.
    time.clock.advance(1_000);
    const adopted = await beforehand.adopt(name, { activeSlot: 'key1' }, operator);
    if (adopted.kind !== 'adopted') throw new TypeError(`${name} was not adopted: ${JSON.stringify(adopted)}`);
  }
  const rotateEveryMs = Math.max(...targets.map(({ policy }) => policy.rotateEveryMs));
  time.clock.advance(rotateEveryMs + dayMs);

  const host = functionHost(time, instances, () => appOf(true));
  const startedAtMs = time.clock.nowMs();
  const seconds = () => Math.round(time.clock.nowMs() - startedAtMs) / 1000;
  const stateOf = new Map(targets.map(({ name }) => [name, 'due']));
  const startedAt = new Map<string, number>();
  const endedAt = new Map<string, number>();
  let over = 0;
  const spent = () => ({
    seconds: seconds(),
    armWrites: world.counts.armWrites,
    vaultSets: world.counts.vaultSets,
    otherVaultCalls: world.counts.calls.vault - world.counts.vaultSets,
    busySeconds: host.busyMs() / 1000,
  });
  let beforeOverlap = spent();
  let peakMemoryMb = 0;
  world.enqueue = (wakeUp, delayMs) => host.enqueue(wakeUp, delayMs);
  if (faultOf !== undefined) world.fault = faultOf(world, random);
  if (slowOf !== undefined) world.slow = slowOf;
  world.log = (event) => {
    if (event.event !== 'rotation-moved') return;
    const { target, to } = event;
    stateOf.set(target, to);
    if (to === 'regenerating' && !startedAt.has(target)) startedAt.set(target, seconds());
    if (to === 'overlapping' && beforeOverlap.seconds === 0) beforeOverlap = spent();
    if ((to === 'completed' || to === 'suspended') && !endedAt.has(target)) {
      endedAt.set(target, seconds());
      over += 1;
    }
  };
  const watch = () => {
    const memoryMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
    peakMemoryMb = Math.max(peakMemoryMb, memoryMb);
    const states: Record<string, number> = {};
    for (const state of stateOf.values()) states[state] = (states[state] ?? 0) + 1;
    const { throttled } = world.counts;
    progress?.({ atSeconds: seconds(), accounts, states, ...host.counts, throttled, memoryMb });
    if (over < accounts) time.at(time.clock.nowMs() + 10_000, watch);
  };
  time.at(startedAtMs, watch);
  host.startTimer(sweepEveryMs);
  await time.run(() => over === accounts || time.clock.nowMs() - startedAtMs > longestRunMs);
  host.stop();
  watch();
  const first = { seconds: seconds(), spent: spent(), beforeOverlap };
  const ends = [...stateOf.values()];
  return {
    completed: ends.filter((state) => state === 'completed').length,
    suspended: ends.filter((state) => state === 'suspended').length,
    makespanSeconds: seconds(),
    counts: world.counts,
    mostInstances: host.counts.mostInstances,
    longestSweepSeconds: host.counts.longestSweepMs / 1000,
    handlersThrown: host.counts.thrown,
    peakMemoryMb,
    startedAt,
    endedAt,
    first,
  };
}

import { type Crowd, comparedWorld } from './compared-world.ts';
import { type Fault, faultNames } from './faults.ts';
import { type Sign, type Way, type WayName, wayNames, ways } from './ways.ts';

/** How one way came through one fault. */
export interface Outcome {
  readonly way: WayName;
  readonly fault: Fault;
  /** Whether the rotation came to its end. */
  readonly isDone: boolean;
  /** Whether the fault has met it. */
  readonly isStruck: boolean;
  /** Of the crowd, from the beginning of the rotation until every cache has expired once after its end. */
  readonly requests: number;
  readonly failed: number;
  /** As many requests of instances that use the kit failed; null: that was not tried. */
  readonly failedWithKit: number | null;
  readonly regenerates: number;
  /** Of the way to ARM and Key Vault. */
  readonly calls: number;
  /** Of the way to the account's endpoint, to try a key. */
  readonly tests: number;
  /** Begun ones count, as in all seconds here. */
  readonly seconds: number;
  /** From the beginning until the key that was in use was regenerated; null: it still is valid. */
  readonly oldKeyEndsAfterSeconds: number | null;
}

export interface CompareOptions {
  readonly crowd: Crowd;
  /** Decides when instances ask, and which gateway a connection meets. */
  readonly seed: number;
  /** Default every one. */
  readonly faults?: readonly Fault[];
  /** Default every one, as it is. */
  readonly ways?: Readonly<Partial<Record<WayName, Way>>>;
  readonly withKit: boolean;
  /** Called after each fault. */
  readonly told?: (outcomes: readonly Outcome[]) => void;
}

/** Rotates the same account under the same crowd, each way under each fault, in a world of its own. */
export async function runCompare(options: CompareOptions): Promise<readonly Outcome[]> {
  const { faults = faultNames, ways: compared = ways, withKit, told = () => {} } = options;
  const all: Outcome[] = [];
  for (const fault of faults) {
    const outcomes: Outcome[] = [];
    for (const name of wayNames) {
      const way = compared[name];
      if (way === undefined) continue;
      const outcome = await live(options, way, fault, false);
      const failedWithKit = withKit ? (await live(options, way, fault, true)).failed : null;
      outcomes.push({ way: name, fault, ...outcome, failedWithKit });
    }
    told(outcomes);
    all.push(...outcomes);
  }
  return all;
}

async function live(
  { crowd, seed }: CompareOptions,
  way: Way,
  fault: Fault,
  withKit: boolean,
): Promise<Omit<Outcome, 'way' | 'fault' | 'failedWithKit'>> {
  const world = await comparedWorld({ crowd, fault, seed, reads: way.reads, withKit });
  const { clock, wire, keyturn } = world;
  const usedKey = keyturn.account.keys.find(({ slot }) => slot === 'key1');
  const beganAtMs = clock.nowMs();
  const sinceSeconds = (atMs: number) => Math.ceil((atMs - beganAtMs) / 1_000);
  wire.begin();
  const isDone = await way.rotate(world);
  const { calls, tests, regenerates, hasStruck: isStruck } = wire;
  const seconds = sinceSeconds(clock.nowMs());
  // By then every instance has read again what was stored last, and every gateway has learnt of it.
  await clock.sleep(2 * (crowd.cacheMs + crowd.everyMs));
  world.close();
  const endedAtMs = usedKey?.replacedAtMs ?? null;
  const oldKeyEndsAfterSeconds = endedAtMs === null ? null : sinceSeconds(endedAtMs);
  return { isDone, isStruck, ...world.tally(), regenerates, calls, tests, seconds, oldKeyEndsAfterSeconds };
}

/** What is seen of a way under a fault. */
export function signsOf({ way, failed, regenerates }: Outcome): readonly Sign[] {
  const seen: Sign[] = [];
  if (failed > 0) seen.push('requests fail');
  if (regenerates > ways[way].regenerates) seen.push('regenerated again');
  return seen;
}

/** What must be seen of a way under a fault: of Keyturn nothing. */
export function mustSee({ way, fault }: Pick<Outcome, 'way' | 'fault'>): readonly Sign[] {
  const { must }: Way = ways[way];
  return must[fault] ?? [];
}

/** Why a comparison proves nothing, or where Keyturn is not what it says; empty if neither is so. */
export function problemsOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap((outcome) => {
    const { way, fault, isDone, isStruck, failedWithKit, regenerates } = outcome;
    const seen = signsOf(outcome);
    const nothingProved = [
      ...(isStruck ? [] : ['the fault has met no call']),
      ...mustSee(outcome)
        .filter((sign) => !seen.includes(sign))
        .map((sign) => `"${sign}" must be seen, and is not`),
    ];
    const keyturnFails =
      way !== 'Keyturn'
        ? []
        : [
            ...seen,
            ...((failedWithKit ?? 0) > 0 ? ['requests fail with the kit'] : []),
            ...(isDone && regenerates >= ways.Keyturn.regenerates ? [] : ['the rotation is not completed']),
          ];
    return [
      ...nothingProved.map((what) => `The run proves nothing: ${way}, ${fault}: ${what}.`),
      ...keyturnFails.map((what) => `Keyturn fails: ${fault}: ${what}.`),
    ];
  });
}

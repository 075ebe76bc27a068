import fc from 'fast-check';
import { livePlan } from './live-plan.ts';
import type { Mutation } from './plan-workers.ts';
import { type SoakPlan, singlePlans, soakPlan } from './soak-plan.ts';
import { addRun, emptyTally, type RunResult, type SoakTally } from './soak-tally.ts';

/** How many runs the search for a shorter failure may take. */
const mostShrinks = 300;

export interface SoakOptions {
  readonly rotations: number;
  readonly seed: number;
  readonly mutate?: Mutation;
  readonly progress?: (tally: SoakTally) => void;
}

/** The shortest plan found that fails, what it breaks, and everything that happens in it. */
export interface SoakFailure {
  readonly rotation: number;
  readonly plan: SoakPlan;
  readonly breaks: readonly string[];
  readonly trace: readonly string[];
}

export interface Soak {
  readonly tally: SoakTally;
  /** The first failure; the soak goes on after it, so that its counts are whole. */
  readonly failure: SoakFailure | null;
}

/** Lets so many rotations live, each through a plan of its own that the seed gives. */
export async function runSoak({ rotations, seed, mutate, progress = () => {} }: SoakOptions): Promise<Soak> {
  const tally = emptyTally();
  let failure: SoakFailure | null = null;
  for (let rotation = 0; rotation < rotations; rotation += 1) {
    const plan = planOf(seed, rotation);
    const run = await livePlan(plan, { mutate });
    addRun(tally, run);
    if (failure === null && breaksOf(run).length > 0) failure = await shortest(rotation, plan, mutate);
    progress(tally);
  }
  return { tally, failure };
}

/** First each fault by itself, then all together at random. */
function planOf(seed: number, rotation: number): SoakPlan {
  const single = singlePlans[rotation];
  if (single !== undefined) return single;
  const [plan] = fc.sample(soakPlan, { seed: seed * 1_000_003 + rotation, numRuns: 1 });
  if (plan === undefined) throw new RangeError('fast-check gave no plan');
  return plan;
}

function breaksOf(run: RunResult): readonly string[] {
  return [...run.consumerFailures, ...run.violations];
}

/** Takes away one thing after another as long as it still fails. */
async function shortest(rotation: number, failing: SoakPlan, mutate?: Mutation): Promise<SoakFailure> {
  let plan = failing;
  let candidates = lighter(plan);
  for (let runs = 0; runs < mostShrinks; runs += 1) {
    const candidate = candidates.shift();
    if (candidate === undefined) break;
    if (breaksOf(await livePlan(candidate, { mutate })).length === 0) continue;
    plan = candidate;
    candidates = lighter(plan);
  }
  const trace: string[] = [];
  const run = await livePlan(plan, { mutate, tell: (line) => trace.push(line) });
  return { rotation, plan, breaks: breaksOf(run), trace };
}

/** Every plan that is this one without one of its faults. */
function lighter(plan: SoakPlan): SoakPlan[] {
  const without = <T>(list: readonly T[]) => list.map((_, at) => list.filter((_, other) => other !== at));
  const ambience = [
    'newKeyRefusedMs',
    'oldKeyAcceptedMs',
    'listKeysAgeMs',
    'vaultAheadMs',
    'wallAheadMs',
  ] as const satisfies (keyof SoakPlan)[];
  return [
    ...without(plan.disturbances).map((disturbances) => ({ ...plan, disturbances })),
    ...without(plan.people).map((people) => ({ ...plan, people })),
    ...without(plan.operators).map((operators) => ({ ...plan, operators })),
    ...without(plan.deliveries).map((deliveries) => ({ ...plan, deliveries })),
    ...(plan.wallJump === null ? [] : [{ ...plan, wallJump: null }]),
    ...(plan.rowDeletedAfterMs === null ? [] : [{ ...plan, rowDeletedAfterMs: null }]),
    ...ambience.filter((name) => plan[name] !== 0).map((name) => ({ ...plan, [name]: 0 })),
  ];
}

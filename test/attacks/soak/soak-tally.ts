import type { Invariant } from '../../memory-world/invariants.ts';
import { disturbances } from './disturbances.ts';
import { operatorActions, peopleActs, waitingStates } from './soak-plan.ts';

const outcomes = ['completed', 'suspended', 'rolledBack', 'cancelled'] as const;
export type Outcome = (typeof outcomes)[number];

/** Every kind of fault that a soak must have met. */
const faultKinds: readonly string[] = [
  ...Object.keys(disturbances),
  'new-key-refused',
  'old-key-accepted',
  'list-keys-stale',
  'clocks-apart',
  'clock-jumps-back',
  'clock-jumps-ahead',
  'throttled-data-plane',
  'lease-taken-over',
  'message-doubled',
  'message-dropped',
  'message-late',
  'message-reordered',
  'row-deleted',
  ...operatorActions.map((action) => `operator:${action}`),
  ...peopleActs.map((act) => `person:${act}`),
  ...waitingStates.map((state) => `deadline:${state}`),
];

/** What one run came to. */
export interface RunResult {
  readonly outcome: Outcome | 'none';
  readonly faults: ReadonlyMap<string, number>;
  readonly consumerRequests: number;
  readonly consumerFailures: readonly string[];
  readonly causedByPeople: ReadonlyMap<string, number>;
  /** Breaches of invariants 1 to 8 and of the soak's own rules, as sentences. */
  readonly violations: readonly string[];
}

export interface SoakTally {
  rotations: number;
  readonly ends: Record<Outcome, number>;
  readonly faults: Record<string, number>;
  consumerRequests: number;
  consumerFailures: number;
  readonly causedByPeople: Record<string, number>;
  violations: number;
  doubleRegenerates: number;
  secretLeaks: number;
}

export function emptyTally(): SoakTally {
  return {
    rotations: 0,
    ends: { completed: 0, suspended: 0, rolledBack: 0, cancelled: 0 },
    faults: Object.fromEntries(faultKinds.map((kind) => [kind, 0])),
    consumerRequests: 0,
    consumerFailures: 0,
    causedByPeople: {},
    violations: 0,
    doubleRegenerates: 0,
    secretLeaks: 0,
  };
}

const leak: Invariant = 7;

/** Adds a run; only numbers stay, so that a long soak needs no more memory than a short one. */
export function addRun(tally: SoakTally, run: RunResult): void {
  tally.rotations += 1;
  if (run.outcome !== 'none') tally.ends[run.outcome] += 1;
  for (const [kind, times] of run.faults) tally.faults[kind] = (tally.faults[kind] ?? 0) + times;
  tally.consumerRequests += run.consumerRequests;
  tally.consumerFailures += run.consumerFailures.length;
  for (const [act, times] of run.causedByPeople) tally.causedByPeople[act] = (tally.causedByPeople[act] ?? 0) + times;
  tally.violations += run.violations.length;
  tally.doubleRegenerates += run.violations.filter((text) => text.includes('regenerated twice in one rotation')).length;
  tally.secretLeaks += run.violations.filter((text) => text.startsWith(`${leak}:`)).length;
}

/** Why a soak has failed; empty when it holds. */
export function whySoakFailed(tally: SoakTally): readonly string[] {
  const zeros = ['consumerFailures', 'violations', 'doubleRegenerates', 'secretLeaks'] as const;
  return [
    ...zeros.filter((name) => tally[name] > 0).map((name) => `${name} is ${tally[name]}, not 0`),
    ...Object.entries(tally.faults)
      .filter(([, times]) => times === 0)
      .map(([kind]) => `${kind} was never met`),
  ];
}

import type { Target } from '../keys/target.ts';
import { type SweepAnswer, sweepAnswer } from '../rotation/due.ts';
import type { EnginePorts } from '../rotation/engine-ports.ts';
import { type FleetFacts, fleetFacts, isLineStopped, subscriptionOf } from '../rotation/fleet/fleet-facts.ts';
import { type FleetLimits, noFleetLimits } from '../rotation/fleet/fleet-limits.ts';
import { readLine } from '../rotation/fleet/fleet-line.ts';
import { readFleetNotes, saveFleetNotes } from '../rotation/fleet/fleet-notes.ts';
import { planStarts } from '../rotation/fleet/plan-starts.ts';
import { readPause } from '../rotation/pause.ts';
import { type ScheduleReason, startHindrances } from '../rotation/schedule-reasons.ts';
import { sweepAccount } from '../rotation/sweep-account.ts';
import { FailureError } from '../shared/failure.ts';
import { mapBounded } from '../shared/map-bounded.ts';
import { asFailure } from './answers.ts';
import { lookAfterFleet } from './look-after-fleet.ts';
import { readMember, type SweepMember } from './read-member.ts';

export interface SweepParts extends EnginePorts {
  readonly targets: readonly Target[];
  /** Without them nothing is bounded. */
  readonly fleet?: FleetLimits;
}

/** Rows read, or rotations started, at one time: with ten milliseconds a call, ten thousand targets take seconds. */
const mostCallsAtOnce = 32;

/**
 * Reads every target's rows, decides for the fleet as a whole, acts, and looks after those that rest. A target whose rows
 * cannot be read now is left to the next sweep, and holds up none of the others.
 */
export async function sweepFleet(parts: SweepParts): Promise<void> {
  const { targets, log, clock } = parts;
  const counts = { paused: false, woken: 0, started: 0, suspended: 0, failed: 0, running: 0, held: 0, looks: 0 };
  const begunAtMs = clock.monotonicMs();
  const notSwept = (target: Target, { failure }: FailureError) => {
    counts.failed += 1;
    log({ event: 'target-not-swept', target: target.name, code: failure.code });
  };
  const pause = await readPause(parts).catch(asFailure);
  if (pause instanceof FailureError) {
    // A switch that cannot be read is no leave to begin anything.
    for (const target of targets) notSwept(target, pause);
  } else if (pause.paused) {
    counts.paused = true;
  } else {
    const { members, strangers } = await readFleet(parts, notSwept);
    const facts = await gatherFleet(parts, members);
    counts.running = facts.running;
    const answers = [
      ...strangers.map(({ target, reason }) => ({ target, notes: null, answer: { kind: 'leave', reason } as const })),
      ...(await decideAndAct(parts, members, facts, notSwept)),
    ];
    const reasons: Partial<Record<ScheduleReason, number>> = {};
    for (const { answer } of answers) {
      reasons[answer.reason] = (reasons[answer.reason] ?? 0) + 1;
      if (answer.kind === 'wake') counts.woken += 1;
      if (answer.kind === 'start') counts.started += 1;
      if (answer.reason === 'suspended') counts.suspended += 1;
      if (answer.kind === 'leave' && answer.reason in startHindrances) counts.held += 1;
    }
    await noteFleet(parts, facts, reasons);
    // Where rotations set out just now, their writes have the bucket to themselves until the next sweep.
    const starting = new Set(
      answers.filter(({ answer }) => answer.kind === 'start').map(({ target }) => subscriptionOf(target)),
    );
    const resting = answers.filter(
      ({ answer, target }) =>
        answer.kind === 'leave' && answer.reason !== 'in-flight' && !starting.has(subscriptionOf(target)),
    );
    counts.looks = await lookAfterFleet(parts, resting, begunAtMs, notSwept);
  }
  log({ event: 'swept', targets: targets.length, ...counts });
}

type NotSwept = (target: Target, error: FailureError) => void;

async function readFleet(parts: SweepParts, notSwept: NotSwept) {
  const members: SweepMember[] = [];
  const strangers: { readonly target: Target; readonly reason: 'not-adopted' | 'newer-schema' }[] = [];
  await mapBounded(parts.targets, mostCallsAtOnce, async (target) => {
    const read = await readMember(parts, target).catch(asFailure);
    if (read instanceof FailureError) notSwept(target, read);
    else if (read.kind === 'member') members.push(read.member);
    else strangers.push(read);
  });
  return { members, strangers };
}

/** A line that cannot be read was never lifted. */
async function gatherFleet(parts: SweepParts, members: readonly SweepMember[]): Promise<FleetFacts> {
  const limits = parts.fleet ?? noFleetLimits;
  const line = limits.stopAfterFailures === 0 ? null : await readLine(parts).catch(asFailure);
  return fleetFacts(members, limits, line === null || line instanceof FailureError ? 0 : line.liftedAtMs);
}

async function decideAndAct(
  parts: SweepParts,
  members: readonly SweepMember[],
  facts: FleetFacts,
  notSwept: NotSwept,
): Promise<{ readonly target: Target; readonly notes: SweepMember['notes']; readonly answer: SweepAnswer }[]> {
  const answered = members.map((member) => ({ member, answer: sweepAnswer(member, member.target, facts) }));
  const planned = planStarts(answered, facts);
  const done = await mapBounded(planned, mostCallsAtOnce, async ({ member, answer, delayMs }) => {
    const { target, row, notes } = member;
    const acted = await sweepAccount(parts, target, row, answer, delayMs).catch(asFailure);
    if (acted instanceof FailureError) return notSwept(target, acted);
    return { target, notes, answer: acted };
  });
  return done.filter((one) => one !== undefined);
}

/** What the views show, and whether the line has just stopped or runs again. Nothing is decided by it, so a lost note is no harm. */
async function noteFleet(
  parts: SweepParts,
  facts: FleetFacts,
  reasons: Partial<Record<ScheduleReason, number>>,
): Promise<void> {
  const before = await readFleetNotes(parts).catch(asFailure);
  const saved = await saveFleetNotes(parts, facts, { targets: parts.targets.length, reasons }).catch(asFailure);
  if (saved instanceof FailureError || before instanceof FailureError) return;
  const { limits, failures } = facts;
  const wasStopped = before !== null && limits.stopAfterFailures > 0 && before.failed >= limits.stopAfterFailures;
  if (wasStopped !== isLineStopped(facts))
    parts.log({ event: wasStopped ? 'line-runs' : 'line-stopped', failed: failures.length });
}

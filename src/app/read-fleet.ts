import type { EnginePorts } from '../rotation/engine-ports.ts';
import type { FleetFacts } from '../rotation/schedule/fleet-facts.ts';
import { type FleetLimits, noFleetLimits } from '../rotation/schedule/fleet-limits.ts';
import {
  type FleetNotes,
  factsOfNotes,
  readFleetNotes,
  type Waiting,
  type WaitReason,
} from '../rotation/schedule/fleet-notes.ts';
import { type Lift, liftedAt, readLifts } from '../rotation/schedule/lifts.ts';
import type { FleetView, HoldUpView } from './fleet-views.ts';
import { stoppedFor } from './note-fleet.ts';

type FleetParts = Pick<EnginePorts, 'pauses' | 'instance'> & { readonly fleet?: FleetLimits };

/**
 * The fleet as the last sweep saw it, less what was lifted since.
 * @throws FailureError
 */
export async function readFleet(parts: FleetParts): Promise<{ readonly kind: 'found'; readonly fleet: FleetView }> {
  const limits = parts.fleet ?? noFleetLimits;
  const [notes, lifts] = await Promise.all([readFleetNotes(parts), readLifts(parts)]);
  const lifted = liftedAt(lifts);
  const facts = factsOfNotes(notes, limits, lifted);
  const stopped = stoppedFor(facts.heldUpBy, limits);
  const holdUps = notes === null ? [] : holdUpsOf(notes, facts, stopped);
  const notSweptInAll = notes === null ? 0 : notes.targets - sum(Object.values(notes.reasons));
  const fleet: FleetView = {
    line: ({ nobody: 'runs', everybody: 'stopped', discovered: 'stopped-for-discovered' } as const)[stopped],
    because:
      holdUps[0]?.because ??
      (notes === null
        ? 'No sweep has looked at the targets yet.'
        : notSweptInAll > 0
          ? 'The schedule starts what is due; some targets could not be swept, and the next sweep tries again. The log says why: target-not-swept.'
          : 'The schedule starts what is due.'),
    holdUps,
    failures: facts.failures,
    failed: facts.heldUpBy.discovered.failed,
    stopsAt: bound(limits.stopAfterFailures),
    lifted: {
      failures: viewLift(lifts.failures),
      canaries: viewLift(lifts.canaries),
      running: viewLift(lifts.running),
    },
    pendingCanaries: facts.heldUpBy.discovered.pendingCanaries,
    leaked: facts.leaked,
    overdue: notes?.overdue ?? [],
    running: facts.running,
    maxRunning: bound(limits.maxRunning),
    maxRunningPerSubscription: bound(limits.maxRunningPerSubscription),
    runningIn: facts.runningIn,
    reasons: notes?.reasons ?? {},
    targets: notes?.targets ?? 0,
    notSwept: notes?.notSwept ?? [],
    notSweptInAll,
    asOf: notes === null ? null : iso(notes.sweptAtMs),
  };
  return { kind: 'found', fleet };
}

/** Who holds whom up, and what to do about it; the gravest first. */
function holdUpsOf(
  { waiting, reasons, longestRunning }: FleetNotes,
  { failures, heldUpBy, limits }: FleetFacts,
  stopped: ReturnType<typeof stoppedFor>,
): HoldUpView[] {
  const of = (reason: WaitReason) => ({
    waiting: waiting.filter((one) => one.reason === reason).map(viewWaiting),
    waitingInAll: reasons[reason] ?? 0,
  });
  const { pendingCanaries } = heldUpBy.discovered;
  const holdUps: HoldUpView[] = [];
  if (stopped !== 'nobody')
    holdUps.push({ kind: 'circuit-breaker', holders: failures, ...of('line-stopped'), because: breakerSays[stopped] });
  if (pendingCanaries.length > 0)
    holdUps.push({
      kind: 'canaries',
      holders: pendingCanaries,
      ...of('canaries-first'),
      because:
        'Canaries are due or under way; the other targets wait for them, ten days at most. POST fleet/lift lets the others start.',
    });
  const isFull = (count: number, most: number) => most > 0 && count >= most;
  const { running, runningIn } = heldUpBy.discovered;
  if (isFull(running, limits.maxRunning) && (reasons['fleet-busy'] ?? 0) > 0)
    holdUps.push({
      kind: 'running',
      holders: longestRunning,
      ...of('fleet-busy'),
      because:
        'As many rotations are in flight as KEYTURN_MAX_RUNNING allows. Raise it, expedite those, or POST fleet/lift with {"what":["running"]} lets as many start beside them.',
    });
  const isAnyFull = Object.values(runningIn).some((count) => isFull(count, limits.maxRunningPerSubscription));
  if ((reasons['subscription-busy'] ?? 0) > 0)
    holdUps.push({
      kind: 'running-in-subscription',
      holders: isAnyFull ? longestRunning : [],
      ...of('subscription-busy'),
      because: isAnyFull
        ? 'As many rotations are in flight in a subscription as KEYTURN_MAX_RUNNING_PER_SUBSCRIPTION allows. Raise it, expedite those, or POST fleet/lift with {"what":["running"]} lets as many start beside them.'
        : "A subscription's share of requests to Azure is planned up to the next sweep, which goes on.",
    });
  return holdUps;
}

const breakerSays = {
  everybody:
    'Too many scheduled rotations are suspended. Put them right and resume them, or lift the line: POST fleet/lift.',
  discovered:
    'Too many scheduled rotations of discovered targets were suspended within ten minutes: no discovered target is started until that is over, or POST fleet/lift. Declared ones go on.',
} as const;

function viewWaiting({ target, untilMs }: Waiting): HoldUpView['waiting'][number] {
  return { target, until: untilMs === null ? null : iso(untilMs) };
}

function viewLift({ atMs, by, reason }: Lift): FleetView['lifted']['failures'] {
  return atMs === 0 ? null : { at: iso(atMs), by, reason };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function bound(limit: number): number | null {
  return limit === 0 ? null : limit;
}

function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}

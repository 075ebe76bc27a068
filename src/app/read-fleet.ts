import type { EnginePorts } from '../rotation/engine-ports.ts';
import { type FleetFacts, isLineStopped } from '../rotation/fleet/fleet-facts.ts';
import { type FleetLimits, noFleetLimits } from '../rotation/fleet/fleet-limits.ts';
import { type FleetLine, readLine } from '../rotation/fleet/fleet-line.ts';
import { factsOfNotes, readFleetNotes } from '../rotation/fleet/fleet-notes.ts';
import type { FleetView } from './fleet-views.ts';

type FleetParts = Pick<EnginePorts, 'pauses' | 'instance'> & { readonly fleet?: FleetLimits };

/**
 * The fleet as the last sweep saw it.
 * @throws FailureError
 */
export async function readFleet(parts: FleetParts): Promise<{ readonly kind: 'found'; readonly fleet: FleetView }> {
  const limits = parts.fleet ?? noFleetLimits;
  const [notes, line] = await Promise.all([readFleetNotes(parts), readLine(parts)]);
  const facts = factsOfNotes(notes, limits);
  const { running, runningIn, pendingCanaries } = facts;
  const lifted = line.liftedAtMs === 0 ? null : { at: iso(line.liftedAtMs), by: line.by, reason: line.reason };
  const isStopped = isLineStopped(facts) && !isLiftedSince(line, notes?.sweptAtMs ?? 0);
  const fleet: FleetView = {
    line: isStopped ? 'stopped' : 'runs',
    because: why(isStopped, facts),
    failures: facts.failures,
    failed: notes?.failed ?? 0,
    stopsAt: bound(limits.stopAfterFailures),
    lifted,
    pendingCanaries,
    running,
    maxRunning: bound(limits.maxRunning),
    maxRunningPerSubscription: bound(limits.maxRunningPerSubscription),
    runningIn,
    reasons: notes?.reasons ?? {},
    sweptAt: notes === null ? null : iso(notes.sweptAtMs),
  };
  return { kind: 'found', fleet };
}

function why(isStopped: boolean, { pendingCanaries }: FleetFacts): string {
  if (isStopped)
    return 'Too many scheduled rotations are suspended. Put them right and resume them, or lift the line: POST fleet/lift.';
  if (pendingCanaries.length > 0) return 'Canaries are due or under way; the other targets wait for them.';
  return 'The schedule starts what is due.';
}

/** The next sweep counts anew. */
function isLiftedSince({ liftedAtMs }: FleetLine, sweptAtMs: number): boolean {
  return liftedAtMs > sweptAtMs;
}

function bound(limit: number): number | null {
  return limit === 0 ? null : limit;
}

function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}

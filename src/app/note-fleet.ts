import type { EnginePorts } from '../rotation/engine-ports.ts';
import { type FleetFacts, isLineStopped } from '../rotation/fleet/fleet-facts.ts';
import { readFleetNotes, saveFleetNotes } from '../rotation/fleet/fleet-notes.ts';
import type { ScheduleReason } from '../rotation/schedule-reasons.ts';
import { FailureError } from '../shared/failure.ts';
import { asFailure } from './answers.ts';

/** What the views show, and whether the line has just stopped or runs again. No sweep decides by it, so a lost note is no harm. */
export async function noteFleet(
  ports: Pick<EnginePorts, 'pauses' | 'instance' | 'log'>,
  facts: FleetFacts,
  seen: { readonly targets: number; readonly reasons: Partial<Record<ScheduleReason, number>> },
): Promise<void> {
  const before = await readFleetNotes(ports).catch(asFailure);
  const saved = await saveFleetNotes(ports, facts, seen).catch(asFailure);
  if (saved instanceof FailureError || before instanceof FailureError) return;
  const { limits, failures } = facts;
  const wasStopped = before !== null && limits.stopAfterFailures > 0 && before.failed >= limits.stopAfterFailures;
  if (wasStopped !== isLineStopped(facts))
    ports.log({ event: wasStopped ? 'line-runs' : 'line-stopped', failed: failures.length });
}

import type { EnginePorts } from '../../rotation/engine-ports.ts';
import type { FleetFacts } from '../../rotation/schedule/fleet-facts.ts';
import type { FleetLimits } from '../../rotation/schedule/fleet-limits.ts';
import { factsOfNotes, readFleetNotes } from '../../rotation/schedule/fleet-notes.ts';
import { neverReset, readResets, resetAt } from '../../rotation/schedule/resets.ts';
import { FailureError } from '../../shared/failure.ts';
import { asFailure } from '../answers.ts';

/** What the last sweep saw of all targets, less what was lifted since; where that cannot be read, nothing. */
export async function fleetNow(
  ports: Pick<EnginePorts, 'pauses' | 'instance'>,
  limits: FleetLimits,
): Promise<FleetFacts> {
  const [notes, resets] = await Promise.all([
    readFleetNotes(ports).catch(asFailure),
    readResets(ports).catch(asFailure),
  ]);
  const reset = resets instanceof FailureError ? neverReset : resetAt(resets);
  return factsOfNotes(notes instanceof FailureError ? null : notes, limits, reset);
}

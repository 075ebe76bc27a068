import type { EnginePorts } from '../rotation/engine-ports.ts';
import type { FleetFacts } from '../rotation/fleet/fleet-facts.ts';
import type { FleetLimits } from '../rotation/fleet/fleet-limits.ts';
import { factsOfNotes, readFleetNotes } from '../rotation/fleet/fleet-notes.ts';
import { FailureError } from '../shared/failure.ts';
import { asFailure } from './answers.ts';

/** What the last sweep saw of all targets; where that cannot be read, nothing. */
export async function fleetNow(
  ports: Pick<EnginePorts, 'pauses' | 'instance'>,
  limits: FleetLimits,
): Promise<FleetFacts> {
  const notes = await readFleetNotes(ports).catch(asFailure);
  return factsOfNotes(notes instanceof FailureError ? null : notes, limits);
}

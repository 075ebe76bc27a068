import type { EnginePorts } from '../rotation/engine-ports.ts';
import type { FleetLimits } from '../rotation/schedule/fleet-limits.ts';
import { saveLifts } from '../rotation/schedule/lifts.ts';
import type { LiftRequest, Operator } from './contract.ts';
import type { FleetView } from './fleet-views.ts';
import { readFleet } from './read-fleet.ts';

/**
 * Lifts what holds targets up: as it is now it counts no more, and the next sweep starts what is due.
 * @throws FailureError
 */
export async function liftFleetLine(
  parts: Pick<EnginePorts, 'pauses' | 'instance' | 'log'> & { readonly fleet?: FleetLimits },
  { reason, what }: LiftRequest,
  by: Operator,
): Promise<{ readonly kind: 'lifted'; readonly fleet: FleetView }> {
  await saveLifts(parts, what, { by: by.objectId, reason });
  parts.log({ event: 'line-lifted', operator: by.objectId, what });
  const { fleet } = await readFleet(parts);
  return { kind: 'lifted', fleet };
}

import type { EnginePorts } from '../rotation/engine-ports.ts';
import type { FleetLimits } from '../rotation/fleet/fleet-limits.ts';
import { liftLine } from '../rotation/fleet/fleet-line.ts';
import type { Operator, Stated } from './contract.ts';
import type { FleetView } from './fleet-views.ts';
import { readFleet } from './read-fleet.ts';

/**
 * Lifts the stopped line: what is suspended by now counts no more, and the next sweep starts what is due.
 * @throws FailureError
 */
export async function liftFleetLine(
  parts: Pick<EnginePorts, 'pauses' | 'instance' | 'log'> & { readonly fleet?: FleetLimits },
  { reason }: Stated,
  by: Operator,
): Promise<{ readonly kind: 'lifted'; readonly fleet: FleetView }> {
  await liftLine(parts, { by: by.objectId, reason });
  parts.log({ event: 'line-lifted', operator: by.objectId });
  const { fleet } = await readFleet(parts);
  return { kind: 'lifted', fleet };
}

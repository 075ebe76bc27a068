import type { EnginePorts } from '../../rotation/engine-ports.ts';
import type { FleetLimits } from '../../rotation/schedule/fleet-limits.ts';
import { saveResets } from '../../rotation/schedule/resets.ts';
import type { Operator, ResetRequest } from '../contract.ts';
import type { FleetView } from './fleet-views.ts';
import { readFleet } from './read-fleet.ts';

/**
 * Lifts what holds targets up: as it is now it counts no more, and the next sweep starts what is due.
 * @throws FailureError
 */
export async function resetCircuitBreaker(
  parts: Pick<EnginePorts, 'pauses' | 'instance' | 'log'> & { readonly fleet?: FleetLimits },
  { reason, what }: ResetRequest,
  by: Operator,
): Promise<{ readonly kind: 'reset'; readonly fleet: FleetView }> {
  await saveResets(parts, what, { by: by.objectId, reason });
  parts.log({ event: 'circuit-breaker-reset', operator: by.objectId, what });
  const { fleet } = await readFleet(parts);
  return { kind: 'reset', fleet };
}

import {
  type BlockedBy,
  type FleetFacts,
  type FleetLimits,
  noFleetLimits,
} from '../../../src/rotation/schedule/fleet-facts.ts';

const free: BlockedBy = { failed: 0, pendingCanaries: [], running: 0, runningIn: {} };

/** A fleet that holds up declared and discovered targets alike; a test names only what matters to it. */
export function buildFleet(held: Partial<BlockedBy> = {}, limits: Partial<FleetLimits> = {}): FleetFacts {
  const both = { ...free, ...held };
  return {
    limits: { ...noFleetLimits, ...limits },
    failures: [],
    leaked: [],
    running: both.running,
    runningIn: both.runningIn,
    heldUpBy: { declared: both, discovered: both },
  };
}

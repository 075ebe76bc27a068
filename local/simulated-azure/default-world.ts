import type { SimulatedClock } from './clock.ts';
import type { World } from './world.ts';

/** Interim: an empty tenant, until the default world is written. */
export function defaultWorld(_clock: SimulatedClock): World {
  return {
    tenantId: '6c1d2f60-0c0e-4b53-9a32-5f2d8f1f7a10',
    subscriptions: [],
    resourceGroups: [],
    accounts: [],
    deletedAccounts: [],
    vaults: [],
    principals: [],
    roleAssignments: [],
    locks: [],
    pace: {
      gatewayNodes: 3,
      newKeyAcceptedMs: 0,
      oldKeyAcceptedMs: 0,
      listKeysStaleMs: 0,
      roleAssignmentMs: 0,
      armOperationMs: 0,
      secretTransitionMs: 0,
    },
  };
}

export function worldFrom(_definition: unknown, clock: SimulatedClock): World {
  return defaultWorld(clock);
}

import type { Principal, World } from '../../../local/simulated-azure/world.ts';

export const tenantId = '11112222-3333-4444-5555-666677778888';

/** 2026-11-23T12:00Z: an instant to start manual clocks at. */
export const noonMs = Date.UTC(2026, 10, 23, 12);

export function principal(over: Partial<Principal> & Pick<Principal, 'kind' | 'name'>): Principal {
  const digit = { 'system-assigned': '1', 'user-assigned': '2', application: '3', user: '4' }[over.kind];
  return {
    objectId: `aaaaaaaa-0000-4000-8000-00000000000${digit}`,
    clientId: `bbbbbbbb-0000-4000-8000-00000000000${digit}`,
    resourceId: null,
    secret: null,
    appRoles: {},
    ...over,
  };
}

/** A tenant with `principals` and nothing else; nothing in it takes time. */
export function worldOf(...principals: readonly Principal[]): World {
  return {
    tenantId,
    subscriptions: [],
    resourceGroups: [],
    accounts: [],
    deletedAccounts: [],
    vaults: [],
    principals: [...principals],
    roleAssignments: [],
    locks: [],
    pace: {
      gatewayNodes: 1,
      newKeyAcceptedMs: 0,
      oldKeyAcceptedMs: 0,
      listKeysStaleMs: 0,
      roleAssignmentMs: 0,
      armOperationMs: 0,
      secretTransitionMs: 0,
    },
  };
}

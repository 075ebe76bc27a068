import { describe, expect, it } from 'vitest';
import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { manualClock } from '../../local/simulated-azure/clock.ts';
import { isAllowed } from '../../local/simulated-azure/rbac.ts';
import type { RoleDefinition } from '../../local/simulated-azure/roles.ts';
import type { RoleAssignment, World } from '../../local/simulated-azure/world.ts';

const group = '/subscriptions/s/resourceGroups/rg';
const account = `${group}/providers/Microsoft.CognitiveServices/accounts/ai`;
const contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c';
const cognitiveUser = 'a97b65f3-24c7-4388-baec-2e87135dc908';
const secretsUser = '4633458b-17de-408a-b874-0445c86b69e6';

const rotator: RoleDefinition = {
  guid: '00000000-0000-4000-8000-00000000c001',
  roleName: 'Key rotator',
  description: '',
  kind: 'CustomRole',
  assignableScopes: ['/subscriptions/s'],
  actions: ['Microsoft.CognitiveServices/accounts/regenerateKey/action'],
  notActions: [],
  dataActions: [],
  notDataActions: [],
};

describe('isAllowed', () => {
  it.each<{
    behaviour: string;
    role: string;
    at: string;
    asks: ['action' | 'dataAction', string, string];
    allowed: boolean;
  }>([
    {
      behaviour: 'a role on the scope itself counts',
      role: contributor,
      at: account,
      asks: ['action', 'Microsoft.CognitiveServices/accounts/write', account],
      allowed: true,
    },
    {
      behaviour: 'a role on a scope above counts',
      role: contributor,
      at: '/subscriptions/S',
      asks: ['action', 'Microsoft.CognitiveServices/accounts/write', account],
      allowed: true,
    },
    {
      behaviour: 'a role on a sibling whose name begins alike does not',
      role: contributor,
      at: `${account.slice(0, -1)}`,
      asks: ['action', 'Microsoft.CognitiveServices/accounts/write', account],
      allowed: false,
    },
    {
      behaviour: 'a role below does not count above',
      role: contributor,
      at: account,
      asks: ['action', 'Microsoft.Resources/subscriptions/resourceGroups/read', group],
      allowed: false,
    },
    {
      behaviour: 'Contributor may not assign roles',
      role: contributor,
      at: group,
      asks: ['action', 'Microsoft.Authorization/roleAssignments/write', account],
      allowed: false,
    },
    {
      behaviour: 'case does not matter',
      role: cognitiveUser,
      at: group,
      asks: ['action', 'Microsoft.CognitiveServices/accounts/listKeys/action', account.toUpperCase()],
      allowed: true,
    },
    {
      behaviour: 'Cognitive Services User may not regenerate',
      role: cognitiveUser,
      at: group,
      asks: ['action', 'Microsoft.CognitiveServices/accounts/regenerateKey/action', account],
      allowed: false,
    },
    {
      behaviour: 'an action gives no data action',
      role: contributor,
      at: group,
      asks: ['dataAction', 'Microsoft.CognitiveServices/accounts/TextAnalytics/languages/action', account],
      allowed: false,
    },
    {
      behaviour: 'Secrets User may get',
      role: secretsUser,
      at: group,
      asks: [
        'dataAction',
        'Microsoft.KeyVault/vaults/secrets/getSecret/action',
        `${group}/providers/Microsoft.KeyVault/vaults/kv/secrets/a`,
      ],
      allowed: true,
    },
    {
      behaviour: 'Secrets User may not set',
      role: secretsUser,
      at: group,
      asks: [
        'dataAction',
        'Microsoft.KeyVault/vaults/secrets/setSecret/action',
        `${group}/providers/Microsoft.KeyVault/vaults/kv`,
      ],
      allowed: false,
    },
    {
      behaviour: 'a custom role counts like any other',
      role: rotator.guid,
      at: account,
      asks: ['action', 'Microsoft.CognitiveServices/accounts/regenerateKey/action', account],
      allowed: true,
    },
    {
      behaviour: 'an unknown role gives nothing',
      role: '00000000-0000-4000-8000-000000000000',
      at: account,
      asks: ['action', 'Microsoft.CognitiveServices/accounts/read', account],
      allowed: false,
    },
  ])('$behaviour', ({ role, at, asks: [kind, name, scope], allowed }) => {
    const azure = azureWith([assignment(role, at, 0)]);
    expect(isAllowed(azure, 'P1', kind, name, scope)).toBe(allowed);
    expect(isAllowed(azure, 'someone-else', kind, name, scope)).toBe(false);
  });

  it('an assignment counts only when it has spread', async () => {
    const clock = manualClock(0);
    const azure = azureWith([assignment(contributor, account, 60_000)], clock);
    const may = () => isAllowed(azure, 'p1', 'action', 'Microsoft.CognitiveServices/accounts/read', account);
    await clock.advance(59_999);
    expect(may()).toBe(false);
    await clock.advance(1);
    expect(may()).toBe(true);
  });
});

function assignment(roleGuid: string, scope: string, effectiveAtMs: number): RoleAssignment {
  const name = '00000000-0000-4000-8000-0000000000a1';
  return {
    name,
    scope,
    principalId: 'p1',
    principalType: 'ServicePrincipal',
    roleGuid,
    createdAtMs: 0,
    effectiveAtMs,
    resource: {},
  };
}

function azureWith(roleAssignments: RoleAssignment[], clock = manualClock(0)) {
  const world: World = {
    tenantId: 't',
    subscriptions: [],
    resourceGroups: [],
    accounts: [],
    deletedAccounts: [],
    vaults: [],
    principals: [],
    roleAssignments,
    customRoles: [rotator],
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
  return createSimulatedAzure({ world, clock, services: [] });
}

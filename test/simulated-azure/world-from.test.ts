import { describe, expect, it } from 'vitest';
import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { manualClock } from '../../local/simulated-azure/clock.ts';
import { defaultDefinition, defaultSubscriptionId, defaultWorld } from '../../local/simulated-azure/default-world.ts';
import { isAllowed } from '../../local/simulated-azure/rbac.ts';
import { worldFrom } from '../../local/simulated-azure/world-from.ts';

const clock = manualClock(Date.UTC(2026, 10, 23, 12));
const inGroup = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09/providers`;
const account = `${inGroup}/Microsoft.CognitiveServices/accounts/ai-secure-demo`;
const secret = `${inGroup}/Microsoft.KeyVault/vaults/kv-ai102-secure/secrets/ai-services-key1`;

describe('the default world', () => {
  const azure = createSimulatedAzure({ world: defaultWorld(clock), clock, services: [] });
  const objectId = (name: string) => azure.world.principals.find((one) => one.name === name)?.objectId ?? '';

  it.each([
    ['func-keyturn', 'action', 'Microsoft.CognitiveServices/accounts/regenerateKey/action', account, true],
    ['func-keyturn', 'action', 'Microsoft.CognitiveServices/accounts/write', account, false],
    ['func-keyturn', 'action', 'Microsoft.CognitiveServices/accounts/delete', account, false],
    ['func-keyturn', 'dataAction', 'Microsoft.KeyVault/vaults/secrets/setSecret/action', secret, true],
    [
      'func-keyturn',
      'dataAction',
      'Microsoft.CognitiveServices/accounts/TextAnalytics/languages/action',
      account,
      false,
    ],
    ['id-demo-consumer', 'dataAction', 'Microsoft.KeyVault/vaults/secrets/getSecret/action', secret, true],
    ['id-demo-consumer', 'dataAction', 'Microsoft.KeyVault/vaults/secrets/setSecret/action', secret, false],
    ['id-demo-consumer', 'action', 'Microsoft.CognitiveServices/accounts/listKeys/action', account, false],
  ] as const)('%s: %s %s', (name, kind, permission, scope, allowed) => {
    expect(isAllowed(azure, objectId(name), kind, permission, scope)).toBe(allowed);
  });

  it('has the account, the vault, and an app that comes first among the identities without a name', () => {
    const { accounts, vaults, principals } = azure.world;
    expect(accounts[0]).toMatchObject({
      name: 'ai-secure-demo',
      resource: { kind: 'AIServices', location: 'eastus', sku: { name: 'S0' } },
    });
    expect(vaults[0]?.name).toBe('kv-ai102-secure');
    expect(principals.find(({ kind }) => kind === 'system-assigned')?.name).toBe('func-keyturn');
  });
});

describe('worldFrom', () => {
  it.each([
    ['resourceGroups', { resourceGroups: [] }, /^resourceGroups: /],
    ['subscription.id', { subscription: { id: 'mine' } }, /^subscription\.id: /],
    [
      'accounts[0].kin',
      { accounts: [{ name: 'ai', resourceGroup: 'rg-ai102-challenge09', kin: 'OpenAI' }] },
      /accounts\[0\].*kin/,
    ],
    [
      'accounts[0].resourceGroup',
      { accounts: [{ name: 'ai', resourceGroup: 'nowhere' }] },
      /accounts\[0\]\.resourceGroup: no group is called 'nowhere'/,
    ],
    [
      'roleAssignments[0].role',
      { roleAssignments: [{ principal: 'func-keyturn', role: 'Emperor', on: 'kv-ai102-secure' }] },
      /^roleAssignments\[0\]\.role: no role is called 'Emperor'$/,
    ],
    [
      'roleAssignments[0].on',
      { roleAssignments: [{ principal: 'func-keyturn', role: 'Reader', on: 'kv' }] },
      /^roleAssignments\[0\]\.on: nothing here is called 'kv'$/,
    ],
    ['pace.gatewayNodes', { pace: { gatewayNodes: 0 } }, /^pace\.gatewayNodes: /],
  ])('names the field %s that is wrong', (_, wrong, message) => {
    expect(() => worldFrom({ ...defaultDefinition, ...wrong }, clock)).toThrow(message);
  });

  it('refuses what is no document at all', () => {
    expect(() => worldFrom('hello', clock)).toThrow(/^the document: /);
  });
});

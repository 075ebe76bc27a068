import type { SimulatedClock } from './clock.ts';
import type { World } from './world.ts';
import type { WorldDefinition } from './world-definition.ts';
import { worldFrom } from './world-from.ts';

export { worldFrom };

/** The client id of Keyturn's admin API in the default world: `KEYTURN_API_CLIENT_ID`, and the audience of its tokens. */
export const defaultApiClientId = '3f0a7c52-6a1b-4f5e-9d2c-8b7e1a4c6d10';

/** The subscription of the default world. */
export const defaultSubscriptionId = '0b1f6471-1bf0-4dda-aec3-111122223333';

/** What the app's identity may do to accounts, and nothing more. */
const keyRotator = 'Keyturn Key Rotator';

const apiRoles = (...roles: string[]) => ({ [defaultApiClientId]: roles });

/**
 * A small tenant that shows all of Keyturn: two AI accounts, a vault, and one identity for each part that is played:
 * the function app, a consumer that only reads secrets, people who operate, read or may not enter at all.
 */
export const defaultDefinition: WorldDefinition = {
  subscription: { id: defaultSubscriptionId },
  resourceGroups: [{ name: 'rg-ai102-challenge09', location: 'eastus' }],
  accounts: [
    { name: 'ai-secure-demo', resourceGroup: 'rg-ai102-challenge09', kind: 'AIServices' },
    {
      name: 'openai-secure-demo',
      resourceGroup: 'rg-ai102-challenge09',
      kind: 'OpenAI',
      deployments: [
        { name: 'gpt-4o-mini', model: 'gpt-4o-mini' },
        { name: 'text-embedding-3-small', model: 'text-embedding-3-small', version: '1' },
      ],
    },
  ],
  vaults: [{ name: 'kv-ai102-secure', resourceGroup: 'rg-ai102-challenge09' }],
  identities: [
    // First, so that a token request that names no identity gets this one.
    {
      name: 'func-keyturn',
      kind: 'system-assigned',
      objectId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a01',
      clientId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0c01',
    },
    {
      name: 'id-demo-consumer',
      kind: 'user-assigned',
      objectId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a02',
      clientId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0c02',
    },
    {
      name: 'keyturn-operator',
      kind: 'application',
      objectId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a03',
      clientId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0c03',
      secret: 'operator-secret-of-the-simulated-tenant',
      appRoles: apiRoles('Keyturn.Read', 'Keyturn.Operate', 'Keyturn.Admin'),
    },
    {
      name: 'alex@contoso.com',
      kind: 'user',
      objectId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a04',
      clientId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0c04',
      secret: 'password-of-the-simulated-tenant',
      appRoles: apiRoles('Keyturn.Read'),
    },
    {
      name: 'robin@contoso.com',
      kind: 'user',
      objectId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a06',
      clientId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0c06',
      appRoles: apiRoles('Keyturn.Operate'),
    },
    {
      name: 'sam@contoso.com',
      kind: 'user',
      objectId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a07',
      clientId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0c07',
      appRoles: apiRoles('Keyturn.Admin'),
    },
    {
      name: 'keyturn-stranger',
      kind: 'application',
      objectId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a05',
      clientId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0c05',
      secret: 'stranger-secret-of-the-simulated-tenant',
    },
  ],
  pages: { [defaultApiClientId]: ['http://localhost/'] },
  customRoles: [
    {
      name: keyRotator,
      guid: '7c9e2a4b-3d5f-4e61-8a72-9b0c1d2e3f40',
      actions: [
        'Microsoft.CognitiveServices/accounts/read',
        'Microsoft.CognitiveServices/accounts/listKeys/action',
        'Microsoft.CognitiveServices/accounts/regenerateKey/action',
      ],
    },
  ],
  roleAssignments: [
    { principal: 'func-keyturn', role: keyRotator, on: 'ai-secure-demo' },
    { principal: 'func-keyturn', role: keyRotator, on: 'openai-secure-demo' },
    { principal: 'func-keyturn', role: 'Key Vault Secrets Officer', on: 'kv-ai102-secure' },
    { principal: 'id-demo-consumer', role: 'Key Vault Secrets User', on: 'kv-ai102-secure' },
    // The one that `npm run azure` hands to any client: it may do everything in this subscription.
    { principal: 'keyturn-operator', role: 'Owner', on: `/subscriptions/${defaultSubscriptionId}` },
    { principal: 'keyturn-operator', role: 'Key Vault Secrets Officer', on: 'kv-ai102-secure' },
    { principal: 'alex@contoso.com', role: 'Reader', on: 'rg-ai102-challenge09' },
  ],
};

/** The world of `defaultDefinition`, made now. */
export function defaultWorld(clock: SimulatedClock): World {
  return worldFrom(defaultDefinition, clock);
}

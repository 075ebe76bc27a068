import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { SecretClient } from '@azure/keyvault-secrets';
import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import { simulatedHttpClient } from '../../local/simulated-azure/http-client.ts';
import { keyVault } from '../../local/simulated-azure/key-vault/key-vault.ts';
import type { Vault, World } from '../../local/simulated-azure/world.ts';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { clouds } from '../../src/azure/clouds.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

export const vaultUrl = 'https://kv-contoso.vault.azure.net';

const subscriptionId = 'aaaaaaaa-1111-4000-8000-000000000001';
const identity = {
  objectId: 'aaaaaaaa-0000-4000-8000-000000000001',
  clientId: 'bbbbbbbb-0000-4000-8000-000000000001',
  name: 'id-keyturn',
  kind: 'system-assigned',
  resourceId: null,
  secret: null,
  appRoles: {},
} as const;

/** A clock on which sleeping takes no time: it moves instead. */
function leapingClock(startMs: number): Clock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async (durationMs) => {
      nowMs += durationMs;
    },
  };
}

/** A simulated vault whose secrets take five seconds to go and to come back, and the adapters that reach it. */
export function simulatedVault(
  options: { readonly vault?: Partial<Vault>; readonly through?: (wire: HttpClient) => HttpClient } = {},
) {
  const clock = leapingClock(Date.UTC(2026, 10, 23, 12));
  const world = worldWith({
    name: 'kv-contoso',
    subscriptionId,
    resourceGroup: 'rg-contoso',
    location: 'eastus',
    softDeleteDays: 90,
    secrets: [],
    deletedSecrets: [],
    readOnly: false,
    expiryRequired: false,
    maxValidityDays: null,
    network: { publicNetworkAccess: 'Enabled', defaultAction: 'Allow', ipRules: [] },
    ...options.vault,
  });
  const azure = createSimulatedAzure({ world, clock, services: [{ host: /\.vault\.azure\.net$/, service: keyVault }] });
  const credential: TokenCredential = {
    // The client judges the lifetime by the machine's clock, not by the simulated one.
    getToken: async () => ({
      token: (await issueToken(azure, { principal: identity, audience: 'https://vault.azure.net' })).token,
      expiresOnTimestamp: Date.now() + 3_600_000,
    }),
  };
  const wire = simulatedHttpClient(azure);
  const httpClient = options.through?.(wire) ?? wire;
  const access = azureAccess({
    cloud: clouds.public,
    credential,
    storage: { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') },
    httpClient,
    clock,
  });
  return {
    azure,
    access,
    async deleteSecret(name: string) {
      await new SecretClient(vaultUrl, credential, { httpClient: wire }).beginDeleteSecret(name);
      await clock.sleep(world.pace.secretTransitionMs);
    },
  };
}

function worldWith(vault: Vault): World {
  const { resourceGroup, name } = vault;
  return {
    tenantId: '11112222-3333-4444-5555-666677778888',
    subscriptions: [],
    resourceGroups: [],
    accounts: [],
    deletedAccounts: [],
    vaults: [vault],
    principals: [identity],
    roleAssignments: [
      {
        name: 'dddddddd-0000-4000-8000-000000000001',
        scope: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}`,
        principalId: identity.objectId,
        principalType: 'ServicePrincipal',
        // Key Vault Secrets Officer.
        roleGuid: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
        createdAtMs: 0,
        effectiveAtMs: 0,
        resource: {},
      },
    ],
    locks: [],
    pace: {
      gatewayNodes: 1,
      newKeyAcceptedMs: 0,
      oldKeyAcceptedMs: 0,
      listKeysStaleMs: 0,
      roleAssignmentMs: 0,
      armOperationMs: 0,
      secretTransitionMs: 5_000,
    },
  };
}

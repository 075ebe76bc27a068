import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { createSimulatedAzure, type HostedService } from '../../local/simulated-azure/azure.ts';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import { simulatedHttpClient } from '../../local/simulated-azure/http-client.ts';
import type { World } from '../../local/simulated-azure/world.ts';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { clouds } from '../../src/azure/clouds.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

export const subscriptionId = 'aaaaaaaa-1111-4000-8000-000000000001';
export const resourceGroup = 'rg-contoso';

const identity = {
  objectId: 'aaaaaaaa-0000-4000-8000-000000000001',
  clientId: 'bbbbbbbb-0000-4000-8000-000000000001',
  name: 'id-keyturn',
  kind: 'system-assigned',
  resourceId: null,
  secret: null,
  appRoles: {},
} as const;

/**
 * The adapters, on a simulated Azure of `services` at noon in which their identity has the role on the resource group.
 * Sleeping takes no time there: the clock moves instead.
 */
export function simulatedAccess(options: {
  readonly services: readonly HostedService[];
  readonly world: Partial<World>;
  readonly roleGuid: string;
  /** Stands between the SDK clients and the simulated Azure. */
  readonly through?: ((wire: HttpClient) => HttpClient) | undefined;
}) {
  const clock = leapingClock(Date.UTC(2026, 10, 23, 12));
  const azure = createSimulatedAzure({
    world: worldWith(options.world, options.roleGuid),
    clock,
    services: options.services,
  });
  const credential: TokenCredential = {
    getToken: async (scopes) => {
      const audience = String(scopes).replace(/\/\.default$/, '');
      const { token } = await issueToken(azure, { principal: identity, audience });
      // The clients judge the lifetime by the machine's clock, not by the simulated one.
      return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
  const wire = simulatedHttpClient(azure);
  const access = azureAccess({
    cloud: clouds.public,
    credential,
    storage: { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') },
    httpClient: options.through?.(wire) ?? wire,
    clock,
  });
  return { azure, clock, access, credential, wire };
}

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

function worldWith(parts: Partial<World>, roleGuid: string): World {
  return {
    tenantId: '11112222-3333-4444-5555-666677778888',
    subscriptions: [
      {
        id: subscriptionId,
        displayName: 'Contoso',
        registeredProviders: new Set(['Microsoft.CognitiveServices', 'Microsoft.KeyVault']),
      },
    ],
    resourceGroups: [
      { subscriptionId, name: resourceGroup, location: 'eastus', tags: {}, provisioningState: 'Succeeded' },
    ],
    accounts: [],
    deletedAccounts: [],
    vaults: [],
    principals: [identity],
    roleAssignments: [
      {
        name: 'dddddddd-0000-4000-8000-000000000001',
        scope: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`,
        principalId: identity.objectId,
        principalType: 'ServicePrincipal',
        roleGuid,
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
    ...parts,
  };
}

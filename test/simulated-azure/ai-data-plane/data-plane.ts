import { aiDataPlane } from '../../../local/simulated-azure/ai-data-plane/ai-data-plane.ts';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { type ManualClock, manualClock } from '../../../local/simulated-azure/clock.ts';
import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import type { SimulatedAzure } from '../../../local/simulated-azure/simulated-azure.ts';
import type { Account, Pace, World } from '../../../local/simulated-azure/world.ts';

export const startAtMs = Date.UTC(2026, 0, 15, 12);
export const key1 = '11111111111111111111111111111111';
export const key2 = '22222222222222222222222222222222';
export const principalId = '0d6b8a2e-3c5f-4a77-9c11-5b7d0e2f4a61';

/** One simulated Azure with one account, `contoso-ai` in East US 2, and how to call it. */
export interface DataPlane {
  readonly azure: SimulatedAzure;
  readonly clock: ManualClock;
  readonly account: Account;
  /** POSTs JSON, or GETs when there is no body; with key1 unless headers say otherwise. */
  call(path: string, options?: CallOptions): Promise<Response>;
  /** A token of the principal for that audience, as an `authorization` header. */
  bearer(audience?: string): Promise<{ authorization: string }>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly host?: string;
  readonly callerAddress?: string;
  readonly connectionId?: string;
}

export function dataPlane(
  options: { kind?: string; properties?: Record<string, unknown>; pace?: Partial<Pace>; dataActions?: string[] } = {},
): DataPlane {
  const { kind = 'AIServices', properties = {}, pace = {}, dataActions = [] } = options;
  const clock = manualClock(startAtMs);
  const account = accountOf(kind, properties);
  const azure = createSimulatedAzure({
    world: worldOf(account, pace, dataActions),
    clock,
    services: [{ host: /./, service: aiDataPlane }],
  });
  return {
    azure,
    clock,
    account,
    call(path, { body, headers, host, callerAddress = '203.0.113.10', connectionId = 'c1' } = {}) {
      const defaultHost = kind === 'OpenAI' ? 'contoso-ai.openai.azure.com' : 'contoso-ai.cognitiveservices.azure.com';
      const request = new Request(`https://${host ?? defaultHost}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: headers ?? { 'ocp-apim-subscription-key': key1 },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      });
      return azure.handle(request, { callerAddress, connectionId });
    },
    async bearer(audience = 'https://cognitiveservices.azure.com') {
      const principal = azure.world.principals[0];
      if (principal === undefined) throw new Error('the world has no principal');
      const { token } = await issueToken(azure, { principal, audience });
      return { authorization: `Bearer ${token}` };
    },
  };
}

function accountOf(kind: string, properties: Record<string, unknown>): Account {
  const deployment = (model: string, version: string) => ({
    model,
    resource: { sku: { name: 'Standard', capacity: 120 }, properties: { model: { name: model, version } } },
  });
  return {
    subscriptionId: '8c2f4a31-52c7-4ee1-9a15-73d1e5b0f6c4',
    resourceGroup: 'rg-contoso',
    name: 'contoso-ai',
    internalId: 'c0ffee00000000000000000000000001',
    resource: {
      kind,
      location: 'eastus2',
      sku: { name: 'S0' },
      etag: '"1"',
      properties: { customSubDomainName: 'contoso-ai', ...properties },
    },
    keys: [
      { slot: 'key1', value: key1, issuedAtMs: 0, replacedAtMs: null },
      { slot: 'key2', value: key2, issuedAtMs: 0, replacedAtMs: null },
    ],
    deployments: {
      chat: deployment('gpt-4.1-mini', '2025-04-14'),
      vectors: deployment('text-embedding-3-large', '1'),
    },
  };
}

const roleGuid = '5a1e7c9d-0b3f-4d86-8e2a-6f9c1b4d7e50';

function worldOf(account: Account, pace: Partial<Pace>, dataActions: string[]): World {
  const resourceId = `/subscriptions/${account.subscriptionId}/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/contoso-ai`;
  return {
    tenantId: '72f1c8de-9b34-4f0a-8a67-1d5e3c2b9f80',
    subscriptions: [],
    resourceGroups: [],
    accounts: [account],
    deletedAccounts: [],
    vaults: [],
    principals: [
      {
        objectId: principalId,
        clientId: 'e7b3d1f9-2a48-4c65-b0d7-8f1e6a5c4b32',
        name: 'contoso-app',
        kind: 'user-assigned',
        resourceId: null,
        secret: null,
        appRoles: {},
      },
    ],
    customRoles: [
      {
        guid: roleGuid,
        roleName: 'Contoso Caller',
        description: '',
        kind: 'CustomRole',
        assignableScopes: ['/'],
        actions: [],
        notActions: [],
        dataActions,
        notDataActions: [],
      },
    ],
    roleAssignments: [
      {
        name: '9f4b2c7e-6d18-4a3b-85e0-2c7d9b1f6a43',
        scope: resourceId,
        principalId,
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
      secretTransitionMs: 0,
      ...pace,
    },
  };
}

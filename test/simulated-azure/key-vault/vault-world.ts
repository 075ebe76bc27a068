import type { TokenCredential } from '@azure/core-auth';
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import { simulatedHttpClient } from '../../../local/simulated-azure/http-client.ts';
import { keyVault } from '../../../local/simulated-azure/key-vault/key-vault.ts';
import type { Principal, RoleAssignment, Vault } from '../../../local/simulated-azure/world.ts';
import { noonMs, principal, worldOf } from '../entra/entra-world.ts';

export const vaultUrl = 'https://kv-contoso.vault.azure.net';
export const vaultId = '/subscriptions/sub-1/resourceGroups/rg-contoso/providers/Microsoft.KeyVault/vaults/kv-contoso';

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security */
export const secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7';
export const secretsUser = '4633458b-17de-408a-b874-0445c86b69e6';

export const officer = principal({ kind: 'user-assigned', name: 'id-officer' });

/** Noon as the vault writes it. */
export const noonSeconds = noonMs / 1000;

export interface VaultOptions {
  readonly vault?: Partial<Vault>;
  readonly roles?: readonly RoleAssignment[];
  readonly transitionMs?: number;
  readonly callerAddress?: string;
}

export function assignment(roleGuid: string, scope: string, effectiveAtMs = 0): RoleAssignment {
  return {
    name: 'dddddddd-0000-4000-8000-000000000001',
    scope,
    principalId: officer.objectId,
    principalType: 'ServicePrincipal',
    roleGuid,
    createdAtMs: 0,
    effectiveAtMs,
    resource: {},
  };
}

/** A vault `kv-contoso` at noon, the officer who may do everything in it, and ways to call it. */
export function setUp(options: VaultOptions = {}) {
  const { callerAddress = '203.0.113.10', transitionMs = 0 } = options;
  const clock = manualClock(noonMs);
  const vault: Vault = {
    name: 'kv-contoso',
    subscriptionId: 'sub-1',
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
  };
  const world = worldOf(officer);
  world.vaults.push(vault);
  world.roleAssignments.push(...(options.roles ?? [assignment(secretsOfficer, vaultId)]));
  world.pace.secretTransitionMs = transitionMs;
  const services = [{ host: /\.vault\.azure\.net$/, service: keyVault }];
  const azure = createSimulatedAzure({ world, clock, services });

  const tokenFor = async (who: Principal, audience = 'https://vault.azure.net') =>
    (await issueToken(azure, { principal: who, audience })).token;

  /** The answer to one raw request with the officer's token; `token` overrides it, null sends none. */
  const send = async (method: string, path: string, body?: unknown, token?: string | null) => {
    const headers = new Headers({ 'content-type': 'application/json' });
    if (token !== null) headers.set('authorization', `Bearer ${token ?? (await tokenFor(officer))}`);
    const init = { method, headers, body: body === undefined ? null : JSON.stringify(body) };
    return await azure.handle(new Request(`${vaultUrl}${path}`, init), { callerAddress, connectionId: 'one' });
  };

  const credential: TokenCredential = {
    // The client judges the lifetime by the machine's clock, not by the simulated one.
    getToken: async () => ({ token: await tokenFor(officer), expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const client = (more: SecretClientOptions = {}) =>
    new SecretClient(vaultUrl, credential, {
      httpClient: simulatedHttpClient(azure, { callerAddress }),
      retryOptions: { maxRetries: 0 },
      ...more,
    });
  return { azure, clock, world, vault, send, tokenFor, client };
}

import { AuthorizationManagementClient } from '@azure/arm-authorization';
import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import type { TokenCredential } from '@azure/core-auth';
import { arm } from '../../../local/simulated-azure/arm/arm.ts';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import { simulatedHttpClient } from '../../../local/simulated-azure/http-client.ts';
import type { WorldDefinition } from '../../../local/simulated-azure/world-definition.ts';
import { worldFrom } from '../../../local/simulated-azure/world-from.ts';

export const subscriptionId = '0b1f6471-1bf0-4dda-aec3-0000000000aa';
export const group = 'rg-contoso';
export const groupId = `/subscriptions/${subscriptionId}/resourceGroups/${group}`;
export const account = 'ai-contoso';
export const accountId = `${groupId}/providers/Microsoft.CognitiveServices/accounts/${account}`;

/** A group with one account and an owner; nothing takes time unless `pace` says so. */
const definition: WorldDefinition = {
  subscription: { id: subscriptionId },
  resourceGroups: [{ name: group }],
  accounts: [{ name: account, resourceGroup: group, tags: { team: 'vision' } }],
  identities: [
    { name: 'owner', kind: 'application', secret: 's' },
    { name: 'guest', kind: 'user', secret: 's' },
  ],
  roleAssignments: [{ principal: 'owner', role: 'Owner', on: `/subscriptions/${subscriptionId}` }],
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

/** Only ARM, at noon, with the true SDK clients of an identity and a plain `fetch`; retries are off. */
export function openArm(changed: Partial<WorldDefinition> = {}) {
  const clock = manualClock(Date.UTC(2026, 10, 23, 12));
  const world = worldFrom({ ...definition, ...changed, pace: { ...definition.pace, ...changed.pace } }, clock);
  const azure = createSimulatedAzure({ world, clock, services: [{ host: /^management\.azure\.com$/, service: arm }] });

  const principalCalled = (name: string) => {
    const found = world.principals.find((principal) => principal.name === name);
    if (found === undefined) throw new Error(`no ${name} in this world`);
    return found;
  };
  const tokenOf = async (name: string, audience = 'https://management.azure.com') =>
    (await issueToken(azure, { principal: principalCalled(name), audience })).token;
  const credential = (name: string): TokenCredential => ({
    // The clients judge the lifetime by the machine's clock, not by the simulated one.
    getToken: async () => ({ token: await tokenOf(name), expiresOnTimestamp: Date.now() + 3_600_000 }),
  });
  const httpClient = simulatedHttpClient(azure);
  const options = { httpClient, retryOptions: { maxRetries: 0 } };
  return {
    azure,
    clock,
    world,
    httpClient,
    credential,
    options,
    tokenOf,
    objectId: (name: string) => principalCalled(name).objectId,
    cognitive: (name = 'owner') => new CognitiveServicesManagementClient(credential(name), subscriptionId, options),
    authorization: (name = 'owner') => new AuthorizationManagementClient(credential(name), subscriptionId, options),
    /** `path` with its query; `token` null sends none. */
    async send(method: string, path: string, options: { body?: unknown; token?: string | null } = {}) {
      const token = options.token === undefined ? await tokenOf('owner') : options.token;
      const request = new Request(`https://management.azure.com${path}`, {
        method,
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
        body: options.body === undefined ? null : JSON.stringify(options.body),
      });
      const response = await azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'c1' });
      const text = await response.text();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      return { status: response.status, headers: response.headers, body };
    },
  };
}

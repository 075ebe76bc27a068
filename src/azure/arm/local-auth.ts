import type { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import type { LocalAuth } from '../../hardening/keyless/ports.ts';
import { FailureError } from '../../shared/failure.ts';
import { azureCall, azureWrite } from '../azure-call.ts';

/**
 * Whether accounts take keys, through Azure Resource Manager.
 * @param client gives the SDK client of a subscription
 */
export function armLocalAuth(
  client: (subscriptionId: string) => Promise<CognitiveServicesManagementClient>,
): LocalAuth {
  return {
    async read({ subscriptionId, resourceGroup, account }) {
      const { value } = await azureCall({
        service: 'arm',
        effect: { kind: 'read' },
        send: async () => (await client(subscriptionId)).accounts.get(resourceGroup, account),
      });
      const { internalId, endpoint, customSubDomainName, provisioningState, disableLocalAuth } = value.properties ?? {};
      if (!internalId || !endpoint || !value.kind)
        throw new FailureError({ kind: 'not-applied', code: 'account-incomplete', retryAfterMs: null });
      return {
        internalId,
        kind: value.kind,
        endpoint,
        location: value.location ?? null,
        customSubdomain: customSubDomainName || null,
        provisioningState: provisioningState ?? 'Unknown',
        localAuthDisabled: disableLocalAuth ?? false,
      };
    },

    async setDisabled({ subscriptionId, resourceGroup, account }, disabled, fence) {
      // PATCH replaces what it names, and names nothing else.
      const update = { properties: { disableLocalAuth: disabled } };
      await azureWrite('arm', fence, async () =>
        (await client(subscriptionId)).accounts.beginUpdate(resourceGroup, account, update),
      );
    },
  };
}

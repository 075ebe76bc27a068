import type { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import type { LocalAuth } from '../../hardening/keyless/ports.ts';
import { notApplied } from '../../shared/failure.ts';
import { armRead, azureWrite } from '../azure-call.ts';

/**
 * Whether accounts take keys, through Azure Resource Manager.
 * @param client gives the SDK client of a subscription
 */
export function armLocalAuth(
  client: (subscriptionId: string) => Promise<CognitiveServicesManagementClient>,
): LocalAuth {
  return {
    async read({ subscriptionId, resourceGroup, account }) {
      const found = await armRead(async () => (await client(subscriptionId)).accounts.get(resourceGroup, account));
      const { internalId, endpoint, customSubDomainName, provisioningState, disableLocalAuth } = found.properties ?? {};
      if (!internalId || !endpoint || !found.kind) throw notApplied('account-incomplete');
      return {
        internalId,
        kind: found.kind,
        endpoint,
        location: found.location ?? null,
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

import type { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import type { LocalAuth } from '../../hardening/keyless/ports.ts';
import type { Accounts, KeyPair } from '../../keys/ports.ts';
import { FailureError, notApplied } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import { SecretText } from '../../shared/secret-text.ts';
import type { Slot } from '../../shared/slot.ts';
import { armRead, azureCall, azureWrite } from '../azure-call.ts';
import { accountOrigin, type Cloud } from '../clouds.ts';

/** ARM's names of the slots. */
const keyNames = { key1: 'Key1', key2: 'Key2' } as const satisfies Record<Slot, string>;

/**
 * AI accounts through Azure Resource Manager.
 * @param client gives the SDK client of a subscription
 * @param cloud tells which hosts are AI accounts'
 */
export function armAccounts(
  client: (subscriptionId: string) => Promise<CognitiveServicesManagementClient>,
  fence: Fence,
  cloud: Cloud,
): Accounts {
  return {
    async get({ subscriptionId, resourceGroup, account }) {
      const { properties, kind, location, tags } = await armRead(async () =>
        (await client(subscriptionId)).accounts.get(resourceGroup, account),
      );
      const { internalId, endpoint, provisioningState, disableLocalAuth } = properties ?? {};
      if (!internalId || !endpoint || !kind || !location) throw notApplied('account-incomplete');
      return {
        internalId,
        kind,
        location,
        endpoint,
        endpointIsAzure: accountOrigin(endpoint, cloud) !== null,
        provisioningState: provisioningState ?? 'Unknown',
        localAuthDisabled: disableLocalAuth ?? false,
        tags: tags ?? {},
      };
    },

    async listKeys({ subscriptionId, resourceGroup, account }) {
      const listed = await armRead(async () =>
        (await client(subscriptionId)).accounts.listKeys(resourceGroup, account),
      );
      const keys = keyPair(listed);
      if (keys === null) throw notApplied('keys-missing');
      return keys;
    },

    async regenerate({ subscriptionId, resourceGroup, account }, slot) {
      const { value } = await azureCall({
        service: 'arm',
        effect: { kind: 'write', fence },
        send: async () => (await client(subscriptionId)).accounts.regenerateKey(resourceGroup, account, keyNames[slot]),
      });
      const keys = keyPair(value);
      if (keys === null) throw new FailureError({ kind: 'outcome-unknown', code: 'keys-missing' });
      return keys;
    },
  };
}

function keyPair({ key1, key2 }: { readonly key1?: string; readonly key2?: string }): KeyPair | null {
  return key1 && key2 ? { key1: new SecretText(key1), key2: new SecretText(key2) } : null;
}

/** Whether accounts take keys, through Azure Resource Manager. @param client gives the SDK client of a subscription */
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

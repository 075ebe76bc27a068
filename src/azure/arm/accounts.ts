import type { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import type { LocalAuth } from '../../hardening/keyless/ports.ts';
import type { Accounts, KeyPair } from '../../keys/ports.ts';
import { FailureError, notApplied } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { SecretText } from '../../shared/secret-text.ts';
import type { Slot } from '../../shared/slot.ts';
import { armRead, azureCall, azureWrite } from '../azure-call.ts';
import { accountOrigin, type Cloud } from '../clouds.ts';

/** ARM's names of the slots. */
const keyNames = { key1: 'Key1', key2: 'Key2' } as const satisfies Record<Slot, string>;

/** Gives the SDK client of a subscription. */
type ClientOf = (subscriptionId: string) => Promise<CognitiveServicesManagementClient>;

/** An account, with what everybody who reads one needs. @throws FailureError `account-incomplete` too */
export async function readAccount(client: ClientOf, { subscriptionId, resourceGroup, account }: AccountId) {
  const { properties, kind, location, tags } = await armRead(async () =>
    (await client(subscriptionId)).accounts.get(resourceGroup, account),
  );
  if (!properties?.endpoint || !kind) throw notApplied('account-incomplete');
  const { endpoint, provisioningState, disableLocalAuth } = properties;
  const known = {
    kind,
    endpoint,
    provisioningState: provisioningState ?? 'Unknown',
    localAuthDisabled: disableLocalAuth ?? false,
  };
  return { properties, location: location ?? null, tags: tags ?? {}, known };
}

/** AI accounts through Azure Resource Manager. @param cloud tells which hosts are AI accounts' */
export function armAccounts(client: ClientOf, fence: Fence, cloud: Cloud): Accounts {
  return {
    async get(id) {
      const { properties, location, tags, known } = await readAccount(client, id);
      const { internalId } = properties;
      if (!internalId || !location) throw notApplied('account-incomplete');
      return { internalId, ...known, location, endpointIsAzure: accountOrigin(known.endpoint, cloud) !== null, tags };
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
      const { value } = await azureCall('arm', { kind: 'write', fence }, async () =>
        (await client(subscriptionId)).accounts.regenerateKey(resourceGroup, account, keyNames[slot]),
      );
      const keys = keyPair(value);
      if (keys === null) throw new FailureError({ kind: 'outcome-unknown', code: 'keys-missing' });
      return keys;
    },
  };
}

function keyPair({ key1, key2 }: { readonly key1?: string; readonly key2?: string }): KeyPair | null {
  return key1 && key2 ? { key1: new SecretText(key1), key2: new SecretText(key2) } : null;
}

/** Whether accounts take keys, through Azure Resource Manager. */
export function armLocalAuth(client: ClientOf): LocalAuth {
  return {
    async read(id) {
      const { properties, location, known } = await readAccount(client, id);
      const { internalId, customSubDomainName } = properties;
      if (!internalId) throw notApplied('account-incomplete');
      return { internalId, ...known, location, customSubdomain: customSubDomainName || null };
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

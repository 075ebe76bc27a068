import { z } from 'zod';
import type { Cloud } from '../../../src/azure/clouds.ts';
import { type Ask, accepted, type PlainAnswer } from './arm-requests.ts';
import type { Waiting } from './waiting.ts';

const minuteMs = 60_000;
const versions = {
  groups: '2021-04-01',
  accounts: '2024-10-01',
  vaults: '2023-07-01',
  storage: '2023-05-01',
  roles: '2022-04-01',
};

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const roles = {
  'Key Vault Secrets Officer': 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
  'Cognitive Services User': 'a97b65f3-24c7-4388-baec-2e87135dc908',
};

/** Whose subscription it is, and who asks. */
export interface Caller {
  readonly tenantId: string;
  readonly objectId: string;
  readonly isApplication: boolean;
}

export interface Names {
  readonly group: string;
  readonly account: string;
  readonly vault: string;
  readonly storage: string;
}

/** @param suffix ten of a-z and 0-9: vaults, storage accounts and subdomains share their names with all the world */
export function namesOf(suffix: string): Names {
  return {
    group: `keyturn-check-${suffix}`,
    account: `keyturn-check-${suffix}`,
    vault: `kv-check-${suffix}`,
    storage: `keyturncheck${suffix}`,
  };
}

export interface ThrowawayParts {
  readonly ask: Ask;
  readonly cloud: Cloud;
  readonly subscriptionId: string;
  readonly location: string;
  readonly names: Names;
  readonly newId: () => string;
}

const stateOf = z.object({ properties: z.object({ provisioningState: z.string() }) });
const keyList = z.object({ keys: z.array(z.object({ value: z.string() })).min(1) });

/** The resource group that the check works in, and all in it. */
export function throwaway({ ask, cloud, subscriptionId, location, names, newId }: ThrowawayParts) {
  const arm = cloud.arm.endpoint;
  const subscription = `/subscriptions/${subscriptionId}`;
  const group = `${subscription}/resourceGroups/${names.group}`;
  const ids = {
    account: `${group}/providers/Microsoft.CognitiveServices/accounts/${names.account}`,
    vault: `${group}/providers/Microsoft.KeyVault/vaults/${names.vault}`,
    storage: `${group}/providers/Microsoft.Storage/storageAccounts/${names.storage}`,
  };
  const urls = {
    group: `${arm}${group}?api-version=${versions.groups}`,
    deletedAccount: `${arm}${subscription}/providers/Microsoft.CognitiveServices/locations/${location}/resourceGroups/${names.group}/deletedAccounts/${names.account}?api-version=${versions.accounts}`,
    deletedVault: `${arm}${subscription}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${names.vault}`,
  };
  const isGone = ({ status }: PlainAnswer) => (status === 404 ? true : null);

  async function make(what: string, id: string, version: string, body: object, waits: Waiting): Promise<void> {
    const url = `${arm}${id}?api-version=${version}`;
    waits.goOn();
    accepted(`creating the ${what}`, await ask('PUT', url, body));
    await waits.until(`the ${what} is ready`, 15 * minuteMs, 2_000, async () => {
      const { provisioningState } = stateOf.parse(accepted(`reading the ${what}`, await ask('GET', url))).properties;
      if (/failed|canceled/i.test(provisioningState)) throw new Error(`the ${what} ended as ${provisioningState}`);
      return /succeeded/i.test(provisioningState) ? true : null;
    });
  }

  return {
    accountId: ids.account,
    vaultUrl: `https://${names.vault}.${cloud.vault.suffix}`,

    /** Throws where there is one: what this check has not made, it does not delete. */
    async requireNoGroup(): Promise<void> {
      const found = await ask('GET', urls.group);
      if (found.status === 404) return;
      accepted('looking for the resource group', found);
      throw new Error(`the resource group ${names.group} exists already`);
    },

    /** From here on there is something to remove, whatever this throws: only the answer may be lost. */
    async makeGroup(): Promise<void> {
      const tags = { purpose: 'keyturn-azure-check' };
      accepted('creating the resource group', await ask('PUT', urls.group, { location, tags }));
    },

    makeAccount: (waits: Waiting) =>
      make(
        'AI account',
        ids.account,
        versions.accounts,
        {
          location,
          kind: 'TextAnalytics',
          sku: { name: 'S' },
          properties: { customSubDomainName: names.account, publicNetworkAccess: 'Enabled' },
        },
        waits,
      ),

    makeVault: ({ tenantId }: Caller, waits: Waiting) =>
      make(
        'key vault',
        ids.vault,
        versions.vaults,
        {
          location,
          properties: {
            tenantId,
            sku: { family: 'A', name: 'standard' },
            enableRbacAuthorization: true,
            softDeleteRetentionInDays: 7,
            publicNetworkAccess: 'Enabled',
          },
        },
        waits,
      ),

    /** Answers its connection string. */
    async makeStorage(waits: Waiting): Promise<string> {
      const properties = {
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
        allowBlobPublicAccess: false,
        allowSharedKeyAccess: true,
      };
      const body = { location, kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties };
      await make('storage account', ids.storage, versions.storage, body, waits);
      const listed = await ask('POST', `${arm}${ids.storage}/listKeys?api-version=${versions.storage}`);
      const [key] = keyList.parse(accepted('reading the keys of the storage account', listed)).keys;
      return `DefaultEndpointsProtocol=https;AccountName=${names.storage};AccountKey=${key?.value};EndpointSuffix=${cloud.storageSuffix}`;
    },

    /** On the resource group, only for the caller; the roles go with it. */
    async grantRoles({ objectId, isApplication }: Caller, waits: Waiting): Promise<void> {
      for (const [role, guid] of Object.entries(roles)) {
        waits.goOn();
        const id = `${group}/providers/Microsoft.Authorization/roleAssignments/${newId()}`;
        const properties = {
          roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`,
          principalId: objectId,
          principalType: isApplication ? 'ServicePrincipal' : 'User',
        };
        const answer = await ask('PUT', `${arm}${id}?api-version=${versions.roles}`, { properties });
        accepted(`assigning the role ${role}`, answer);
      }
    },

    /** Deletes the group and waits until it is gone; then purges what Azure would keep under its name. */
    async remove(waits: Waiting, say: (line: string) => void): Promise<void> {
      const deleted = await ask('DELETE', urls.group);
      if (deleted.status !== 404) accepted('deleting the resource group', deleted);
      await waits.until('the resource group is gone', 30 * minuteMs, 5_000, async () =>
        isGone(await ask('GET', urls.group)),
      );
      say(`deleted  resource group ${names.group}`);
      const account = await ask('DELETE', urls.deletedAccount);
      if (account.status !== 404) accepted('purging the AI account', account);
      await waits.until('the AI account is purged', 10 * minuteMs, 10_000, async () =>
        isGone(await ask('GET', urls.deletedAccount)),
      );
      say(`purged   AI account ${names.account}`);
      const version = `?api-version=${versions.vaults}`;
      const vault = await ask('POST', `${urls.deletedVault}/purge${version}`);
      if (vault.status !== 404) accepted('purging the key vault', vault);
      const { location: operation } = vault;
      if (operation?.startsWith(`${arm}/`))
        await waits.until('the purge of the key vault has ended', 10 * minuteMs, 5_000, async () =>
          (await ask('GET', operation)).status === 202 ? null : true,
        );
      await waits.until('the key vault is purged', 10 * minuteMs, 10_000, async () =>
        isGone(await ask('GET', `${urls.deletedVault}${version}`)),
      );
      say(`purged   key vault ${names.vault}`);
    },

    /** What a person types to remove all of it. */
    removal: [
      `az group delete --yes --subscription ${subscriptionId} --name ${names.group}`,
      `az cognitiveservices account purge --subscription ${subscriptionId} --location ${location} --resource-group ${names.group} --name ${names.account}`,
      `az keyvault purge --subscription ${subscriptionId} --location ${location} --name ${names.vault}`,
    ],
  };
}

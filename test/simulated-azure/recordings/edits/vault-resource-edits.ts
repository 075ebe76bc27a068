import { changeVault, vaultBodyIn } from '../../../../local/simulated-azure/arm/key-vault/vault-change.ts';
import { vaultId } from '../../../../local/simulated-azure/key-vault/vault-id.ts';
import type { Vault, World } from '../../../../local/simulated-azure/world.ts';
import { at, isObject, itemsAt, type Json, type RecordedFile, textAt } from '../recorded-file.ts';
import type { WorldEdit } from './world-edit.ts';

/** The vaults that a recording of Azure Resource Manager shows without having made them so. */
export function vaultResourceEdits(file: RecordedFile): WorldEdit[] {
  const edits: WorldEdit[] = [];
  const known = new Map<string, string>();
  for (const [index, { request, response }] of file.exchanges.entries()) {
    if (response.status !== 200 || !new URL(request.url).hostname.startsWith('management.')) continue;
    for (const shown of [response.body, ...itemsAt(response.body, 'value')]) {
      const id = textAt(shown, 'id')?.toLowerCase() ?? '';
      if (textAt(shown, 'type') !== 'Microsoft.KeyVault/vaults' || file.evidence === 'example') continue;
      const settings = settingsOf(shown);
      if (request.method !== 'PUT' && known.get(id) !== settings) {
        edits.push({ before: index, apply: (world) => putVault(world, shown, textAt(shown, 'id') ?? '') });
      }
      known.set(id, settings);
    }
  }
  return edits;
}

function settingsOf(shown: Json | undefined): string {
  const { vaultUri: _uri, provisioningState: _state, ...properties } = propertiesOf(shown);
  return JSON.stringify([at(shown, 'tags'), properties]);
}

function propertiesOf(shown: Json | undefined): { readonly [member: string]: Json } {
  const properties = at(shown, 'properties');
  return isObject(properties) ? properties : {};
}

function putVault(world: World, shown: Json | undefined, id: string): void {
  const [, , subscriptionId = '', , resourceGroup = '', , , , name = ''] = id.split('/');
  const vault = world.vaults.find((one) => vaultId(one).toLowerCase() === id.toLowerCase()) ?? {
    name,
    subscriptionId,
    resourceGroup,
    location: textAt(shown, 'location') ?? 'eastus',
    softDeleteDays: 90,
    secrets: [],
    deletedSecrets: [],
    readOnly: false,
    expiryRequired: false,
    maxValidityDays: null,
    network: { publicNetworkAccess: 'Enabled' as const, defaultAction: 'Allow' as const, ipRules: [] },
  };
  const parsed = vaultBodyIn(shown);
  if ('mistake' in parsed) throw new Error(parsed.mistake);
  changeVault(vault, parsed.body, '2021-11-01-preview', true);
  withAuthors(vault, at(shown, 'systemData'));
  if (!world.vaults.includes(vault)) world.vaults.push(vault);
}

function withAuthors(vault: Vault, systemData: Json | undefined): void {
  if (vault.resource !== undefined && isObject(systemData)) vault.resource = { ...vault.resource, systemData };
}

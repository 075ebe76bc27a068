import type { Vault, World } from '../../../local/simulated-azure/world.ts';
import { CALLER } from './callers.ts';
import { at, itemsAt, type RecordedFile, textAt } from './recorded-file.ts';

/** The vaults that a recording speaks to, as their answers show them: region, soft delete, network, permission model. */
export function addVaults(world: World, file: RecordedFile, subscriptionId: string): void {
  for (const { request, response } of file.exchanges) {
    const { hostname } = new URL(request.url);
    if (!hostname.includes('.vault.')) continue;
    const name = hostname.split('.')[0] ?? '';
    if (world.vaults.some((vault) => vault.name === name)) continue;
    const mine = file.exchanges.filter((exchange) => new URL(exchange.request.url).hostname === hostname);
    const shown = JSON.stringify(mine);
    const code = textAt(response.body, 'error', 'innererror', 'code');
    world.vaults.push({
      name,
      subscriptionId,
      resourceGroup: /resourcegroups\/([^/]+)\/providers\/microsoft\.keyvault/i.exec(shown)?.[1] ?? 'rg-vaults',
      location: response.headers['x-ms-keyvault-region'] ?? /location=(\w+)/.exec(shown)?.[1] ?? 'westus2',
      softDeleteDays: softDeleteDays(mine),
      secrets: [],
      deletedSecrets: [],
      readOnly: false,
      expiryRequired: false,
      maxValidityDays: null,
      ...(decidesByRoles(file, mine)
        ? {}
        : { accessPolicies: [{ objectId: CALLER.objectId, secretPermissions: ['all'] }] }),
      network: {
        publicNetworkAccess: code === 'ForbiddenByConnection' ? 'Disabled' : 'Enabled',
        defaultAction: code === 'ForbiddenByFirewall' ? 'Deny' : 'Allow',
        ipRules: [],
      },
    });
  }
}

/** A vault that decides by roles says so in every answer to a known caller; the recorder's file would show it. */
function decidesByRoles(file: RecordedFile, exchanges: RecordedFile['exchanges']): boolean {
  if (/ForbiddenByPolicy|"AccessDenied"/.test(JSON.stringify(exchanges))) return false;
  if (file.evidence !== 'recording') return true;
  return exchanges.some(({ response }) => 'x-ms-keyvault-rbac-assignment-id' in response.headers);
}

/** 0 is a vault without soft delete, as they could still be made until 2020. */
function softDeleteDays(exchanges: RecordedFile['exchanges']): number {
  for (const { response } of exchanges) {
    for (const shown of [response.body, ...itemsAt(response.body, 'value')]) {
      const days = at(shown, 'attributes', 'recoverableDays');
      if (typeof days === 'number') return days;
      if (textAt(shown, 'attributes', 'recoveryLevel') === 'Purgeable') return 0;
    }
  }
  return 90;
}

export function vaultOf(world: World, name: string): Vault {
  const vault = world.vaults.find((candidate) => candidate.name === name);
  if (vault === undefined) throw new Error(`no vault ${name} in the starting world`);
  return vault;
}

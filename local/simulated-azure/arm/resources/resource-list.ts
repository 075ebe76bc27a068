import { vaultId } from '../../key-vault/vault-id.ts';
import { isAllowed } from '../../rbac.ts';
import { armAnswer, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { accountId } from '../cognitive-services/account-id.ts';
import { otherResources } from '../other-resources.ts';
import { pageOf } from './page-of.ts';
import { type FilteredResource, resourceFilter } from './resource-filter.ts';

interface ListedResource extends FilteredResource {
  readonly kind?: string;
  readonly sku?: unknown;
  /** Only shown if `$expand` asks for it. */
  readonly expanded: {
    readonly createdTime?: unknown;
    readonly changedTime?: unknown;
    readonly provisioningState?: unknown;
  };
}

/** Lists the resources of a subscription or group that the caller may read. */
export function listResources(call: ArmCall): Response {
  const { azure, caller, path } = call;
  const { searchParams } = call.exchange.url;
  const filter = searchParams.get('$filter') ?? '';
  const wanted = resourceFilter(filter);
  if (wanted === null) {
    return gatewayError(
      400,
      'InvalidFilterInQueryString',
      `Invalid $filter '${filter}' specified in the query string.`,
    );
  }
  const value = everything(call)
    .filter(({ id }) => id.toLowerCase().startsWith(`${path.scope.toLowerCase()}/`))
    .filter(({ id, type }) => isAllowed(azure, caller.objectId, 'action', `${type}/read`, id))
    .filter(wanted.matches)
    .map(({ expanded, tags, ...listed }) => ({
      ...listed,
      ...(tags === undefined || wanted.hidesTags ? {} : { tags }),
      ...expansion(expanded, searchParams.get('$expand') ?? ''),
    }));
  return armAnswer(200, pageOf(call, value));
}

/** https://learn.microsoft.com/rest/api/resources/resources/list: createdTime, changedTime and provisioningState, joined by commas. */
function expansion(expanded: ListedResource['expanded'], asked: string): ListedResource['expanded'] {
  const names = asked.split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(expanded).filter(([name]) => names.includes(name.toLowerCase())));
}

/** When the last change was known to ARM is not recorded: here it is when the change was made. */
function times(systemData: Readonly<Record<string, unknown>> | undefined): ListedResource['expanded'] {
  return systemData === undefined ? {} : { createdTime: systemData.createdAt, changedTime: systemData.lastModifiedAt };
}

function everything(call: ArmCall): ListedResource[] {
  const { world } = call;
  const accounts = world.accounts.map((account): ListedResource => {
    const { kind, location, sku, identity, tags, systemData, properties } = account.resource;
    const type = 'Microsoft.CognitiveServices/accounts';
    const more = { ...(identity === undefined ? {} : { identity }), ...(tags === undefined ? {} : { tags }) };
    const expanded = { ...times(systemData), provisioningState: properties.provisioningState };
    return { id: accountId(account), name: account.name, type, sku, kind, location, ...more, expanded };
  });
  const vaults = world.vaults.map((vault): ListedResource => {
    const { name, location, tags = {} } = vault;
    const expanded = times(vault.resource?.systemData);
    return { id: vaultId(vault), name, type: 'Microsoft.KeyVault/vaults', location, tags, expanded };
  });
  const identities = world.principals.flatMap(({ resourceId, name, identity }): ListedResource[] => {
    if (resourceId === null) return [];
    const { location = 'eastus', tags = {} } = identity ?? {};
    const type = 'Microsoft.ManagedIdentity/userAssignedIdentities';
    return [{ id: resourceId, name, type, location, tags, expanded: {} }];
  });
  const others = otherResources(call).map(({ properties, ...listed }): ListedResource => {
    const { provisioningState } = Object(properties);
    return { ...listed, expanded: { provisioningState } };
  });
  return [...accounts, ...vaults, ...identities, ...others];
}

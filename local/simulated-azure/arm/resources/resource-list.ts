import { vaultId } from '../../key-vault/vault-id.ts';
import { isAllowed } from '../../rbac.ts';
import { armAnswer, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { accountId } from '../cognitive-services/account-id.ts';
import { otherResources } from '../other-resources.ts';

interface ListedResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly kind?: string;
  readonly sku?: unknown;
  readonly identity?: unknown;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Lists the resources of a subscription or group that the caller may read. Knows the filters by type, name and tag. */
export function listResources(call: ArmCall): Response {
  const { azure, caller, path } = call;
  const filter = call.exchange.url.searchParams.get('$filter') ?? '';
  const wanted = conditions(filter);
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
    .filter((resource) => wanted.every((condition) => condition(resource)));
  return armAnswer(200, { value });
}

function everything(call: ArmCall): ListedResource[] {
  const { world } = call;
  const accounts = world.accounts.map((account): ListedResource => {
    const { kind, location, sku, identity, tags } = account.resource;
    const type = 'Microsoft.CognitiveServices/accounts';
    const more = { ...(identity === undefined ? {} : { identity }), ...(tags === undefined ? {} : { tags }) };
    return { id: accountId(account), name: account.name, type, sku, kind, location, ...more };
  });
  const vaults = world.vaults.map((vault): ListedResource => {
    const { name, location, tags = {} } = vault;
    return { id: vaultId(vault), name, type: 'Microsoft.KeyVault/vaults', location, tags };
  });
  const identities = world.principals.flatMap(({ resourceId, name, identity }): ListedResource[] => {
    if (resourceId === null) return [];
    const { location = 'eastus', tags = {} } = identity ?? {};
    return [{ id: resourceId, name, type: 'Microsoft.ManagedIdentity/userAssignedIdentities', location, tags }];
  });
  const others = otherResources(call).map(({ properties: _, ...listed }): ListedResource => listed);
  return [...accounts, ...vaults, ...identities, ...others];
}

type Condition = (resource: ListedResource) => boolean;

/** Null when the filter holds anything beyond `<field> eq '<text>'` joined by `and`. */
function conditions(filter: string): Condition[] | null {
  const made: Condition[] = [];
  if (filter.trim() === '') return made;
  let tagName = '';
  for (const part of filter.split(/ and /i)) {
    const [, field, value] = /^\s*(\w+) eq '([^']*)'\s*$/i.exec(part) ?? [];
    if (field === undefined || value === undefined) return null;
    const is = (text: string | undefined) => text?.toLowerCase() === value.toLowerCase();
    switch (field.toLowerCase()) {
      case 'resourcetype':
        made.push(({ type }) => is(type));
        break;
      case 'name':
        made.push(({ name }) => is(name));
        break;
      case 'location':
        made.push(({ location }) => is(location));
        break;
      case 'resourcegroup':
        made.push(({ id }) => is(id.split('/')[4]));
        break;
      case 'tagname':
        tagName = value.toLowerCase();
        made.push(({ tags }) => Object.keys(tags ?? {}).some((name) => is(name)));
        break;
      case 'tagvalue': {
        const name = tagName;
        made.push(({ tags }) =>
          Object.entries(tags ?? {}).some(([key, text]) => key.toLowerCase() === name && text === value),
        );
        break;
      }
      default:
        return null;
    }
  }
  return made;
}

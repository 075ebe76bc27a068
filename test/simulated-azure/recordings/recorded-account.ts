import type { Account, World } from '../../../local/simulated-azure/world.ts';
import { guidOf } from './placeholders.ts';
import { at, isObject, type Json, textAt } from './recorded-file.ts';

export const ACCOUNT =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.cognitiveservices\/accounts\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?/i;
export const DELETED = /\/locations\/[^/]+\/resourcegroups\/([^/]+)\/deletedaccounts\/([^/]+)$/i;

export interface AccountId {
  readonly subscription: string;
  readonly group: string;
  readonly name: string;
}

export function idOf(path: string): AccountId | null {
  const live = ACCOUNT.exec(path);
  if (live !== null)
    return { subscription: live[1] ?? '', group: decodeURIComponent(live[2] ?? ''), name: live[3] ?? '' };
  const deleted = DELETED.exec(path);
  if (deleted === null) return null;
  return { subscription: path.split('/')[2] ?? '', group: deleted[1] ?? '', name: deleted[2] ?? '' };
}

export function putAccount(world: World, id: AccountId, wanted: 'live' | 'deleted', shown: Json | undefined): void {
  const account = find(world, id) ?? accountFrom(id, shown);
  for (const list of [world.accounts, world.deletedAccounts]) {
    const present = list.indexOf(account);
    if (present >= 0) list.splice(present, 1);
  }
  (wanted === 'live' ? world.accounts : world.deletedAccounts).push(account);
}

/** An account as an answer shows it; what it does not show is as in a new one. */
export function accountFrom(id: AccountId, shown: Json | undefined): Account {
  const { tags, identity, sku, systemData } = isObject(shown) ? shown : {};
  const properties = at(shown, 'properties');
  const subdomain = id.name.toLowerCase();
  const location = textAt(shown, 'location') ?? 'eastus';
  return {
    subscriptionId: id.subscription,
    resourceGroup: id.group,
    name: id.name,
    internalId: textAt(properties, 'internalId') ?? guidOf(keyOf(id)).replaceAll('-', ''),
    resource: {
      kind: textAt(shown, 'kind') ?? 'AIServices',
      location,
      sku: isObject(sku) ? (sku as { name: string }) : { name: 'S0' },
      ...(identity === undefined ? {} : { identity }),
      ...(isObject(tags) ? { tags: { ...tags } as Record<string, string> } : {}),
      ...(isObject(systemData) ? { systemData: { ...systemData } } : {}),
      etag: textAt(shown, 'etag') ?? '"00000000-0000-0100-0000-000000000000"',
      properties: {
        ...(textAt(properties, 'endpoint') === undefined ? propertiesOfNew(subdomain) : {}),
        ...(isObject(properties) ? properties : {}),
      },
    },
    keys: (['key1', 'key2'] as const).map((slot) => ({
      slot,
      value: guidOf(`${keyOf(id)}/${slot}`).replaceAll('-', ''),
      issuedAtMs: 0,
      replacedAtMs: null,
    })),
    deployments: {},
  };
}

function propertiesOfNew(subdomain: string): Record<string, Json> {
  return {
    endpoint: `https://${subdomain}.cognitiveservices.azure.com/`,
    customSubDomainName: subdomain,
    publicNetworkAccess: 'Enabled',
    privateEndpointConnections: [],
    provisioningState: 'Succeeded',
  };
}

export function setKeys(account: Account | undefined, shown: Json | undefined): void {
  for (const slot of ['key1', 'key2'] as const) {
    const value = textAt(shown, slot);
    const index = account?.keys.findIndex((key) => key.slot === slot) ?? -1;
    if (value !== undefined && index >= 0)
      account?.keys.splice(index, 1, { slot, value, issuedAtMs: 0, replacedAtMs: null });
  }
}

export function addDeployment(
  account: Account | undefined,
  name: string,
  resource: { readonly [member: string]: Json },
): void {
  const model = textAt(resource, 'properties', 'model', 'name') ?? 'gpt-4o-mini';
  if (account !== undefined) account.deployments[name] ??= { model, resource: { ...resource } };
}

/** What a client can set of an account, as one text to compare. */
export function accountSettings(shown: Json | undefined): string {
  return JSON.stringify([
    at(shown, 'sku'),
    at(shown, 'tags') ?? {},
    at(shown, 'identity', 'type'),
    ...CHANGEABLE.map((name) => at(shown, 'properties', name)),
  ]);
}

const CHANGEABLE = ['endpoint', 'customSubDomainName', 'publicNetworkAccess', 'networkAcls', 'disableLocalAuth'];

/** Makes the account what a later answer shows, as somebody whose request was left out has made it. */
export function changeAccount(world: World, id: AccountId, shown: Json | undefined): void {
  const resource = find(world, id)?.resource;
  if (resource === undefined) return;
  const { sku, tags, identity } = isObject(shown) ? shown : {};
  if (isObject(sku)) resource.sku = sku as { name: string };
  if (isObject(tags)) resource.tags = { ...tags } as Record<string, string>;
  if (identity !== undefined) resource.identity = identity;
  for (const name of CHANGEABLE) {
    const value = at(shown, 'properties', name);
    if (value === undefined) delete resource.properties[name];
    else resource.properties[name] = value;
  }
}

export function removeAccount(world: World, id: AccountId): void {
  const account = find(world, id);
  for (const list of [world.accounts, world.deletedAccounts]) {
    if (account !== undefined && list.includes(account)) list.splice(list.indexOf(account), 1);
  }
}

export function find(world: World, id: AccountId): Account | undefined {
  return [...world.accounts, ...world.deletedAccounts].find(
    (account) =>
      keyOf({ subscription: account.subscriptionId, group: account.resourceGroup, name: account.name }) === keyOf(id),
  );
}

export function keyOf(id: AccountId): string {
  return `${id.subscription}/${id.group}/${id.name}`.toLowerCase();
}

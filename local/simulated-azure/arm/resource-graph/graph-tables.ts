import { vaultId } from '../../key-vault/vault-id.ts';
import type { Row } from '../../kql/evaluate-kql.ts';
import { NotSimulatedKql } from '../../kql/kql-query.ts';
import type { Table } from '../../kql/run-kql.ts';
import { isAllowed } from '../../rbac.ts';
import type { Subscription } from '../../world.ts';
import type { ArmCall } from '../arm-call.ts';
import { accountId } from '../cognitive-services/account-id.ts';
import { showAccount } from '../cognitive-services/show-account.ts';
import { showVaultProperties } from '../key-vault/show-vault.ts';
import { otherResources } from '../other-resources.ts';

const vaultVersion = '2024-11-01';

/** The columns of both tables, in the order in which Resource Graph lists them. */
const columns = [
  'id',
  'name',
  'type',
  'tenantId',
  'kind',
  'location',
  'resourceGroup',
  'subscriptionId',
  'managedBy',
  'sku',
  'plan',
  'properties',
  'tags',
  'identity',
  'zones',
  'extendedLocation',
] as const;

/** What every row has where a resource has nothing of the kind. */
const blank: Readonly<Record<(typeof columns)[number], unknown>> = {
  id: '',
  name: '',
  type: '',
  tenantId: '',
  kind: '',
  location: '',
  resourceGroup: '',
  subscriptionId: '',
  managedBy: '',
  sku: null,
  plan: null,
  properties: null,
  tags: null,
  identity: null,
  zones: null,
  extendedLocation: null,
};

/** The table of that name, with the rows that the caller may read in the given subscriptions. Types and groups are in lower case, as Resource Graph keeps them. */
export function graphTable(name: string | null, call: ArmCall, subscriptions: readonly Subscription[]): Table {
  const ids = subscriptions.map(({ id }) => id.toLowerCase());
  const rows = rowsOf((name ?? 'resources').toLowerCase(), call, name ?? '')
    .filter(({ subscriptionId }) => ids.includes(String(subscriptionId).toLowerCase()))
    .filter(({ type, id }) =>
      isAllowed(call.azure, call.caller.objectId, 'action', `${String(type)}/read`, String(id)),
    );
  return { columns, rows };
}

function rowsOf(table: string, call: ArmCall, written: string): Row[] {
  switch (table) {
    case 'resources':
      return resources(call);
    case 'resourcecontainers':
      return containers(call);
    default:
      throw new NotSimulatedKql(`the table '${written}'`);
  }
}

function resources(call: ArmCall): Row[] {
  const { world } = call;
  const { tenantId } = world;
  const accounts = world.accounts.map((account): Row => {
    const { properties } = showAccount(account, '2024-10-01');
    const { kind, location, sku, identity = null, tags = null } = account.resource;
    const id = accountId(account);
    const where = { location: location.replaceAll(' ', '').toLowerCase(), ...place(account) };
    const type = 'microsoft.cognitiveservices/accounts';
    return { ...blank, ...where, id, name: account.name, type, tenantId, kind, sku, properties, identity, tags };
  });
  const vaults = world.vaults.map((vault): Row => {
    const { name, location, tags = null } = vault;
    const properties = showVaultProperties(world, vault, vaultVersion, call.azure.clock.nowMs());
    const type = 'microsoft.keyvault/vaults';
    return { ...blank, ...place(vault), id: vaultId(vault), name, type, tenantId, location, properties, tags };
  });
  const identities = world.principals.flatMap(({ resourceId, name, objectId, clientId }): Row[] => {
    const [, , subscriptionId = '', , resourceGroup = ''] = resourceId?.split('/') ?? [];
    if (resourceId === null) return [];
    const type = 'microsoft.managedidentity/userassignedidentities';
    const properties = { tenantId, principalId: objectId, clientId };
    return [
      { ...blank, ...place({ subscriptionId, resourceGroup }), id: resourceId, name, type, tenantId, properties },
    ];
  });
  const others = otherResources(call).map((resource): Row => {
    const [, , subscriptionId = '', , resourceGroup = ''] = resource.id.split('/');
    const { id, name, location, properties, tags = null, identity = null } = resource;
    const type = resource.type.toLowerCase();
    return {
      ...blank,
      ...place({ subscriptionId, resourceGroup }),
      ...{ id, name, type, tenantId, location, properties, tags, identity },
    };
  });
  return [...accounts, ...vaults, ...identities, ...others];
}

function containers({ world }: ArmCall): Row[] {
  const { tenantId } = world;
  const subscriptions = world.subscriptions.map(({ id, displayName }): Row => {
    const type = 'microsoft.resources/subscriptions';
    const properties = { state: 'Enabled', subscriptionPolicies: { spendingLimit: 'Off' } };
    return { ...blank, id: `/subscriptions/${id}`, name: displayName, type, tenantId, subscriptionId: id, properties };
  });
  const groups = world.resourceGroups.map((group): Row => {
    const { subscriptionId, name, location, tags, provisioningState } = group;
    const id = `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
    const type = 'microsoft.resources/subscriptions/resourcegroups';
    const where = place({ subscriptionId, resourceGroup: name });
    return { ...blank, ...where, id, name, type, tenantId, location, tags, properties: { provisioningState } };
  });
  return [...subscriptions, ...groups];
}

function place({ subscriptionId, resourceGroup }: { readonly subscriptionId: string; readonly resourceGroup: string }) {
  return { subscriptionId, resourceGroup: resourceGroup.toLowerCase() };
}

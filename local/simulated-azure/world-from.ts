import type { ZodError } from 'zod';
import { newRoleAssignment } from './arm/authorization/new-role-assignment.ts';
import { accountId } from './arm/cognitive-services/account-id.ts';
import { type AccountRequest, newAccount } from './arm/cognitive-services/new-account.ts';
import { newDeployment } from './arm/cognitive-services/new-deployment.ts';
import { identityResource } from './arm/managed-identity/identity-resource.ts';
import type { SimulatedClock } from './clock.ts';
import { workspaceId } from './log-analytics/workspace-id.ts';
import { emptyNetwork } from './network/network-world.ts';
import { builtInRoles, type RoleDefinition } from './roles.ts';
import { simulatedClouds } from './simulated-clouds.ts';
import { newWebSite, type WebSite, webSiteId } from './web-apps/web-site.ts';
import type { Account, Principal, RoleAssignment, Vault, World } from './world.ts';
import { type WholeWorldDefinition, worldDefinition } from './world-definition.ts';

/**
 * The world that a definition describes; its role assignments have already spread. Throws an Error whose message names
 * every field that is wrong, such as `roleAssignments[0].on: nothing here is called 'kv'`.
 */
export function worldFrom(definition: unknown, clock: SimulatedClock): World {
  const parsed = worldDefinition.safeParse(definition);
  if (!parsed.success) throw new Error(problemsIn(parsed.error));
  const { data } = parsed;
  const dangling = danglingNames(data);
  if (dangling.length > 0) throw new Error(dangling.join('; '));
  return build(data, clock.nowMs());
}

function build(definition: WholeWorldDefinition, nowMs: number): World {
  const { subscription, providers, tenantId, cloud } = definition;
  const subscriptionId = subscription.id;
  const subscriptionIds = [subscriptionId, ...definition.otherSubscriptions.map(({ id }) => id)];
  const world: World = {
    tenantId,
    cloud,
    subscriptions: [subscription, ...definition.otherSubscriptions].map(({ id, displayName }) => ({
      id,
      displayName,
      registeredProviders: new Set(providers),
    })),
    resourceGroups: definition.resourceGroups.map(({ name, subscription: own, location, tags }) => ({
      subscriptionId: own ?? subscriptionId,
      name,
      location,
      tags: { ...tags },
      provisioningState: 'Succeeded',
    })),
    accounts: definition.accounts.map((account) =>
      accountFrom(
        account,
        { subscriptionId: account.subscription ?? subscriptionId, cloud: simulatedClouds[cloud] },
        nowMs,
      ),
    ),
    deletedAccounts: [],
    vaults: definition.vaults.map((vault) => vaultFrom(vault, vault.subscription ?? subscriptionId)),
    workspaces: definition.workspaces.map(({ subscription: own, ...rest }) => ({
      ...rest,
      subscriptionId: own ?? subscriptionId,
    })),
    webSites: definition.webApps.flatMap((app) => webSitesFrom(app, app.subscription ?? subscriptionId, nowMs)),
    principals: definition.identities.map((identity) => principalFrom(identity, definition)),
    pages: definition.pages,
    roleAssignments: [],
    customRoles: definition.customRoles.map((role) => customRole(role, subscriptionIds)),
    locks: definition.locks.map(({ name, level, on }) => ({ name, level, scope: scopeCalled(definition, on) ?? on })),
    network: { ...emptyNetwork(), callers: definition.callers.map((caller) => ({ ...caller })) },
    pace: { ...definition.pace },
  };
  world.roleAssignments.push(...definition.roleAssignments.map((one) => roleAssignmentFrom(one, definition, world)));
  return world;
}

function accountFrom(
  definition: WholeWorldDefinition['accounts'][number],
  { subscriptionId, cloud }: Pick<AccountRequest, 'subscriptionId' | 'cloud'>,
  nowMs: number,
): Account {
  const { name, resourceGroup, kind, location, sku, tags, disableLocalAuth, networkAcls, keys } = definition;
  const createdBy = { name: 'admin@contoso.com', isUser: true };
  const subdomain = definition.customSubDomainName === undefined ? name.toLowerCase() : definition.customSubDomainName;
  const properties = {
    ...(subdomain === null ? {} : { customSubDomainName: subdomain }),
    ...(networkAcls === undefined ? {} : { networkAcls }),
    ...(disableLocalAuth === undefined ? {} : { disableLocalAuth }),
  };
  const made = newAccount(
    {
      cloud,
      subscriptionId,
      resourceGroup,
      name,
      kind,
      location,
      sku: { name: sku },
      ...(tags === undefined ? {} : { tags: { ...tags } }),
      properties,
      createdBy,
    },
    nowMs,
  );
  for (const { name: deployment, model, version } of definition.deployments) {
    const reference = { format: 'OpenAI', name: model, version };
    made.deployments[deployment] = newDeployment({ model: reference, createdBy }, nowMs);
  }
  if (keys === undefined) return settled(made, made.keys);
  return settled(
    made,
    made.keys.map((key) => ({ ...key, value: keys[key.slot] })),
  );
}

/** Keys that the account has had for ages: every gateway node knows them. */
function settled(account: Account, keys: Account['keys']): Account {
  return { ...account, keys: keys.map((key) => ({ ...key, issuedAtMs: 0 })) };
}

function vaultFrom(
  { subscription: _, ...definition }: WholeWorldDefinition['vaults'][number],
  subscriptionId: string,
): Vault {
  return {
    ...definition,
    subscriptionId,
    secrets: [],
    deletedSecrets: [],
    readOnly: false,
    network: { publicNetworkAccess: 'Enabled', defaultAction: 'Allow', ipRules: [] },
  };
}

function webSitesFrom(
  {
    name: app,
    resourceGroup,
    kind,
    location,
    settings,
    stickySettings,
    slots,
  }: WholeWorldDefinition['webApps'][number],
  subscriptionId: string,
  nowMs: number,
): WebSite[] {
  const place = { subscriptionId, resourceGroup, app, kind, location };
  return [
    { ...newWebSite({ ...place, slot: null }, settings, nowMs), stickySettings },
    ...Object.entries(slots).map(([slot, own]) => newWebSite({ ...place, slot }, own, nowMs)),
  ];
}

function principalFrom(
  definition: WholeWorldDefinition['identities'][number],
  { subscription, resourceGroups }: WholeWorldDefinition,
): Principal {
  const { name, kind, secret, appRoles } = definition;
  const group = definition.resourceGroup ?? resourceGroups[0]?.name;
  const location = resourceGroups.find((one) => one.name === group)?.location ?? 'eastus';
  const resourceId = `/subscriptions/${subscription.id}/resourcegroups/${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  return {
    objectId: definition.objectId ?? crypto.randomUUID(),
    clientId: definition.clientId ?? crypto.randomUUID(),
    name,
    kind,
    resourceId: kind === 'user-assigned' ? resourceId : null,
    secret,
    appRoles,
    ...(kind === 'user-assigned' ? { identity: identityResource(location) } : {}),
  };
}

function customRole(
  { name, guid, actions, dataActions }: WholeWorldDefinition['customRoles'][number],
  subscriptionIds: readonly string[],
): RoleDefinition {
  return {
    guid,
    roleName: name,
    description: '',
    kind: 'CustomRole',
    assignableScopes: subscriptionIds.map((id) => `/subscriptions/${id}`),
    actions,
    notActions: [],
    dataActions,
    notDataActions: [],
  };
}

function roleAssignmentFrom(
  { principal, role, on }: WholeWorldDefinition['roleAssignments'][number],
  definition: WholeWorldDefinition,
  world: World,
): RoleAssignment {
  const principalId = world.principals.find(({ name }) => name === principal)?.objectId ?? '';
  const scope = scopeCalled(definition, on) ?? on;
  const roleGuid = roleCalled(definition, role) ?? role;
  const request = {
    name: crypto.randomUUID(),
    scope,
    principalId,
    principalType: null,
    roleGuid,
    createdBy: principalId,
  };
  return { ...newRoleAssignment(world, request, 0), effectiveAtMs: 0 };
}

/** Null when no built-in or custom role has that name or GUID. */
function roleCalled(definition: WholeWorldDefinition, nameOrGuid: string): string | null {
  const roles = [...builtInRoles, ...definition.customRoles.map(({ guid, name }) => ({ guid, roleName: name }))];
  const wanted = nameOrGuid.toLowerCase();
  const found = roles.find(({ guid, roleName }) => guid.toLowerCase() === wanted || roleName.toLowerCase() === wanted);
  return found?.guid ?? null;
}

/** Null when no account, vault, workspace, app or group has that name; an ARM id stands for itself. */
function scopeCalled(
  { subscription, resourceGroups, accounts, vaults, workspaces, webApps }: WholeWorldDefinition,
  on: string,
): string | null {
  if (on.startsWith('/')) return on;
  const within = (own: string | undefined) => `/subscriptions/${own ?? subscription.id}`;
  const account = accounts.find(({ name }) => name === on);
  if (account !== undefined) return accountId({ subscriptionId: account.subscription ?? subscription.id, ...account });
  const vault = vaults.find(({ name }) => name === on);
  if (vault !== undefined) {
    return `${within(vault.subscription)}/resourceGroups/${vault.resourceGroup}/providers/Microsoft.KeyVault/vaults/${vault.name}`;
  }
  const workspace = workspaces.find(({ name }) => name === on);
  if (workspace !== undefined)
    return workspaceId({ ...workspace, subscriptionId: workspace.subscription ?? subscription.id });
  const app = webApps.find(({ name }) => name === on);
  if (app !== undefined)
    return webSiteId({ ...app, app: app.name, slot: null, subscriptionId: app.subscription ?? subscription.id });
  const group = resourceGroups.find(({ name }) => name === on);
  return group === undefined ? null : `${within(group.subscription)}/resourceGroups/${on}`;
}

/** One sentence for every name in the definition that means nothing in it. */
function danglingNames(definition: WholeWorldDefinition): string[] {
  const problems: string[] = [];
  const check = (isKnown: boolean, field: string, problem: string) => {
    if (!isKnown) problems.push(`${field}: ${problem}`);
  };
  const subscriptions = [definition.subscription, ...definition.otherSubscriptions].map(({ id }) => id);
  for (const list of ['resourceGroups', 'accounts', 'vaults', 'workspaces', 'webApps'] as const)
    for (const [index, { subscription }] of definition[list].entries()) {
      const isKnown = subscription === undefined || subscriptions.includes(subscription);
      check(isKnown, `${list}[${index}].subscription`, `no subscription has the id '${subscription}'`);
    }
  for (const list of ['accounts', 'vaults', 'workspaces', 'webApps'] as const) {
    for (const [index, { resourceGroup, subscription }] of definition[list].entries()) {
      const isThere = definition.resourceGroups.some(
        (group) => group.name === resourceGroup && group.subscription === subscription,
      );
      check(isThere, `${list}[${index}].resourceGroup`, `no group is called '${resourceGroup}'`);
    }
  }
  for (const [index, { principal, role, on }] of definition.roleAssignments.entries()) {
    const field = `roleAssignments[${index}]`;
    const isIdentity = definition.identities.some(({ name }) => name === principal);
    check(isIdentity, `${field}.principal`, `no identity is called '${principal}'`);
    check(roleCalled(definition, role) !== null, `${field}.role`, `no role is called '${role}'`);
    check(scopeCalled(definition, on) !== null, `${field}.on`, `nothing here is called '${on}'`);
  }
  for (const [index, { on }] of definition.locks.entries()) {
    check(scopeCalled(definition, on) !== null, `locks[${index}].on`, `nothing here is called '${on}'`);
  }
  return problems;
}

function problemsIn(error: ZodError): string {
  return error.issues
    .map(({ path, message }) => {
      const field = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
      return `${field.replace(/^\./, '') || 'the document'}: ${message}`;
    })
    .join('; ');
}

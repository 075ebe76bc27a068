import { z } from 'zod';

const guid = z.guid();
const location = z.string().min(1).default('eastus');
const tags = z.record(z.string(), z.string());
const name = z.string().min(1);
const permissionNames = z.array(z.string().min(1)).default([]);

/** A role is given by name, as in the role's definition, or by GUID. */
const roleAssignment = z.strictObject({
  /** The name of an identity of this document. */
  principal: name,
  role: name,
  /** The name of a group, account, vault, workspace or app of this document, or an ARM id. */
  on: name,
});

/** Which of `subscriptions` it lies in; default the first. */
const subscriptionId = guid.optional();

const account = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}$/),
  resourceGroup: name,
  subscription: subscriptionId,
  kind: name.default('AIServices'),
  location,
  sku: name.default('S0'),
  tags: tags.optional(),
  /** Null leaves the account without a host of its own; default is its name. */
  customSubDomainName: z.string().min(2).nullish(),
  disableLocalAuth: z.boolean().optional(),
  networkAcls: z.record(z.string(), z.unknown()).optional(),
  /** What the account starts with; default two new keys. */
  keys: z.strictObject({ key1: name, key2: name }).optional(),
  deployments: z.array(z.strictObject({ name, model: name, version: name.default('2024-07-18') })).default([]),
});

const vault = z.strictObject({
  name: z.string().regex(/^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/),
  resourceGroup: name,
  subscription: subscriptionId,
  location,
  softDeleteDays: z.int().min(7).max(90).default(90),
  expiryRequired: z.boolean().default(false),
  maxValidityDays: z.int().positive().nullable().default(null),
});

/** A Log Analytics workspace, and which vaults of this document send their audit log where in it. */
const workspace = z.strictObject({
  name,
  resourceGroup: name,
  subscription: subscriptionId,
  customerId: guid,
  vaults: z.record(name, z.enum(['AZKVAuditLogs', 'AzureDiagnostics'])),
});

/** An App Service or Functions app. Its code has run with these settings since long. */
const webApp = z.strictObject({
  name,
  resourceGroup: name,
  subscription: subscriptionId,
  kind: z.enum(['app', 'functionapp']).default('app'),
  location,
  settings: z.record(name, z.string()).default({}),
  /** Names of settings that stay with their slot in a swap. */
  stickySettings: z.array(name).nullable().default(null),
  /** Its slots beside production, each with its settings. */
  slots: z.record(name, z.record(name, z.string())).default({}),
});

const identity = z.strictObject({
  name,
  kind: z.enum(['system-assigned', 'user-assigned', 'application', 'user']),
  objectId: guid.optional(),
  clientId: guid.optional(),
  /** For the token endpoint; an application or user without one cannot sign in. */
  secret: name.nullable().default(null),
  /** Where a user-assigned identity lies; default the first group. */
  resourceGroup: name.optional(),
  /** App roles by the audience that grants them: a client id or `api://` client id. */
  appRoles: z.record(z.string(), z.array(name)).default({}),
});

const subscription = z.strictObject({ id: guid, displayName: name.default('Contoso AI') });

const milliseconds = z.int().min(0);

/** A world as a JSON document: what `--world FILE` reads. What is left out takes the default beside it. */
export const worldDefinition = z.strictObject({
  cloud: z.enum(['public', 'usgovernment', 'china']).default('public'),
  tenantId: guid.default('6c1d2f60-0c0e-4b53-9a32-5f2d8f1f7a10'),
  /** The first one, in which everything lies that does not say otherwise. */
  subscription,
  /** More of them. */
  otherSubscriptions: z.array(subscription).default([]),
  /** Resource providers that are registered: those of a subscription in which Keyturn runs, its function app's storage among them. */
  providers: z
    .array(name)
    .default([
      'Microsoft.CognitiveServices',
      'Microsoft.KeyVault',
      'Microsoft.ManagedIdentity',
      'Microsoft.EventGrid',
      'Microsoft.Network',
      'Microsoft.Storage',
      'Microsoft.Web',
    ]),
  resourceGroups: z
    .array(z.strictObject({ name, subscription: subscriptionId, location, tags: tags.default({}) }))
    .min(1),
  accounts: z.array(account).default([]),
  vaults: z.array(vault).default([]),
  workspaces: z.array(workspace).default([]),
  webApps: z.array(webApp).default([]),
  identities: z.array(identity).default([]),
  /** Apps that people sign in to in a page, by client id, each with its redirect addresses; of localhost the port does not count. */
  pages: z.record(guid, z.array(name)).default({}),
  customRoles: z
    .array(z.strictObject({ name, guid, actions: permissionNames, dataActions: permissionNames }))
    .default([]),
  roleAssignments: z.array(roleAssignment).default([]),
  locks: z.array(z.strictObject({ name, on: name, level: z.enum(['ReadOnly', 'CanNotDelete']) })).default([]),
  /** Who calls from where: `address` is the egress, or `name` the user name of the proxy's URL; `subnetId` null is the internet. */
  callers: z.array(z.strictObject({ name, address: z.ipv4(), subnetId: name.nullable().default(null) })).default([]),
  /** Fast enough to watch, slow enough to matter. */
  pace: z
    .strictObject({
      gatewayNodes: z.int().min(1).default(3),
      newKeyAcceptedMs: milliseconds.default(2_000),
      oldKeyAcceptedMs: milliseconds.default(2_000),
      localAuthMs: milliseconds.default(2_000),
      /** Assumed, as that there is such a lag at all: nothing was found about it. */
      listKeysStaleMs: milliseconds.default(1_000),
      roleAssignmentMs: milliseconds.default(5_000),
      directoryMs: milliseconds.default(3_000),
      activityLogMs: milliseconds.default(5_000),
      logIngestionMs: milliseconds.default(5_000),
      armOperationMs: milliseconds.default(1_000),
      secretTransitionMs: milliseconds.default(2_000),
    })
    .prefault({}),
});

/** A world definition as it is written, with what has a default left out. */
export type WorldDefinition = z.input<typeof worldDefinition>;

/** A world definition with every default filled in. */
export type WholeWorldDefinition = z.output<typeof worldDefinition>;

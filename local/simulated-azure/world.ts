import type { Registration } from './entra/registration.ts';
import type { EventGridWorld } from './event-grid/event-grid-world.ts';
import type { CustomTopic } from './event-grid-topics/custom-topic.ts';
import type { NetworkWorld } from './network/network-world.ts';
import type { RoleDefinition } from './roles.ts';
import type { SimulatedCloudName } from './simulated-clouds.ts';
import type { WebSite } from './web-apps/web-site.ts';

/**
 * Everything that exists in the simulated Azure, as plain mutable records: services read and change it, tests look into
 * it. Instants are milliseconds of the simulated clock; ids compare without case, as Azure's do.
 */
export interface World {
  readonly tenantId: string;
  /** Which of Azure's clouds this is; other clouds' host names do not exist in it. Default public. */
  readonly cloud?: SimulatedCloudName;
  readonly subscriptions: Subscription[];
  readonly resourceGroups: ResourceGroup[];
  readonly accounts: Account[];
  readonly deletedAccounts: Account[];
  readonly vaults: Vault[];
  /** Soft-deleted vaults; read them with `deletedVaultsOf`, which leaves out those whose time is over. */
  deletedVaults?: Vault[];
  readonly principals: Principal[];
  /** Apps that people sign in to in a page, by client id, each with the addresses of its pages; beside those of `registrations`. */
  pages?: Readonly<Record<string, readonly string[]>>;
  /** App registrations that were made through Graph; read them with `registrationsOf`. */
  registrations?: Registration[];
  readonly roleAssignments: RoleAssignment[];
  /** Roles of the tenant's own, beside the built-in ones of `roles.ts`. */
  customRoles?: RoleDefinition[];
  readonly locks: Lock[];
  /** Virtual networks, private endpoints, zones; read it with `networkOf`. */
  network?: NetworkWorld;
  /** Made when it is first asked for. */
  eventGrid?: EventGridWorld;
  /** Event Grid's custom topics; read them with `customTopicsOf`. */
  customTopics?: CustomTopic[];
  /** Apps of App Service and their slots; read them with `webSitesOf`. */
  webSites?: WebSite[];
  /** Log Analytics workspaces; none when left out. */
  workspaces?: Workspace[];
  /** How slowly this Azure spreads what it is told; tests choose, defaults stand in `default-world.ts`. */
  readonly pace: Pace;
}

export interface Subscription {
  readonly id: string;
  readonly displayName: string;
  readonly registeredProviders: Set<string>;
  tags?: Record<string, string>;
  /** Names of tags made in advance, and their values. */
  tagNames?: Record<string, string[]>;
}

export interface ResourceGroup {
  readonly subscriptionId: string;
  readonly name: string;
  readonly location: string;
  tags: Record<string, string>;
  /** `Deleting` groups are still listed. */
  provisioningState: 'Succeeded' | 'Deleting';
}

/** One Microsoft.CognitiveServices account. `resource` is the ARM body as a GET answers it, keys and endpoint logic apart. */
export interface Account {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  readonly internalId: string;
  /** Set while the account lies among `deletedAccounts`; it is purged 48 hours later. */
  deletedAtMs?: number;
  /** Until then private endpoints are refused, though ARM already shows the account as Succeeded. */
  settlesAtMs?: number;
  resource: {
    kind: string;
    location: string;
    sku: { name: string; tier?: string };
    identity?: unknown;
    tags?: Record<string, string>;
    etag: string;
    systemData?: Record<string, unknown>;
    /** `properties` as ARM shows them: endpoint, customSubDomainName, provisioningState, disableLocalAuth, networkAcls, … */
    properties: Record<string, unknown>;
  };
  /** Every key a slot ever had, oldest first; the last one of each slot is current. */
  readonly keys: IssuedKey[];
  /** When `disableLocalAuth` was last changed, and to what: gateway nodes learn of it one after the other. */
  localAuthChange?: { readonly disabled: boolean; readonly atMs: number };
  /** OpenAI deployments by name. */
  readonly deployments: Record<string, { readonly model: string; readonly resource: Record<string, unknown> }>;
  /** What it holds of models, lists or apps, as the operation of that name lists them; absent where nothing was made. */
  contents?: Readonly<Record<string, readonly unknown[]>>;
}

export interface IssuedKey {
  readonly slot: 'key1' | 'key2';
  readonly value: string;
  readonly issuedAtMs: number;
  /** When another key took its slot; null while current. */
  replacedAtMs: number | null;
}

export interface Vault {
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  /** 0: a deleted vault or secret is gone at once, as in vaults made before soft delete was the rule. */
  softDeleteDays: number;
  /** Set while the vault lies among `deletedVaults`. */
  deletedAtMs?: number;
  readonly secrets: VaultSecret[];
  readonly deletedSecrets: VaultSecret[];
  /** Data-plane policies and states a test can set. */
  readOnly: boolean;
  expiryRequired: boolean;
  maxValidityDays: number | null;
  /** When present the vault decides by these instead of by roles. Permissions as ARM names them: `get`, `list`, `set`, … */
  accessPolicies?: readonly AccessPolicy[];
  network: {
    publicNetworkAccess: 'Enabled' | 'Disabled';
    defaultAction: 'Allow' | 'Deny';
    ipRules: string[];
    /** ARM ids of subnets that come in by the service endpoint Microsoft.KeyVault. */
    subnets?: string[];
  };
  /** As ARM shows them; those of private endpoints are added by the endpoints. */
  privateEndpointConnections?: unknown[];
  tags?: Record<string, string>;
  /** What ARM shows beside all this; a vault that was there from the beginning shows the defaults. */
  resource?: VaultResource;
}

/** A Log Analytics workspace, as far as vaults send their audit log to it. */
export interface Workspace {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  /** The GUID by which it is queried: ARM's `customerId`. */
  readonly customerId: string;
  /** Names of the vaults whose audit log comes here, and where it then lies. */
  readonly vaults: Readonly<Record<string, 'AZKVAuditLogs' | 'AzureDiagnostics'>>;
  /** Whether it answers queries from public networks; left out: it does. */
  publicNetworkAccessForQuery?: 'Enabled' | 'Disabled';
}

interface AccessPolicy {
  readonly objectId: string;
  readonly secretPermissions: readonly string[];
  readonly applicationId?: string;
  /** As ARM was told them, with those for keys and certificates, which have no data plane here. */
  readonly permissions?: Readonly<Record<string, unknown>>;
}

/** The ARM side of a vault. */
export interface VaultResource {
  /** `standard` or `premium`. */
  readonly sku: string;
  /** Properties that are shown only because somebody asked for them, such as `enabledForDeployment`. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly bypass: string;
  readonly systemData?: Readonly<Record<string, unknown>>;
  /** `RegisteringDns` until then. */
  readonly registeringUntilMs?: number;
}

export interface VaultSecret {
  readonly name: string;
  /** Oldest first; the last one is current. */
  readonly versions: VaultSecretVersion[];
  deletedAtMs: number | null;
  /** Reads answer 404, and writes 409, until then: deletion and recovery take some seconds. */
  busyUntilMs: number;
}

export interface VaultSecretVersion {
  readonly version: string;
  value: string;
  contentType: string | null;
  tags: Record<string, string> | null;
  enabled: boolean;
  notBefore: number | null;
  expires: number | null;
  /** Whole seconds since 1970, as the vault keeps them. */
  readonly created: number;
  updated: number;
  managed: boolean;
}

/** An identity that can get tokens. A managed identity has no secret; an app or user has one for the token endpoint. */
export interface Principal {
  readonly objectId: string;
  readonly clientId: string;
  readonly name: string;
  readonly kind: 'system-assigned' | 'user-assigned' | 'application' | 'user';
  /** The ARM id of a user-assigned identity, for `mi_res_id`. */
  readonly resourceId: string | null;
  readonly secret: string | null;
  /** The directory answers for it from then on; always, when left out. */
  readonly knownFromMs?: number;
  /** What ARM shows of a user-assigned identity beside its ids. */
  readonly identity?: IdentityResource;
  /** App roles by the audience (client id or `api://…`) that grants them. */
  readonly appRoles: Record<string, readonly string[]>;
}

/** The ARM side of a user-assigned identity; its id is the principal's `resourceId`. */
export interface IdentityResource {
  readonly location: string;
  tags: Record<string, string>;
  isolationScope: string;
  readonly federatedCredentials: FederatedCredential[];
}

/** An outside issuer whose tokens Entra takes for the identity's own. */
export interface FederatedCredential {
  readonly name: string;
  issuer: string;
  subject: string;
  audiences: readonly string[];
}

export interface RoleAssignment {
  /** A GUID. */
  readonly name: string;
  readonly scope: string;
  readonly principalId: string;
  readonly principalType: string;
  /** Only the role's GUID. */
  readonly roleGuid: string;
  readonly createdAtMs: number;
  /** Data planes and ARM deny until then: assignments take time to spread. */
  readonly effectiveAtMs: number;
  readonly resource: Record<string, unknown>;
}

export interface Lock {
  readonly scope: string;
  readonly name: string;
  readonly level: 'ReadOnly' | 'CanNotDelete';
  readonly notes?: string;
}

export interface Pace {
  /** How many gateway nodes an account's data plane has; a connection meets one of them. */
  gatewayNodes: number;
  /** The last node accepts a new key this long after it was made; nodes before it earlier, evenly spread. */
  newKeyAcceptedMs: number;
  /** The last node refuses an old key this long after it was replaced; nodes before it earlier, evenly spread. */
  oldKeyAcceptedMs: number;
  /** The last node learns that local authentication was turned off or on after this long; at once when left out. */
  localAuthMs?: number;
  /**
   * listKeys may answer the keys of this long ago; 0: never. That it may is an assumption: no page, recording or report says
   * that it does, nor that it never does.
   */
  listKeysStaleMs: number;
  /** A new role assignment counts after this long. */
  roleAssignmentMs: number;
  /** The directory answers for a new identity after this long; at once when left out. */
  directoryMs?: number;
  /** An event stands in the activity log this long after its request; at once when left out. */
  activityLogMs?: number;
  /** A row stands in a workspace this long after what it tells of; at once when left out. */
  logIngestionMs?: number;
  /** A long-running ARM operation takes this long. */
  armOperationMs: number;
  /** A deleted or recovered secret is in between for this long. */
  secretTransitionMs: number;
}

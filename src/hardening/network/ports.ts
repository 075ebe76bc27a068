import * as z from 'zod';
import type { ProbedAccount } from '../../keys/ports.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { group, list } from '../../shared/view-parts.ts';

/** Who may reach an account over its public address. */
export const networkRules = group({
  /** `Enabled`, `Disabled`, `SecuredByPerimeter`, or what Azure adds: an open enum, kept to the letter. */
  publicNetworkAccess: z.string(),
  /** `Allow`, `Deny`, or what Azure adds: kept to the letter. */
  defaultAction: z.string(),
  /** Public IPv4 addresses and CIDR ranges, as the account has them. */
  ipRules: list(z.string()),
  /** ARM ids of subnets that come in by their service endpoint. */
  subnets: list(group({ id: z.string(), ignoreMissingServiceEndpoint: z.boolean() })),
  /** `AzureServices`, `None`, or null if the account has no such setting. */
  bypass: z.string().nullable(),
});

export type NetworkRules = z.infer<typeof networkRules>;

/** A private endpoint's connection as the account sees it. */
export interface Connection {
  /** The last part of its id under the account. */
  readonly name: string;
  readonly endpointId: string;
  /** `Pending`, `Approved`, `Rejected`, `Disconnected`, or what Azure adds. */
  readonly status: string;
}

/** What ARM says of an account's network. */
export interface AccountNetwork extends ProbedAccount {
  /** The custom subdomain; null: it answers only at its region's host. */
  readonly subdomain: string | null;
  readonly provisioningState: string;
  readonly localAuthDisabled: boolean;
  readonly rules: NetworkRules;
  readonly connections: readonly Connection[];
}

/** `Succeeded`, or anything else while it is being changed. */
type ProvisioningState = string;

export interface VirtualNetworkFacts {
  readonly id: string;
  readonly location: string;
  readonly addressSpace: readonly string[];
  readonly subnets: readonly SubnetFacts[];
  readonly state: ProvisioningState;
}

export interface SubnetFacts {
  readonly id: string;
  readonly prefixes: readonly string[];
  readonly serviceEndpoints: readonly string[];
  /** The services that the subnet is delegated to: then it takes no private endpoint. */
  readonly delegations: readonly string[];
  /** How many of its addresses are taken, as far as Azure shows them. */
  readonly takenAddresses: number;
  readonly state: ProvisioningState;
}

export interface PrivateEndpointFacts {
  readonly id: string;
  readonly subnetId: string;
  readonly targetId: string;
  readonly state: ProvisioningState;
}

export interface ZoneGroupFacts {
  readonly name: string;
  readonly zoneIds: readonly string[];
  readonly state: ProvisioningState;
}

export interface ZoneLinkFacts {
  readonly name: string;
  readonly virtualNetworkId: string;
}

/** Looks at an account's network and at what stands around it. Every method throws `FailureError`; null: it does not exist. */
export interface NetworkReader {
  account(account: AccountId): Promise<AccountNetwork>;
  virtualNetwork(id: string): Promise<VirtualNetworkFacts | null>;
  privateEndpoint(id: string): Promise<PrivateEndpointFacts | null>;
  zoneGroups(endpointId: string): Promise<readonly ZoneGroupFacts[]>;
  zoneExists(id: string): Promise<boolean>;
  /** The ids of all zones of these names in a subscription, as far as Keyturn may see them. */
  zonesNamed(subscriptionId: string, names: readonly string[]): Promise<readonly string[]>;
  zoneLinks(zoneId: string): Promise<readonly ZoneLinkFacts[]>;
}

/** What a change makes. */
export interface NewVirtualNetwork {
  readonly id: string;
  readonly location: string;
  readonly addressSpace: string;
}

export interface NewSubnet {
  readonly id: string;
  readonly prefix: string;
  readonly privateEndpointNetworkPolicies: string;
}

export interface NewPrivateEndpoint {
  readonly id: string;
  readonly subnetId: string;
  readonly location: string;
  readonly targetId: string;
  readonly groupId: string;
}

export interface NewZoneLink {
  readonly zoneId: string;
  readonly name: string;
  readonly virtualNetworkId: string;
  readonly nxDomainRedirect: boolean;
}

/**
 * Changes an account's network and what stands around it. Each call only hands the change over: whether it took shows
 * at a later look. Each may be repeated. Throws `FailureError`; leaves the process only while the lease's fence holds.
 */
export interface NetworkWriter {
  createVirtualNetwork(network: NewVirtualNetwork): Promise<void>;
  createSubnet(subnet: NewSubnet): Promise<void>;
  /** Reads the subnet and writes it back whole, with the service endpoint added; guarded by its ETag. */
  addServiceEndpoint(subnetId: string, service: string): Promise<void>;
  createPrivateEndpoint(endpoint: NewPrivateEndpoint): Promise<void>;
  approveConnection(account: AccountId, connectionName: string): Promise<void>;
  createZone(id: string): Promise<void>;
  linkZone(link: NewZoneLink): Promise<void>;
  setZoneGroup(endpointId: string, name: string, zoneIds: readonly string[]): Promise<void>;
  setRules(account: AccountId, rules: NetworkRules): Promise<void>;
}

/** Names of the private DNS zones that an account of that kind needs in this cloud; null: not known for this cloud. */
export type PrivateZoneNames = (kind: string) => readonly string[] | null;

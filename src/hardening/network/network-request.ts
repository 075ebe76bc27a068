export const networkModes = ['private', 'selected-networks', 'public'] as const;
export type NetworkMode = (typeof networkModes)[number];

/** https://learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy */
export const endpointPolicies = ['Disabled', 'Enabled', 'NetworkSecurityGroupEnabled', 'RouteTableEnabled'] as const;

/** Where a private endpoint goes: a subnet that is there, or one that is made, in a network that is there or made too. */
export type AskedSubnet =
  | { readonly kind: 'existing'; readonly id: string }
  | {
      readonly kind: 'new';
      readonly name: string;
      readonly prefix: string;
      readonly privateEndpointNetworkPolicies: (typeof endpointPolicies)[number];
      readonly virtualNetwork:
        | { readonly kind: 'existing'; readonly id: string }
        | {
            readonly kind: 'new';
            readonly name: string;
            /** Null: the account's. */
            readonly resourceGroup: string | null;
            readonly location: string;
            readonly addressSpace: string;
          };
    };

export interface AskedPrivateEndpoint {
  readonly subnet: AskedSubnet;
  /** Null: named after the account. */
  readonly name: string | null;
  /** Null: the account's. */
  readonly resourceGroup: string | null;
}

/** Who looks after the private DNS zones of the account's kind. */
export type AskedPrivateDns =
  /** Zones that are there, also in a hub's subscription; each of the kind's zones must be among them. */
  | { readonly zones: 'existing'; readonly ids: readonly string[]; readonly nxDomainRedirect: boolean }
  /** A policy of the organisation writes the records: Keyturn waits for them. */
  | { readonly zones: 'policy-managed' }
  | { readonly zones: 'create'; readonly resourceGroup: string | null; readonly nxDomainRedirect: boolean };

/** Where somebody calls from: the public address that its calls leave with, or the subnet that it runs in. */
export interface CallerPlace {
  readonly egress: string | null;
  readonly subnetId: string | null;
}

/** What an account's network is to be like. */
export interface NetworkRequest {
  readonly mode: NetworkMode;
  /** Null: as found. */
  readonly ipRules: readonly string[] | null;
  /** ARM ids; null: as found. */
  readonly subnets: readonly string[] | null;
  /** Null: as found. */
  readonly bypass: 'AzureServices' | 'None' | null;
  /** Null: none is made or touched. */
  readonly privateEndpoint: AskedPrivateEndpoint | null;
  /** Null: zones are left alone. */
  readonly privateDns: AskedPrivateDns | null;
  /** Where Keyturn itself runs; null: not told. */
  readonly keyturn: CallerPlace | null;
  readonly consumers: readonly (CallerPlace & { readonly name: string })[];
}

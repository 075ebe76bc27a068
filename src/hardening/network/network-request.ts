import * as z from 'zod';
import { list } from '../../shared/view-parts.ts';

const text = z.string();

export const networkModes = ['private', 'selected-networks', 'public'] as const;
export type NetworkMode = (typeof networkModes)[number];

/** https://learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy */
const endpointPolicies = ['Disabled', 'Enabled', 'NetworkSecurityGroupEnabled', 'RouteTableEnabled'] as const;

const existing = z.object({ kind: z.literal('existing'), id: text });

const virtualNetwork = z.discriminatedUnion('kind', [
  existing,
  z.object({
    kind: z.literal('new'),
    name: text,
    /** Null: the account's. */
    resourceGroup: text.nullable(),
    location: text,
    addressSpace: text,
  }),
]);

/** Where a private endpoint goes: a subnet that is there, or one that is made, in a network that is there or made too. */
const subnet = z.discriminatedUnion('kind', [
  existing,
  z.object({
    kind: z.literal('new'),
    name: text,
    prefix: text,
    privateEndpointNetworkPolicies: z.enum(endpointPolicies),
    virtualNetwork,
  }),
]);

const privateEndpoint = z.object({
  subnet,
  /** Null: named after the account. */
  name: text.nullable(),
  /** Null: the account's. */
  resourceGroup: text.nullable(),
});

/** Who looks after the private DNS zones of the account's kind. */
const privateDns = z.discriminatedUnion('zones', [
  /** Zones that are there, also in a hub's subscription; each of the kind's zones must be among them. */
  z.object({ zones: z.literal('existing'), ids: list(text), nxDomainRedirect: z.boolean() }),
  /** A policy of the organisation writes the records: Keyturn waits for them. */
  z.object({ zones: z.literal('policy-managed') }),
  z.object({ zones: z.literal('create'), resourceGroup: text.nullable(), nxDomainRedirect: z.boolean() }),
]);

/** Where somebody calls from: the public address that its calls leave with, or the subnet that it runs in. */
const place = z.object({ egress: text.nullable(), subnetId: text.nullable() });

/** What an account's network is to be like. */
export const networkRequest = z.object({
  mode: z.enum(networkModes),
  /** Null: as found. */
  ipRules: list(text).nullable(),
  /** ARM ids; null: as found. */
  subnets: list(text).nullable(),
  /** Null: as found. */
  bypass: z.enum(['AzureServices', 'None']).nullable(),
  /** Null: none is made or touched. */
  privateEndpoint: privateEndpoint.nullable(),
  /** Null: zones stay as they are. */
  privateDns: privateDns.nullable(),
  /** Where Keyturn itself runs; null: not told. */
  keyturn: place.nullable(),
  consumers: list(place.extend({ name: text })),
});

export type NetworkRequest = Readonly<z.infer<typeof networkRequest>>;
export type CallerPlace = Readonly<z.infer<typeof place>>;
export type AskedPrivateDns = Readonly<z.infer<typeof privateDns>>;
export type AskedPrivateEndpoint = Readonly<z.infer<typeof privateEndpoint>>;
export type AskedSubnet = AskedPrivateEndpoint['subnet'];

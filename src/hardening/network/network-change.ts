import type { Difference } from '../../shared/difference.ts';
import type { NetworkRules, NewPrivateEndpoint, NewSubnet, NewVirtualNetwork, NewZoneLink } from './ports.ts';

/** One exact change of an account's network or of what stands around it. */
export type NetworkChange =
  | ({ readonly kind: 'create-virtual-network' } & NewVirtualNetwork)
  | ({ readonly kind: 'create-subnet' } & NewSubnet)
  | { readonly kind: 'add-service-endpoint'; readonly subnetId: string; readonly service: string }
  | ({ readonly kind: 'create-private-endpoint' } & NewPrivateEndpoint)
  | { readonly kind: 'approve-connection'; readonly connection: string; readonly endpointId: string }
  | { readonly kind: 'create-zone'; readonly id: string }
  | ({ readonly kind: 'link-zone' } & NewZoneLink)
  | {
      readonly kind: 'set-zone-group';
      readonly endpointId: string;
      readonly name: string;
      readonly zoneIds: readonly string[];
    }
  /** Changes nothing: public access is disabled only when each host means a private address here, and answers there. */
  | { readonly kind: 'prove-private-path'; readonly hosts: readonly string[] }
  /** Public access itself; the rules before it are kept, and put back when nobody gets in afterwards. */
  | { readonly kind: 'set-network-rules'; readonly from: NetworkRules; readonly to: NetworkRules };

export type NetworkDifference = Difference<NetworkChange>;

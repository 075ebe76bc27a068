import type { Difference } from '../../shared/difference.ts';
import type { NetworkRules } from './ports.ts';

/** One exact change of an account's network or of what stands around it. */
export type NetworkChange =
  | {
      readonly kind: 'create-virtual-network';
      readonly id: string;
      readonly location: string;
      readonly addressSpace: string;
    }
  | {
      readonly kind: 'create-subnet';
      readonly id: string;
      readonly prefix: string;
      readonly privateEndpointNetworkPolicies: string;
    }
  | { readonly kind: 'add-service-endpoint'; readonly subnetId: string; readonly service: string }
  | {
      readonly kind: 'create-private-endpoint';
      readonly id: string;
      readonly subnetId: string;
      readonly location: string;
      readonly targetId: string;
      readonly groupId: string;
    }
  | { readonly kind: 'approve-connection'; readonly connection: string; readonly endpointId: string }
  | { readonly kind: 'create-zone'; readonly id: string }
  | {
      readonly kind: 'link-zone';
      readonly zoneId: string;
      readonly name: string;
      readonly virtualNetworkId: string;
      readonly nxDomainRedirect: boolean;
    }
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

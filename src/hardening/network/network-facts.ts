import { isSettled } from '../../shared/public-access.ts';
import type {
  AccountNetwork,
  Connection,
  PrivateEndpointFacts,
  SubnetFacts,
  VirtualNetworkFacts,
  ZoneGroupFacts,
  ZoneLinkFacts,
} from './ports.ts';

/** A private DNS zone that the account's kind needs. */
export interface ZoneFacts {
  readonly name: string;
  /** The zone that is to be used: the one already linked to the network, else the one asked for. */
  readonly id: string | null;
  readonly exists: boolean;
  /** The link to the network, when there is one. */
  readonly link: ZoneLinkFacts | null;
  /** Another zone of this name is linked to the network than the one asked for. */
  readonly isOther: boolean;
}

/** All that a plan is made from; read at one time. */
export interface NetworkFacts {
  readonly account: AccountNetwork;
  /** Of the private endpoint that is asked for; null if it is not there, or none is asked for. */
  readonly virtualNetwork: VirtualNetworkFacts | null;
  readonly subnet: SubnetFacts | null;
  readonly endpoint: PrivateEndpointFacts | null;
  readonly connection: Connection | null;
  readonly zoneGroup: ZoneGroupFacts | null;
  /** Only the zones' names if zones are left as they are or a policy writes them; null: unknown for this cloud. */
  readonly zoneNames: readonly string[] | null;
  readonly zones: readonly ZoneFacts[];
  /** Networks of the account's approved private endpoints, as far as Keyturn may see them. */
  readonly privateNetworks: readonly string[];
  /** The subnets that rules are asked for, by lower-cased id; null: not there. */
  readonly ruleSubnets: ReadonlyMap<string, SubnetFacts | null>;
}

/** Whether a resource is still being changed: nothing that stands on it can be done before. */
export function isSettling(facts: NetworkFacts): boolean {
  const { account, virtualNetwork, subnet, endpoint, zoneGroup, ruleSubnets } = facts;
  const found = [virtualNetwork, subnet, ...ruleSubnets.values(), endpoint, zoneGroup];
  const states = [account.provisioningState, ...found.flatMap((one) => one?.state ?? [])];
  return !states.every(isSettled);
}

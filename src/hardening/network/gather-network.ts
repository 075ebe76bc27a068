import { parseArmId, shortName } from '../../shared/arm-id.ts';
import { FailureError } from '../../shared/failure.ts';
import { type AccountId, sameResource } from '../../shared/resource-id.ts';
import type { NetworkFacts, ZoneFacts } from './network-facts.ts';
import type { AskedPrivateDns, NetworkRequest } from './network-request.ts';
import type {
  AccountNetwork,
  NetworkReader,
  PrivateEndpointFacts,
  PrivateZoneNames,
  SubnetFacts,
  VirtualNetworkFacts,
} from './ports.ts';
import { endpointIdOf, networkIdOf, subnetIdOf, zoneIdOf } from './resource-names.ts';

export interface GatherPorts {
  readonly networkReader: NetworkReader;
  readonly zoneNames: PrivateZoneNames;
}

/** Reads all that a plan for `request` is made from. Throws `FailureError`. */
export async function gatherNetwork(
  { networkReader: look, zoneNames }: GatherPorts,
  id: AccountId,
  request: NetworkRequest,
): Promise<NetworkFacts> {
  const account = await look.account(id);
  const names = zoneNames(account.kind);
  const ruleSubnets = await gatherSubnets(look, request.subnets ?? []);
  const privateNetworks = await gatherPrivateNetworks(look, account);
  const bare = { account, zoneNames: names, ruleSubnets, privateNetworks };
  const { privateEndpoint, privateDns } = request;
  if (privateEndpoint === null) {
    return {
      ...bare,
      virtualNetwork: null,
      subnet: null,
      endpoint: null,
      connection: null,
      zoneGroup: null,
      zones: [],
    };
  }
  const subnetId = subnetIdOf(id, privateEndpoint);
  const virtualNetwork = await look.virtualNetwork(networkIdOf(subnetId));
  const subnet = subnetIn(virtualNetwork, subnetId);
  const endpoint = await findEndpoint(look, id, account, endpointIdOf(id, privateEndpoint), subnetId);
  const connection =
    endpoint === null ? null : (account.connections.find((one) => sameResource(one.endpointId, endpoint.id)) ?? null);
  const groups = endpoint === null ? [] : await look.zoneGroups(endpoint.id);
  const zones =
    privateDns === null || names === null ? [] : await gatherZones(look, id, names, privateDns, networkIdOf(subnetId));
  return { ...bare, virtualNetwork, subnet, endpoint, connection, zoneGroup: groups[0] ?? null, zones };
}

/** The endpoint of the name asked for; else one that already leads from this subnet to the account. */
async function findEndpoint(
  look: NetworkReader,
  account: AccountId,
  { connections }: AccountNetwork,
  id: string,
  subnetId: string,
): Promise<PrivateEndpointFacts | null> {
  const named = await look.privateEndpoint(id);
  if (named !== null) return named;
  for (const { endpointId } of connections) {
    const other = await look.privateEndpoint(endpointId).catch(nullOnFailure);
    if (other !== null && sameResource(other.subnetId, subnetId) && sameResource(other.targetId, account.armId)) {
      return other;
    }
  }
  return null;
}

/** Only for telling who gets in: an endpoint that Keyturn may not read leaves it unknown. */
async function gatherPrivateNetworks(look: NetworkReader, { connections }: AccountNetwork): Promise<readonly string[]> {
  const approved = connections.filter(({ status }) => status === 'Approved');
  const endpoints = await Promise.all(
    approved.map(({ endpointId }) => look.privateEndpoint(endpointId).catch(nullOnFailure)),
  );
  return endpoints.flatMap((endpoint) => (endpoint === null ? [] : networkIdOf(endpoint.subnetId)));
}

function nullOnFailure(error: unknown): null {
  if (error instanceof FailureError) return null;
  throw error;
}

async function gatherSubnets(
  look: NetworkReader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SubnetFacts | null>> {
  const found = new Map<string, SubnetFacts | null>();
  for (const id of ids) found.set(id.toLowerCase(), subnetIn(await look.virtualNetwork(networkIdOf(id)), id));
  return found;
}

function subnetIn(network: VirtualNetworkFacts | null, id: string): SubnetFacts | null {
  return network?.subnets.find((subnet) => sameResource(subnet.id, id)) ?? null;
}

/** A network takes one zone of a name: one that is linked already is used, whichever was asked for. */
async function gatherZones(
  look: NetworkReader,
  account: AccountId,
  names: readonly string[],
  dns: AskedPrivateDns,
  networkId: string,
): Promise<readonly ZoneFacts[]> {
  if (dns.zones === 'policy-managed') return [];
  const { subscriptionId } = account;
  const subscriptions = new Set([subscriptionId, parseArmId(networkId)?.subscriptionId ?? subscriptionId]);
  const seen = (await Promise.all([...subscriptions].map((id) => look.zonesNamed(id, names)))).flat();
  return await Promise.all(
    names.map(async (name): Promise<ZoneFacts> => {
      const asked =
        dns.zones === 'existing'
          ? (dns.ids.find((id) => shortName(id).toLowerCase() === name) ?? null)
          : zoneIdOf(account, dns.resourceGroup, name);
      const isSeen = (id: string) => seen.some((one) => sameResource(one, id));
      const exists = asked !== null && (isSeen(asked) || (await look.zoneExists(asked)));
      const others = seen.filter(
        (id) => shortName(id).toLowerCase() === name && !(asked !== null && sameResource(id, asked)),
      );
      for (const candidate of [...(asked !== null && exists ? [asked] : []), ...others]) {
        const links = await look.zoneLinks(candidate);
        const link = links.find((one) => sameResource(one.virtualNetworkId, networkId));
        if (link !== undefined) return { name, id: candidate, exists: true, link, isOther: candidate !== asked };
      }
      return { name, id: asked, exists, link: null, isOther: false };
    }),
  );
}

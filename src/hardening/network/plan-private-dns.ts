import { difference, type Risk } from '../../shared/difference.ts';
import { type AccountId, sameResource } from '../../shared/resource-id.ts';
import type { NetworkDifference } from './network-change.ts';
import type { NetworkFacts, ZoneFacts } from './network-facts.ts';
import type { AskedPrivateDns, AskedPrivateEndpoint } from './network-request.ts';
import { networkRisk } from './network-risks.ts';
import { endpointIdOf, linkNameOf, networkIdOf, subnetIdOf, zoneGroupName } from './resource-names.ts';

/** What is missing so that names mean the private address in the endpoint's network: zones, links, the zone group. */
export function planPrivateDns(
  account: AccountId,
  endpoint: AskedPrivateEndpoint,
  dns: AskedPrivateDns,
  facts: NetworkFacts,
): readonly NetworkDifference[] {
  if (dns.zones === 'policy-managed') return [];
  const network = networkIdOf(subnetIdOf(account, endpoint));
  const plan = facts.zones.flatMap((zone) => planZone(zone, network, dns));
  const zoneIds = facts.zones.flatMap(({ id }) => id ?? []);
  const endpointId = facts.endpoint?.id ?? endpointIdOf(account, endpoint);
  const group = facts.zoneGroup;
  const missing = zoneIds.filter((id) => group?.zoneIds.some((known) => sameResource(known, id)) !== true);
  if (missing.length === 0) return plan;
  // What others have put into the group stays.
  const all = [...(group?.zoneIds ?? []).filter((id) => !zoneIds.some((one) => sameResource(one, id))), ...zoneIds];
  const change = { kind: 'set-zone-group', endpointId, name: group?.name ?? zoneGroupName, zoneIds: all } as const;
  const why = 'It writes the private address into the zones, and keeps it there.';
  const others = facts.zones
    .filter(({ isOther }) => isOther)
    .map(({ name, id }) =>
      networkRisk(
        'other-zone-linked',
        `The network already has the zone ${id}, and takes one of the name ${name}: that one is used.`,
      ),
    );
  return [...plan, difference(`zone group of ${endpointId}`, why, change, others)];
}

function planZone(
  zone: ZoneFacts,
  network: string,
  dns: Exclude<AskedPrivateDns, { zones: 'policy-managed' }>,
): readonly NetworkDifference[] {
  const { name, id, exists, link } = zone;
  if (id === null) {
    const text = `None of the given zones is called ${name}, which this kind of account needs.`;
    const change = { kind: 'create-zone', id: name } as const;
    return [
      difference(`private DNS zone ${name}`, 'Its names must lead somewhere.', change, [
        networkRisk('zone-missing', text),
      ]),
    ];
  }
  const plan: NetworkDifference[] = [];
  if (!exists) {
    const change = { kind: 'create-zone', id } as const;
    const risks =
      dns.zones === 'create'
        ? []
        : [networkRisk('zone-missing', `The zone ${id} does not exist, or Keyturn may not see it.`)];
    plan.push(difference(`private DNS zone ${name}`, 'It holds the private address of the account.', change, risks));
  }
  if (link !== null) return plan;
  const { nxDomainRedirect } = dns;
  const change = {
    kind: 'link-zone',
    zoneId: id,
    name: linkNameOf(network),
    virtualNetworkId: network,
    nxDomainRedirect,
  } as const;
  const why = 'Only in networks that are linked to the zone do names mean the private address.';
  plan.push(difference(`link of ${name} to ${network}`, why, change, [linkRisk(name, nxDomainRedirect)]));
  return plan;
}

function linkRisk(name: string, nxDomainRedirect: boolean): Risk {
  return nxDomainRedirect
    ? networkRisk(
        'redirects-unknown-names',
        `Names that ${name} does not hold are asked of the public name servers: other accounts stay reachable.`,
      )
    : networkRisk(
        'hides-other-accounts',
        `In this network every other account with a private endpoint elsewhere, whose name ${name} does not hold, gets no address any more. Set nxDomainRedirect to keep them reachable.`,
      );
}

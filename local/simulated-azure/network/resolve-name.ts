import { accountId } from '../arm/cognitive-services/account-id.ts';
import { cloudOf, privateLinkSuffixes, type SimulatedCloud } from '../simulated-clouds.ts';
import type { World } from '../world.ts';
import { findSubnet, networkId, networkOf, type PrivateDnsZone, sameId, type ZoneLink } from './network-world.ts';

/** What a name server answers. `path` is every name on the way, the asked one first. */
export type Resolution =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[]; readonly path: readonly string[] }
  | { readonly kind: 'no-such-name'; readonly path: readonly string[] };

/** Whether a host is one of those that are always there. */
function isAlwaysThere(name: string, { loginHosts, armHost, cognitive, eventGridSuffix }: SimulatedCloud): boolean {
  if (name === armHost || loginHosts.includes(name)) return true;
  return [cognitive.regional, eventGridSuffix].some((suffix) => name.endsWith(`.${suffix}`));
}

/** A chain of aliases is short; a longer one is a ring. */
const longestChain = 8;

/**
 * What `host` means to somebody in the virtual network that holds `subnet`, or on the internet (`null`): a zone linked to
 * the network answers for every name in it, also with "no such name", unless its link says `NxDomainRedirect`; what no
 * linked zone holds, the public name servers answer. A host with an approved private endpoint is publicly an alias into
 * its `privatelink` zone, which is how a zone that lacks it hides it.
 */
export function resolveName(world: World, host: string, subnet: string | null): Resolution {
  const zones = subnet === null ? [] : linkedZones(world, subnet);
  const path: string[] = [];
  let name = host.toLowerCase().replace(/\.$/, '');
  for (let hops = 0; hops < longestChain; hops += 1) {
    path.push(name);
    const here = zones
      .filter(({ zone }) => name === zone.name.toLowerCase() || name.endsWith(`.${zone.name.toLowerCase()}`))
      .sort((a, b) => b.zone.name.length - a.zone.name.length)[0];
    const found = here === undefined ? null : recordIn(here.zone, name);
    if (found?.kind === 'addresses') return { ...found, path };
    if (found?.kind === 'alias') {
      name = found.name;
      continue;
    }
    if (here !== undefined && here.link.resolutionPolicy !== 'NxDomainRedirect') return { kind: 'no-such-name', path };
    const known = publicRecord(world, name);
    if (known === null) return { kind: 'no-such-name', path };
    if (known.kind === 'addresses') return { ...known, path };
    name = known.name;
  }
  return { kind: 'no-such-name', path };
}

type Found =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'alias'; readonly name: string };

function linkedZones(
  world: World,
  subnet: string,
): readonly { readonly zone: PrivateDnsZone; readonly link: ZoneLink }[] {
  const placed = findSubnet(world, subnet);
  if (placed === undefined) return [];
  const id = networkId('virtualNetworks', placed.network);
  return networkOf(world).privateDnsZones.flatMap((zone) =>
    zone.links.filter(({ networkId: linked }) => sameId(linked, id)).map((link) => ({ zone, link })),
  );
}

/** The record of that very name, else of the wildcard above it. */
function recordIn(zone: PrivateDnsZone, name: string): Found | null {
  const relative = name === zone.name.toLowerCase() ? '@' : name.slice(0, -zone.name.length - 1);
  for (const wanted of [relative, '*']) {
    const records = zone.records.filter((record) => record.name === wanted);
    const addresses = records
      .filter(({ type }) => type === 'A')
      .flatMap(({ properties }) => textsIn(properties.aRecords, 'ipv4Address'));
    if (addresses.length > 0) return { kind: 'addresses', addresses };
    const alias = records.find(({ type }) => type === 'CNAME');
    const target = textsIn([alias?.properties.cnameRecord], 'cname')[0];
    if (target !== undefined) return { kind: 'alias', name: target.toLowerCase().replace(/\.$/, '') };
  }
  return null;
}

/** What the internet's name servers say; an address of the documentation's range stands for Azure's own. */
function publicRecord(world: World, name: string): Found | null {
  const open: Found = { kind: 'addresses', addresses: [publicAddress(name)] };
  const cloud = cloudOf(world);
  if (isAlwaysThere(name, cloud)) return open;
  for (const { suffix, zone } of privateLinkSuffixes(cloud)) {
    for (const end of [`.${zone}`, `.${suffix}`]) {
      if (!name.endsWith(end)) continue;
      const label = name.slice(0, -end.length);
      const holder = serviceAt(world, label, suffix);
      if (holder === null) return null;
      const isAlias = end === `.${suffix}` && holder.hasPrivateEndpoint;
      return isAlias ? { kind: 'alias', name: `${label}.${zone}` } : open;
    }
  }
  return null;
}

function serviceAt(world: World, label: string, suffix: string): { readonly hasPrivateEndpoint: boolean } | null {
  if (suffix === cloudOf(world).vaultSuffix) {
    const vault = world.vaults.find(({ name }) => name.toLowerCase() === label);
    return vault === undefined ? null : { hasPrivateEndpoint: hasApproved(vault.privateEndpointConnections) };
  }
  const account = world.accounts.find(
    ({ resource }) => String(resource.properties.customSubDomainName ?? '').toLowerCase() === label,
  );
  if (account === undefined) return null;
  return { hasPrivateEndpoint: hasApproved(account.resource.properties.privateEndpointConnections) };
}

function hasApproved(connections: unknown): boolean {
  return JSON.stringify(connections ?? []).includes('"status":"Approved"');
}

function publicAddress(name: string): string {
  const sum = [...name].reduce((total, char) => (total * 31 + char.charCodeAt(0)) % 250, 7);
  return `198.18.0.${sum + 1}`;
}

function textsIn(list: unknown, member: string): string[] {
  if (!Array.isArray(list)) return [];
  const items: readonly unknown[] = list;
  return items.flatMap((item) => {
    const value = typeof item === 'object' && item !== null ? Reflect.get(item, member) : undefined;
    return typeof value === 'string' ? [value] : [];
  });
}

/** The ARM ids under which private endpoints may name the service at `host`. */
export function targetsAt(world: World, host: string): readonly string[] {
  const [label = ''] = host.toLowerCase().split('.');
  return [
    ...world.accounts
      .filter(({ resource }) => String(resource.properties.customSubDomainName ?? '').toLowerCase() === label)
      .map(accountId),
    ...world.vaults
      .filter(({ name }) => name.toLowerCase() === label)
      .map(
        ({ subscriptionId, resourceGroup, name }) =>
          `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}`,
      ),
  ];
}

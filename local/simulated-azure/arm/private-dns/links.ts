import { networkId, networkOf, type PrivateDnsZone, sameId, type ZoneLink } from '../../network/network-world.ts';
import { armAnswer, armEmpty, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { newEtag } from '../cognitive-services/new-etag.ts';
import { linkedRefusal } from '../linked-refusal.ts';
import { locationIn } from '../locations.ts';
import type { LongOperation } from '../long-operations.ts';
import { tagsIn } from '../tags-in.ts';
import { dnsAccepted, findZoneOf, precondition, withZone } from './dns-answer.ts';

/** Registering a network's machines goes on after the link is made. */
const registrationMs = 10 * 60_000;

export function listLinks(call: ArmCall): Response {
  return withZone(call, (zone) => armAnswer(200, { value: zone.links.map((link) => showLink(call, zone, link)) }));
}

export function getLink(call: ArmCall): Response {
  return withZone(call, (zone) => {
    const link = find(call, zone);
    return link === undefined ? linkNotFound(call) : armAnswer(200, showLink(call, zone, link), { etag: link.etag });
  });
}

export function putLink(call: ArmCall): Response {
  return withZone(call, (zone) => {
    const location = locationIn(call, 'Microsoft.Network/privateDnsZones/virtualNetworkLinks', undefined, ['global']);
    return location instanceof Response ? location : writeLink(call, zone);
  });
}

export function patchLink(call: ArmCall): Response {
  return withZone(call, (zone) => (find(call, zone) === undefined ? linkNotFound(call) : writeLink(call, zone)));
}

/** Refused when the network already has a zone of that name, found out only when the operation ends. */
function writeLink(call: ArmCall, zone: PrivateDnsZone): Response {
  const properties = Object(call.body.properties ?? {});
  const existing = find(call, zone);
  const virtualNetwork = String(properties.virtualNetwork?.id ?? existing?.networkId ?? '');
  const linked = linkedRefusal(call, [
    { action: 'Microsoft.Network/virtualNetworks/join/action', scope: virtualNetwork },
  ]);
  if (linked !== null) return linked;
  return dnsAccepted(call, 'UpsertVirtualNetworkLink', () => upsert(call, zone, { properties, virtualNetwork }), true);
}

function upsert(
  call: ArmCall,
  zone: PrivateDnsZone,
  { properties, virtualNetwork }: { properties: Record<string, unknown>; virtualNetwork: string },
): LongOperation['error'] {
  const { world, azure, body } = call;
  const existing = find(call, zone);
  const named = `Virtual Network link '${call.param('link')}' for the Private DNS zone '${zone.name}'`;
  const refused = precondition(call, existing?.etag, named);
  if (refused !== null) return refused;
  const isThere = networkOf(world).virtualNetworks.some((one) =>
    sameId(networkId('virtualNetworks', one), virtualNetwork),
  );
  if (!isThere) {
    return { code: 'BadRequest', message: `The virtual network '${virtualNetwork}' could not be found.` };
  }
  if (existing !== undefined && !sameId(existing.networkId, virtualNetwork)) {
    return { code: 'BadRequest', message: 'The virtual network of a link cannot be changed.' };
  }
  const rival = networkOf(world).privateDnsZones.find(
    (other) =>
      sameId(other.name, zone.name) &&
      other.links.some((link) => link !== existing && sameId(link.networkId, virtualNetwork)),
  );
  if (rival !== undefined) {
    return {
      code: 'BadRequest',
      message: `A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link virtual network with '${zone.name}' and '${rival.name}' zones.`,
    };
  }
  const nowMs = azure.clock.nowMs();
  const settings = {
    registrationEnabled: Boolean(properties.registrationEnabled ?? existing?.registrationEnabled ?? false),
    resolutionPolicy: policyIn(properties.resolutionPolicy ?? existing?.resolutionPolicy),
    tags: body.tags === undefined ? existing?.tags : tagsIn(body),
    etag: newEtag(nowMs),
  };
  if (existing !== undefined) Object.assign(existing, settings);
  else zone.links.push({ name: call.param('link'), networkId: virtualNetwork, createdAtMs: nowMs, ...settings });
  zone.etag = crypto.randomUUID();
  return undefined;
}

export function deleteLink(call: ArmCall): Response {
  const zone = findZoneOf(call);
  if (zone === undefined || find(call, zone) === undefined) return armEmpty(204);
  return dnsAccepted(
    call,
    'DeleteVirtualNetworkLink',
    () => {
      const link = find(call, zone);
      if (link === undefined) return undefined;
      const named = `Virtual Network link '${link.name}' for the Private DNS zone '${zone.name}'`;
      const refused = precondition(call, link.etag, named);
      if (refused !== null) return refused;
      zone.links.splice(zone.links.indexOf(link), 1);
      return undefined;
    },
    false,
  );
}

export function showLink(
  { azure, apiVersion }: ArmCall,
  zone: PrivateDnsZone,
  link: ZoneLink,
): Record<string, unknown> {
  const { name, etag, tags, registrationEnabled, networkId: virtualNetwork, resolutionPolicy, createdAtMs } = link;
  const isRegistering = registrationEnabled && azure.clock.nowMs() - createdAtMs < registrationMs;
  return {
    id: `${networkId('privateDnsZones', zone)}/virtualNetworkLinks/${name}`,
    name,
    type: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
    etag,
    location: 'global',
    ...(tags === undefined ? {} : { tags }),
    properties: {
      provisioningState: 'Succeeded',
      registrationEnabled,
      // Came with 2024-06-01, and stands only where it means something.
      ...(apiVersion < '2024-06-01' || resolutionPolicy === undefined ? {} : { resolutionPolicy }),
      virtualNetwork: { id: virtualNetwork },
      virtualNetworkLinkState: isRegistering ? 'InProgress' : 'Completed',
    },
  };
}

function policyIn(sent: unknown): ZoneLink['resolutionPolicy'] {
  return sent === 'Default' || sent === 'NxDomainRedirect' ? sent : undefined;
}

function find(call: ArmCall, zone: PrivateDnsZone): ZoneLink | undefined {
  return zone.links.find(({ name }) => name.toLowerCase() === call.param('link').toLowerCase());
}

function linkNotFound(call: ArmCall): Response {
  return armError(
    404,
    'ResourceNotFound',
    `The Resource 'Microsoft.Network/privateDnsZones/${call.param('zone')}/virtualNetworkLinks/${call.param('link')}' under resource group '${call.param('group')}' was not found.`,
  );
}

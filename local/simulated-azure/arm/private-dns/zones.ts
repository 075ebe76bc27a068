import { networkId, networkOf, type PrivateDnsZone } from '../../network/network-world.ts';
import { armAnswer, armEmpty, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locationIn } from '../locations.ts';
import { tagsIn } from '../tags-in.ts';
import { dnsAccepted, findZoneOf, placeOf, precondition, withZone } from './dns-answer.ts';

export function listZones(call: ArmCall): Response {
  const prefix = `${call.path.scope.split('/providers/')[0]}/`.toLowerCase();
  const value = networkOf(call.world)
    .privateDnsZones.filter((zone) => networkId('privateDnsZones', zone).toLowerCase().startsWith(prefix))
    .map(showZone);
  return armAnswer(200, { value });
}

export function getZone(call: ArmCall): Response {
  return withZone(call, (zone) => armAnswer(200, showZone(zone), { etag: zone.etag }));
}

/** A zone comes with its SOA record. */
export function putZone(call: ArmCall): Response {
  const { body, world } = call;
  const location = locationIn(call, 'Microsoft.Network/privateDnsZones', undefined, ['global']);
  if (location instanceof Response) return location;
  const tags = body.tags === undefined ? undefined : tagsIn(body);
  return dnsAccepted(
    call,
    'UpsertPrivateDnsZone',
    () => {
      const existing = findZoneOf(call);
      const refused = precondition(call, existing?.etag, `Zone ${call.param('zone')}`);
      if (refused !== null) return refused;
      if (existing !== undefined) {
        Object.assign(existing, { tags: tags ?? existing.tags, etag: crypto.randomUUID() });
        return undefined;
      }
      networkOf(world).privateDnsZones.push({
        ...placeOf(call),
        name: call.param('zone').toLowerCase(),
        tags,
        etag: crypto.randomUUID(),
        links: [],
        records: [{ type: 'SOA', name: '@', etag: crypto.randomUUID(), properties: startOfAuthority() }],
      });
      return undefined;
    },
    true,
  );
}

/** Only tags. */
export function patchZone(call: ArmCall): Response {
  return withZone(call, () => putZone({ ...call, body: { ...call.body, location: 'global' } }));
}

/** Refused while networks are linked to it. */
export function deleteZone(call: ArmCall): Response {
  const zone = findZoneOf(call);
  if (zone === undefined) return armEmpty(204);
  const [link] = zone.links;
  if (link !== undefined) {
    const id = `${networkId('privateDnsZones', zone)}/virtualNetworkLinks/${link.name}`;
    return armError(
      409,
      'CannotDeleteResource',
      `Cannot delete resource while nested resources exist. Some existing nested resource IDs include: '${id}'. Please delete all nested resources before deleting this resource.`,
    );
  }
  return dnsAccepted(
    call,
    'DeletePrivateDnsZone',
    () => {
      const present = findZoneOf(call);
      if (present === undefined) return undefined;
      const refused = precondition(call, present.etag, `Zone ${present.name}`);
      if (refused !== null) return refused;
      const all = networkOf(call.world).privateDnsZones;
      all.splice(all.indexOf(present), 1);
      return undefined;
    },
    false,
  );
}

export function showZone(zone: PrivateDnsZone): Record<string, unknown> {
  const { name, etag, tags, links, records } = zone;
  return {
    id: networkId('privateDnsZones', zone),
    name,
    type: 'Microsoft.Network/privateDnsZones',
    etag,
    location: 'global',
    ...(tags === undefined ? {} : { tags }),
    properties: {
      maxNumberOfRecordSets: 25000,
      maxNumberOfVirtualNetworkLinks: 1000,
      maxNumberOfVirtualNetworkLinksWithRegistration: 100,
      numberOfRecordSets: records.length,
      numberOfVirtualNetworkLinks: links.length,
      numberOfVirtualNetworkLinksWithRegistration: links.filter((link) => link.registrationEnabled).length,
      provisioningState: 'Succeeded',
    },
  };
}

/** As recorded, the doubled name included. */
function startOfAuthority(): Record<string, unknown> {
  const soaRecord = {
    email: 'azureprivatedns-host.microsoft.com',
    expireTime: 2419200,
    host: 'azureprivatedns.net',
    minimumTTL: null,
    refreshTime: 3600,
    retryTime: 300,
    serialNumber: 1,
    minimumTtl: 300,
  };
  return { ttl: 3600, soaRecord };
}

import { findZone, networkId, type PrivateEndpoint, type ZoneGroup } from '../../network/network-world.ts';
import { privateLinkSuffixes, simulatedClouds } from '../../simulated-clouds.ts';
import type { World } from '../../world.ts';

/** Seconds; what zone groups write: https://learn.microsoft.com/azure/private-link/private-endpoint-dns */
const recordTtl = 10;

const everySuffix = Object.values(simulatedClouds).flatMap(privateLinkSuffixes);

/** The record of each host of the endpoint that belongs into that zone. */
export function recordsFor(endpoint: PrivateEndpoint, zoneName: string): readonly { name: string; address: string }[] {
  const suffix = everySuffix.find(({ zone }) => zone === zoneName.toLowerCase())?.suffix;
  if (suffix === undefined || !endpoint.connections.every(({ status }) => status === 'Approved')) return [];
  return endpoint.addresses
    .filter(({ fqdn }) => fqdn.endsWith(`.${suffix}`))
    .map(({ fqdn, address }) => ({ name: fqdn.slice(0, -suffix.length - 1), address }));
}

/** Writes the records of a group into its zones; another endpoint's records of the same name are replaced. */
export function writeRecords(world: World, endpoint: PrivateEndpoint, { configs }: ZoneGroup): void {
  for (const { zoneId } of configs) {
    const zone = findZone(world, zoneId);
    if (zone === undefined) continue;
    for (const { name, address } of recordsFor(endpoint, zone.name)) {
      const properties = {
        ttl: recordTtl,
        metadata: { creator: creatorOf(endpoint) },
        aRecords: [{ ipv4Address: address }],
      };
      const present = zone.records.findIndex((record) => record.type === 'A' && record.name === name);
      const record = { type: 'A', name, etag: crypto.randomUUID(), properties };
      if (present < 0) zone.records.push(record);
      else zone.records.splice(present, 1, record);
    }
  }
}

/** Takes away what a group wrote, and nothing that others did. */
export function clearRecords(world: World, endpoint: PrivateEndpoint, { configs }: ZoneGroup): void {
  for (const { zoneId } of configs) {
    const zone = findZone(world, zoneId);
    const kept = zone?.records.filter(
      ({ properties }) => !JSON.stringify(properties.metadata ?? {}).includes(JSON.stringify(creatorOf(endpoint))),
    );
    if (kept !== undefined) zone?.records.splice(0, zone.records.length, ...kept);
  }
}

function creatorOf(endpoint: PrivateEndpoint): string {
  return `created by private endpoint ${networkId('privateEndpoints', endpoint)} with resource guid ${endpoint.resourceGuid}`;
}

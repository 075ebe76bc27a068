import { findZone, networkId, type PrivateEndpoint, type ZoneGroup } from '../../network/network-world.ts';
import type { World } from '../../world.ts';
import { armAnswer, armEmpty } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { linkedRefusal } from '../linked-refusal.ts';
import {
  accepted,
  anotherOperation,
  begin,
  childNotFound,
  deleting,
  isBusy,
  listIn,
  networkError,
  newNetworkEtag,
  objectIn,
  textIn,
} from './network-answer.ts';
import { endpointNotFound, findEndpoint } from './private-endpoints.ts';
import { clearRecords, recordsFor, writeRecords } from './zone-records.ts';

export function listZoneGroups(call: ArmCall): Response {
  return onEndpoint(call, (endpoint) =>
    armAnswer(200, { value: endpoint.zoneGroups.map((group) => show(call.world, endpoint, group)) }),
  );
}

export function getZoneGroup(call: ArmCall): Response {
  return onEndpoint(call, (endpoint) => {
    const group = find(call, endpoint);
    if (group === undefined) return childNotFound(call);
    return armAnswer(200, show(call.world, endpoint, group), { etag: group.etag });
  });
}

/** Writes the endpoint's A records into the zones when it is done. */
export function putZoneGroup(call: ArmCall): Response {
  return onEndpoint(call, (endpoint) => {
    const { world, body } = call;
    const configs = listIn(objectIn(body.properties).privateDnsZoneConfigs).map((config, index) => {
      const { name, properties } = objectIn(config);
      return {
        name: textIn(name) ?? `config${index + 1}`,
        zoneId: textIn(objectIn(properties).privateDnsZoneId) ?? '',
      };
    });
    const linked = linkedRefusal(
      call,
      configs.map(({ zoneId }) => ({ action: 'Microsoft.Network/privateDnsZones/join/action', scope: zoneId })),
    );
    if (linked !== null) return linked;
    const existing = find(call, endpoint);
    if (isBusy(endpoint.state) || (existing !== undefined && isBusy(existing.state))) return anotherOperation();
    const unknown = configs.filter(({ zoneId }) => findZone(world, zoneId) === undefined).map(({ zoneId }) => zoneId);
    const name = existing?.name ?? call.param('zoneGroup');
    if (unknown.length > 0) {
      return networkError(
        400,
        'InvalidPrivateDnsZoneIds',
        `Private Dns Zone group ${groupId(endpoint, name)} has invalid private dns zone ids ${unknown.join(', ')}.`,
      );
    }
    if (existing === undefined && endpoint.zoneGroups.length > 0) {
      return networkError(
        400,
        'MultiplePrivateDnsZoneGroupsNotSupported',
        `Private endpoint ${networkId('privateEndpoints', endpoint)} can have one private dns zone group only.`,
      );
    }
    const group: ZoneGroup = { name, etag: newNetworkEtag(), state: 'Updating', configs };
    if (existing !== undefined) {
      clearRecords(world, endpoint, existing);
      endpoint.zoneGroups.splice(endpoint.zoneGroups.indexOf(existing), 1, group);
    } else endpoint.zoneGroups.push(group);
    const operation = begin(call, endpoint.location, () => {
      Object.assign(group, { state: 'Succeeded', etag: newNetworkEtag() });
      writeRecords(world, endpoint, group);
    });
    return accepted(call, existing === undefined ? 201 : 200, show(world, endpoint, group), operation, 10);
  });
}

export function deleteZoneGroup(call: ArmCall): Response {
  return onEndpoint(call, (endpoint) => {
    const group = find(call, endpoint);
    if (group === undefined) return armEmpty(204);
    if (isBusy(group.state)) return anotherOperation();
    group.state = 'Deleting';
    const operation = begin(call, endpoint.location, () => {
      clearRecords(call.world, endpoint, group);
      endpoint.zoneGroups.splice(endpoint.zoneGroups.indexOf(group), 1);
    });
    return deleting(call, operation);
  });
}

function show(world: World, endpoint: PrivateEndpoint, group: ZoneGroup): Record<string, unknown> {
  const { name, etag, state, configs } = group;
  const id = groupId(endpoint, name);
  const type = 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups';
  return {
    name,
    id,
    etag,
    type,
    properties: {
      provisioningState: state,
      privateDnsZoneConfigs: configs.map((config) => ({
        name: config.name,
        id: `${id}/privateDnsZoneConfigs/${config.name}`,
        etag,
        type: `${type}/privateDnsZoneConfigs`,
        properties: {
          provisioningState: state,
          privateDnsZoneId: config.zoneId,
          recordSets: state === 'Succeeded' ? shownRecords(world, endpoint, config.zoneId) : [],
        },
      })),
    },
  };
}

function shownRecords(world: World, endpoint: PrivateEndpoint, zoneId: string): readonly unknown[] {
  const zone = findZone(world, zoneId);
  if (zone === undefined) return [];
  return recordsFor(endpoint, zone.name).map(({ name, address }) => ({
    recordType: 'A',
    recordSetName: name,
    fqdn: `${name}.${zone.name}`,
    ttl: 10,
    provisioningState: 'Succeeded',
    ipAddresses: [address],
  }));
}

function onEndpoint(call: ArmCall, answer: (endpoint: PrivateEndpoint) => Response): Response {
  const endpoint = findEndpoint(call);
  return endpoint === undefined ? endpointNotFound(call) : answer(endpoint);
}

function find(call: ArmCall, endpoint: PrivateEndpoint): ZoneGroup | undefined {
  return endpoint.zoneGroups.find(({ name }) => name.toLowerCase() === call.param('zoneGroup').toLowerCase());
}

function groupId(endpoint: PrivateEndpoint, name: string): string {
  return `${networkId('privateEndpoints', endpoint)}/privateDnsZoneGroups/${name}`;
}

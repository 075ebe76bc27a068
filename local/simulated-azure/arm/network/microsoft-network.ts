import type { ArmOperation } from '../arm-call.ts';
import { getDnsOperationResult, getDnsOperationStatus } from '../private-dns/dns-answer.ts';
import { deleteLink, getLink, listLinks, putLink } from '../private-dns/links.ts';
import { deleteRecordSet, getRecordSet, listRecordSets, writeRecordSet } from '../private-dns/record-sets.ts';
import { deleteZone, getZone, listZones, patchZone, putZone } from '../private-dns/zones.ts';
import { getNetworkOperation, getNetworkOperationResult } from './network-answer.ts';
import {
  deleteEndpoint,
  getEndpoint,
  getInterface,
  listEndpoints,
  listInterfaces,
  putEndpoint,
} from './private-endpoints.ts';
import { deleteSubnet, getSubnet, listSubnets, putSubnet } from './subnets.ts';
import { deleteNetwork, getNetwork, listNetworks, patchNetwork, putNetwork } from './virtual-networks.ts';
import { deleteZoneGroup, getZoneGroup, listZoneGroups, putZoneGroup } from './zone-groups.ts';

const provider = '/subscriptions/{subscription}/providers/Microsoft.Network';
const inGroup = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network';
const network = `${inGroup}/virtualNetworks/{network}`;
const subnet = `${network}/subnets/{subnet}`;
const endpoint = `${inGroup}/privateEndpoints/{endpoint}`;
const zoneGroup = `${endpoint}/privateDnsZoneGroups/{zoneGroup}`;
const zone = `${inGroup}/privateDnsZones/{zone}`;
const link = `${zone}/virtualNetworkLinks/{link}`;
const record = `${zone}/{type}/{record}`;

/** Microsoft.Network, as far as private endpoints need it: networks, endpoints, and the private DNS zones beside them. */
export const microsoftNetwork: readonly ArmOperation[] = [
  { method: 'GET', path: `${provider}/virtualNetworks`, answer: listNetworks },
  { method: 'GET', path: `${inGroup}/virtualNetworks`, answer: listNetworks },
  { method: 'GET', path: network, answer: getNetwork },
  { method: 'PUT', path: network, answer: putNetwork },
  { method: 'PATCH', path: network, answer: patchNetwork },
  { method: 'DELETE', path: network, answer: deleteNetwork },
  { method: 'GET', path: `${network}/subnets`, answer: listSubnets },
  { method: 'GET', path: subnet, answer: getSubnet },
  { method: 'PUT', path: subnet, answer: putSubnet },
  { method: 'DELETE', path: subnet, answer: deleteSubnet },
  { method: 'GET', path: `${provider}/privateEndpoints`, answer: listEndpoints },
  { method: 'GET', path: `${inGroup}/privateEndpoints`, answer: listEndpoints },
  { method: 'GET', path: endpoint, answer: getEndpoint },
  { method: 'PUT', path: endpoint, answer: putEndpoint },
  { method: 'DELETE', path: endpoint, answer: deleteEndpoint },
  { method: 'GET', path: `${endpoint}/privateDnsZoneGroups`, answer: listZoneGroups },
  { method: 'GET', path: zoneGroup, answer: getZoneGroup },
  { method: 'PUT', path: zoneGroup, answer: putZoneGroup },
  { method: 'DELETE', path: zoneGroup, answer: deleteZoneGroup },
  { method: 'GET', path: `${inGroup}/networkInterfaces`, answer: listInterfaces },
  { method: 'GET', path: `${inGroup}/networkInterfaces/{interface}`, answer: getInterface },
  { method: 'GET', path: `${provider}/locations/{location}/operations/{operation}`, answer: getNetworkOperation },
  {
    method: 'GET',
    path: `${provider}/locations/{location}/operationResults/{operation}`,
    answer: getNetworkOperationResult,
  },
  { method: 'GET', path: `${provider}/privateDnsZones`, answer: listZones },
  { method: 'GET', path: `${inGroup}/privateDnsZones`, answer: listZones },
  { method: 'GET', path: zone, answer: getZone },
  { method: 'PUT', path: zone, answer: putZone },
  { method: 'PATCH', path: zone, answer: patchZone },
  { method: 'DELETE', path: zone, answer: deleteZone },
  { method: 'GET', path: `${zone}/virtualNetworkLinks`, answer: listLinks },
  { method: 'GET', path: link, answer: getLink },
  { method: 'PUT', path: link, answer: putLink },
  { method: 'PATCH', path: link, answer: putLink },
  { method: 'DELETE', path: link, answer: deleteLink },
  { method: 'GET', path: `${zone}/{type}`, answer: listRecordSets },
  { method: 'GET', path: record, answer: getRecordSet },
  { method: 'PUT', path: record, answer: writeRecordSet },
  { method: 'PATCH', path: record, answer: writeRecordSet },
  { method: 'DELETE', path: record, answer: deleteRecordSet },
  { method: 'GET', path: `${inGroup}/privateDnsOperationStatuses/{operation}`, answer: getDnsOperationStatus },
  { method: 'GET', path: `${inGroup}/privateDnsOperationResults/{operation}`, answer: getDnsOperationResult },
];

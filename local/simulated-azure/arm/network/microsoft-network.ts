import { type ArmOperation, at } from '../arm-call.ts';
import { getDnsOperationResult, getDnsOperationStatus } from '../private-dns/dns-answer.ts';
import { deleteLink, getLink, listLinks, patchLink, putLink } from '../private-dns/links.ts';
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
  ...at(`${provider}/virtualNetworks`, { GET: listNetworks }),
  ...at(`${inGroup}/virtualNetworks`, { GET: listNetworks }),
  ...at(network, { GET: getNetwork, PUT: putNetwork, PATCH: patchNetwork, DELETE: deleteNetwork }),
  ...at(`${network}/subnets`, { GET: listSubnets }),
  ...at(subnet, { GET: getSubnet, PUT: putSubnet, DELETE: deleteSubnet }),
  ...at(`${provider}/privateEndpoints`, { GET: listEndpoints }),
  ...at(`${inGroup}/privateEndpoints`, { GET: listEndpoints }),
  ...at(endpoint, { GET: getEndpoint, PUT: putEndpoint, DELETE: deleteEndpoint }),
  ...at(`${endpoint}/privateDnsZoneGroups`, { GET: listZoneGroups }),
  ...at(zoneGroup, { GET: getZoneGroup, PUT: putZoneGroup, DELETE: deleteZoneGroup }),
  ...at(`${inGroup}/networkInterfaces`, { GET: listInterfaces }),
  ...at(`${inGroup}/networkInterfaces/{interface}`, { GET: getInterface }),
  ...at(`${provider}/locations/{location}/operations/{operation}`, { GET: getNetworkOperation }),
  ...at(`${provider}/locations/{location}/operationResults/{operation}`, { GET: getNetworkOperationResult }),
  ...at(`${provider}/privateDnsZones`, { GET: listZones }),
  ...at(`${inGroup}/privateDnsZones`, { GET: listZones }),
  ...at(zone, { GET: getZone, PUT: putZone, PATCH: patchZone, DELETE: deleteZone }),
  ...at(`${zone}/virtualNetworkLinks`, { GET: listLinks }),
  ...at(link, { GET: getLink, PUT: putLink, PATCH: patchLink, DELETE: deleteLink }),
  ...at(`${zone}/{type}`, { GET: listRecordSets }),
  ...at(record, { GET: getRecordSet, PUT: writeRecordSet, PATCH: writeRecordSet, DELETE: deleteRecordSet }),
  ...at(`${inGroup}/privateDnsOperationStatuses/{operation}`, { GET: getDnsOperationStatus }),
  ...at(`${inGroup}/privateDnsOperationResults/{operation}`, { GET: getDnsOperationResult }),
];

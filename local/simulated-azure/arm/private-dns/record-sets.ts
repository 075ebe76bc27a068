import { networkId, type PrivateDnsZone, type RecordSet } from '../../network/network-world.ts';
import { armAnswer, armEmpty } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { dnsError, precondition, withZone } from './dns-answer.ts';

const types = ['A', 'AAAA', 'CNAME', 'MX', 'PTR', 'SOA', 'SRV', 'TXT'];

/** Record sets of one type, or of `ALL`. */
export function listRecordSets(call: ArmCall): Response {
  return withZone(call, (zone) => {
    const wanted = call.param('type').toUpperCase();
    const value = zone.records.filter(({ type }) => wanted === 'ALL' || type === wanted).map((one) => show(zone, one));
    return armAnswer(200, { value });
  });
}

export function getRecordSet(call: ArmCall): Response {
  return withZone(call, (zone) => {
    const record = find(call, zone);
    return record === undefined ? notFound(call) : armAnswer(200, show(zone, record), { etag: record.etag });
  });
}

/** At once: 201 for a new set, 200 for one that is replaced, or, with PATCH, amended. */
export function writeRecordSet(call: ArmCall): Response {
  return withZone(call, (zone) => {
    const existing = find(call, zone);
    const isPatch = call.exchange.request.method === 'PATCH';
    if (isPatch && existing === undefined) return notFound(call);
    const name = call.param('record').toLowerCase();
    const refused = precondition(call, existing?.etag, `Record set ${name}`);
    if (refused !== null) return dnsError(412, refused.code, refused.message);
    const sent: Record<string, unknown> = { ...Object(call.body.properties ?? {}) };
    for (const made of ['fqdn', 'isAutoRegistered', 'provisioningState']) delete sent[made];
    const record: RecordSet = {
      type: call.param('type').toUpperCase(),
      name,
      etag: crypto.randomUUID(),
      properties: isPatch ? { ...existing?.properties, ...sent } : sent,
    };
    if (!types.includes(record.type))
      return dnsError(400, 'BadRequest', `The record type '${record.type}' is invalid.`);
    if (record.type === 'SOA' && existing === undefined) return comesWithZone('created');
    if (existing === undefined) zone.records.push(record);
    else zone.records.splice(zone.records.indexOf(existing), 1, record);
    zone.etag = crypto.randomUUID();
    return armAnswer(existing === undefined ? 201 : 200, show(zone, record), { etag: record.etag });
  });
}

export function deleteRecordSet(call: ArmCall): Response {
  return withZone(call, (zone) => {
    const record = find(call, zone);
    if (record === undefined) return armEmpty(204);
    if (record.type === 'SOA') return comesWithZone('deleted');
    const refused = precondition(call, record.etag, `Record set ${record.name}`);
    if (refused !== null) return dnsError(412, refused.code, refused.message);
    zone.records.splice(zone.records.indexOf(record), 1);
    zone.etag = crypto.randomUUID();
    return armEmpty(200);
  });
}

/** https://learn.microsoft.com/rest/api/dns/privatedns/record-sets/delete; the wording is not on record. */
function comesWithZone(what: 'created' | 'deleted'): Response {
  return dnsError(400, 'BadRequest', `Record sets of type SOA cannot be ${what}: their zone does that.`);
}

function show(zone: PrivateDnsZone, { type, name, etag, properties }: RecordSet): Record<string, unknown> {
  const { ttl, metadata, ...records } = properties;
  const fqdn = name === '@' ? `${zone.name}.` : `${name}.${zone.name}.`;
  return {
    id: `${networkId('privateDnsZones', zone)}/${type}/${name}`,
    name,
    type: `Microsoft.Network/privateDnsZones/${type}`,
    etag,
    properties: { ...(metadata === undefined ? {} : { metadata }), fqdn, ttl, ...records, isAutoRegistered: false },
  };
}

function find(call: ArmCall, zone: PrivateDnsZone): RecordSet | undefined {
  return zone.records.find(
    ({ type, name }) => type === call.param('type').toUpperCase() && name === call.param('record').toLowerCase(),
  );
}

function notFound(call: ArmCall): Response {
  return dnsError(
    404,
    'NotFound',
    `The resource record '${call.param('record')}' does not exist in resource group '${call.param('group')}' of subscription '${call.param('subscription')}'.`,
  );
}

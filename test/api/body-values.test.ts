/** Every value of a list and both ends of a range, operation by operation: the API's own description is made of the same schemas. */
import { describe, expect, it } from 'vitest';
import { endpoints } from '../../src/api/endpoints.ts';

const guid = '33333333-3333-3333-3333-333333333333';
const group = '/subscriptions/aaaaaaaa-1111-4000-8000-000000000001/resourceGroups/rg/providers';
const networkId = `${group}/Microsoft.Network/virtualNetworks/v`;
const zoneId = (n: number) => `${group}/Microsoft.Network/privateDnsZones/z${n}.contoso.com`;
const many = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));
const text = (length: number) =>
  'x y '
    .repeat(length)
    .slice(0, length - 1)
    .concat('z');

const newSubnet = (more: object) => ({
  mode: 'private',
  privateEndpoint: {
    subnet: { name: 'snet', prefix: '10.20.1.0/24', virtualNetwork: { id: networkId }, ...more },
  },
});
const withZones = (privateDns: object) => ({
  mode: 'private',
  privateEndpoint: { subnet: { id: `${networkId}/subnets/s` } },
  privateDns,
});
const identity = (more: object) => ({ identities: [{ keyturn: true, roles: ['Reader'], ...more }] });
const created = (more: object) => ({
  identities: [{ create: { name: 'id-1', resourceGroup: 'rg', location: 'eastus', ...more }, roles: ['Reader'] }],
});

type Row = [operation: string, member: string, body: (value: unknown) => unknown, good: unknown[], bad: unknown[]];

const at = (operation: string, member: string, body: (value: unknown) => unknown) => [operation, member, body] as const;

const rows: readonly Row[] = [
  ['set-network', 'mode', (mode) => ({ mode }), ['private', 'selected-networks', 'public'], ['Public', 'open', null]],
  [
    ...at('set-network', 'bypass', (bypass) => ({ mode: 'public', bypass })),
    ['AzureServices', 'None', null],
    ['none', 'Logging'],
  ],
  [
    ...at('set-network', 'policies', (privateEndpointNetworkPolicies) => newSubnet({ privateEndpointNetworkPolicies })),
    ['Disabled', 'Enabled', 'NetworkSecurityGroupEnabled', 'RouteTableEnabled'],
    ['disabled', 'Some'],
  ],
  [
    ...at('set-network', 'prefix', (prefix) => newSubnet({ prefix })),
    ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '10.20.1.0/29'],
    ['10.20.1.0/30', '10.0.0.0', '203.0.113.0/24', '172.32.0.0/12', '8.0.0.0/7'],
  ],
  [
    ...at('set-network', 'zones', (zones) => withZones(Object(zones))),
    [
      { zones: 'existing', ids: [zoneId(1)] },
      { zones: 'existing', ids: many(10, zoneId), nxDomainRedirect: true },
      { zones: 'policy-managed' },
      { zones: 'create' },
      { zones: 'create', resourceGroup: 'rg', nxDomainRedirect: false },
    ],
    [
      { zones: 'existing', ids: [] },
      { zones: 'existing', ids: many(11, zoneId) },
      { zones: 'existing', ids: [zoneId(1), zoneId(1).toUpperCase()] },
      { zones: 'existing' },
      { zones: 'policy-managed', ids: [] },
      { zones: 'none' },
    ],
  ],
  [
    ...at('set-network', 'ipRules', (ipRules) => ({ mode: 'public', ipRules })),
    [null, [], many(100, (n) => `203.0.113.${n}`), ['203.0.113.0/30']],
    [many(101, (n) => `203.0.113.${n}`), ['203.0.113.0/31'], '203.0.113.7'],
  ],
  [
    ...at('set-network', 'consumers', (consumers) => ({ mode: 'public', consumers })),
    [[], many(50, (n) => ({ name: `c${n}`, egress: '203.0.113.7' })), [{ name: text(60), egress: '203.0.113.7' }]],
    [
      many(51, (n) => ({ name: `c${n}`, egress: '203.0.113.7' })),
      [{ name: text(61), egress: '203.0.113.7' }],
      [{ name: '', egress: '203.0.113.7' }],
    ],
  ],
  [
    ...at('set-network', 'name', (name) => newSubnet({ name })),
    ['s', 'S_1.a-b', 'x'.repeat(80)],
    ['x'.repeat(81), '', '-a', 'a-', 'a.', 'a b'],
  ],
  [
    ...at('change-access', 'principalType', (principalType) => ({
      identities: [{ principalId: guid, principalType, roles: ['Reader'] }],
    })),
    ['ServicePrincipal', 'User', 'Group'],
    ['Device', 'user', null],
  ],
  [
    ...at('change-access', 'scope', (scope) => identity({ roles: [{ role: 'Reader', scope }] })),
    ['account', 'resource-group'],
    ['subscription', 'Account'],
  ],
  [
    ...at('change-access', 'roles', (roles) => identity({ roles })),
    [['Reader'], many(20, (n) => `Role ${n}`), ['x'.repeat(200)]],
    [[], many(21, (n) => `Role ${n}`), ['x'.repeat(201)], [' ']],
  ],
  [
    ...at('change-access', 'identities', (identities) => ({ identities })),
    [[], many(50, () => ({ keyturn: true, roles: ['Reader'] }))],
    [many(51, () => ({ keyturn: true, roles: ['Reader'] })), {}],
  ],
  [
    ...at('change-access', 'the name of a new identity', (name) => created({ name })),
    ['abc', 'x'.repeat(128), '0-_'],
    ['ab', 'x'.repeat(129), '-ab'],
  ],
  [
    ...at('change-access', 'the region of a new identity', (location) => created({ location })),
    ['eastus', 'East US 2'],
    ['x', 'east-us', 'x'.repeat(51)],
  ],
  [
    ...at('change-keyless', 'proveWithinMinutes', (proveWithinMinutes) => ({ enabled: true, proveWithinMinutes })),
    [5, 1440],
    [4, 1441, 5.5, '60'],
  ],
  [
    ...at('change-keyless', 'identities', (identities) => ({ enabled: true, identities })),
    [null, [], many(100, () => guid)],
    [many(101, () => guid), ['me']],
  ],
  ['adopt-target', 'activeSlot', (activeSlot) => ({ activeSlot }), ['key1', 'key2', null], ['Key1', 'key3']],
  [
    ...at('adopt-target', 'confirm', (confirm) => ({ confirm })),
    [[], many(50, (n) => `risk-${n}`), ['x'.repeat(100)]],
    [many(51, (n) => `risk-${n}`), ['x'.repeat(101)], 'a-risk'],
  ],
  [
    ...at('adopt-many', 'targets', (targets) => ({ targets })),
    ['all', ['a'], many(500, (n) => `t${n}`)],
    [[], many(501, (n) => `t${n}`), 'every'],
  ],
  ['report-leak', 'slot', (slot) => ({ slot }), ['key1', 'key2'], ['both', null]],
  [
    ...at('report-leak', 'overlapSeconds', (overlapSeconds) => ({ slot: 'key1', overlapSeconds })),
    [0, 1, null],
    [-1, 0.5, '60'],
  ],
  [
    ...at('expedite-rotation', 'overlapSeconds', (overlapSeconds) => ({ reason: 'reason', overlapSeconds })),
    [0, 1, null],
    [-1, 0.5],
  ],
  [
    ...at('hold-rotation', 'reason', (reason) => ({ reason })),
    ['x', text(200), ` ${text(200)} `, 'x'.repeat(31)],
    [text(201), '', ' ', 'x'.repeat(32), 'one\ttwo', 5],
  ],
  [
    ...at('reset-fleet', 'what', (what) => ({ reason: 'reason', what })),
    [['failures'], ['canaries'], ['running'], ['failures', 'canaries', 'running']],
    [[], ['leaks'], 'running'],
  ],
  ['set-pause', 'paused', (paused) => ({ paused }), [true, false], ['true', null]],
];

describe('what a body may hold', () => {
  it.each(rows)('of %s, as its %s', (name, _, body, good, bad) => {
    const schema = endpoints.find((one) => one.name === name)?.body;
    const isTaken = (value: unknown) => schema?.safeParse(body(value)).success;
    expect(good.filter((value) => isTaken(value) !== true)).toEqual([]);
    expect(bad.filter((value) => isTaken(value) !== false)).toEqual([]);
  });
});

describe('what a query may hold', () => {
  it.each<[operation: string, parameter: string, good: string[], bad: string[]]>([
    ['list-rotations', 'limit', ['1', '100'], ['0', '101', '-1', '1.5', '']],
    ['read-audit-trail', 'limit', ['1', '1000'], ['0', '1001']],
    ['list-rotations', 'after', ['a', 'x'.repeat(200), 'A-1'], ['', 'x'.repeat(201), 'a b']],
    ['start-rotation', 'dryRun', ['true', 'false'], ['True', '1', '']],
    ['offboard-target', 'history', ['keep', 'remove'], ['Keep', '']],
    [
      'offboard-target',
      'confirm',
      ['tags-stay', many(10, () => 'a-risk').join(','), 'x'.repeat(50)],
      ['', many(11, () => 'a-risk').join(','), 'x'.repeat(51), 'a,,b', 'A'],
    ],
    ['diagnose-target', 'egress', ['203.0.113.7', '10.0.0.4'], ['203.0.113.0/24', '203.0.113.7/32', '::1', '']],
  ])('of %s, as its %s', (name, parameter, good, bad) => {
    const schema = endpoints.find((one) => one.name === name)?.query;
    const isTaken = (value: string) => schema?.safeParse({ [parameter]: value }).success;
    expect(good.filter((value) => isTaken(value) !== true)).toEqual([]);
    expect(bad.filter((value) => isTaken(value) !== false)).toEqual([]);
  });
});

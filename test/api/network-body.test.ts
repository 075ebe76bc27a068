import { describe, expect, test } from 'vitest';
import { networkBody } from '../../src/api/network-body.ts';
import { fieldProblems } from '../../src/shared/field-problem.ts';

const network =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v';
const problems = (body: unknown) => {
  const parsed = networkBody.safeParse(body, { reportInput: true });
  return parsed.success ? [] : fieldProblems(parsed.error);
};

test.each([
  ['a private range', '10.0.0.0/8'],
  ['an address of one', '192.168.1.4'],
  ['a range that reaches into one', '10.0.0.0/7'],
  ['two addresses as a range', '203.0.113.4/31'],
  ['one address as a range', '203.0.113.4/32'],
  ['bits after the prefix', '203.0.113.4/24'],
  ['the loopback', '127.0.0.1'],
  ['the whole internet', '0.0.0.0/0'],
  ['IPv6', '2001:db8::/32'],
  ['no address', 'office'],
])('%s is no IP rule, and is told with what is accepted', (_, rule) => {
  expect(problems({ mode: 'selected-networks', ipRules: ['203.0.113.0/24', rule] })).toMatchObject([
    { field: 'ipRules[1]', found: JSON.stringify(rule), accepted: expect.stringContaining('a public IPv4 address') },
  ]);
});

test.each([
  [
    'more than a hundred rules',
    { ipRules: Array.from({ length: 101 }, (_, index) => `203.0.113.${index}`) },
    'ipRules',
  ],
  ['a rule twice', { ipRules: ['203.0.113.8', '203.0.113.9', '203.0.113.9'] }, 'ipRules[2]'],
  ['an id of something else', { subnets: [network] }, 'subnets[0]'],
  ['DNS without an endpoint', { privateDns: { zones: 'create' } }, 'privateDns'],
  [
    'zones of an unknown kind',
    { privateEndpoint: { subnet: { id: `${network}/subnets/s` } }, privateDns: { zones: 'mine' } },
    'privateDns.zones',
  ],
  ['a consumer from nowhere', { consumers: [{ name: 'shop' }] }, 'consumers[0]'],
  ['a misspelt member', { iprules: [] }, 'iprules'],
])('%s is refused, with its field', (_, more, field) => {
  expect(problems({ mode: 'selected-networks', ...more }).map((problem) => problem.field)).toEqual([field]);
});

test('a whole request is taken, with what is left out as null', () => {
  expect(problems({ mode: 'public' })).toEqual([]);
  const parsed = networkBody.parse({
    mode: 'private',
    privateEndpoint: {
      subnet: {
        name: 'snet',
        prefix: '10.1.4.0/26',
        virtualNetwork: { name: 'v', location: 'eastus', addressSpace: '10.1.0.0/16' },
      },
    },
    privateDns: {
      zones: 'existing',
      ids: [`${network.replace('virtualNetworks/v', 'privateDnsZones/privatelink.openai.azure.com')}`],
    },
  });
  expect(parsed).toMatchObject({
    ipRules: null,
    privateEndpoint: {
      subnet: { kind: 'new', privateEndpointNetworkPolicies: 'Disabled', virtualNetwork: { kind: 'new' } },
    },
    privateDns: { nxDomainRedirect: false },
  });
});

describe('what is wrong in a subnet is told with its field', () => {
  const made = { name: 'v', location: 'eastus', addressSpace: '10.1.0.0/16' };
  const subnet = { name: 'snet', prefix: '10.1.4.0/26', virtualNetwork: made };
  test.each<[string, object, string, string]>([
    ['an id of something else', { id: network }, 'id', JSON.stringify(`${network.slice(0, 80)}…`)],
    ['a prefix of one address', { ...subnet, prefix: '10.1.4.0/33' }, 'prefix', '"10.1.4.0/33"'],
    ['a prefix outside the new network', { ...subnet, prefix: '10.2.4.0/26' }, 'prefix', 'an object'],
    ['no network', { name: 'snet', prefix: '10.1.4.0/26' }, 'virtualNetwork', 'nothing'],
    [
      'a region as the portal shows it',
      { ...subnet, virtualNetwork: { ...made, location: 'East US' } },
      'virtualNetwork.location',
      '"East US"',
    ],
    [
      'a public address space',
      { ...subnet, virtualNetwork: { ...made, addressSpace: '8.8.0.0/16' } },
      'virtualNetwork.addressSpace',
      '"8.8.0.0/16"',
    ],
    ['nothing', {}, '', 'an object'],
    ['members of both forms', { ...subnet, id: network }, 'id', 'a name that is not known here'],
  ])('%s', (_, given, member, found) => {
    const field = ['privateEndpoint', 'subnet', ...(member === '' ? [] : [member])].join('.');
    expect(problems({ mode: 'private', privateEndpoint: { subnet: given } })).toMatchObject([{ field, found }]);
  });
});

test('zones of one name are told by the second of them, and no zone as none', () => {
  const zone = (group: string) =>
    network.replace('/g/', `/${group}/`).replace('virtualNetworks/v', 'privateDnsZones/privatelink.openai.azure.com');
  const withZones = (ids: string[]) =>
    problems({ ...endpointIn('g'), mode: 'private', privateDns: { zones: 'existing', ids } });
  expect(withZones([zone('g'), zone('h')])).toMatchObject([
    { field: 'privateDns.ids[1]', accepted: 'one zone of a name' },
  ]);
  expect(withZones([])).toMatchObject([{ field: 'privateDns.ids', found: 'an empty list' }]);
});

const endpointIn = (group: string, of = network) => ({
  mode: 'public',
  privateEndpoint: { subnet: { id: `${of}/subnets/s` }, resourceGroup: group },
});

test.each(['Größe', '東京-ai', 'rg_(old).1', 'g'.repeat(90)])(
  'the resource group %s is taken, as Azure takes it',
  (group) => {
    expect(problems(endpointIn(group))).toEqual([]);
    expect(problems(endpointIn('rg', network.replace('/g/', `/${group}/`)))).toEqual([]);
  },
);

test.each(['rg.', '', 'g'.repeat(91), 'rg 1', 'rg\r', 'Gr%C3%B6%C3%9Fe', '<group>', 'a/b'])(
  'the resource group %j is refused, as Azure refuses it',
  (group) => {
    expect(problems(endpointIn(group))).toMatchObject([{ field: 'privateEndpoint.resourceGroup' }]);
    expect(problems(endpointIn('rg', network.replace('/g/', `/${group}/`)))).toMatchObject([
      { field: 'privateEndpoint.subnet.id' },
    ]);
  },
);

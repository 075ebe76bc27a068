import { describe, expect, it } from 'vitest';
import { isSettling, type NetworkFacts } from '../../../src/hardening/network/network-facts.ts';
import type {
  AskedPrivateEndpoint,
  AskedSubnet,
  NetworkRequest,
} from '../../../src/hardening/network/network-request.ts';
import { planNetwork } from '../../../src/hardening/network/plan-network.ts';
import type { NetworkRules } from '../../../src/hardening/network/ports.ts';
import { linkNameOf } from '../../../src/hardening/network/resource-names.ts';
import {
  networkAccount as account,
  armId,
  virtualNetworkId as network,
  open,
  subnetId,
  zoneName,
} from './network-builder.ts';
import { endpointId, facts, group, linked, request, subnet, zoneId } from './plan-builder.ts';

type Found = Parameters<typeof facts>[0];

/** The plan, each difference whole but for its prose. */
const planOf = (asked: NetworkRequest, found: NetworkFacts, dataPlane = true) =>
  planNetwork(account, asked, found, true, dataPlane).map(({ what, change, risk, risks }) => ({
    what,
    change,
    risk,
    risks: risks.map(({ name }) => name),
  }));
/** Before the rules: those are as asked. */
const closed: NetworkRules = { ...open, publicNetworkAccess: 'Disabled' };
const withSubnet = { mode: 'selected-networks', subnets: [subnetId], privateEndpoint: null, privateDns: null } as const;
const listed: NetworkRules = {
  ...open,
  defaultAction: 'Deny',
  subnets: [{ id: subnetId, ignoreMissingServiceEndpoint: false }],
};
const rulesOf = (one: typeof subnet | null) => ({ ruleSubnets: new Map([[subnetId.toLowerCase(), one]]) });
const addsService = {
  what: `service endpoint of ${subnetId}`,
  change: { kind: 'add-service-endpoint', subnetId, service: 'Microsoft.CognitiveServices' },
};

const madeSubnet = `${network}/subnets/made`;
const made = (more: Partial<Extract<AskedSubnet, { kind: 'new' }>> = {}): AskedPrivateEndpoint => ({
  name: null,
  resourceGroup: null,
  subnet: {
    kind: 'new',
    name: 'made',
    prefix: '10.0.2.0/24',
    privateEndpointNetworkPolicies: 'RouteTableEnabled',
    virtualNetwork: { kind: 'existing', id: network },
    ...more,
  },
});
const newNetwork = {
  kind: 'new',
  name: 'vnet-new',
  resourceGroup: null,
  location: 'westus',
  addressSpace: '10.0.0.0/8',
} as const;
const createsSubnet = (id: string, more: object = {}) => ({
  what: `subnet ${id}`,
  change: {
    kind: 'create-subnet',
    id,
    prefix: '10.0.2.0/24',
    privateEndpointNetworkPolicies: 'RouteTableEnabled',
    ...more,
  },
});
const createsEndpoint = (more: object = {}) => ({
  what: `private endpoint ${endpointId}`,
  change: {
    kind: 'create-private-endpoint',
    id: endpointId,
    subnetId: madeSubnet,
    location: 'eastus',
    targetId: armId,
    groupId: 'account',
    ...more,
  },
});
const noEndpoint = { subnet: null, endpoint: null, connection: null };
const safe = { risk: 'none', risks: [] } as const;
const blocked = (risk: string) => ({ risk: 'blocked', risks: [risk] });

describe('the plan, in full', () => {
  it.each<[says: string, is: Partial<NonNullable<NetworkFacts['virtualNetwork']>>, risks: readonly string[]]>([
    ['takes a network of the same name, region and address space', {}, []],
    ['is blocked by one in another region', { location: 'westeurope' }, ['network-differs']],
    ['is blocked by one with another address space', { addressSpace: ['10.0.0.0/9'] }, ['network-differs']],
  ])('%s', (_, is, risks) => {
    const there = {
      id: `${network}-new`,
      location: 'westus',
      addressSpace: ['10.0.0.0/8'],
      subnets: [],
      state: 'Succeeded',
    };
    const found = facts({ ...noEndpoint, account: { rules: closed }, virtualNetwork: { ...there, ...is } });
    const [createsIt] = planOf(request({ privateEndpoint: made({ virtualNetwork: newNetwork }) }), found);
    expect(createsIt).toMatchObject({ what: `subnet ${network}-new/subnets/made`, risks });
  });

  it.each<[says: string, asked: Partial<NetworkRequest>, found: Found, plan: readonly object[]]>([
    [
      'adds the service endpoint that a listed subnet lacks, and its connections break',
      { ...withSubnet, keyturn: { egress: null, subnetId: `${subnetId}-other` } },
      { account: { rules: listed }, ...rulesOf(subnet) },
      [{ ...addsService, risk: 'confirm', risks: ['drops-connections'] }],
    ],
    [
      'and says so of the vault where Keyturn runs there, however the id is written',
      { ...withSubnet, keyturn: { egress: null, subnetId: subnetId.toUpperCase() } },
      { account: { rules: listed }, ...rulesOf({ ...subnet, serviceEndpoints: ['Microsoft.Storage'] }) },
      [{ ...addsService, risk: 'confirm', risks: ['drops-connections', 'cuts-off-vault'] }],
    ],
    [
      'says nothing of the vault if Keyturn’s place is not known',
      { ...withSubnet, keyturn: null },
      { account: { rules: listed }, ...rulesOf(subnet) },
      [{ ...addsService, risk: 'confirm', risks: ['drops-connections'] }],
    ],
    [
      'adds none that is there, in whatever case',
      withSubnet,
      {
        account: { rules: listed },
        ...rulesOf({ ...subnet, serviceEndpoints: ['Microsoft.Storage', 'microsoft.cognitiveservices'] }),
      },
      [],
    ],
    [
      'is blocked by a listed subnet that is not there',
      withSubnet,
      { account: { rules: listed }, ...rulesOf(null) },
      [{ ...addsService, ...blocked('subnet-missing') }],
    ],
    [
      'makes subnet and endpoint in a network that is there, where that network is',
      { privateEndpoint: made() },
      noEndpoint,
      [
        { ...createsSubnet(madeSubnet), ...safe },
        { ...createsEndpoint(), ...safe },
      ],
    ],
    [
      'makes the network first if it is new',
      { privateEndpoint: made({ virtualNetwork: newNetwork }) },
      { ...noEndpoint, virtualNetwork: null },
      [
        {
          what: `virtual network ${network}-new`,
          change: {
            kind: 'create-virtual-network',
            id: `${network}-new`,
            location: 'westus',
            addressSpace: '10.0.0.0/8',
          },
          ...safe,
        },
        { ...createsSubnet(`${network}-new/subnets/made`), ...safe },
        { ...createsEndpoint({ subnetId: `${network}-new/subnets/made`, location: 'westus' }), ...safe },
      ],
    ],
    [
      'is blocked by a network that is not there',
      { privateEndpoint: made() },
      { ...noEndpoint, virtualNetwork: null },
      [
        { ...createsSubnet(madeSubnet), ...blocked('virtual-network-missing') },
        { ...createsEndpoint({ location: '' }), ...safe },
      ],
    ],
    [
      'is blocked by a given subnet that is not there',
      {},
      noEndpoint,
      [
        {
          ...createsSubnet(subnetId, { prefix: '', privateEndpointNetworkPolicies: '' }),
          ...blocked('subnet-missing'),
        },
        { ...createsEndpoint({ subnetId }), ...safe },
      ],
    ],
    [
      'is blocked by a subnet of that name with another range',
      { privateEndpoint: made({ name: 'snet' }) },
      {},
      [{ ...createsSubnet(subnetId), ...blocked('subnet-differs') }],
    ],
    [
      'takes a subnet of that name and range',
      { privateEndpoint: made({ name: 'snet', prefix: '10.0.1.0/24' }) },
      {},
      [],
    ],
    [
      'is blocked by a missing custom subdomain',
      {},
      { endpoint: null, connection: null, account: { rules: closed, subdomain: null } },
      [{ ...createsEndpoint({ subnetId }), ...blocked('no-custom-subdomain') }],
    ],
    [
      'is blocked by an endpoint of that name to another target',
      {},
      { endpoint: { id: endpointId, subnetId, targetId: `${armId}-other`, state: 'Succeeded' } },
      [{ ...createsEndpoint({ subnetId, location: '' }), ...blocked('endpoint-elsewhere') }],
    ],
    [
      'approves a connection that waits',
      {},
      { connection: { name: 'c', endpointId, status: 'Pending' } },
      [{ what: 'connection c', change: { kind: 'approve-connection', connection: 'c', endpointId }, ...safe }],
    ],
    ['waits for the account to show the connection', {}, { connection: null }, []],
    [
      'makes zone, link and group',
      {},
      { zones: [{ ...linked, exists: false, link: null }], zoneGroup: null },
      [
        { what: `private DNS zone ${zoneName}`, change: { kind: 'create-zone', id: zoneId }, ...safe },
        {
          what: `link of ${zoneName} to ${network}`,
          change: {
            kind: 'link-zone',
            zoneId,
            name: linkNameOf(network),
            virtualNetworkId: network,
            nxDomainRedirect: false,
          },
          risk: 'confirm',
          risks: ['hides-other-accounts'],
        },
        {
          what: `zone group of ${endpointId}`,
          change: { kind: 'set-zone-group', endpointId, name: 'default', zoneIds: [zoneId] },
          ...safe,
        },
      ],
    ],
    [
      'writes into the zones by the endpoint that is there, whatever its name',
      {},
      {
        endpoint: { id: `${endpointId}-other`, subnetId, targetId: armId, state: 'Succeeded' },
        zoneGroup: { name: 'mine', zoneIds: [], state: 'Succeeded' },
      },
      [
        {
          what: `zone group of ${endpointId}-other`,
          change: { kind: 'set-zone-group', endpointId: `${endpointId}-other`, name: 'mine', zoneIds: [zoneId] },
          ...safe,
        },
      ],
    ],
    [
      'is blocked by a given zone that is not there, and says how its link would be',
      { privateDns: { zones: 'existing', ids: [zoneId], nxDomainRedirect: true } },
      { zones: [{ ...linked, exists: false, link: null }] },
      [
        {
          what: `private DNS zone ${zoneName}`,
          change: { kind: 'create-zone', id: zoneId },
          ...blocked('zone-missing'),
        },
        {
          what: `link of ${zoneName} to ${network}`,
          change: {
            kind: 'link-zone',
            zoneId,
            name: linkNameOf(network),
            virtualNetworkId: network,
            nxDomainRedirect: true,
          },
          risk: 'advisory',
          risks: ['redirects-unknown-names'],
        },
      ],
    ],
    [
      'is blocked by a name that none of the given zones has',
      { privateDns: { zones: 'existing', ids: [], nxDomainRedirect: false } },
      { zones: [{ ...linked, id: null, exists: false, link: null }] },
      [
        {
          what: `private DNS zone ${zoneName}`,
          change: { kind: 'create-zone', id: zoneName },
          ...blocked('zone-missing'),
        },
      ],
    ],
    [
      'leaves a zone group alone that has the zone and others, however their ids are written',
      {},
      { zoneGroup: { name: 'default', zoneIds: [`${zoneId}.other`, zoneId.toUpperCase()], state: 'Succeeded' } },
      [],
    ],
  ])('%s', (_, asked, found, plan) => {
    expect(planOf(request(asked), facts({ ...found, account: { rules: closed, ...found?.account } }))).toEqual(plan);
  });

  it.each<
    [says: string, asked: Partial<NetworkRequest>, from: NetworkRules, to: NetworkRules, risks: readonly string[]]
  >([
    [
      'closes for everybody, and keeps the rest',
      {},
      listed,
      { ...listed, publicNetworkAccess: 'Disabled' },
      ['rules-are-moot'],
    ],
    [
      'lists addresses and subnets, and keeps how Azure has a subnet',
      { mode: 'selected-networks', ipRules: ['203.0.113.9'], subnets: [subnetId.toUpperCase(), `${subnetId}-2`] },
      { ...closed, subnets: [{ id: subnetId, ignoreMissingServiceEndpoint: true }] },
      {
        ...open,
        defaultAction: 'Deny',
        ipRules: ['203.0.113.9'],
        subnets: [
          { id: subnetId, ignoreMissingServiceEndpoint: true },
          { id: `${subnetId}-2`, ignoreMissingServiceEndpoint: false },
        ],
      },
      [],
    ],
    [
      'opens to everybody, by another bypass',
      { mode: 'public', bypass: 'None' },
      { ...listed, publicNetworkAccess: 'Disabled' },
      { ...listed, defaultAction: 'Allow', bypass: 'None' },
      ['opens-to-everyone'],
    ],
    [
      'says which addresses are removed, and not those that stay',
      { mode: 'selected-networks', ipRules: ['203.0.113.9'] },
      { ...open, ipRules: ['203.0.113.9/32', '203.0.113.8'] },
      { ...open, defaultAction: 'Deny', ipRules: ['203.0.113.9'] },
      ['rules-removed'],
    ],
  ])('%s', (_, asked, from, to, risks) => {
    const services = { ...subnet, serviceEndpoints: ['Microsoft.CognitiveServices'] };
    const ruleSubnets = new Map((asked.subnets ?? []).map((id) => [id.toLowerCase(), services]));
    expect(planOf(request(asked), facts({ account: { rules: from }, ruleSubnets }))).toEqual([
      {
        what: 'network rules of the account',
        change: { kind: 'set-network-rules', from, to },
        risk: expect.anything(),
        risks,
      },
    ]);
  });

  // Azure's enums are open: those that Keyturn knows, in whatever case, bring no risk of their own.
  it.each<[keyof NetworkRules & ('publicNetworkAccess' | 'defaultAction' | 'bypass'), string]>([
    ['publicNetworkAccess', 'disabled'],
    ['publicNetworkAccess', 'Disabled'],
    ['defaultAction', 'Deny'],
    ['defaultAction', 'deny'],
    ['bypass', 'None'],
    ['bypass', 'none'],
  ])('replaces %s %s, which it knows', (member, value) => {
    const found = facts({ account: { rules: { ...open, [member]: value } } });
    const [only] = planOf(request({ mode: 'public', bypass: 'AzureServices' }), found);
    expect(only?.risks).toEqual(['opens-to-everyone']);
  });
  it('replaces the other values of each, which it knows', () => {
    const [only] = planOf(request({ bypass: 'None', mode: 'selected-networks' }), facts({ account: { rules: open } }));
    expect(only?.risks).toEqual([]);
  });

  it.each<[says: string, kind: string, dataPlane: boolean, risks: readonly string[]]>([
    ['is tried if a call is known', 'OpenAI', true, []],
    ['is not tried if the settings forbid the call', 'OpenAI', false, ['public-access-unproved']],
    ['is not tried if no call is known', 'SomethingNew', true, ['public-access-unproved']],
  ])('whether anybody gets in %s', (_, kind, dataPlane, risks) => {
    const [only] = planOf(request(), facts({ account: { kind } }), dataPlane);
    expect(only?.risks).toEqual(risks);
  });
});

describe('who gets in', () => {
  const outside = { egress: '203.0.113.9', subnetId: null };
  const inOther = { egress: null, subnetId: `${network}-2/subnets/app` };
  it.each<[says: string, asked: Partial<NetworkRequest>, found: Found, risks: readonly string[]]>([
    [
      'whose address is listed',
      { ...withSubnet, keyturn: outside, subnets: null, ipRules: ['203.0.113.0/24'] },
      {},
      [],
    ],
    [
      'no other address',
      { ...withSubnet, keyturn: outside, subnets: null, ipRules: ['203.0.114.0/24'] },
      {},
      ['cuts-off-keyturn'],
    ],
    [
      'no address that is listed, once all is private',
      { keyturn: outside, ipRules: ['203.0.113.9'] },
      {},
      ['cuts-off-keyturn', 'rules-are-moot'],
    ],
    ['whose subnet is listed', { ...withSubnet, keyturn: { egress: null, subnetId: subnetId.toUpperCase() } }, {}, []],
    [
      'no subnet that is listed, once all is private',
      { keyturn: inOther, subnets: [`${network}-2/subnets/app`] },
      {},
      ['cuts-off-keyturn', 'rules-are-moot'],
    ],
    ['whose network has an approved endpoint', { keyturn: inOther }, { privateNetworks: [`${network}-2`] }, []],
    ['whose network has the endpoint that is asked for', {}, {}, []],
    [
      'whose network gets a subnet for it',
      { privateEndpoint: made(), keyturn: { egress: null, subnetId: `${network}/subnets/app` } },
      {},
      [],
    ],
    ['nobody of another network', { keyturn: inOther }, {}, ['cuts-off-keyturn']],
    [
      'nobody of a network that is new',
      { privateEndpoint: made({ virtualNetwork: newNetwork }), keyturn: inOther },
      { virtualNetwork: null, ...noEndpoint },
      ['cuts-off-keyturn'],
    ],
    [
      'somebody by an approved endpoint, if the list is empty',
      { ...withSubnet, subnets: null, keyturn: null },
      {},
      ['keyturn-place-unknown'],
    ],
    [
      'somebody by the endpoint that is asked for, if the list is empty',
      { mode: 'selected-networks', keyturn: null },
      { account: { connections: [] } },
      ['keyturn-place-unknown'],
    ],
    [
      'nobody, if the list is empty and the endpoint is not approved',
      { ...withSubnet, subnets: null, keyturn: null },
      { account: { connections: [{ name: 'c', endpointId, status: 'Pending' }] } },
      ['nobody-gets-in', 'keyturn-place-unknown'],
    ],
    [
      'somebody, if only an address is listed',
      { ...withSubnet, subnets: null, ipRules: ['203.0.113.9'], keyturn: null },
      { account: { connections: [] } },
      ['keyturn-place-unknown'],
    ],
    [
      'somebody, if only a subnet is listed',
      { ...withSubnet, keyturn: null },
      { account: { connections: [] } },
      ['keyturn-place-unknown'],
    ],
  ])('%s', (_, asked, found, risks) => {
    const services = { ...subnet, serviceEndpoints: ['Microsoft.CognitiveServices'] };
    const ruleSubnets = new Map((asked.subnets ?? []).map((id) => [id.toLowerCase(), services]));
    expect(planOf(request(asked), facts({ ruleSubnets, ...found })).at(-1)?.risks).toEqual(risks);
  });
});

describe('nothing is done while Azure is still making', () => {
  const moving = 'Updating';
  const endpoint = { id: endpointId, subnetId, targetId: armId, state: 'Succeeded' };
  const virtualNetwork = { id: network, location: 'eastus', addressSpace: [], subnets: [], state: 'Succeeded' };
  it.each<[says: string | null, found: Found]>([
    [null, {}],
    [null, { virtualNetwork: null, subnet: null, endpoint: null, zoneGroup: null, ...rulesOf(null) }],
    [null, rulesOf(subnet)],
    ['the account', { account: { provisioningState: moving } }],
    ['the virtual network', { virtualNetwork: { ...virtualNetwork, state: moving } }],
    ['a subnet', { subnet: { ...subnet, state: moving } }],
    ['a subnet', rulesOf({ ...subnet, state: moving })],
    ['the private endpoint', { endpoint: { ...endpoint, state: moving } }],
    ['the zone group', { zoneGroup: { name: 'default', zoneIds: [], state: moving } }],
  ])('%s', (what, found) => {
    expect(isSettling(facts(found))).toBe(what !== null);
  });
});

it('a plan is for the account’s own group if none is given, and for the given one else', () => {
  const elsewhere = group.replace('rg-ai', 'rg-net');
  const [, endpoint] = planOf(
    request({
      privateEndpoint: {
        ...made({ virtualNetwork: { ...newNetwork, resourceGroup: 'rg-net' } }),
        name: 'pe-mine',
        resourceGroup: 'rg-net',
      },
    }),
    facts({ ...noEndpoint, account: { rules: closed } }),
  );
  expect(endpoint?.change).toMatchObject({
    id: `${elsewhere}/providers/Microsoft.Network/privateEndpoints/pe-mine`,
    subnetId: `${elsewhere}/providers/Microsoft.Network/virtualNetworks/vnet-new/subnets/made`,
  });
});

import { describe, expect, test } from 'vitest';
import type { NetworkFacts } from '../../../src/hardening/network/network-facts.ts';
import type { NetworkRequest } from '../../../src/hardening/network/network-request.ts';
import { planNetwork } from '../../../src/hardening/network/plan-network.ts';
import { networkAccount as account, armId, virtualNetworkId as network, open } from './network-builder.ts';
import { endpointId, facts, linked, request, subnet, zoneId } from './plan-builder.ts';

const kinds = (asked: NetworkRequest, found: NetworkFacts, proved = false) =>
  planNetwork(account, asked, found, proved, true).map(({ change }) => change.kind);
const risks = (asked: NetworkRequest, found: NetworkFacts) =>
  planNetwork(account, asked, found, false, true).flatMap((one) => one.risks.map(({ name }) => name));

describe('the plan', () => {
  test.each<[string, Partial<Parameters<typeof facts>[0]>, string[]]>([
    ['proves the way, then disables public access', {}, ['prove-private-path', 'set-network-rules']],
    [
      'approves a connection that waits',
      { connection: { name: 'c', endpointId, status: 'Pending' } },
      ['approve-connection', 'prove-private-path', 'set-network-rules'],
    ],
    [
      'links a zone that nobody has linked',
      { zones: [{ ...linked, link: null }] },
      ['link-zone', 'prove-private-path', 'set-network-rules'],
    ],
    [
      'makes zone, link and group if there are none',
      { zones: [{ ...linked, exists: false, link: null }], zoneGroup: null },
      ['create-zone', 'link-zone', 'set-zone-group', 'prove-private-path', 'set-network-rules'],
    ],
    [
      'makes the endpoint before its zone group',
      { endpoint: null, connection: null, zoneGroup: null },
      ['create-private-endpoint', 'set-zone-group', 'prove-private-path', 'set-network-rules'],
    ],
    ['is empty when all is so', { account: { rules: { ...open, publicNetworkAccess: 'Disabled' } } }, []],
    [
      'is empty whatever order and case Azure shows rules in',
      {
        account: {
          rules: { ...open, publicNetworkAccess: 'Disabled', ipRules: ['203.0.113.9/32'] },
        },
      },
      [],
    ],
  ])('%s', (_, found, expected) => {
    const ipRules = found?.account?.rules?.ipRules.length === 1 ? ['203.0.113.9'] : null;
    expect(kinds(request({ ipRules }), facts(found))).toEqual(expected);
  });

  test('disables public access whose way was proved without proving it again', () => {
    expect(kinds(request(), facts(), true)).toEqual(['set-network-rules']);
  });

  test('keeps what the request leaves open, and what others put into the zone group', () => {
    const rules = { ...open, ipRules: ['203.0.113.9'], bypass: 'None' };
    const other = `${zoneId}.other`;
    const [groupChange, , publicAccess] = planNetwork(
      account,
      request(),
      facts({ account: { rules }, zoneGroup: { name: 'mine', zoneIds: [other], state: 'Succeeded' } }),
      false,
      true,
    );
    expect(groupChange?.change).toMatchObject({ name: 'mine', zoneIds: [other, zoneId] });
    expect(publicAccess?.change).toMatchObject({ to: { ...rules, publicNetworkAccess: 'Disabled' } });
  });

  test('keeps values that Keyturn does not know, if nothing else is asked for', () => {
    const rules = { ...open, defaultAction: 'Audit', bypass: 'TrustedServices' };
    const [, publicAccess] = planNetwork(account, request(), facts({ account: { rules } }), false, true);
    expect(publicAccess?.change).toMatchObject({ from: rules, to: { ...rules, publicNetworkAccess: 'Disabled' } });
    expect(kinds(request(), facts({ account: { rules: { ...rules, publicNetworkAccess: 'disabled' } } }))).toEqual([]);
  });

  test('leaves zones alone if a policy manages them', () => {
    const asked = request({ privateDns: { zones: 'policy-managed' } });
    expect(kinds(asked, facts({ zones: [], zoneGroup: null }))).toEqual(['prove-private-path', 'set-network-rules']);
  });
});

describe('it tells', () => {
  test.each<[string, Partial<NetworkRequest>, Parameters<typeof facts>[0], string[]]>([
    ['a missing custom subdomain', {}, { account: { subdomain: null } }, ['no-custom-subdomain']],
    ['a cloud that publishes no zone', {}, { zoneNames: null, zones: [] }, ['zones-unknown']],
    [
      'a rejected connection',
      {},
      { connection: { name: 'c', endpointId, status: 'Rejected' } },
      ['connection-rejected'],
    ],
    [
      'an endpoint of that name elsewhere',
      {},
      { endpoint: { id: endpointId, subnetId: `${network}/subnets/other`, targetId: armId, state: 'Succeeded' } },
      ['endpoint-elsewhere'],
    ],
    [
      'a subnet that is delegated',
      {},
      { endpoint: null, connection: null, subnet: { ...subnet, delegations: ['Microsoft.Web/serverFarms'] } },
      ['subnet-delegated'],
    ],
    // 256 less the five that Azure keeps.
    [
      'a subnet without a free address',
      {},
      { endpoint: null, connection: null, subnet: { ...subnet, takenAddresses: 251 } },
      ['subnet-full'],
    ],
    [
      'nothing of a subnet with one',
      {},
      { endpoint: null, connection: null, subnet: { ...subnet, takenAddresses: 250 } },
      [],
    ],
    [
      'nothing of a full or delegated subnet that has the endpoint already',
      {},
      { subnet: { ...subnet, takenAddresses: 251, delegations: ['Microsoft.Web/serverFarms'] } },
      [],
    ],
    ['a link that hides other accounts', {}, { zones: [{ ...linked, link: null }] }, ['hides-other-accounts']],
    [
      'a link that does not',
      { privateDns: { zones: 'create', resourceGroup: null, nxDomainRedirect: true } },
      { zones: [{ ...linked, link: null }] },
      ['redirects-unknown-names'],
    ],
    [
      'a zone that is not among the given ones',
      { privateDns: { zones: 'existing', ids: [], nxDomainRedirect: false } },
      { zones: [{ ...linked, id: null, exists: false, link: null }] },
      ['zone-missing'],
    ],
    [
      'private without a way in',
      { privateEndpoint: null, privateDns: null },
      { endpoint: null, connection: null, zones: [], account: { connections: [] } },
      ['no-private-path', 'cuts-off-keyturn'],
    ],
    [
      'nothing of the way in if it is asked for and still to be made',
      {},
      { endpoint: null, connection: null, account: { connections: [] } },
      [],
    ],
    [
      'nothing of who is in the network of an endpoint that is there',
      { privateEndpoint: null, privateDns: null },
      { privateNetworks: [network] },
      [],
    ],
    ['rules that count for nothing', { ipRules: ['203.0.113.9'] }, {}, ['rules-are-moot']],
    [
      'Keyturn outside the private network',
      { keyturn: { egress: '203.0.113.9', subnetId: null } },
      {},
      ['cuts-off-keyturn'],
    ],
    ['that Keyturn’s place is not known', { keyturn: null }, {}, ['keyturn-place-unknown']],
    [
      'a consumer outside, and none inside',
      {
        consumers: [
          { name: 'out', egress: '203.0.113.9', subnetId: null },
          { name: 'in', egress: null, subnetId: `${network}/subnets/other` },
        ],
      },
      {},
      ['cuts-off-consumer'],
    ],
    [
      'public access for everybody',
      { mode: 'public' },
      { account: { rules: { ...open, defaultAction: 'Deny' } } },
      ['opens-to-everyone'],
    ],
    [
      'a perimeter that is left for everybody',
      { mode: 'public' },
      { account: { rules: { ...open, publicNetworkAccess: 'SecuredByPerimeter' } } },
      ['leaves-perimeter', 'opens-to-everyone'],
    ],
    [
      'a perimeter that is left for private endpoints alone, however Azure writes it',
      { keyturn: null },
      { account: { rules: { ...open, publicNetworkAccess: 'securedByPerimeter' } } },
      ['leaves-perimeter', 'keyturn-place-unknown'],
    ],
    [
      'a value that Keyturn does not know',
      { mode: 'public' },
      { account: { rules: { ...open, publicNetworkAccess: 'SecuredBySomethingNew' } } },
      ['replaces-unknown-value', 'opens-to-everyone'],
    ],
    [
      'a default action that Keyturn does not know',
      { mode: 'public' },
      { account: { rules: { ...open, defaultAction: 'Audit' } } },
      ['replaces-unknown-value', 'opens-to-everyone'],
    ],
    [
      'a bypass that Keyturn does not know, if another is asked for',
      { mode: 'public', bypass: 'None' },
      { account: { rules: { ...open, bypass: 'TrustedServices' } } },
      ['replaces-unknown-value', 'opens-to-everyone'],
    ],
    [
      'a connection whose status Keyturn does not know',
      {},
      { connection: { name: 'c', endpointId, status: 'Quarantined' } },
      ['connection-rejected'],
    ],
    [
      'an empty list',
      { mode: 'selected-networks', privateEndpoint: null, privateDns: null },
      { account: { connections: [] } },
      ['nobody-gets-in', 'cuts-off-keyturn'],
    ],
    [
      'rules that go',
      { mode: 'selected-networks', ipRules: ['203.0.113.9'] },
      { account: { rules: { ...open, ipRules: ['203.0.113.8'] } } },
      ['rules-removed'],
    ],
  ])('%s', (_, asked, found, expected) => {
    const named = risks(request(asked), facts(found));
    expect([...new Set(named)]).toEqual(expected);
  });

  const made = (prefix: string): NetworkRequest['privateEndpoint'] => ({
    name: null,
    resourceGroup: null,
    subnet: {
      kind: 'new',
      name: 'made',
      prefix,
      privateEndpointNetworkPolicies: 'Disabled',
      virtualNetwork: { kind: 'existing', id: network },
    },
  });
  test.each([
    ['a range outside the network', '10.9.0.0/24', 'prefix-outside'],
    ['a range that is taken', '10.0.1.128/25', 'prefix-taken'],
  ])('%s', (_, prefix, expected) => {
    const found = facts({ subnet: null, endpoint: null, connection: null });
    expect(risks(request({ privateEndpoint: made(prefix) }), found)).toContain(expected);
    expect(risks(request({ privateEndpoint: made('10.0.2.0/24') }), found)).not.toContain(expected);
  });
});

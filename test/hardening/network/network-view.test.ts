import { describe, expect, it } from 'vitest';
import { networkEtag } from '../../../src/hardening/network/ask-network.ts';
import { gatherNetwork } from '../../../src/hardening/network/gather-network.ts';
import { neededActions, neededFor } from '../../../src/hardening/network/needed-actions.ts';
import type { NetworkChange, NetworkDifference } from '../../../src/hardening/network/network-change.ts';
import type { NetworkRequest } from '../../../src/hardening/network/network-request.ts';
import { type NetworkState, networkState } from '../../../src/hardening/network/network-state.ts';
import { networkView, viewChange, viewEndedChange, viewNetwork } from '../../../src/hardening/network/network-view.ts';
import type { AccountNetwork, NetworkReader } from '../../../src/hardening/network/ports.ts';
import { difference } from '../../../src/shared/difference.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { armId, asked, changeIn, closed, endpointId, networkAccount, open, subnetId } from './network-builder.ts';

const iso = (atMs: number) => new Date(atMs).toISOString();
const made = (what: string, atMs: number) => ({ what, kind: 'create-zone', atMs });
const todo = (what: string): NetworkDifference => difference(what, 'why', { kind: 'create-zone', id: what });
const changeOf = (state: NetworkState) => {
  if (state.change === null) throw new TypeError('no change');
  return state.change;
};
const action = 'Microsoft.Network/privateDnsZones/write';

describe('a change of network as it is shown', () => {
  const at = { what: 'two', kind: 'create-zone', looks: 1, sends: 1, sentAtMs: 1, rounds: 0 };
  const working = changeOf(
    changeIn(
      { kind: 'working', first: at, proved: false },
      {
        done: [made('one', 1_000), made('two', 2_000)],
        waitingFor: { reason: 'azure-refused-for-now', code: 'http-429', action },
      },
    ),
  );

  it('is what is done, what is being done, and what is left', () => {
    expect(viewChange(working, [todo('one'), todo('two'), todo('three')])).toMatchObject({
      id: 'change-1',
      state: 'running',
      reason: 'azure-refused-for-now',
      code: 'http-429',
      missingAction: action,
      fix: expect.stringContaining('role'),
      detail: expect.stringContaining(`It lacks ${action}.`),
      askedBy: 'someone',
      askedAt: iso(5),
      endedAt: null,
      steps: [
        { what: 'one', kind: 'create-zone', state: 'done', at: iso(1_000) },
        { what: 'two', kind: 'create-zone', state: 'doing', at: null },
        { what: 'three', kind: 'create-zone', state: 'to-do', at: null },
      ],
    });
  });

  it('says with which code Azure keeps the former rules from coming back', () => {
    const phase = { kind: 'restoring', from: open, to: closed, sinceMs: 0, reason: 'shut-out', code: null } as const;
    const shown = (code: string | null) =>
      viewChange(changeOf(changeIn(phase, { waitingFor: { reason: 'rules-not-back', code } })), null);
    expect(shown('ScopeLocked')).toMatchObject({
      code: 'ScopeLocked',
      detail: 'The former rules are being put back. Code: ScopeLocked.',
    });
    expect(shown(null).detail).toBe('The former rules are being put back.');
  });

  it('shows what is done if no plan was made', () => {
    expect(viewChange(working, null).steps.map(({ what }) => what)).toEqual(['one']);
  });

  it.each([
    ['working', { kind: 'working', first: null, proved: false }, 'azure-working'],
    [
      'closing',
      { kind: 'closing', from: open, to: closed, sends: 0, inForceAtMs: null, rounds: 0 },
      'public-access-changing',
    ],
  ] as const)('says what %s is at before it waits for anything', (_, phase, reason) => {
    expect(viewChange(changeOf(changeIn(phase)), null)).toMatchObject({
      reason,
      code: null,
      missingAction: null,
      fix: null,
    });
  });

  const last = {
    id: 'change-1',
    askedBy: 'someone',
    askedAtMs: 5,
    endedAtMs: 9,
    end: 'applied' as const,
    at: 'create-zone',
    code: null,
    done: [made('one', 1_000)],
  };
  it.each([
    ['applied', 'applied'],
    ['shut-out', 'restored'],
    ['quota-used-up', 'failed'],
    ['quota-used-up', 'restored', 'set-network-rules'],
    ['endpoint-unclear', 'failed', 'prove-private-path'],
    ['endpoint-unclear', 'restored', 'set-network-rules'],
    ['not-taking', 'failed', 'set-network-rules'],
    ['resource-lock', 'failed'],
  ] as const)('that ended with %s is %s', (end, state, at: string = 'create-zone') => {
    expect(viewEndedChange({ ...last, end, at })).toMatchObject({
      state,
      reason: end,
      askedAt: iso(5),
      endedAt: iso(9),
      steps: [{ what: 'one', kind: 'create-zone', state: 'done', at: iso(1_000) }],
    });
  });

  it('that was denied says what the step needs, or what Azure says that is lacked', () => {
    const denied = { ...last, end: 'account-access-denied' as const, code: 'AuthorizationFailed' };
    expect(viewEndedChange(denied)).toMatchObject({
      detail: expect.stringMatching(new RegExp(`create-zone needs ${action}\\.$`)),
      missingAction: null,
      fix: null,
    });
    expect(viewEndedChange({ ...denied, action: 'A/read' })).toMatchObject({
      detail: expect.stringContaining('It lacks A/read.'),
      missingAction: 'A/read',
      fix: expect.stringContaining('role'),
    });
    expect(viewEndedChange({ ...denied, end: 'resource-lock' }).detail).not.toContain(action);
    expect(viewEndedChange({ ...denied, at: null }).detail).not.toContain(action);
  });
});

const account: AccountNetwork = {
  kind: 'OpenAI',
  endpoint: 'https://ai-contoso.openai.azure.com/',
  subdomain: 'ai-contoso',
  provisioningState: 'Succeeded',
  localAuthDisabled: false,
  rules: open,
  connections: [{ name: 'c', endpointId, status: 'Approved' }],
};

it('has an entity tag that is another one whenever what it is differs', () => {
  const tags = [
    account,
    { ...account, subdomain: null },
    { ...account, rules: closed },
    { ...account, connections: [] },
    { ...account, connections: [{ name: 'c', endpointId, status: 'Rejected' }] },
  ].map(networkEtag);
  expect(new Set(tags).size).toBe(tags.length);
  expect(networkEtag({ ...account, provisioningState: 'Updating' })).toBe(tags[0]);
});

describe('the endpoint that a plan finds', () => {
  const named = `${armId.split('/providers/')[0]}/providers/Microsoft.Network/privateEndpoints/pe-ai-contoso`;
  const other = { id: endpointId, subnetId, targetId: armId, state: 'Succeeded' };
  const request = {
    ...asked,
    privateEndpoint: { subnet: { kind: 'existing', id: subnetId }, name: null, resourceGroup: null },
  } as const;
  const find = async (privateEndpoint: NetworkReader['privateEndpoint']) => {
    const look: NetworkReader = {
      account: async () => account,
      virtualNetwork: async () => null,
      privateEndpoint,
      zoneGroups: async () => [],
      zoneExists: async () => false,
      zonesNamed: async () => [],
      zoneLinks: async () => [],
    };
    const facts = await gatherNetwork({ networkReader: look, zoneNames: () => [] }, networkAccount, request);
    return facts.endpoint?.id ?? null;
  };

  it.each<[string, (id: string) => typeof other | null, string | null]>([
    ['is the one of the name asked for', (id) => (id === named ? { ...other, id } : other), named],
    ['is else one from the same subnet to the account', (id) => (id === endpointId ? other : null), endpointId],
    [
      'is none from another subnet',
      (id) => (id === endpointId ? { ...other, subnetId: `${subnetId}-other` } : null),
      null,
    ],
    ['is none to another account', (id) => (id === endpointId ? { ...other, targetId: `${armId}-other` } : null), null],
    ['is none if there is none', () => null, null],
  ])('%s', async (_, found, expected) => {
    expect(await find(async (id) => found(id))).toBe(expected);
  });

  it('is none that Keyturn may not read, beside the one asked for', async () => {
    const denied = new FailureError({ kind: 'refused', reason: 'account-access-denied', code: 'AuthorizationFailed' });
    expect(await find(async (id) => (id === named ? null : Promise.reject(denied)))).toBeNull();
    await expect(find(() => Promise.reject(denied))).rejects.toThrow('AuthorizationFailed');
  });
});

// What the row leaves out is lost by the next wake, and what the schema of the view leaves out stands in no document.
describe('nothing is lost', () => {
  const place = { egress: '203.0.113.9', subnetId };
  const endpoint = { name: 'pe', resourceGroup: 'rg-net' };
  const virtualNetwork = {
    kind: 'new',
    name: 'vnet',
    resourceGroup: 'rg-net',
    location: 'eastus',
    addressSpace: '10.0.0.0/8',
  } as const;
  const subnet = { kind: 'new', name: 's', prefix: '10.0.0.0/24', privateEndpointNetworkPolicies: 'Disabled' } as const;
  const first = { what: 'w', kind: 'k', looks: 1, sends: 2, sentAtMs: 3, rounds: 4 };
  const listed = { ...open, subnets: [{ id: subnetId, ignoreMissingServiceEndpoint: true }], ipRules: ['203.0.113.9'] };
  const cause = { code: 'http-403', action };

  it.each<[string, Partial<NetworkRequest>]>([
    ...(['private', 'selected-networks', 'public'] as const).map((mode): [string, Partial<NetworkRequest>] => [
      mode,
      { mode },
    ]),
    ...(['AzureServices', 'None', null] as const).map((bypass): [string, Partial<NetworkRequest>] => [
      `bypass ${bypass}`,
      { bypass },
    ]),
    ['lists', { ipRules: ['203.0.113.9'], subnets: [subnetId] }],
    ['who calls', { keyturn: place, consumers: [{ name: 'app', ...place }] }],
    ['a subnet that is there', { privateEndpoint: { ...endpoint, subnet: { kind: 'existing', id: subnetId } } }],
    ['a new network', { privateEndpoint: { ...endpoint, subnet: { ...subnet, virtualNetwork } } }],
    ...(['Disabled', 'Enabled', 'NetworkSecurityGroupEnabled', 'RouteTableEnabled'] as const).map(
      (privateEndpointNetworkPolicies): [string, Partial<NetworkRequest>] => [
        `a new subnet with policies ${privateEndpointNetworkPolicies}`,
        {
          privateEndpoint: {
            ...endpoint,
            subnet: { ...subnet, privateEndpointNetworkPolicies, virtualNetwork: { kind: 'existing', id: '/v' } },
          },
        },
      ],
    ),
    ['given zones', { privateDns: { zones: 'existing', ids: ['/z'], nxDomainRedirect: true } }],
    ['zones of a policy', { privateDns: { zones: 'policy-managed' } }],
    ['new zones', { privateDns: { zones: 'create', resourceGroup: 'rg-net', nxDomainRedirect: true } }],
  ])('of a request in its row: %s', (_, more) => {
    const state = changeIn({ kind: 'working', first: null, proved: false }, { request: { ...asked, ...more } });
    expect(networkState.parse(state)).toEqual(state);
  });

  it.each<[string, NetworkState]>([
    ['working', changeIn({ kind: 'working', first, proved: true }, { done: [made('one', 1)] })],
    [
      'closing',
      changeIn(
        { kind: 'closing', from: listed, to: closed, sends: 1, inForceAtMs: 2, rounds: 3 },
        { waitingFor: { reason: 'proving-public-access', ...cause } },
      ),
    ],
    ['restoring', changeIn({ kind: 'restoring', from: listed, to: closed, sinceMs: 0, reason: 'shut-out', ...cause })],
    [
      'ended',
      {
        change: null,
        closedSinceMs: 7,
        last: {
          ...{ id: 'i', askedBy: 'a', askedAtMs: 1, endedAtMs: 2, end: 'shut-out', at: 'create-zone', ...cause },
          done: [made('one', 1)],
        },
      },
    ],
  ])('of a change that is %s', (_, state) => {
    expect(networkState.parse(state)).toEqual(state);
  });

  it('of what is shown', () => {
    const change = viewChange(changeOf(changeIn({ kind: 'working', first, proved: true })), [todo('one')]);
    const names = [{ host: 'ai-contoso.openai.azure.com', found: 'addresses', addresses: ['10.0.0.4'] }] as const;
    const view = viewNetwork({ ...account, rules: listed }, names, change);
    expect(view).toEqual({
      ...{ mode: 'public', publicNetworkAccess: 'Enabled', defaultAction: 'Allow', bypass: 'AzureServices' },
      ...{ ipRules: ['203.0.113.9'], subnets: [subnetId], customSubdomain: 'ai-contoso' },
      ...{ connections: [{ name: 'c', endpointId, status: 'Approved' }], names, change },
    });
    expect(networkView.strict().parse(view)).toEqual(view);
  });
});

// Anyone who reads a plan grants these, and no others: word for word, as Azure's operations are called.
it('needs these actions, each of them', () => {
  const network = (name: string) => `Microsoft.Network/${name}`;
  const ai = (name: string) => `Microsoft.CognitiveServices/accounts/${name}`;
  expect(neededActions).toEqual({
    'create-virtual-network': [network('virtualNetworks/write')],
    'create-subnet': [network('virtualNetworks/subnets/write')],
    'add-service-endpoint': [network('virtualNetworks/subnets/read'), network('virtualNetworks/subnets/write')],
    'create-private-endpoint': [
      network('privateEndpoints/write'),
      network('virtualNetworks/subnets/join/action'),
      ai('privateEndpointConnectionsApproval/action'),
    ],
    'approve-connection': [ai('privateEndpointConnections/write')],
    'create-zone': [network('privateDnsZones/write')],
    'link-zone': [network('privateDnsZones/virtualNetworkLinks/write'), network('virtualNetworks/join/action')],
    'set-zone-group': [network('privateEndpoints/privateDnsZoneGroups/write'), network('privateDnsZones/join/action')],
    'prove-private-path': [ai('listKeys/action')],
    'set-network-rules': [
      ai('write'),
      ai('listKeys/action'),
      network('virtualNetworks/subnets/joinViaServiceEndpoint/action'),
    ],
  });
});

const rules = (subnets: readonly string[]) => ({
  ...open,
  subnets: subnets.map((id) => ({ id, ignoreMissingServiceEndpoint: false })),
});
const set = (from: readonly string[], to: readonly string[]): NetworkChange => ({
  kind: 'set-network-rules',
  from: rules(from),
  to: rules(to),
});
const network = (name: string) => `Microsoft.Network/${name}`;
const ai = (name: string) => `Microsoft.CognitiveServices/accounts/${name}`;
const join = network('virtualNetworks/subnets/joinViaServiceEndpoint/action');
const write = ai('write');
const list = ai('listKeys/action');

it.each<[string, NetworkChange, boolean, readonly string[]]>([
  ['rules without a subnet join none', set([], []), true, [write, list]],
  ['rules with a subnet join it', set([], [subnetId]), true, [write, list, join]],
  ['rules that drop a subnet may have to be put back', set([subnetId], []), true, [write, list, join]],
  ['an account without keys has none to list', set([], []), false, [write]],
  ['nor has one whose rules name a subnet', set([], [subnetId]), false, [write, join]],
  ['a proof calls with keys', { kind: 'prove-private-path', hosts: [] }, true, [list]],
  ['a proof with the token needs no right of ARM', { kind: 'prove-private-path', hosts: [] }, false, []],
  [
    'a virtual network',
    { kind: 'create-virtual-network', id: 'v', location: 'l', addressSpace: 'a' },
    true,
    [network('virtualNetworks/write')],
  ],
  [
    'a subnet',
    { kind: 'create-subnet', id: 's', prefix: 'p', privateEndpointNetworkPolicies: 'Disabled' },
    true,
    [network('virtualNetworks/subnets/write')],
  ],
  [
    'a service endpoint',
    { kind: 'add-service-endpoint', subnetId, service: 'x' },
    true,
    [network('virtualNetworks/subnets/read'), network('virtualNetworks/subnets/write')],
  ],
  [
    'a private endpoint',
    { kind: 'create-private-endpoint', id: 'e', subnetId, location: 'l', targetId: armId, groupId: 'account' },
    true,
    [
      network('privateEndpoints/write'),
      network('virtualNetworks/subnets/join/action'),
      ai('privateEndpointConnectionsApproval/action'),
    ],
  ],
  [
    'an approval',
    { kind: 'approve-connection', connection: 'c', endpointId },
    true,
    [ai('privateEndpointConnections/write')],
  ],
  ['a zone', { kind: 'create-zone', id: 'z' }, true, [network('privateDnsZones/write')]],
  [
    'a link',
    { kind: 'link-zone', zoneId: 'z', name: 'n', virtualNetworkId: 'v', nxDomainRedirect: false },
    true,
    [network('privateDnsZones/virtualNetworkLinks/write'), network('virtualNetworks/join/action')],
  ],
  [
    'a zone group',
    { kind: 'set-zone-group', endpointId, name: 'n', zoneIds: ['z'] },
    true,
    [network('privateEndpoints/privateDnsZoneGroups/write'), network('privateDnsZones/join/action')],
  ],
])('needs what it writes, and no more: %s', (_, change, callsWithKeys, expected) => {
  expect(neededFor(change, callsWithKeys)).toEqual(expected);
});

it('says of a denied change when an action is needed', () => {
  const { last } = {
    last: { id: 'c', askedBy: 'a', askedAtMs: 5, endedAtMs: 9, code: 'AuthorizationFailed', done: [] },
  };
  const { detail } = viewEndedChange({ ...last, end: 'account-access-denied', at: 'set-network-rules' });
  expect(detail).toContain(`${join} (if the rules name subnets).`);
});

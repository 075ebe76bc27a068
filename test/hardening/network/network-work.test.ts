import { describe, expect, it } from 'vitest';
import { wayOutPatienceMs } from '../../../src/hardening/hardening-refusals.ts';
import type { NetworkChange } from '../../../src/hardening/network/network-change.ts';
import type { NetworkRequest } from '../../../src/hardening/network/network-request.ts';
import type { NetworkState } from '../../../src/hardening/network/network-state.ts';
import { performChange } from '../../../src/hardening/network/network-work.ts';
import type { NetworkWriter } from '../../../src/hardening/network/ports.ts';
import { networkRoundEveryMs } from '../../../src/keys/every-node.ts';
import type { Failure } from '../../../src/shared/failure.ts';
import {
  asked,
  changeIn,
  closed,
  ended,
  lookPauseMs,
  minuteMs,
  type NetworkWorld,
  networkAccount,
  networkWorld,
  nowMs,
  open,
  proofPauseMs,
  refusedBy,
  rested,
  subnetId,
  virtualNetworkId,
} from './network-builder.ts';

type First = { what: string; kind: string; looks: number; sends: number; sentAtMs: number | null; rounds: number };
type Change = NonNullable<NetworkState['change']>;

const working = (first: First | null = null, proved = false, change: Partial<Change> = {}) =>
  changeIn({ kind: 'working', first, proved }, change);
const at = (what: string, kind: string, more: Partial<First> = {}): First => ({
  what,
  kind,
  looks: 1,
  sends: 0,
  sentAtMs: null,
  rounds: 0,
  ...more,
});

const wayIn = (more: Partial<First> = {}) => at('private way in', 'prove-private-path', more);
const serviceEndpoint = (more: Partial<First> = {}) =>
  at(`service endpoint of ${subnetId}`, 'add-service-endpoint', more);
const selected: Partial<Change> = {
  request: { ...asked, mode: 'selected-networks', subnets: [subnetId] } satisfies NetworkRequest,
};
const policy: Partial<Change> = { request: { ...asked, privateDns: { zones: 'policy-managed' } } };

const subnetFacts = (state: string, serviceEndpoints: readonly string[] = []) => ({
  id: subnetId,
  prefixes: ['10.0.0.0/24'],
  serviceEndpoints,
  privateEndpointNetworkPolicies: 'Disabled',
  delegations: [],
  takenAddresses: 0,
  state,
});
/** A network with the subnet, which has no service endpoint yet. */
const network = (state = 'Succeeded'): NetworkWorld => ({
  look: {
    virtualNetwork: async (id) => ({
      id,
      location: 'eastus',
      addressSpace: ['10.0.0.0/16'],
      subnets: [subnetFacts(state)],
      state: 'Succeeded',
    }),
  },
});

describe('the work before public access is changed', () => {
  it.each<[string, NetworkState, NetworkWorld, unknown, readonly unknown[]]>([
    [
      'rests when nothing is asked',
      { ...working(), change: null },
      {},
      { kind: 'done', state: { ...working(), change: null } },
      [],
    ],
    [
      'rests while the instance is paused, and counts its looks again afterwards',
      working(wayIn({ looks: 40 })),
      { paused: true },
      rested(working(), 'paused', 60_000),
      [],
    ],
    [
      'is over when nothing differs',
      working(),
      { account: { rules: closed } },
      ended(working(), 'applied', null, {}, nowMs),
      [],
    ],
    [
      'waits for Azure to end its work when nothing differs',
      working(),
      { account: { rules: closed, provisioningState: 'Updating' } },
      rested(working(), 'azure-working', 15_000, {}, undefined, 'retry'),
      [],
    ],
    [
      'ends when somebody changed what brings a risk that nobody took',
      working(null, false, { ...selected, confirmed: [] }),
      network(),
      ended(working(), 'newly-blocked', null),
      [],
    ],
    [
      'ends when somebody took the custom subdomain away',
      working(),
      { account: { subdomain: null } },
      ended(working(), 'newly-blocked', null),
      [],
    ],
    [
      'waits for Azure, and counts the look',
      working(wayIn({ looks: 4 })),
      { account: { provisioningState: 'Updating' } },
      rested(working(wayIn({ looks: 5 })), 'azure-working', lookPauseMs(5)),
      [],
    ],
    [
      'waits for 18 looks',
      working(wayIn({ looks: 17 })),
      { account: { provisioningState: 'Updating' } },
      rested(working(wayIn({ looks: 18 })), 'azure-working', lookPauseMs(18)),
      [],
    ],
    [
      'gives up on what is never made',
      working(wayIn({ looks: 18 })),
      { account: { provisioningState: 'Updating' } },
      ended(working(wayIn()), 'not-taking', 'prove-private-path'),
      [],
    ],
    [
      'counts the looks at another step from the start',
      working(serviceEndpoint({ looks: 18, sends: 19, sentAtMs: 1 })),
      { account: { provisioningState: 'Updating' } },
      rested(working(wayIn()), 'azure-working', 15_000),
      [],
    ],
    [
      'proves the private way in',
      working(wayIn({ looks: 3, rounds: 4 })),
      {},
      {
        kind: 'go-on',
        state: working(null, true, { done: [{ what: 'private way in', kind: 'prove-private-path', atMs: nowMs }] }),
      },
      [],
    ],
    [
      'waits for a name that is public still',
      working(),
      { names: () => ({ kind: 'addresses', addresses: ['10.0.0.4', '20.1.2.3'] }) },
      rested(working(wayIn()), 'name-not-private', 15_000),
      [],
    ],
    [
      'waits for a name that nobody knows',
      working(),
      { names: () => ({ kind: 'no-such-name' }) },
      rested(working(wayIn()), 'name-unknown', 15_000),
      [],
    ],
    [
      'waits for a call that is accepted',
      working(),
      { key: () => ({ kind: 'unknown', code: 'no-answer' }) },
      rested(working(wayIn()), 'private-path-silent', 15_000, {}, { code: 'no-answer' }),
      [],
    ],
    [
      'says what the identity lacks for that call',
      working(),
      { account: { localAuthDisabled: true }, token: { kind: 'denied', action: 'data' } },
      rested(working(wayIn()), 'private-path-silent', 15_000, {}, { code: 'denied', action: 'data' }),
      [],
    ],
    [
      'is not proved by one round of accepted calls: a node of the gateway may lag behind',
      working(),
      {},
      rested(working(wayIn({ rounds: 1 })), 'proving-path', networkRoundEveryMs),
      [],
    ],
    [
      'is proved by the fifth round in a row, also past the last look',
      working(wayIn({ looks: 13, rounds: 4 })),
      {},
      {
        kind: 'go-on',
        state: working(null, true, { done: [{ what: 'private way in', kind: 'prove-private-path', atMs: nowMs }] }),
      },
      [],
    ],
    [
      'counts its rounds again when the last call of the fifth is not accepted',
      working(wayIn({ looks: 4, rounds: 4 })),
      { key: (call) => (call === 7 ? { kind: 'unknown', code: 'http-403' } : { kind: 'accepted' }) },
      rested(working(wayIn({ looks: 5 })), 'private-path-silent', proofPauseMs(5), {}, { code: 'http-403' }),
      [],
    ],
    [
      'counts its rounds again when a name is public again',
      working(wayIn({ looks: 4, rounds: 4 })),
      { names: () => ({ kind: 'addresses', addresses: ['20.1.2.3'] }) },
      rested(working(wayIn({ looks: 5 })), 'name-not-private', proofPauseMs(5)),
      [],
    ],
    [
      'does not call the way silent while the quota of calls is used up',
      working(),
      { key: () => ({ kind: 'unknown', code: 'quota-used-up' }) },
      rested(working(wayIn()), 'quota-used-up', 15_000, {}, { code: 'quota-used-up' }),
      [],
    ],
    [
      'ends under that name when nothing could be proved in time',
      working(wayIn({ looks: 10 })),
      { key: () => ({ kind: 'unknown', code: 'quota-used-up' }) },
      ended(working(wayIn()), 'quota-used-up', 'prove-private-path', { code: 'quota-used-up' }),
      [],
    ],
    [
      'and so it does while the endpoint throttles',
      working(wayIn({ looks: 10 })),
      { key: () => ({ kind: 'unknown', code: 'http-429' }) },
      ended(working(wayIn()), 'endpoint-unclear', 'prove-private-path', { code: 'http-429' }),
      [],
    ],
    [
      'calls nobody if the settings forbid it: the names are the proof',
      working(),
      { dataPlane: false, key: () => ({ kind: 'unknown', code: 'called' }) },
      {
        kind: 'go-on',
        state: working(null, true, { done: [{ what: 'private way in', kind: 'prove-private-path', atMs: nowMs }] }),
      },
      [],
    ],
    [
      'looks ten times for the way in',
      working(wayIn({ looks: 9 })),
      { names: () => ({ kind: 'unknown' }) },
      rested(working(wayIn({ looks: 10 })), 'name-unknown', proofPauseMs(10)),
      [],
    ],
    [
      'then leaves public access as it was',
      working(wayIn({ looks: 10 })),
      { names: () => ({ kind: 'unknown' }) },
      ended(working(wayIn()), 'path-not-proved', 'prove-private-path'),
      [],
    ],
    [
      'gives a policy longer to write the records',
      working(wayIn({ looks: 14 }), false, policy),
      { names: () => ({ kind: 'unknown' }) },
      rested(working(wayIn({ looks: 15 }), false, policy), 'name-unknown', proofPauseMs(15)),
      [],
    ],
    [
      'but not for ever',
      working(wayIn({ looks: 15 }), false, policy),
      { names: () => ({ kind: 'unknown' }) },
      ended(working(wayIn()), 'path-not-proved', 'prove-private-path'),
      [],
    ],
    [
      'saves the former rules before it changes them',
      working(null, true, { waitingFor: { reason: 'azure-working', code: null } }),
      {},
      {
        kind: 'go-on',
        state: changeIn({ kind: 'closing', from: open, to: closed, sends: 0, inForceAtMs: null, rounds: 0 }),
      },
      [],
    ],
    [
      'hands a step over, and notes it',
      working(null, false, selected),
      network(),
      rested(working(serviceEndpoint({ sends: 1, sentAtMs: nowMs }), false, selected), 'azure-working', 5_000, {
        done: [{ what: `service endpoint of ${subnetId}`, kind: 'add-service-endpoint', atMs: nowMs }],
      }),
      [['addServiceEndpoint', subnetId, 'Microsoft.CognitiveServices']],
    ],
    [
      'waits a minute before it hands it over again',
      working(serviceEndpoint({ sends: 1, sentAtMs: nowMs - minuteMs + 1 }), false, selected),
      network(),
      rested(
        working(serviceEndpoint({ looks: 2, sends: 1, sentAtMs: nowMs - minuteMs + 1 }), false, selected),
        'azure-working',
        lookPauseMs(2),
      ),
      [],
    ],
    [
      'hands it over again, and notes it once',
      working(serviceEndpoint({ sends: 1, sentAtMs: nowMs - minuteMs }), false, selected),
      network(),
      rested(
        working(serviceEndpoint({ looks: 2, sends: 2, sentAtMs: nowMs }), false, selected),
        'azure-working',
        5_000,
      ),
      [['addServiceEndpoint', subnetId, 'Microsoft.CognitiveServices']],
    ],
    [
      'hands it over twenty times',
      working(serviceEndpoint({ sends: 19, sentAtMs: 0 }), false, selected),
      network(),
      rested(
        working(serviceEndpoint({ looks: 2, sends: 20, sentAtMs: nowMs }), false, selected),
        'azure-working',
        5_000,
      ),
      [['addServiceEndpoint', subnetId, 'Microsoft.CognitiveServices']],
    ],
    [
      'gives up on what never takes',
      working(serviceEndpoint({ sends: 20, sentAtMs: 0 }), false, selected),
      network(),
      ended(working(), 'not-taking', 'add-service-endpoint'),
      [],
    ],
    [
      'gives up after 18 looks, however seldom it was handed over',
      working(serviceEndpoint({ looks: 18, sends: 2, sentAtMs: 0 }), false, selected),
      network(),
      ended(working(), 'not-taking', 'add-service-endpoint'),
      [],
    ],
    [
      'hands nothing over while the subnet is being changed',
      working(null, false, selected),
      network('Updating'),
      rested(working(serviceEndpoint(), false, selected), 'azure-working', 15_000),
      [],
    ],
    [
      'ends with what Azure refuses a step for',
      working(null, false, selected),
      { ...network(), handFails: refusedBy('resource-lock', 'ScopeLocked') },
      ended(working(), 'resource-lock', 'add-service-endpoint', { code: 'ScopeLocked' }),
      [['addServiceEndpoint', subnetId, 'Microsoft.CognitiveServices']],
    ],
    ...(
      [
        ['SubnetIsFull', 'subnet-full'],
        ['PrivateEndpointCreationNotAllowedAsSubnetIsDelegated', 'subnet-delegated'],
        ['SubnetIsNotKnownToAnybody', 'account-access-denied'],
      ] as const
    ).map(([code, how]): [string, NetworkState, NetworkWorld, unknown, readonly unknown[]] => [
      `calls the refusal ${code} ${how}`,
      working(null, false, selected),
      { ...network(), handFails: refusedBy('account-access-denied', code) },
      ended(working(), how, 'add-service-endpoint', { code }),
      [['addServiceEndpoint', subnetId, 'Microsoft.CognitiveServices']],
    ]),
  ])('%s', async (_, state, world, expected, sent) => {
    const { step, sent: did } = networkWorld(world);
    expect(await step(state)).toEqual(expected);
    expect(did).toEqual(sent);
  });

  it('asks for every name of the account', async () => {
    const { step, calls } = networkWorld();
    await step(working());
    expect(calls.names).toEqual(['ai-contoso.openai.azure.com']);
  });

  it('passes on what is no refusal, for it may have been applied', async () => {
    const { step } = networkWorld({ ...network(), handFails: { kind: 'outcome-unknown', code: 'timeout' } });
    await expect(step(working(null, false, selected))).rejects.toThrow('timeout');
  });
});

const closing = (inForceAtMs: number | null) =>
  changeIn({ kind: 'closing', from: open, to: closed, sends: 1, inForceAtMs, rounds: 0 });
const backFor = (sinceMs: number) =>
  changeIn({ kind: 'restoring', from: open, to: closed, sinceMs, reason: 'shut-out', code: null });
const restoring = backFor(nowMs - wayOutPatienceMs);
const passing: Failure = { kind: 'not-applied', code: 'http-503', retryAfterMs: null };
const denied: Failure = {
  kind: 'refused',
  reason: 'account-access-denied',
  code: 'AuthorizationFailed',
  action: 'Microsoft.CognitiveServices/accounts/read',
};
const cause = { code: 'AuthorizationFailed', action: 'Microsoft.CognitiveServices/accounts/read' };

describe('a call that failed', () => {
  it.each<[string, NetworkState, Failure, unknown]>([
    [
      'changes nothing when nothing is asked',
      { ...working(), change: null },
      denied,
      { kind: 'done', state: { ...working(), change: null } },
    ],
    ['is made again', working(), passing, rested(working(), 'azure-refused-for-now', 15_000, {}, { code: 'http-503' })],
    [
      'is made again when the service wants it',
      working(),
      { ...passing, code: 'http-429', retryAfterMs: 40_000 },
      rested(working(), 'azure-refused-for-now', 40_000, {}, { code: 'http-429' }),
    ],
    [
      'is looked into when its reply was lost',
      working(),
      { kind: 'outcome-unknown', code: 'timeout' },
      rested(working(), 'outcome-settling', 15_000, {}, { code: 'timeout' }),
    ],
    [
      'ends the change when Azure refuses it',
      working(wayIn()),
      denied,
      ended(working(), 'account-access-denied', 'prove-private-path', cause),
    ],
    [
      'does not end it while the new rules may be in force',
      closing(null),
      denied,
      rested(closing(nowMs), 'azure-refused-for-now', 15_000, {}, cause, 'bounded'),
    ],
    [
      'is borne for five minutes then',
      closing(nowMs - 5 * minuteMs),
      denied,
      rested(closing(nowMs - 5 * minuteMs), 'azure-refused-for-now', 15_000, {}, cause, 'bounded'),
    ],
    [
      'and leads back to the former rules afterwards',
      closing(nowMs - 5 * minuteMs - 1),
      denied,
      {
        kind: 'go-on',
        state: changeIn({ kind: 'restoring', from: open, to: closed, sinceMs: nowMs, reason: 'shut-out', ...cause }),
      },
    ],
    [
      'does not end the way back within a week',
      restoring,
      denied,
      rested(restoring, 'rules-not-back', 10_000, {}, cause),
    ],
    [
      'ends it when Azure refused for longer, and names why',
      backFor(nowMs - wayOutPatienceMs - 1),
      denied,
      ended(backFor(nowMs - wayOutPatienceMs - 1), 'account-access-denied', 'set-network-rules', cause),
    ],
    [
      'never hurries the way back, nor lets it wait for long',
      restoring,
      { ...passing, retryAfterMs: 9 * minuteMs },
      rested(restoring, 'rules-not-back', 10_000, {}, { code: 'http-503' }),
    ],
  ])('%s', (_, state, failure, expected) => {
    expect(networkWorld().work.failed(state, failure, nowMs)).toEqual(expected);
  });
});

describe('one step, handed over', () => {
  type Wanted = Exclude<NetworkChange, { kind: 'prove-private-path' | 'set-network-rules' }>;
  const zoneId = '/z';
  const every: { readonly [Kind in Wanted['kind']]: readonly [Extract<Wanted, { kind: Kind }>, readonly unknown[]] } = {
    'create-virtual-network': [
      { kind: 'create-virtual-network', id: virtualNetworkId, location: 'eastus', addressSpace: '10.0.0.0/16' },
      ['createVirtualNetwork', expect.objectContaining({ id: virtualNetworkId })],
    ],
    'create-subnet': [
      { kind: 'create-subnet', id: subnetId, prefix: '10.0.0.0/24', privateEndpointNetworkPolicies: 'Disabled' },
      ['createSubnet', expect.objectContaining({ id: subnetId })],
    ],
    'add-service-endpoint': [
      { kind: 'add-service-endpoint', subnetId, service: 'S' },
      ['addServiceEndpoint', subnetId, 'S'],
    ],
    'create-private-endpoint': [
      { kind: 'create-private-endpoint', id: '/e', subnetId, location: 'eastus', targetId: '/t', groupId: 'account' },
      ['createPrivateEndpoint', expect.objectContaining({ id: '/e' })],
    ],
    'approve-connection': [
      { kind: 'approve-connection', connection: 'c', endpointId: '/e' },
      ['approveConnection', networkAccount, 'c'],
    ],
    'create-zone': [{ kind: 'create-zone', id: zoneId }, ['createZone', zoneId]],
    'link-zone': [
      { kind: 'link-zone', zoneId, name: 'l', virtualNetworkId, nxDomainRedirect: true },
      ['linkZone', expect.objectContaining({ zoneId, nxDomainRedirect: true })],
    ],
    'set-zone-group': [
      { kind: 'set-zone-group', endpointId: '/e', name: 'default', zoneIds: [zoneId] },
      ['setZoneGroup', '/e', 'default', [zoneId]],
    ],
  };

  it.each(Object.values(every))('$kind', async (change, expected) => {
    const sent: unknown[][] = [];
    const hand = new Proxy({} as NetworkWriter, {
      get:
        (_, name) =>
        async (...args: unknown[]) =>
          void sent.push([name, ...args]),
    });
    await performChange(hand, networkAccount, change);
    expect(sent).toEqual([expected]);
  });
});

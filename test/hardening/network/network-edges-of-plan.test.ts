import { expect, it } from 'vitest';
import type { NetworkFacts, ZoneFacts } from '../../../src/hardening/network/network-facts.ts';
import { planNetwork } from '../../../src/hardening/network/plan-network.ts';
import {
  armId,
  asked,
  changeIn,
  closed,
  endpointId,
  networkAccount,
  networkWorld,
  open,
  subnetId,
  virtualNetworkId,
  zoneName,
} from './network-builder.ts';

const zone = (name: string, isOther: boolean): ZoneFacts => ({
  name,
  id: `/zones/${name}`,
  exists: true,
  link: { name: 'l', virtualNetworkId },
  isOther,
});
const subnet = {
  id: subnetId,
  prefixes: ['10.0.1.0/24'],
  serviceEndpoints: [],
  delegations: [],
  takenAddresses: 0,
  state: 'Succeeded',
};
const facts: NetworkFacts = {
  account: {
    kind: 'OpenAI',
    endpoint: 'https://ai-contoso.openai.azure.com/',
    subdomain: 'ai-contoso',
    provisioningState: 'Succeeded',
    localAuthDisabled: false,
    rules: open,
    connections: [{ name: 'c', endpointId, status: 'Approved' }],
  },
  virtualNetwork: {
    id: virtualNetworkId,
    location: 'eastus',
    addressSpace: ['10.0.0.0/16'],
    subnets: [subnet],
    state: 'Succeeded',
  },
  subnet,
  endpoint: { id: endpointId, subnetId, targetId: armId, state: 'Succeeded' },
  connection: { name: 'c', endpointId, status: 'Approved' },
  zoneGroup: null,
  zoneNames: [zoneName],
  zones: [zone('mine', false), zone('theirs', true)],
  privateNetworks: [],
  ruleSubnets: new Map(),
};

it('tells of the zones of others that are used, and of those alone', () => {
  const request = {
    ...asked,
    privateEndpoint: { subnet: { kind: 'existing', id: subnetId }, name: null, resourceGroup: null },
    privateDns: { zones: 'create', resourceGroup: null, nxDomainRedirect: false },
  } as const;
  const group = planNetwork(networkAccount, request, facts, false, true).find(
    ({ change }) => change.kind === 'set-zone-group',
  );
  expect(group?.risks).toEqual([
    {
      name: 'other-zone-linked',
      level: 'advisory',
      text: 'The network already has the zone /zones/theirs, and takes one of the name theirs: that one is used.',
    },
  ]);
  expect(group?.change).toMatchObject({ zoneIds: ['/zones/mine', '/zones/theirs'] });
});

it.each([
  [{ egress: '198.51.100.7', subnetId: null }, 'egress 198.51.100.7'],
  [{ egress: null, subnetId: '/vnet/subnets/app' }, 'subnet /vnet/subnets/app'],
  [{ egress: '198.51.100.7', subnetId: '/vnet/subnets/app' }, 'egress 198.51.100.7, subnet /vnet/subnets/app'],
])('says where it is that whoever is cut off calls from: %o', (place, text) => {
  const request = {
    ...asked,
    mode: 'selected-networks',
    ipRules: ['203.0.113.1'],
    keyturn: place,
    consumers: [{ name: 'the app', ...place }],
  } as const;
  const risks = planNetwork(networkAccount, request, facts, false, true).flatMap((one) => one.risks);
  expect(risks.filter(({ name }) => name.startsWith('cuts-off')).map((risk) => risk.text)).toEqual([
    `Keyturn itself (${text}) would not get in any more.`,
    `The consumer the app (${text}) would not get in any more.`,
  ]);
});

it('tells the first key’s answer when neither key gets in', async () => {
  const { step } = networkWorld({
    account: { rules: closed },
    key: (call) => ({ kind: 'unknown', code: call === 0 ? 'http-403' : 'http-503' }),
  });
  const closing = { kind: 'closing', from: open, to: closed, sends: 1, inForceAtMs: null, rounds: 0 } as const;
  expect(await step(changeIn(closing))).toMatchObject({ state: { change: { waitingFor: { code: 'http-403' } } } });
});

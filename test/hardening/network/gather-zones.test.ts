import { describe, expect, it } from 'vitest';
import { gatherNetwork } from '../../../src/hardening/network/gather-network.ts';
import type { ZoneFacts } from '../../../src/hardening/network/network-facts.ts';
import type { AskedPrivateDns } from '../../../src/hardening/network/network-request.ts';
import type { NetworkReader } from '../../../src/hardening/network/ports.ts';
import { asked, networkAccount, open, zoneName } from './network-builder.ts';

const hub = '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-hub';
const own = `/subscriptions/${networkAccount.subscriptionId}/resourceGroups`;
const zoneIn = (group: string) => `${group}/providers/Microsoft.Network/privateDnsZones/${zoneName}`;
const hubNetwork = `${hub}/providers/Microsoft.Network/virtualNetworks/vnet`;
const create: AskedPrivateDns = { zones: 'create', resourceGroup: null, nxDomainRedirect: false };
const link = { name: 'l', virtualNetworkId: hubNetwork.toUpperCase(), resolutionPolicy: null };
const elsewhere = { ...link, virtualNetworkId: `${hubNetwork}-other` };

/** An account whose endpoint goes into the hub's network; zones that may be seen, by subscription, and their links. */
interface Scene {
  readonly dns?: AskedPrivateDns | null;
  readonly seen?: readonly string[];
  /** There, though no list shows it. */
  readonly hidden?: string;
  readonly linked?: readonly string[];
}

async function zones({ dns = create, seen = [], hidden, linked = [] }: Scene): Promise<readonly ZoneFacts[]> {
  const look: NetworkReader = {
    account: async () => ({
      ...{ kind: 'OpenAI', endpoint: 'https://ai-contoso.openai.azure.com/', subdomain: 'ai-contoso', rules: open },
      ...{ provisioningState: 'Succeeded', localAuthDisabled: false, connections: [] },
    }),
    virtualNetwork: async () => null,
    privateEndpoint: async () => null,
    zoneGroups: async () => [],
    zoneExists: async (id) => id === hidden,
    zonesNamed: async (subscriptionId, names) =>
      seen.filter((id) => id.includes(`/${subscriptionId}/`) && names.some((name) => id.endsWith(name))),
    zoneLinks: async (id) => (linked.includes(id) ? [elsewhere, link] : [elsewhere]),
  };
  const subnet = { kind: 'existing', id: `${hubNetwork}/subnets/snet` } as const;
  const request = { ...asked, privateEndpoint: { subnet, name: null, resourceGroup: null }, privateDns: dns };
  return (await gatherNetwork({ networkReader: look, zoneNames: () => [zoneName] }, networkAccount, request)).zones;
}

const inHub = zoneIn(hub);
const inOwn = zoneIn(`${own}/rg-ai`);
const zone = (more: Partial<ZoneFacts>): ZoneFacts => ({
  ...{ name: zoneName, id: inOwn, exists: false, link: null, isOther: false, ...more },
});

describe('the zone that a plan finds', () => {
  it.each<[says: string, scene: Scene, found: readonly ZoneFacts[]]>([
    ['is to be made in the account’s group', {}, [zone({})]],
    [
      'is to be made in the group that is given',
      { dns: { ...create, resourceGroup: 'rg-dns' } },
      [zone({ id: zoneIn(`${own}/rg-dns`) })],
    ],
    ['is there and not linked', { seen: [inOwn] }, [zone({ exists: true })]],
    ['is there, though no list shows it', { hidden: inOwn }, [zone({ exists: true })]],
    ['is there and linked', { seen: [inOwn], linked: [inOwn] }, [zone({ exists: true, link })]],
    [
      'is another one of the account’s subscription that is linked',
      { seen: [zoneIn(`${own}/rg-other`)], linked: [zoneIn(`${own}/rg-other`)] },
      [zone({ id: zoneIn(`${own}/rg-other`), exists: true, link, isOther: true })],
    ],
    [
      'is another one of the network’s subscription that is linked',
      { seen: [inOwn, inHub], linked: [inHub] },
      [zone({ id: inHub, exists: true, link, isOther: true })],
    ],
    ['is no other one that is not linked', { seen: [inHub] }, [zone({})]],
    [
      'is the given one, which no list need show',
      { dns: { zones: 'existing', ids: [`${inHub}.other`, inHub], nxDomainRedirect: false }, hidden: inHub },
      [zone({ id: inHub, exists: true })],
    ],
    [
      'is none that was not given',
      { dns: { zones: 'existing', ids: [], nxDomainRedirect: false }, seen: [inOwn] },
      [zone({ id: null })],
    ],
    ['is none if a policy looks after them', { dns: { zones: 'policy-managed' }, seen: [inOwn] }, []],
    ['is none if zones are left alone', { dns: null, seen: [inOwn] }, []],
  ])('%s', async (_, scene, found) => {
    expect(await zones(scene)).toEqual(found);
  });
});

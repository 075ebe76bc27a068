import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoDefinition } from '../../local/demo/demo-world.ts';
import { networkOf } from '../../local/simulated-azure/network/network-world.ts';
import { type BuiltApp, startBuiltApp, target, until } from './start-built-app.ts';

interface NetworkView {
  readonly mode: string;
  readonly names: readonly { readonly addresses: readonly string[] }[];
  readonly change: { readonly state: string };
}

let app: BuiltApp;
beforeAll(async () => {
  app = await startBuiltApp(demoDefinition);
});
afterAll(() => app?.stop());

test('the built app closes an account for everybody but its own subnet, over the proxy, and looks names up where it stands', async () => {
  const { world } = app;
  const { subscriptionId, resourceGroup } = world.accounts[0] ?? { subscriptionId: '', resourceGroup: '' };
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const networkId = `${group}/providers/Microsoft.Network/virtualNetworks/vnet-contoso`;
  for (const role of ['Network Contributor', 'Private DNS Zone Contributor', 'Cognitive Services Contributor'])
    app.grant('func-keyturn', role, group);
  world.pace.armOperationMs = 200;
  const network = networkOf(world);
  const placed = { subscriptionId, resourceGroup, tags: undefined };
  const settled = { etag: 'W/"1"', state: 'Succeeded' as const };
  network.virtualNetworks.push({
    ...placed,
    ...settled,
    name: 'vnet-contoso',
    location: 'eastus',
    resourceGuid: crypto.randomUUID(),
    addressPrefixes: ['10.20.0.0/16'],
    more: {},
    subnets: [
      {
        ...settled,
        name: 'snet',
        prefixes: ['10.20.1.0/24'],
        asList: false,
        serviceEndpoints: [],
        privateEndpointNetworkPolicies: 'Disabled',
        privateLinkServiceNetworkPolicies: 'Enabled',
        more: {},
      },
    ],
  });
  const link = { name: 'l', tags: undefined, etag: '"1"', networkId, createdAtMs: 0, registrationEnabled: false };
  const ids = ['cognitiveservices.azure.com', 'openai.azure.com', 'services.ai.azure.com'].map((suffix) => {
    const name = `privatelink.${suffix}`;
    network.privateDnsZones.push({
      ...placed,
      name,
      etag: name,
      links: [{ ...link, resolutionPolicy: undefined }],
      records: [],
    });
    return `${group}/providers/Microsoft.Network/privateDnsZones/${name}`;
  });
  const subnetId = `${networkId}/subnets/snet`;
  network.callers.push({ name: 'worker', address: '203.0.113.10', subnetId });

  const path = `targets/${target}/network`;
  const body = {
    mode: 'private',
    privateEndpoint: { subnet: { id: subnetId } },
    privateDns: { zones: 'existing', ids },
    keyturn: { subnetId },
  };
  const planned = await app.ask('PUT', `${path}?dryRun=true`, { body });
  expect(planned).toMatchObject({ status: 200, body: { toConfirm: [], differences: [{}, {}, {}, {}] } });
  expect(await app.ask('PUT', path, { body })).toMatchObject({ status: 202, body: { state: 'running' } });

  const seen = await app.hurried(() =>
    until(
      async () => (await app.ask('GET', path)).body as NetworkView,
      ({ change }) => change.state !== 'running',
    ),
  );
  expect(seen).toMatchObject({ mode: 'private', change: { state: 'applied' } });
  expect(seen.names.map(({ addresses }) => addresses)).toEqual([['10.20.1.4'], ['10.20.1.5'], ['10.20.1.6']]);
  expect((await app.ask('PUT', path, { body })).status).toBe(200);
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanedEnvironment } from '../../local/demo/cleaned-environment.ts';
import { signedInOperator } from '../../local/demo/operator.ts';
import { type Stage, setStage } from '../../local/demo/stage.ts';
import { startedThings } from '../../local/demo/started-things.ts';
import { newRoleAssignment } from '../../local/simulated-azure/arm/authorization/new-role-assignment.ts';
import { networkOf } from '../../local/simulated-azure/network/network-world.ts';
import { builtInRoles } from '../../local/simulated-azure/roles.ts';

const target = 'ai-secure-demo';
const things = startedThings();
let folder: string;
let stage: Stage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-network-'));
  stage = await setStage({ folder, port: 0, environment: cleanedEnvironment() }, things);
}, 60_000);

afterAll(async () => {
  await things.stopAll();
  await rm(folder, { recursive: true });
});

test('the built app closes an account for everybody but its own subnet, over the proxy, and looks names up where it stands', async () => {
  const { world } = stage.local.azure;
  const { subscriptionId, resourceGroup } = world.accounts[0] ?? { subscriptionId: '', resourceGroup: '' };
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const networkId = `${group}/providers/Microsoft.Network/virtualNetworks/vnet-contoso`;
  const principalId = world.principals.find(({ name }) => name === 'func-keyturn')?.objectId ?? '';
  for (const roleName of ['Network Contributor', 'Private DNS Zone Contributor', 'Cognitive Services Contributor']) {
    const roleGuid = builtInRoles.find((role) => role.roleName === roleName)?.guid ?? '';
    const asked = {
      name: crypto.randomUUID(),
      scope: group,
      principalId,
      principalType: null,
      roleGuid,
      createdBy: '',
    };
    world.roleAssignments.push({ ...newRoleAssignment(world, asked, 0), effectiveAtMs: 0 });
  }
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

  const operator = signedInOperator(stage);
  const path = `targets/${target}/network`;
  const body = {
    mode: 'private',
    privateEndpoint: { subnet: { id: subnetId } },
    privateDns: { zones: 'existing', ids },
    keyturn: { subnetId },
  };
  const planned = await operator.ask('PUT', `${path}?dryRun=true`, body);
  expect(planned).toMatchObject({ status: 200, body: { toConfirm: [], differences: [{}, {}, {}, {}] } });
  expect(await operator.ask('PUT', path, body)).toMatchObject({ status: 202, body: { state: 'running' } });

  const stateNow = async () => {
    const { body: shown } = await operator.ask('GET', path);
    return shown as { mode: string; names: { addresses: string[] }[]; change: { state: string; detail: string } };
  };
  let seen = await stateNow();
  while (seen.change.state === 'running') {
    await after(500);
    seen = await stateNow();
  }
  expect(seen).toMatchObject({ mode: 'private', change: { state: 'applied' } });
  expect(seen.names.map(({ addresses }) => addresses)).toEqual([['10.20.1.4'], ['10.20.1.5'], ['10.20.1.6']]);
  expect((await operator.ask('PUT', path, body)).status).toBe(200);
}, 300_000);

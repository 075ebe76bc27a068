import { describe, expect, it } from 'vitest';
import type { WorldDefinition } from '../../../local/simulated-azure/world-definition.ts';
import { accountId, group, groupId, openArm, subscriptionId } from './open-arm.ts';

/**
 * The calls by which an account is hardened, as today's Azure CLI and the SDKs for Python send them: their headers, their
 * order and encoding of parameters. Only versions and headers are these clients' own; the answers are those that recordings
 * show for the same calls of earlier versions, since none of these versions was recorded. The versions are assumed where
 * a client's newest release could not be read.
 */

/** Azure CLI on knack and azure-core: the command beside every call, and no wish to see the id again. */
const cli = (command: string) => ({
  accept: 'application/json',
  'accept-encoding': 'gzip, deflate',
  connection: 'keep-alive',
  commandname: command,
  parametersetname: '-g -n',
  'user-agent': 'AZURECLI/2.80.0 azsdk-python-core/1.35.0 Python/3.13.7 (Linux-6.1.0-x86_64-with-glibc2.41)',
  'x-ms-client-request-id': '6f4f6a5e-0000-4000-8000-0000000000c1',
});
/** An SDK for Python on azure-core. */
const python = (packageName: string) => ({
  accept: 'application/json',
  'accept-encoding': 'gzip, deflate',
  connection: 'keep-alive',
  'user-agent': `azsdk-python-${packageName} Python/3.13.7 (Linux-6.1.0-x86_64-with-glibc2.41)`,
  'x-ms-client-request-id': '6f4f6a5e-0000-4000-8000-0000000000c2',
});

const subscription = `/subscriptions/${subscriptionId}`;
const identity = `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-new`;
const vault = `${groupId}/providers/Microsoft.KeyVault/vaults/kv-new`;
const network = `${groupId}/providers/Microsoft.Network/virtualNetworks/vnet`;
const endpoint = `${groupId}/providers/Microsoft.Network/privateEndpoints/pe`;
const zone = `${groupId}/providers/Microsoft.Network/privateDnsZones/privatelink.cognitiveservices.azure.com`;
const reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
const assignment = `${accountId}/providers/Microsoft.Authorization/roleAssignments/22222222-0000-4000-8000-000000000001`;

interface Row {
  readonly says: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly path: string;
  readonly body?: (objectId: (name: string) => string) => unknown;
  readonly status: number;
  /** Paths into the answer's body; `value[].name` is the first item's. */
  readonly shape: Readonly<Record<string, unknown>>;
}

const type = 'Microsoft.CognitiveServices/accounts';
const rows: readonly Row[] = [
  {
    says: 'az cognitiveservices account show',
    headers: cli('cognitiveservices account show'),
    method: 'GET',
    path: `${accountId}?api-version=2026-07-15-preview`,
    status: 200,
    shape: { type, 'properties.provisioningState': 'Succeeded' },
  },
  {
    says: 'accounts.get of azure-mgmt-cognitiveservices',
    headers: python('mgmt-cognitiveservices/14.0.0'),
    method: 'GET',
    path: `${accountId}?api-version=2026-09-15-preview`,
    status: 200,
    shape: { type, 'properties.provisioningState': 'Succeeded' },
  },
  {
    says: 'az cognitiveservices account list',
    headers: cli('cognitiveservices account list'),
    method: 'GET',
    path: `${subscription}/providers/Microsoft.CognitiveServices/accounts?api-version=2026-07-15-preview`,
    status: 200,
    shape: { 'value[].type': type },
  },
  {
    says: 'az cognitiveservices account keys list',
    headers: cli('cognitiveservices account keys list'),
    method: 'POST',
    path: `${accountId}/listKeys?api-version=2026-07-15-preview`,
    status: 200,
    shape: { key1: expect.any(String), key2: expect.any(String) },
  },
  {
    says: 'accounts.begin_update that turns keys off',
    headers: python('mgmt-cognitiveservices/14.0.0'),
    method: 'PATCH',
    path: `${accountId}?api-version=2026-09-15-preview`,
    body: () => ({ properties: { disableLocalAuth: true } }),
    status: 200,
    shape: { 'properties.disableLocalAuth': true },
  },
  {
    says: 'az identity create',
    headers: cli('identity create'),
    method: 'PUT',
    path: `${identity}?api-version=2025-05-31-preview`,
    body: () => ({ location: 'eastus', tags: {} }),
    status: 201,
    shape: { name: 'id-new', 'properties.principalId': expect.any(String), 'properties.clientId': expect.any(String) },
  },
  {
    says: 'az identity show',
    headers: cli('identity show'),
    method: 'GET',
    path: `${identity}?api-version=2025-05-31-preview`,
    status: 200,
    shape: { type: 'Microsoft.ManagedIdentity/userAssignedIdentities' },
  },
  {
    says: 'az identity list',
    headers: cli('identity list'),
    method: 'GET',
    path: `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities?api-version=2025-05-31-preview`,
    status: 200,
    shape: { 'value[].name': 'id-new' },
  },
  {
    says: 'az keyvault create',
    headers: cli('keyvault create'),
    method: 'PUT',
    path: `${vault}?api-version=2026-02-01`,
    body: () => ({
      location: 'eastus',
      properties: {
        tenantId: '00000000-0000-4000-8000-000000000001',
        sku: { family: 'A', name: 'standard' },
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] },
      },
    }),
    status: 200,
    shape: {
      name: 'kv-new',
      'properties.provisioningState': 'RegisteringDns',
      'properties.vaultUri': 'https://kv-new.vault.azure.net',
    },
  },
  {
    says: 'az keyvault show',
    headers: cli('keyvault show'),
    method: 'GET',
    path: `${vault}?api-version=2026-02-01`,
    status: 200,
    shape: { 'properties.enableRbacAuthorization': true },
  },
  {
    says: 'vaults.list_by_resource_group of azure-mgmt-keyvault',
    headers: python('mgmt-keyvault/13.0.0'),
    method: 'GET',
    path: `${groupId}/providers/Microsoft.KeyVault/vaults?api-version=2026-02-01`,
    status: 200,
    shape: { 'value[].name': 'kv-new' },
  },
  {
    says: 'az keyvault list',
    headers: cli('keyvault list'),
    method: 'GET',
    path: `${subscription}/resources?$filter=resourceType%20eq%20%27Microsoft.KeyVault%2Fvaults%27&api-version=2015-11-01`,
    status: 200,
    shape: { 'value[].name': 'kv-new' },
  },
  {
    says: 'az role definition list',
    headers: cli('role definition list'),
    method: 'GET',
    path: `${subscription}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName%20eq%20%27Reader%27&api-version=2022-05-01-preview`,
    status: 200,
    shape: { 'value[].name': reader, 'value[].properties.type': 'BuiltInRole' },
  },
  {
    says: 'az role assignment create',
    headers: cli('role assignment create'),
    method: 'PUT',
    path: `${assignment}?api-version=2022-04-01`,
    body: (objectId) => ({
      properties: {
        roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${reader}`,
        principalId: objectId('guest'),
        principalType: 'User',
      },
    }),
    status: 201,
    shape: { 'properties.principalType': 'User', 'properties.scope': accountId },
  },
  {
    says: 'az role assignment list',
    headers: cli('role assignment list'),
    method: 'GET',
    path: `${accountId}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope%28%29&api-version=2022-04-01`,
    status: 200,
    shape: { 'value[].type': 'Microsoft.Authorization/roleAssignments' },
  },
  {
    says: 'az network vnet create',
    headers: cli('network vnet create'),
    method: 'PUT',
    path: `${network}?api-version=2024-07-01`,
    body: () => ({
      location: 'eastus',
      properties: {
        addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
        dhcpOptions: {},
        enableDdosProtection: false,
        subnets: [],
      },
      tags: {},
    }),
    status: 201,
    shape: { name: 'vnet', 'properties.addressSpace.addressPrefixes': ['10.0.0.0/16'] },
  },
  {
    says: 'subnets.begin_create_or_update of azure-mgmt-network',
    headers: python('mgmt-network/30.0.0'),
    method: 'PUT',
    path: `${network}/subnets/app?api-version=2025-01-01`,
    body: () => ({ properties: { addressPrefix: '10.0.1.0/24', privateEndpointNetworkPolicies: 'Disabled' } }),
    status: 201,
    shape: { name: 'app', 'properties.addressPrefix': '10.0.1.0/24' },
  },
  {
    says: 'az network private-endpoint create',
    headers: cli('network private-endpoint create'),
    method: 'PUT',
    path: `${endpoint}?api-version=2024-07-01`,
    body: () => ({
      location: 'eastus',
      properties: {
        subnet: { id: `${network}/subnets/app` },
        privateLinkServiceConnections: [
          { name: 'c', properties: { privateLinkServiceId: accountId, groupIds: ['account'] } },
        ],
        customNetworkInterfaceName: '',
      },
    }),
    status: 201,
    shape: { name: 'pe', type: 'Microsoft.Network/privateEndpoints' },
  },
  {
    says: 'az network private-dns zone create',
    headers: { ...cli('network private-dns zone create'), 'if-none-match': '*' },
    method: 'PUT',
    path: `${zone}?api-version=2024-06-01`,
    body: () => ({ location: 'global' }),
    status: 202,
    shape: {},
  },
  {
    says: 'private_zones.get of azure-mgmt-privatedns',
    headers: python('mgmt-privatedns/1.2.0'),
    method: 'GET',
    path: `${zone}?api-version=2024-06-01`,
    status: 200,
    shape: { location: 'global', 'properties.provisioningState': 'Succeeded' },
  },
  {
    says: 'az tag update',
    headers: cli('tag update'),
    method: 'PATCH',
    path: `${accountId}/providers/Microsoft.Resources/tags/default?api-version=2025-04-01`,
    body: () => ({ operation: 'merge', properties: { tags: { env: 'prod' } } }),
    status: 200,
    shape: { name: 'default', 'properties.tags': { team: 'vision', env: 'prod' } },
  },
  {
    says: 'az monitor activity-log list --offset 1h',
    headers: cli('monitor activity-log list'),
    method: 'GET',
    path: `${subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=eventTimestamp%20ge%20%272026-11-23T11%3A00%3A00.000000Z%27%20and%20eventTimestamp%20le%20%272026-11-23T12%3A00%3A00.000000Z%27`,
    status: 200,
    shape: { 'value[].operationName.value': 'Microsoft.Resources/tags/write' },
  },
];

const world: Partial<WorldDefinition> = { resourceGroups: [{ name: group }], pace: { activityLogMs: 0 } };

/** Reads `a.b` and `value[].a` in an answer. */
function read(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((found, part) => {
    const [name = '', list] = part.split('[');
    const member: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined;
    return list === undefined ? member : Array.isArray(member) ? member[0] : undefined;
  }, body);
}

describe("today's clients, one after the other", () => {
  const { azure, tokenOf, objectId } = openArm(world);

  it.each(rows)('$says', async ({ headers, method, path, body, status, shape }) => {
    const content = body === undefined ? null : JSON.stringify(body(objectId));
    const authorization = `Bearer ${await tokenOf('owner')}`;
    const request = new Request(`https://management.azure.com${path}`, {
      method,
      headers: { ...headers, authorization, ...(content === null ? {} : { 'content-type': 'application/json' }) },
      body: content,
    });
    const response = await azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'c1' });
    const text = await response.text();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    const shown = Object.fromEntries(Object.keys(shape).map((place) => [place, read(answer, place)]));
    expect({ status: response.status, shown }, text).toEqual({ status, shown: shape });
  });
});

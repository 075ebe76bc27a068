import { fillPlaceholders } from './placeholders.ts';
import { at, isObject, type Json, type RecordedExchange, type RecordedFile, textAt } from './recorded-file.ts';

/** The request of each specification sample, by the operation its file is named after; `:name` stands for a parameter. */
const OPERATIONS: readonly { readonly file: RegExp; readonly method: string; readonly path: string }[] = [
  { file: /CognitiveServices\/Accounts_Create$/, method: 'PUT', path: '@account' },
  { file: /CognitiveServices\/Accounts_Get$/, method: 'GET', path: '@account' },
  { file: /CognitiveServices\/Accounts_Update$/, method: 'PATCH', path: '@account' },
  { file: /CognitiveServices\/Accounts_Delete$/, method: 'DELETE', path: '@account' },
  { file: /CognitiveServices\/Accounts_ListKeys$/, method: 'POST', path: '@account/listKeys' },
  { file: /CognitiveServices\/Accounts_RegenerateKey$/, method: 'POST', path: '@account/regenerateKey' },
  { file: /CognitiveServices\/Accounts_ListSkus$/, method: 'GET', path: '@account/skus' },
  { file: /CognitiveServices\/Accounts_ListUsages$/, method: 'GET', path: '@account/usages' },
  { file: /CognitiveServices\/Accounts_ListModels$/, method: 'GET', path: '@account/models' },
  { file: /CognitiveServices\/Accounts_List$/, method: 'GET', path: '@provider/accounts' },
  { file: /CognitiveServices\/Accounts_ListByResourceGroup$/, method: 'GET', path: '@group/accounts' },
  { file: /CognitiveServices\/DeletedAccounts_List$/, method: 'GET', path: '@provider/deletedAccounts' },
  { file: /CognitiveServices\/Deployments_List$/, method: 'GET', path: '@account/deployments' },
  {
    file: /CognitiveServices\/Deployments_(CreateOrUpdate|Put)$/,
    method: 'PUT',
    path: '@account/deployments/:deploymentName',
  },
  { file: /CognitiveServices\/Deployments_Get$/, method: 'GET', path: '@account/deployments/:deploymentName' },
  { file: /CognitiveServices\/Deployments_Delete$/, method: 'DELETE', path: '@account/deployments/:deploymentName' },
  {
    file: /CognitiveServices\/PrivateEndpointConnections_List$/,
    method: 'GET',
    path: '@account/privateEndpointConnections',
  },
  {
    file: /CognitiveServices\/PrivateEndpointConnections_Get$/,
    method: 'GET',
    path: '@account/privateEndpointConnections/:privateEndpointConnectionName',
  },
  { file: /CognitiveServices\/PrivateLinkResources_List$/, method: 'GET', path: '@account/privateLinkResources' },
  { file: /KeyVault\/SetSecret$/, method: 'PUT', path: '/secrets/:secret-name' },
  { file: /KeyVault\/GetSecret$/, method: 'GET', path: '/secrets/:secret-name/:secret-version' },
  { file: /KeyVault\/UpdateSecret$/, method: 'PATCH', path: '/secrets/:secret-name/:secret-version' },
  { file: /KeyVault\/DeleteSecret$/, method: 'DELETE', path: '/secrets/:secret-name' },
  { file: /KeyVault\/GetSecrets$/, method: 'GET', path: '/secrets' },
  { file: /KeyVault\/GetSecretVersions$/, method: 'GET', path: '/secrets/:secret-name/versions' },
  { file: /KeyVault\/GetDeletedSecret$/, method: 'GET', path: '/deletedsecrets/:secret-name' },
  { file: /KeyVault\/GetDeletedSecrets$/, method: 'GET', path: '/deletedsecrets' },
  { file: /KeyVault\/PurgeDeletedSecret$/, method: 'DELETE', path: '/deletedsecrets/:secret-name' },
  { file: /KeyVault\/RecoverDeletedSecret$/, method: 'POST', path: '/deletedsecrets/:secret-name/recover' },
  { file: /KeyVault\/BackupSecret$/, method: 'POST', path: '/secrets/:secret-name/backup' },
  { file: /Authorization\/RoleAssignments_Create$/, method: 'PUT', path: '@scope/roleAssignments/:roleAssignmentName' },
  {
    file: /Authorization\/RoleAssignments_Delete$/,
    method: 'DELETE',
    path: '@scope/roleAssignments/:roleAssignmentName',
  },
  { file: /Authorization\/RoleAssignments_Get$/, method: 'GET', path: '@scope/roleAssignments/:roleAssignmentName' },
  { file: /Authorization\/RoleAssignments_ListForScope$/, method: 'GET', path: '@scope/roleAssignments' },
  { file: /Authorization\/RoleDefinitions_Get$/, method: 'GET', path: '@scope/roleDefinitions/:roleDefinitionId' },
  {
    file: /Network\/VirtualNetworks_CreateOrUpdate$/,
    method: 'PUT',
    path: '@network/virtualNetworks/:virtualNetworkName',
  },
  { file: /Network\/VirtualNetworks_Get$/, method: 'GET', path: '@network/virtualNetworks/:virtualNetworkName' },
  {
    file: /Network\/Subnets_CreateOrUpdate$/,
    method: 'PUT',
    path: '@network/virtualNetworks/:virtualNetworkName/subnets/:subnetName',
  },
  {
    file: /Network\/Subnets_Get$/,
    method: 'GET',
    path: '@network/virtualNetworks/:virtualNetworkName/subnets/:subnetName',
  },
  {
    file: /Network\/PrivateEndpoints_CreateOrUpdate$/,
    method: 'PUT',
    path: '@network/privateEndpoints/:privateEndpointName',
  },
  { file: /Network\/PrivateEndpoints_Get$/, method: 'GET', path: '@network/privateEndpoints/:privateEndpointName' },
  {
    file: /Network\/PrivateDnsZoneGroups_CreateOrUpdate$/,
    method: 'PUT',
    path: '@network/privateEndpoints/:privateEndpointName/privateDnsZoneGroups/:privateDnsZoneGroupName',
  },
  {
    file: /privateDnsZones\/PrivateZones_CreateOrUpdate$/,
    method: 'PUT',
    path: '@network/privateDnsZones/:privateZoneName',
  },
  { file: /privateDnsZones\/PrivateZones_Get$/, method: 'GET', path: '@network/privateDnsZones/:privateZoneName' },
  {
    file: /privateDnsZones\/RecordSets_Get$/,
    method: 'GET',
    path: '@network/privateDnsZones/:privateZoneName/:recordType/:relativeRecordSetName',
  },
  {
    file: /privateDnsZones\/VirtualNetworkLinks_CreateOrUpdate$/,
    method: 'PUT',
    path: '@network/privateDnsZones/:privateZoneName/virtualNetworkLinks/:virtualNetworkLinkName',
  },
  { file: /Authorization\/RoleDefinitions_List$/, method: 'GET', path: '@scope/roleDefinitions' },
  { file: /ManagedIdentity\/UserAssignedIdentities_CreateOrUpdate$/, method: 'PUT', path: '@identity' },
  { file: /ManagedIdentity\/UserAssignedIdentities_Get$/, method: 'GET', path: '@identity' },
  { file: /ManagedIdentity\/UserAssignedIdentities_Update$/, method: 'PATCH', path: '@identity' },
  { file: /ManagedIdentity\/UserAssignedIdentities_Delete$/, method: 'DELETE', path: '@identity' },
];

const PREFIXES: Readonly<Record<string, string>> = {
  '@account':
    '/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.CognitiveServices/accounts/:accountName',
  '@provider': '/subscriptions/:subscriptionId/providers/Microsoft.CognitiveServices',
  '@group': '/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.CognitiveServices',
  '@network': '/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.Network',
  '@scope': '/:scope/providers/Microsoft.Authorization',
  '@identity':
    '/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.ManagedIdentity/userAssignedIdentities/:resourceName',
};

/** Where a sample's parameter is a word instead of a value. */
const SAMPLE_VALUES: Readonly<Record<string, string>> = {
  scope: 'subscriptions/00000000-1111-2222-3333-444444444444',
  roleDefinitionId: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
};

/** A specification sample as one exchange; its file has no exchange when the operation is not one of the table's. */
export function loadExample(name: string, content: Json): RecordedFile {
  const file = { name, evidence: 'example' as const, cut: [] };
  const operation = OPERATIONS.find(({ file }) => file.test(withoutVersion(name)));
  const parameters = at(content, 'parameters');
  const responses = at(content, 'responses');
  if (!isObject(parameters) || !isObject(responses)) return { ...file, exchanges: [] };
  // A private DNS zone, or a link, is only ever taken for later.
  const preferred = /privateDnsZones\/(PrivateZones|VirtualNetworkLinks)_/.test(name) ? '202' : '201';
  const wanted =
    operation?.method === 'PUT' && preferred in responses ? preferred : (Object.keys(responses)[0] ?? '200');
  const host = textAt(parameters, 'vaultBaseUrl')?.replace(/\/$/, '') ?? 'https://management.azure.com';
  const exchange: RecordedExchange = {
    request: {
      method: operation?.method ?? 'GET',
      url: fillPlaceholders(
        `${host}${operation === undefined ? foreignPath(name) : pathOf(operation.path, parameters)}${queryOf(parameters)}`,
      ),
      headers: {},
      body: isObject(parameters.parameters) ? parameters.parameters : Object.values(parameters).find(isObject),
    },
    response: { status: Number(wanted), headers: {}, body: at(responses, wanted, 'body') },
  };
  return { ...file, exchanges: [exchange] };
}

/** `Accounts_Create.min` and `SetSecret.7.5` are further samples of one operation. */
function withoutVersion(name: string): string {
  return name.replace(/([^/.]+)\.[^/]*$/, '$1');
}

function foreignPath(name: string): string {
  return `/subscriptions/00000000-1111-2222-3333-444444444444/providers/${name.replace('.privateDnsZones', '/privateDnsZones')}`;
}

function pathOf(template: string, parameters: { readonly [name: string]: Json }): string {
  const path = template.replace(/^@\w+/, (prefix) => PREFIXES[prefix] ?? prefix);
  return path.replaceAll(/:([\w-]+)/g, (_, name: string) => {
    const given = textAt(parameters, name) ?? name;
    return given === name ? (SAMPLE_VALUES[name] ?? fillPlaceholders(given)) : given;
  });
}

function queryOf(parameters: { readonly [name: string]: Json }): string {
  const query = ['api-version', 'maxresults', '$filter', '$top']
    .filter((name) => parameters[name] !== undefined)
    .map((name) => `${name}=${String(parameters[name])}`);
  return query.length > 0 ? `?${query.join('&')}` : '';
}

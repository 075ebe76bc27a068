/**
 * The exchanges of each recording that the simulated Azure does not answer as recorded: services that it does not have
 * yet, or a difference that is still to be mended; each by its position, its method and the end of its path. All others of
 * the file are compared. Anyone who mends one takes it off this list; nothing is added to it.
 */
export const NOT_YET: Readonly<Record<string, readonly string[]>> = {
  'ai-data-plane/content-moderator-screen-text-200-v1.0': ['0 POST Screen/'],
  'ai-data-plane/custom-vision-training-project-create-list-v3.4-preview': [
    '0 POST training/projects',
    '1 GET training/projects',
  ],
  'ai-data-plane/health-insights-job-202-polls-2023-03-01-preview': [
    '0 POST trialmatcher/jobs',
    '1 GET jobs/b7263d15-e9f5-4116-ab0f-904d1a6257fa',
    '2 GET jobs/b7263d15-e9f5-4116-ab0f-904d1a6257fa',
    '3 GET jobs/b7263d15-e9f5-4116-ab0f-904d1a6257fa',
  ],
  'ai-data-plane/luis-authoring-app-create-list-v3.0': ['0 POST apps/'],
  'ai-data-plane/personalizer-policy-reset-200-2022-09-01-preview': ['0 DELETE configurations/policy'],
  'ai-data-plane/qnamaker-endpointkeys-200-v4.0': ['0 GET v4.0/endpointkeys'],
  'ai-data-plane/question-answering-project-patch-list-2021-10-01': [
    '0 PATCH projects/IssacNewton',
    '1 GET query-knowledgebases/projects',
  ],
  'ai-data-plane/question-answering-query-text-200-2025-05-15-preview': ['0 POST language/:query-text'],
  'ai-data-plane/reported-face-call-quota-403': ['0 POST a5614527-0ce6-43be-ad1d-d012b7394867/train'],
  'ai-data-plane/translator-global-key-and-region-200-3.0': ['0 POST /translate'],
  'ai-data-plane/translator-global-refused-401-3.0': ['0 POST /translate'],
  'ai-data-plane/translator-global-token-200-3.0': ['0 POST /translate'],
  'apim/named-value-create-listvalue-patch-list-delete-2021-08-01': [
    '0 PUT namedValues/az-nv000004',
    '1 GET namedValues/az-nv000004',
    '2 PUT namedValues/az-nv-sec000006',
    '3 GET namedValues/az-nv-sec000006',
    '4 POST az-nv-sec000006/listValue',
    '5 PATCH namedValues/az-nv000004',
    '6 GET namedValues/az-nv000004',
    '7 GET clitest000002/namedValues',
    '8 DELETE namedValues/az-nv000004',
  ],
  'appservice/site-appsettings-list-put-slotconfig-connectionstrings-2019-08-01': [
    '0 PUT sites/java-webapp-926',
    '1 GET sites/java-webapp-926',
    '2 PATCH sites/java-webapp-926',
    '7 POST connectionstrings/list',
    '8 PUT config/connectionstrings',
  ],
  'appservice/site-stop-start-restart-delete-2019-08-01': [
    '0 POST webapp1-ba5319329d/stop',
    '1 POST webapp1-ba5319329d/start',
    '3 GET Microsoft.Web/sites',
    '4 DELETE sites/webapp1-ba5319329d',
  ],
  'appservice/slots-list-swap-async-2019-08-01': [
    '0 PUT slots/java-slot-7468',
    '1 GET slots/java-slot-7468',
    '3 GET java-webapp-8537/slots',
    '4 POST java-slot-6659/slotsswap',
    '5 GET operationresults/df00ff0f-43e4-4d96-bd8b-d28c0044901d',
    '6 GET operationresults/df00ff0f-43e4-4d96-bd8b-d28c0044901d',
  ],
  'arm/provider-not-registered-409-register-then-create': [
    '4 PUT IotHubs/testiot7412',
    '5 GET operationResults/NWRkYWJiOTctZGMyYS00YjZiLTg2M2QtMzM3YjI2YzI3ZDNl',
  ],
  'arm/reported-no-registered-provider-found-400': ['0 GET ipConfigurations/contoso-name'],
  'arm/reported-resource-requests-throttled-429': ['0 GET policyAssignments/Deploy-VM-Monitoring'],
  'arm/resource-graph-table-rows-and-quota-headers': ['0 POST Microsoft.ResourceGraph/resources'],
  'containerapps/containerapp-get-2025-01-01': ['0 GET containerApps/apiservice'],
  'containerapps/containerapp-get-remote-build-2025-01-01': ['0 GET containerApps/web'],
  'containerapps/list-secrets-empty-200-2022-03-01': ['0 POST mycontainerappxxx/listSecrets'],
  'event-grid/documented-keyvault-secret-events': ['0 POST /'],
  'foundry/account-connection-managed-identity-crud-2026-01-15-preview': [
    '0 PUT connections/conn000003',
    '1 GET cog000002/connections',
    '2 GET connections/conn000003',
    '3 DELETE connections/conn000003',
  ],
  'foundry/ml-workspace-connection-listsecrets-2023-04-01-preview': [
    '0 POST azure_open_ai_connection/listsecrets',
    '1 POST custom_connection/listsecrets',
  ],
  'foundry/ml-workspace-connections-list-2023-04-01-preview': ['0 GET 00000/connections'],
  'foundry/project-connection-managed-identity-crud-2025-09-01': [
    '0 PUT connections/conn000004',
    '1 GET prj000003/connections',
    '2 GET connections/conn000004',
    '3 DELETE connections/conn000004',
  ],
  'log-analytics/query-partial-error-200': ['0 POST 00000000-0000-0000-0000-000000000000/query'],
  'log-analytics/query-path-not-found-404': ['0 POST bad_workspace_id/query'],
  'log-analytics/query-semantic-error-400': ['0 POST 00000000-0000-0000-0000-000000000000/query'],
  'log-analytics/reported-insufficient-access-403': ['0 POST contoso-workspace/query'],
  'network/another-operation-in-progress-409': [
    '0 DELETE connections/test-vpn-connection',
    '1 DELETE connections/test-vpn-connection',
  ],
  'network/private-endpoint-dns-zone-group-2021-05-01': [
    '3 GET privateEndpointConnections/myPrivateEndpoint.7434d881-2209-45be-a41a-2b9e3fa23911',
  ],
  'network/vnet-and-private-endpoint-with-connection-approval': [
    '8 GET privateEndpointConnections/peda215113324562',
    '9 GET privateEndpointConnections/peda215113324562',
    '10 PUT privateEndpointConnections/peda215113324562',
    '11 GET cosmosdbec067535aef/privateEndpointConnections',
    '12 GET cosmosdbec067535aef/privateLinkResources',
  ],
};

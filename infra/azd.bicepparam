// What `azd up` deploys: main.bicep, by the variables of azd's environment (`azd env set NAME VALUE`). A list is JSON, ids have
// commas between them. Whatever has no line here takes main.bicep's default; add one.
using 'main.bicep'

var environmentName = readEnvironmentVariable('AZURE_ENV_NAME', '')

// Unique in Azure, and the same each time.
param name = readEnvironmentVariable(
  'KEYTURN_NAME',
  'func-${take(environmentName, 36)}-${uniqueString(readEnvironmentVariable('AZURE_SUBSCRIPTION_ID', ''), environmentName)}'
)

param location = readEnvironmentVariable('AZURE_LOCATION', 'eastus')

// Both by the hook in azure.yaml, before anything is provisioned.
param apiClientId = readEnvironmentVariable('KEYTURN_API_CLIENT_ID', '')
param tenantId = readEnvironmentVariable('KEYTURN_TENANT_ID', '')

param targets = json(readEnvironmentVariable('KEYTURN_TARGETS', '[]'))
param vaultIds = filter(split(readEnvironmentVariable('KEYTURN_VAULT_IDS', ''), ','), id => !empty(id))
param discoverySubscriptionIds = filter(
  split(readEnvironmentVariable('KEYTURN_DISCOVERY_SUBSCRIPTION_IDS', ''), ','),
  id => !empty(id)
)
param workspaceId = readEnvironmentVariable('KEYTURN_WORKSPACE_ID', '')
param actionGroupIds = filter(split(readEnvironmentVariable('KEYTURN_ACTION_GROUP_IDS', ''), ','), id => !empty(id))
param planSku = readEnvironmentVariable('KEYTURN_PLAN_SKU', 'FC1')
param private = bool(readEnvironmentVariable('KEYTURN_PRIVATE', 'false'))
param tags = json(readEnvironmentVariable('KEYTURN_TAGS', '{}'))

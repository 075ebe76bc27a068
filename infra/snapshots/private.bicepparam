// A network made here, nothing public but one fixed address to call from, spread over zones, tagged, with a vault's audit log.
using '../main.bicep'

param name = 'func-keyturn-contoso'
param cloud = 'public'
param apiClientId = '11111111-1111-1111-1111-111111111111'
param targets = [
  {
    name: 'ai-contoso'
    accountId: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai/providers/Microsoft.CognitiveServices/accounts/ai-contoso'
    vault: 'kv-contoso'
  }
]
param vaultIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai/providers/Microsoft.KeyVault/vaults/kv-contoso'
]
param tags = { owner: 'platform', cost: '4711' }
param private = true
param natGateway = true
param zoneRedundant = true
param workspaceId = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-logs/providers/Microsoft.OperationalInsights/workspaces/log-contoso'
param auditVaults = true
param tellReaders = true
param notificationTopic = true

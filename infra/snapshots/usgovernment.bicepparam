// Azure US Government, which has no Flex Consumption. No role may be given, and events are pushed
// to an app that only some may call.
using '../main.bicep'

param name = 'func-keyturn-contoso'
param cloud = 'usgovernment'
param location = 'usgovvirginia'
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
param vaultEvents = 'push'
param accessGroupIds = ['/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai']
param accessRoleIds = []
param planSku = 'P0v3'
param inboundAddresses = ['203.0.113.0/24']

// What the owner of another subscription grants, in a tenant in which the deployer may not.
using '../grants.bicep'

param name = 'func-keyturn-contoso'
param principalId = '33333333-3333-3333-3333-333333333333'
param appSubscriptionId = '99999999-9999-9999-9999-999999999999'
param accountIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai/providers/Microsoft.CognitiveServices/accounts/ai-contoso'
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-Contoso-AI/providers/Microsoft.CognitiveServices/accounts/ai-Contoso'
  '/subscriptions/99999999-9999-9999-9999-999999999999/resourceGroups/rg-other/providers/Microsoft.CognitiveServices/accounts/ai-other'
]
param vaultIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai/providers/Microsoft.KeyVault/vaults/kv-contoso'
]
param copyIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-web/providers/Microsoft.KeyVault/vaults/kv-contoso-web/secrets/ai-key'
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-web/providers/Microsoft.KeyVault/vaults/kv-contoso-app'
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-web/providers/Microsoft.Web/sites/app-contoso-web'
]
param refreshedAppIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-web/providers/Microsoft.Web/sites/app-contoso-direct'
]
param discoveryGroupIds = ['/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-tags']
param hardeningGroupIds = ['/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai']
param accessGroupIds = ['/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai']
param accessRoleIds = ['7628b7b8-a8b2-4cdc-b46f-e9b35248918e']
param secretKeeperRole = true

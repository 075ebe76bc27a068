using 'main.bicep'

param name = 'func-keyturn-contoso'

param apiClientId = '00000000-0000-0000-0000-000000000000'

param targets = [
  {
    name: 'ai-contoso'
    accountId: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai/providers/Microsoft.CognitiveServices/accounts/ai-contoso'
    vault: 'kv-contoso'
    rotateEvery: '60d'
    overlap: '2h'
  }
]

param vaultIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai/providers/Microsoft.KeyVault/vaults/kv-contoso'
]

param discoverySubscriptionIds = [
  '00000000-0000-0000-0000-000000000000'
]

param workspaceId = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-logs/providers/Microsoft.OperationalInsights/workspaces/log-contoso'

param actionGroupIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-logs/providers/Microsoft.Insights/actionGroups/ag-contoso'
]

// Every name as long as may be.
using '../main.bicep'

param name = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'
param cloud = 'public'
param apiClientId = '11111111-1111-1111-1111-111111111111'
param targets = []
param vaultIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai/providers/Microsoft.KeyVault/vaults/kv-vvvvvvvvvvvvvvvvvvvvv'
]
param discoverySubscriptionIds = ['00000000-0000-0000-0000-000000000000']
param storageAccountName = 'ssssssssssssssssssssssss'
param workspaceId = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-logs/providers/Microsoft.OperationalInsights/workspaces/log-contoso'
param notificationTopic = true
param secretKeeperRole = true
param eventsQueue = 'qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq'
param private = true
param natGateway = true
param auditVaults = true
param tellReaders = true

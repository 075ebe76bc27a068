// Two hundred targets that tags make, in twelve subscriptions with a vault each, alerts, and every setting changed.
using '../main.bicep'

var subscriptionIds = [for number in range(1, 12): '${padLeft(number, 8, '0')}-0000-0000-0000-000000000000']

param name = 'func-keyturn-contoso'
param cloud = 'public'
param apiClientId = '11111111-1111-1111-1111-111111111111'
param targets = []
param vaultIds = [
  for id in subscriptionIds: '/subscriptions/${id}/resourceGroups/rg-Contoso-AI/providers/Microsoft.KeyVault/vaults/kv-contoso-${take(id, 8)}'
]
param copyIds = [
  '/subscriptions/00000001-0000-0000-0000-000000000000/resourceGroups/rg-contoso-web/providers/Microsoft.KeyVault/vaults/kv-contoso-web/secrets/ai-key'
]
param discoverySubscriptionIds = subscriptionIds
param workspaceId = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-logs/providers/Microsoft.OperationalInsights/workspaces/log-contoso'
param tellReaders = true
param scannerIds = ['44444444-4444-4444-4444-444444444444']
param actionGroupIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-logs/providers/Microsoft.Insights/actionGroups/ag-contoso'
]
param notificationTopic = true
param webhookReference = '@Microsoft.KeyVault(SecretUri=https://kv-contoso-00000001.vault.azure.net/secrets/webhook)'
param webhookFormat = 'teams'
param secretKeeperRole = true
param hardeningGroupIds = [
  for id in take(subscriptionIds, 2): '/subscriptions/${id}/resourceGroups/rg-contoso-ai'
]
param accessGroupIds = [
  for id in take(subscriptionIds, 2): '/subscriptions/${id}/resourceGroups/rg-contoso-ai'
]
param tenantId = '22222222-2222-2222-2222-222222222222'
param instance = 'keyturn-fleet'
param eventsQueue = 'contoso-secret-events'
param notify = 'suspended,overdue'
param sweepSchedule = '0 */10 * * * *'
param maxRunning = '50'
param maxRunningPerSubscription = '10'
param stopAfterFailures = '3'
param startJitter = '2h'
param discoveredCanaries = 'true'
param historyRetention = '90d'

param packageUri = 'https://github.com/contoso/keyturn/releases/latest/download/keyturn.zip'

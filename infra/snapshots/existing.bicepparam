// A locked tenant: storage, plan, network, zones, vault and its system topic are there already, in several subscriptions;
// no role is assigned, a blob lists the targets, tags count in one resource group, and only one range of addresses may call.
using '../main.bicep'

param name = 'func-keyturn-contoso'
param cloud = 'public'
param apiClientId = '11111111-1111-1111-1111-111111111111'
param targets = []
param targetsBlob = 'keyturn-config/targets.json'
param vaultIds = [
  '/subscriptions/11111111-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai/providers/Microsoft.KeyVault/vaults/kv-contoso'
]
param discoveryGroupIds = ['/subscriptions/11111111-0000-0000-0000-000000000000/resourceGroups/rg-contoso-ai']
param assignRoles = false
param existingStorageId = '/subscriptions/22222222-0000-0000-0000-000000000000/resourceGroups/rg-contoso-data/providers/Microsoft.Storage/storageAccounts/stcontoso'
param existingPlanId = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-web/providers/Microsoft.Web/serverfarms/plan-contoso'
param private = true
param subnetId = '/subscriptions/33333333-0000-0000-0000-000000000000/resourceGroups/rg-contoso-net/providers/Microsoft.Network/virtualNetworks/vnet-contoso/subnets/app'
param endpointSubnetId = '/subscriptions/33333333-0000-0000-0000-000000000000/resourceGroups/rg-contoso-net/providers/Microsoft.Network/virtualNetworks/vnet-contoso/subnets/endpoints'
param privateDns = 'existing'
param privateDnsGroupId = '/subscriptions/33333333-0000-0000-0000-000000000000/resourceGroups/rg-contoso-dns'
param inboundAddresses = ['203.0.113.0/24', '198.51.100.7/32']
param systemTopicIds = {
  'kv-contoso': '/subscriptions/11111111-0000-0000-0000-000000000000/resourceGroups/rg-contoso-events/providers/Microsoft.EventGrid/systemTopics/topic-contoso'
}
param workspaceId = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-contoso-logs/providers/Microsoft.OperationalInsights/workspaces/log-contoso'

param packageUri = 'https://github.com/contoso/keyturn/releases/latest/download/keyturn.zip'

// Lets the system topic of one vault write to its queue and to the container of dead letters, and to nothing else.

@description('Required. Name of the storage account, in the resource group that this is deployed to.')
param storageName string

@description('Required. Name of the queue to which vaults\' events go.')
param eventsQueue string

@description('Required. Name of the container for events that could not be delivered.')
param deadLettersContainer string

@description('Required. Object id of the topic\'s identity.')
param principalId string

// https://learn.microsoft.com/azure/event-grid/add-identity-roles
var builtInRoles = {
  'Storage Queue Data Message Sender': 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource queue 'queues' existing = { name: eventsQueue }
  }

  resource blobService 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = { name: deadLettersContainer }
  }
}

// Their names hold the principal, see resource-access.bicep.
resource onQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage::queueService::queue
  name: guid(storage::queueService::queue.id, principalId, builtInRoles['Storage Queue Data Message Sender'])
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      builtInRoles['Storage Queue Data Message Sender']
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource onContainer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage::blobService::container
  name: guid(storage::blobService::container.id, principalId, builtInRoles['Storage Blob Data Contributor'])
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      builtInRoles['Storage Blob Data Contributor']
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

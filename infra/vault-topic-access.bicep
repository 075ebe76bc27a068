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

module queueAccess 'resource-access.bicep' = {
  name: 'keyturn-queue-${uniqueString(storageName, eventsQueue, deployment().name)}'
  params: {
    kind: 'queue'
    resourceName: storageName
    childName: eventsQueue
    principalId: principalId
    roleIds: [builtInRoles['Storage Queue Data Message Sender']]
  }
}

module containerAccess 'resource-access.bicep' = {
  name: 'keyturn-dead-${uniqueString(storageName, deadLettersContainer, deployment().name)}'
  params: {
    kind: 'container'
    resourceName: storageName
    childName: deadLettersContainer
    principalId: principalId
    roleIds: [builtInRoles['Storage Blob Data Contributor']]
  }
}

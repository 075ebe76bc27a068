// Leads the events of one key vault to Keyturn. A vault takes one system topic: one that is there already is referenced,
// never written. Deployed to the group of the topic.

@description('Required. Resource id of the key vault.')
param vaultId string

@description('Required. Name of the system topic.')
param topicName string

@description('Required. Whether the topic is made here, in the vault\'s group. One that is there already needs a system-assigned identity.')
param makeTopic bool

@description('Required. Name of the event subscription.')
param subscriptionName string

@description('Required. push: to the function, which must be deployed already. queue: to the queue.')
@allowed(['push', 'queue'])
param delivery string

@description('Required. Resource id of the function secret-near-expiry.')
param functionId string

@description('Required. Resource id of the storage account with the queue and the container.')
param storageId string

@description('Required. Name of the queue.')
param eventsQueue string

@description('Required. Name of the container for events that could not be delivered.')
param deadLettersContainer string

@description('Required. Whether the topic\'s identity gets its roles here.')
param assignRoles bool

@description('Required. Tags of the topic made here.')
param tags { *: string }

var filter = {
  includedEventTypes: ['Microsoft.KeyVault.SecretNearExpiry', 'Microsoft.KeyVault.SecretExpired']
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: split(vaultId, '/')[8]
}

// A template of its own, since a region that is read from the vault is not known when a deployment starts.
module madeTopic 'vault-events-topic.bicep' = if (makeTopic) {
  name: 'keyturn-made-${uniqueString(vaultId, subscriptionName)}'
  params: {
    vaultId: vaultId
    location: vault.location
    topicName: topicName
    tags: tags
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' existing = {
  name: topicName
}

var principalId = makeTopic ? madeTopic!.outputs.principalId : topic.identity.principalId

module topicAccess 'vault-topic-access.bicep' = if (assignRoles) {
  scope: resourceGroup(split(storageId, '/')[2], split(storageId, '/')[4])
  name: 'keyturn-topic-${uniqueString(vaultId, subscriptionName)}'
  params: {
    storageName: split(storageId, '/')[8]
    eventsQueue: eventsQueue
    deadLettersContainer: deadLettersContainer
    principalId: principalId
  }
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: subscriptionName
  properties: union(
    {
      filter: filter
      eventDeliverySchema: 'CloudEventSchemaV1_0'
      // After thirty attempts or a day, whichever is first: https://learn.microsoft.com/azure/event-grid/delivery-and-retry
      deadLetterWithResourceIdentity: {
        identity: { type: 'SystemAssigned' }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: { resourceId: storageId, blobContainerName: deadLettersContainer }
        }
      }
    },
    delivery == 'push'
      ? {
          destination: { endpointType: 'AzureFunction', properties: { resourceId: functionId } }
        }
      : {
          deliveryWithResourceIdentity: {
            identity: { type: 'SystemAssigned' }
            destination: {
              endpointType: 'StorageQueue'
              properties: { resourceId: storageId, queueName: eventsQueue }
            }
          }
        }
  )
  dependsOn: [madeTopic, topicAccess]
}

@description('Object id of the topic\'s identity.')
output principalId string = principalId

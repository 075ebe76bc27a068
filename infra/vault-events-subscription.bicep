// Leads the events of one key vault's system topic to Keyturn: to its function, or to its queue.

@description('Required. Name of the system topic, in the resource group that this is deployed to.')
param topicName string

@description('Required. Name of the event subscription.')
param subscriptionName string

@description('Required. push: to the function, which must be deployed already. queue: to the queue.')
@allowed(['push', 'queue'])
param road string

@description('Required. Resource id of the function secret-near-expiry.')
param functionId string

@description('Required. Resource id of the storage account with the queue.')
param storageAccountId string

@description('Required. Name of the queue.')
param queueName string

var filter = {
  includedEventTypes: ['Microsoft.KeyVault.SecretNearExpiry', 'Microsoft.KeyVault.SecretExpired']
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' existing = {
  name: topicName
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: subscriptionName
  properties: road == 'push'
    ? {
        destination: { endpointType: 'AzureFunction', properties: { resourceId: functionId } }
        filter: filter
        eventDeliverySchema: 'CloudEventSchemaV1_0'
      }
    : {
        deliveryWithResourceIdentity: {
          identity: { type: 'SystemAssigned' }
          destination: {
            endpointType: 'StorageQueue'
            properties: { resourceId: storageAccountId, queueName: queueName }
          }
        }
        filter: filter
        eventDeliverySchema: 'CloudEventSchemaV1_0'
      }
}

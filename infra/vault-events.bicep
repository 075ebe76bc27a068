// Leads the events of one key vault to Keyturn. A vault takes one system topic: one that is there already is referenced,
// never written. Deployed to the group of the topic.

@description('Required. Resource id of the key vault.')
param vaultId string

@description('Required. Name of the system topic.')
param topicName string

@description('Required. Whether the topic is made here, in the vault\'s group. One that is there already needs a system-assigned identity.')
param makeTopic bool

@description('Required. Name of the function app.')
param appName string

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

@description('Required. Whether the topic\'s identity gets its roles here. Without them the subscription is made all the same (assumed), and events are lost until somebody assigns them.')
param assignRoles bool

@description('Required. Whether there are alerts on events that were lost.')
param hasAlerts bool

@description('Required. Resource ids of the action groups that they call.')
param actionGroupIds string[]

@description('Required. Tags of the topic made here.')
param tags { *: string }

// At least three characters, which the app's name need not have.
var subscriptionName = 'keyturn-${appName}'

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
      // After thirty attempts or a day, whichever is first; at once where a role is missing (403):
      // https://learn.microsoft.com/azure/event-grid/delivery-and-retry
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

// https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-eventgrid-systemtopics-metrics
var lostEvents = [
  {
    name: 'dead-letters'
    metric: 'DeadLetteredCount'
    says: 'did not get an event, which lies in ${deadLettersContainer}'
  }
  { name: 'dropped-events', metric: 'DroppedEventCount', says: 'did not get an event, and it could not be kept' }
]

// In the topic's group: an alert on a metric stands in the subscription of what it watches (assumed).
resource alerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for lost in (hasAlerts ? lostEvents : []): {
    name: '${appName}-${lost.name}-${topicName}'
    location: 'global'
    tags: tags
    properties: {
      description: '${appName} ${lost.says}. The schedule rotates all the same; see docs/audit-and-metrics.md.'
      severity: 3
      enabled: true
      scopes: [topic.id]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: lost.name
            criterionType: 'StaticThresholdCriterion'
            metricNamespace: 'Microsoft.EventGrid/systemTopics'
            metricName: lost.metric
            timeAggregation: 'Total'
            operator: 'GreaterThan'
            threshold: 0
            // Of a topic that others use too, only Keyturn's own subscription.
            dimensions: [{ name: 'EventSubscriptionName', operator: 'Include', values: [subscriptionName] }]
          }
        ]
      }
      autoMitigate: true
      actions: [
        for id in actionGroupIds: {
          #disable-next-line use-resource-id-functions // It is one of a parameter's.
          actionGroupId: id
        }
      ]
    }
    dependsOn: [madeTopic]
  }
]

@description('Object id of the topic\'s identity.')
output principalId string = principalId

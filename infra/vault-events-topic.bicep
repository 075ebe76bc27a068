// The system topic of one key vault: through it the vault tells of secrets that near their end.

@description('Required. Resource id of the key vault.')
param vaultId string

@description('Required. Region of the key vault.')
param location string

@description('Required. Name of the system topic.')
param topicName string

@description('Required. Tags of the topic.')
param tags { *: string }

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: topicName
  location: location
  tags: tags
  // With it the topic writes to a queue whose account takes no keys.
  identity: { type: 'SystemAssigned' }
  properties: {
    source: vaultId
    topicType: 'Microsoft.KeyVault.vaults'
  }
}

@description('Object id of the topic\'s identity.')
output principalId string = topic.identity.principalId

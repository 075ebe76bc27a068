// The system topic of one key vault: through it the vault tells of secrets that near their end.

@description('Required. Name of the key vault, in the resource group that this is deployed to.')
param vaultName string

@description('Required. Name of the system topic. A vault has one: where there is one already, its name.')
param topicName string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: topicName
  location: vault.location
  // With it the topic writes to a queue whose account takes no keys.
  identity: { type: 'SystemAssigned' }
  properties: {
    source: vault.id
    topicType: 'Microsoft.KeyVault.vaults'
  }
}

@description('Object id of the topic\'s identity.')
output principalId string = topic.identity.principalId

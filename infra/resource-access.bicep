// Assigns roles on one resource of the resource group that this is deployed to.

@description('Required. What the resource is; log is the Application Insights resource.')
@allowed(['account', 'vault', 'secret', 'app', 'storage', 'log', 'topic', 'workspace'])
param kind string

@description('Required. Name of the resource.')
param resourceName string

@description('Optional. Of a secret: its name, in the vault that resourceName names.')
param secretName string = 'none'

@description('Required. Object id of the identity that gets the roles.')
param principalId string

@description('Required. GUIDs of the roles.')
param roleIds string[]

// The name of an assignment holds its principal: Azure never lets an assignment change hands, so that the one of an
// identity that was deleted and made again needs another name.
var assignments = [
  for roleId in roleIds: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    principalId: principalId
    // Without it, Azure looks for the principal where a new one may not have arrived yet.
    principalType: 'ServicePrincipal'
  }
]

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {
  name: resourceName
}

resource onAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (roleId, index) in (kind == 'account' ? roleIds : []): {
    scope: account
    name: guid(account.id, principalId, roleId)
    properties: assignments[index]
  }
]

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: resourceName
}

resource onVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (roleId, index) in (kind == 'vault' ? roleIds : []): {
    scope: vault
    name: guid(vault.id, principalId, roleId)
    properties: assignments[index]
  }
]

resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' existing = {
  parent: vault
  name: secretName
}

resource onSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (roleId, index) in (kind == 'secret' ? roleIds : []): {
    scope: secret
    name: guid(secret.id, principalId, roleId)
    properties: assignments[index]
  }
]

resource app 'Microsoft.Web/sites@2022-03-01' existing = {
  name: resourceName
}

resource onApp 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (roleId, index) in (kind == 'app' ? roleIds : []): {
    scope: app
    name: guid(app.id, principalId, roleId)
    properties: assignments[index]
  }
]

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: resourceName
}

resource onStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (roleId, index) in (kind == 'storage' ? roleIds : []): {
    scope: storage
    name: guid(storage.id, principalId, roleId)
    properties: assignments[index]
  }
]

resource log 'Microsoft.Insights/components@2020-02-02' existing = {
  name: resourceName
}

resource onLog 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (roleId, index) in (kind == 'log' ? roleIds : []): {
    scope: log
    name: guid(log.id, principalId, roleId)
    properties: assignments[index]
  }
]

resource topic 'Microsoft.EventGrid/topics@2022-06-15' existing = {
  name: resourceName
}

resource onTopic 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (roleId, index) in (kind == 'topic' ? roleIds : []): {
    scope: topic
    name: guid(topic.id, principalId, roleId)
    properties: assignments[index]
  }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: resourceName
}

resource onWorkspace 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (roleId, index) in (kind == 'workspace' ? roleIds : []): {
    scope: workspace
    name: guid(workspace.id, principalId, roleId)
    properties: assignments[index]
  }
]

// Assigns roles on the resource group that this is deployed to, with a condition where one is given.

@description('Required. Object id of Keyturn\'s identity.')
param principalId string

@description('Required. GUIDs of the roles.')
param roleIds string[]

@description('Optional. What the assignments are limited to, in the language of conditions; empty for no limit.')
param condition string = ''

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for roleId in roleIds: {
    name: guid(resourceGroup().id, principalId, roleId)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
      principalId: principalId
      // Without it, Azure looks for the principal where a new one may not have arrived yet.
      principalType: 'ServicePrincipal'
      condition: empty(condition) ? null : condition
      conditionVersion: empty(condition) ? null : '2.0'
    }
  }
]

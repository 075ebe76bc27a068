// Assigns roles on a whole subscription: for accounts that tags make targets, nobody knows beforehand which they are.
targetScope = 'subscription'

@description('Required. Object id of Keyturn\'s identity.')
param principalId string

@description('Required. GUIDs of the roles.')
param roleIds array

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for roleId in roleIds: {
    name: guid(subscription().id, principalId, roleId)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
      principalId: principalId
      // Without it, Azure looks for the principal where a new one may not have arrived yet.
      principalType: 'ServicePrincipal'
    }
  }
]

// What Keyturn may do to an AI account, and nothing more.
targetScope = 'subscription'

@description('Required. Name of the role, unique in the tenant.')
param roleName string

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, roleName)
  properties: {
    roleName: roleName
    description: 'Read an AI account, list its keys and regenerate them.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.CognitiveServices/accounts/read'
          'Microsoft.CognitiveServices/accounts/listKeys/action'
          'Microsoft.CognitiveServices/accounts/regenerateKey/action'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

@description('GUID of the role.')
output roleId string = role.name

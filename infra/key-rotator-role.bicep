// What Keyturn may do to an AI account, and nothing more.
targetScope = 'subscription'

@description('Required. Name of the role, unique in the tenant.')
param roleName string

@description('Required. Subscriptions in which the role may be assigned, as resource ids.')
param assignableScopes array

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
    assignableScopes: assignableScopes
  }
}

@description('GUID of the role.')
output roleId string = role.name

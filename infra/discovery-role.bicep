// What Keyturn needs of a subscription in which tags count in some resource groups only: to see that it is there. Without
// it Keyturn could not tell an account that is gone from one that it may not see.
targetScope = 'subscription'

@description('Required. Name of the role, unique in the tenant.')
param roleName string

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, roleName)
  properties: {
    roleName: roleName
    description: 'See that the subscription is there, and nothing in it.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Resources/subscriptions/read'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

@description('GUID of the role.')
output roleId string = role.name

// What Keyturn does with copies of keys in secrets of others, and nothing more: no list, no delete, no recover.
targetScope = 'subscription'

@description('Required. Name of the role, unique in the tenant.')
param roleName string

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, roleName)
  properties: {
    roleName: roleName
    description: 'Read and store copies of keys.'
    type: 'CustomRole'
    permissions: [
      {
        dataActions: [
          'Microsoft.KeyVault/vaults/secrets/getSecret/action'
          'Microsoft.KeyVault/vaults/secrets/setSecret/action'
          'Microsoft.KeyVault/vaults/secrets/update/action'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

@description('GUID of the role.')
output roleId string = role.name

// What Keyturn does with secrets, and nothing more: no delete, no purge, no backup. In place of Key Vault Secrets Officer.
targetScope = 'subscription'

@description('Required. Name of the role, unique in the tenant.')
param roleName string

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, roleName)
  properties: {
    roleName: roleName
    description: 'Read, store, disable and recover secrets.'
    type: 'CustomRole'
    permissions: [
      {
        dataActions: [
          'Microsoft.KeyVault/vaults/secrets/getSecret/action'
          'Microsoft.KeyVault/vaults/secrets/setSecret/action'
          'Microsoft.KeyVault/vaults/secrets/update/action'
          'Microsoft.KeyVault/vaults/secrets/readMetadata/action'
          'Microsoft.KeyVault/vaults/secrets/recover/action'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

@description('GUID of the role.')
output roleId string = role.name

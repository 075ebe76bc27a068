// What Keyturn does with copies of keys, each kind of place by a role of its own.
targetScope = 'subscription'

@description('Required. Name of the role for copies in secrets, unique in the tenant.')
param roleName string

@description('Required. Name of the role for copies in settings of apps.')
param appRoleName string

@description('Required. Name of the role for references of apps.')
param referenceRoleName string

@description('Required. Whether the role for secrets is made.')
param forSecrets bool

@description('Required. Whether the role for settings of apps is made.')
param forApps bool

@description('Required. Whether the role for references of apps is made.')
param forReferences bool

// Nothing more than reading and storing: no list, no delete, no recover.
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (forSecrets) {
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

// All settings of an app at once, as Azure offers nothing less.
resource appRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (forApps) {
  name: guid(subscription().id, appRoleName)
  properties: {
    roleName: appRoleName
    description: 'Read and store settings of apps that hold copies of keys.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Authorization/permissions/read'
          'Microsoft.Web/sites/config/list/action'
          'Microsoft.Web/sites/config/read'
          'Microsoft.Web/sites/config/write'
          'Microsoft.Web/sites/read'
          'Microsoft.Web/sites/slots/config/list/action'
          'Microsoft.Web/sites/slots/config/write'
          'Microsoft.Web/sites/slots/read'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

// Refreshing references has no documented action: by its path it is one of this type.
resource referenceRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (forReferences) {
  name: guid(subscription().id, referenceRoleName)
  properties: {
    roleName: referenceRoleName
    description: 'Have apps read their references again, and restart them.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Authorization/permissions/read'
          'Microsoft.Resources/tags/read'
          'Microsoft.Resources/tags/write'
          'Microsoft.Web/sites/config/appsettings/*'
          'Microsoft.Web/sites/restart/action'
          'Microsoft.Web/sites/slots/config/appsettings/*'
          'Microsoft.Web/sites/slots/read'
          'Microsoft.Web/sites/slots/restart/action'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

@description('GUID of the role for secrets.')
output roleId string = forSecrets ? role.name : ''

@description('GUID of the role for settings of apps.')
output appRoleId string = forApps ? appRole.name : ''

@description('GUID of the role for references of apps.')
output referenceRoleId string = forReferences ? referenceRole.name : ''

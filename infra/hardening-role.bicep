// What Keyturn needs to change hardening, beside what rotating needs: one role for networks and keys, one for giving roles.
targetScope = 'subscription'

@description('Required. Name of the role that changes networks, and turns keys off and on; unique in the tenant.')
param roleName string

@description('Required. Name of the role that gives and takes back roles; unique in the tenant. Assign it with a condition.')
param accessRoleName string

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, roleName)
  properties: {
    roleName: roleName
    description: 'Close AI accounts to the public network, turn their keys off and on, see who has access.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.CognitiveServices/accounts/write'
          'Microsoft.CognitiveServices/accounts/privateEndpointConnectionsApproval/action'
          'Microsoft.CognitiveServices/accounts/privateEndpointConnections/write'
          'Microsoft.Network/virtualNetworks/read'
          'Microsoft.Network/virtualNetworks/write'
          'Microsoft.Network/virtualNetworks/join/action'
          'Microsoft.Network/virtualNetworks/subnets/read'
          'Microsoft.Network/virtualNetworks/subnets/write'
          'Microsoft.Network/virtualNetworks/subnets/join/action'
          'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action'
          'Microsoft.Network/privateEndpoints/read'
          'Microsoft.Network/privateEndpoints/write'
          'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read'
          'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write'
          'Microsoft.Network/privateDnsZones/read'
          'Microsoft.Network/privateDnsZones/write'
          'Microsoft.Network/privateDnsZones/join/action'
          'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read'
          'Microsoft.Network/privateDnsZones/virtualNetworkLinks/write'
          'Microsoft.Authorization/roleAssignments/read'
          'Microsoft.Authorization/locks/read'
          'Microsoft.Authorization/roleDefinitions/read'
          'Microsoft.Insights/eventtypes/values/read'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

resource accessRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, accessRoleName)
  properties: {
    roleName: accessRoleName
    description: 'Give roles on AI accounts and take them back, make user-assigned identities.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Authorization/roleAssignments/write'
          'Microsoft.Authorization/roleAssignments/delete'
          'Microsoft.ManagedIdentity/userAssignedIdentities/read'
          'Microsoft.ManagedIdentity/userAssignedIdentities/write'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

@description('GUID of the role for networks and keys.')
output roleId string = role.name

@description('GUID of the role for giving roles.')
output accessRoleId string = accessRole.name

// A private DNS zone, linked to a network: inside it, names lead to private endpoints.

@description('Required. Name of the zone.')
param zoneName string

@description('Required. Name of the link.')
param linkName string

@description('Required. Resource id of the network.')
param networkId string

@description('Required. Tags.')
param tags { *: string }

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: zoneName
  location: 'global'
  tags: tags

  resource link 'virtualNetworkLinks' = {
    name: linkName
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
}

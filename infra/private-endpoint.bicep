// A private endpoint, and the records of its name.

@description('Required. Name of the endpoint.')
param endpointName string

@description('Required. Region of its network.')
param location string

@description('Required. Tags.')
param tags { *: string }

@description('Required. Resource id of its subnet.')
param subnetId string

@description('Required. Resource id of what it leads to.')
param resourceId string

@description('Required. Which of the resource\'s services: blob, queue, table, vault or sites.')
param kind string

@description('Required. Resource id of the private DNS zone; empty where a policy adds it.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: endpointName
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    customNetworkInterfaceName: '${endpointName}-nic'
    privateLinkServiceConnections: [
      {
        name: endpointName
        properties: { privateLinkServiceId: resourceId, groupIds: [kind] }
      }
    ]
  }

  resource zones 'privateDnsZoneGroups' = if (!empty(zoneId)) {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: kind, properties: { privateDnsZoneId: zoneId } }]
    }
  }
}

// A network of Keyturn's own: a subnet from which the app calls, one for private endpoints, and a fixed address to call from.

@description('Required. Name of the function app.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags { *: string }

@description('Required. Address space, at least a /25.')
param addressPrefix string

@description('Required. Whose instances the first subnet takes.')
param delegation string

@description('Required. Whether there is a NAT gateway.')
param natGateway bool

resource address 'Microsoft.Network/publicIPAddresses@2024-05-01' = if (natGateway) {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource gateway 'Microsoft.Network/natGateways@2024-05-01' = if (natGateway) {
  name: 'ng-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: address.id }] }
}

// The defaults: nothing comes in from outside. Policies often want one on every subnet.
resource rules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-${name}'
  location: location
  tags: tags
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          delegations: [{ name: 'app', properties: { serviceName: delegation } }]
          natGateway: natGateway ? { id: gateway.id } : null
          networkSecurityGroup: { id: rules.id }
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
          networkSecurityGroup: { id: rules.id }
        }
      }
    ]
  }
}

@description('Resource id of the subnet from which the app calls.')
output appSubnetId string = '${network.id}/subnets/app'

@description('Resource id of the subnet for private endpoints.')
output endpointSubnetId string = '${network.id}/subnets/endpoints'

@description('The fixed public address, if there is one.')
output egressAddress string = natGateway ? address!.properties.ipAddress : ''

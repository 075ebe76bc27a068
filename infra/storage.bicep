// Keyturn's storage account, with its queues and containers.

@description('Required. Name of the storage account.')
param storageName string

@description('Required. Region.')
param location string

@description('Required. Redundancy.')
param sku string

@description('Required. Names of the queues.')
param queues string[]

@description('Required. Names of the blob containers.')
param containers string[]

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageName
  location: location
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobService 'blobServices' existing = {
    name: 'default'

    resource container 'containers' = [for name in containers: { name: name }]
  }

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource queue 'queues' = [for name in queues: { name: name }]
  }
}

@description('Address of the blobs, as the cloud has it.')
output blobs string = account.properties.primaryEndpoints.blob

@description('Address of the queues.')
output queues string = account.properties.primaryEndpoints.queue

@description('Address of the tables.')
output tables string = account.properties.primaryEndpoints.table

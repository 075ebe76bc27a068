// Keyturn's storage account, or one that is there already, with the queues and containers in it.

@description('Required. Name of the storage account.')
param storageName string

@description('Required. Whether the account is made here. One that is there already gets only what it lacks of queues and containers.')
param make bool

@description('Required. Region of the account made here.')
param location string

@description('Required. Tags of the account made here.')
param tags { *: string }

@description('Required. Redundancy of the account made here.')
param sku string

@description('Required. Whether the account made here is closed to the public network.')
param isPrivate bool

@description('Required. Names of the queues.')
param queues string[]

@description('Required. Names of the blob containers.')
param containers string[]

resource made 'Microsoft.Storage/storageAccounts@2023-05-01' = if (make) {
  name: storageName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    // Event Grid, which writes vaults' events with its identity, is let in as a trusted service; assumed also where public
    // access is off. If it were not, the alert on dropped events would tell.
    networkAcls: { defaultAction: isPrivate ? 'Deny' : 'Allow', bypass: 'AzureServices' }
  }
}

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName

  // Their settings, such as how long deleted blobs are kept, are not Keyturn's.
  resource blobService 'blobServices' existing = {
    name: 'default'

    resource container 'containers' = [
      for name in containers: {
        name: name
        dependsOn: [made]
      }
    ]
  }

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource queue 'queues' = [
      for name in queues: {
        name: name
        dependsOn: [made]
      }
    ]
  }
}

@description('Address of the blobs, as the cloud has it.')
output blobs string = account.properties.primaryEndpoints.blob

@description('Address of the queues.')
output queues string = account.properties.primaryEndpoints.queue

@description('Address of the tables.')
output tables string = account.properties.primaryEndpoints.table

// Keyturn in Azure's public cloud: the function app, its storage account and identity, that identity's roles, the alert.
// Deploy it into a resource group of its own: `az deployment group create`, see README.md.

@description('Required. Name of the function app. It becomes the host name {name}.azurewebsites.net, so it is unique in Azure, and the name of this instance in the vaults\' tags.')
@minLength(2)
@maxLength(55) // the plan's name, five characters longer, takes 60
param name string

@description('Required. Client id of the app registration of the admin API: `az ad app list --display-name keyturn --query [].appId`.')
param apiClientId string

@description('Required. The targets, each with the members of docs/targets.schema.json: at least name, accountId (`az cognitiveservices account show … --query id`) and vault. Empty for none yet.')
param targets array

@description('Required. Resource ids of the key vaults that the targets name: `az keyvault show --name … --query id`. They use Azure RBAC; a vault of access policies needs get, list, set and recover for the identity by hand.')
param vaultIds array

@description('Optional. Ids of subscriptions in which tags on AI accounts make targets, see docs/discovery.md: `az account list --query [].id`. The identity may then read these subscriptions, and rotate the keys of every AI account in them. The tags may name the vaults of vaultIds.')
param discoverySubscriptionIds array = []

@description('Optional. Region of everything made here. Flex Consumption is in those that `az functionapp list-flexconsumption-locations` lists.')
param location string = resourceGroup().location

@description('Optional. Name of the storage account made here, for the journal, the queue and the deployed package: 3 to 24 of a-z and 0-9, unique in Azure.')
param storageAccountName string = 'stkeyturn${uniqueString(resourceGroup().id, name)}'

@description('Optional. Redundancy of the storage account. Standard_ZRS where the region has zones: the journal then outlives one of them.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Optional. Major version of Node. Take one that `az functionapp list-flexconsumption-runtimes --runtime node --location …` lists: Azure accepts any other, and the app then never starts.')
@allowed(['22', '24'])
param nodeVersion string = '22'

@description('Optional. Resource id of a subnet delegated to Microsoft.App/environments, from which the app reaches accounts and vaults behind network rules. Without it the app calls from public addresses.')
param subnetId string = ''

@description('Optional. How Key Vault wakes Keyturn when secrets near their end. queue: through a storage queue, for an app that Event Grid cannot reach. push: to the function itself, once its code is deployed. none: the schedule alone.')
@allowed(['none', 'queue', 'push'])
param secretEvents string = 'queue'

@description('Optional. Names of the system topics that vaults have already, by the vault\'s name; a vault takes one: `az eventgrid system-topic list`. The others get evgt-{vault}.')
param systemTopicNames object = {}

@description('Optional. Resource id of a Log Analytics workspace: `az monitor log-analytics workspace show … --query id`. Without it there is neither a log nor the heartbeat alert.')
param workspaceId string = ''

@description('Optional. Resource ids of the action groups that the alert calls: `az monitor action-group list --query [].id`. Without any the alert shows in the portal alone.')
param actionGroupIds array = []

@description('Optional. Whether a custom topic of Event Grid is made, to which Keyturn publishes what people are to be told.')
param tellTopic bool = false

@description('Optional. Address that is told by POST, as a Key Vault reference to the secret that holds it: `@Microsoft.KeyVault(SecretUri=https://….vault.azure.net/secrets/…)`, in one of the vaults above or where the identity is Key Vault Secrets User. Empty for none.')
param webhookReference string = ''

@description('Optional. What the receiver of the webhook understands: a CloudEvent, or a message of Teams or Slack.')
@allowed(['cloudevents', 'teams', 'slack'])
param webhookFormat string = 'cloudevents'

@description('Optional. Whether the vaults get a custom role with exactly what Keyturn does with secrets, which is neither to delete nor to purge, in place of Key Vault Secrets Officer.')
param secretKeeperRole bool = false

@description('Optional. Resource ids of the resource groups in which Keyturn may change networks and turn keys off and on: those of accounts, networks, endpoints and zones.')
param postureGroupIds array = []

@description('Optional. Resource ids of the resource groups in which Keyturn may make identities, and give and take back the roles of accessRoleIds.')
param accessGroupIds array = []

@description('Optional. GUIDs of the roles that Keyturn may give, to service principals alone. Default: Cognitive Services Language Reader and Cognitive Services OpenAI User, which cannot list keys.')
param accessRoleIds array = ['7628b7b8-a8b2-4cdc-b46f-e9b35248918e', '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd']

var watched = !empty(workspaceId)

// https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
var givenRoles = '{${join(accessRoleIds, ', ')}}'
var accessCondition = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals ${givenRoles} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {\'ServicePrincipal\'})) AND ((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals ${givenRoles}))'

var groupGrants = concat(
  map(postureGroupIds, id => { groupId: id, isAccess: false }),
  map(accessGroupIds, id => { groupId: id, isAccess: true })
)

var eventsQueue = 'keyturn-secret-events'

// Storage Queue Data Message Sender: of the vaults' topics, not of Keyturn.
var queueSenderRole = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'

var vaultsWithEvents = secretEvents == 'none' ? [] : vaultIds

var builtInRoles = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  'Key Vault Secrets Officer': 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  'Reader': 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
  'EventGrid Data Sender': 'd5a91429-5739-47e2-a06b-3470a27159e7'
}

// User-assigned, so that its roles are there before the app first runs, and stay when the app is made anew.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${name}'
  location: location
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageAccountName
  location: location
  kind: 'StorageV2'
  sku: { name: storageSku }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: 'packages'
    }
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource events 'queues' = {
      name: eventsQueue
    }
  }
}

// Table: the journal. Queue: the wake-ups. Blob: the host's own locks and timer status, and the deployed package.
resource storageAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in ['Storage Table Data Contributor', 'Storage Queue Data Contributor', 'Storage Blob Data Owner']: {
    scope: storage
    // A name must be known before anything is made, and the principal's id is not.
    name: guid(storage.id, identity.id, builtInRoles[role])
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtInRoles[role])
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
    }
  }
]

module keyRotator 'key-rotator-role.bicep' = {
  scope: subscription()
  name: 'keyturn-role-${uniqueString(resourceGroup().id, name)}'
  params: {
    // Role names are unique in a tenant.
    roleName: 'Keyturn Key Rotator (${name})'
    assignableScopes: union(
      [subscription().id],
      union(
        map(targets, target => '/subscriptions/${toLower(split(target.accountId, '/')[2])}'),
        map(discoverySubscriptionIds, id => '/subscriptions/${toLower(id)}')
      )
    )
  }
}

module accountAccess 'account-access.bicep' = [
  for target in targets: {
    // /subscriptions/{2}/resourceGroups/{4}/providers/Microsoft.CognitiveServices/accounts/{8}
    scope: resourceGroup(split(target.accountId, '/')[2], split(target.accountId, '/')[4])
    name: 'keyturn-account-${uniqueString(resourceGroup().id, name, target.accountId)}'
    params: {
      accountName: split(target.accountId, '/')[8]
      principalId: identity.properties.principalId
      roleId: keyRotator.outputs.roleId
    }
  }
]

module subscriptionAccess 'subscription-access.bicep' = [
  for id in discoverySubscriptionIds: {
    scope: subscription(id)
    name: 'keyturn-subscription-${uniqueString(resourceGroup().id, name, id)}'
    params: {
      principalId: identity.properties.principalId
      roleIds: [builtInRoles['Reader'], keyRotator.outputs.roleId]
    }
  }
]

module secretKeeper 'secret-keeper-role.bicep' = if (secretKeeperRole) {
  scope: subscription()
  name: 'keyturn-secrets-${uniqueString(resourceGroup().id, name)}'
  params: {
    roleName: 'Keyturn Secret Keeper (${name})'
    assignableScopes: union([subscription().id], map(vaultIds, id => '/subscriptions/${toLower(split(id, '/')[2])}'))
  }
}

module postureRole 'posture-role.bicep' = if (!empty(groupGrants)) {
  scope: subscription()
  name: 'keyturn-posture-${uniqueString(resourceGroup().id, name)}'
  params: {
    roleName: 'Keyturn Posture (${name})'
    accessRoleName: 'Keyturn Access (${name})'
    assignableScopes: union(
      [subscription().id],
      map(groupGrants, grant => '/subscriptions/${toLower(split(grant.groupId, '/')[2])}')
    )
  }
}

module groupAccess 'group-access.bicep' = [
  for grant in groupGrants: {
    // /subscriptions/{2}/resourceGroups/{4}
    scope: resourceGroup(split(grant.groupId, '/')[2], split(grant.groupId, '/')[4])
    name: 'keyturn-group-${uniqueString(resourceGroup().id, name, grant.groupId, string(grant.isAccess))}'
    params: {
      principalId: identity.properties.principalId
      roleId: grant.isAccess ? postureRole!.outputs.accessRoleId : postureRole!.outputs.roleId
      condition: grant.isAccess ? accessCondition : ''
    }
  }
]

module vaultAccess 'vault-access.bicep' = [
  for vaultId in vaultIds: {
    // /subscriptions/{2}/resourceGroups/{4}/providers/Microsoft.KeyVault/vaults/{8}
    scope: resourceGroup(split(vaultId, '/')[2], split(vaultId, '/')[4])
    name: 'keyturn-vault-${uniqueString(resourceGroup().id, name, vaultId)}'
    params: {
      vaultName: split(vaultId, '/')[8]
      principalId: identity.properties.principalId
      roleId: secretKeeperRole ? secretKeeper!.outputs.roleId : builtInRoles['Key Vault Secrets Officer']
    }
  }
]

module vaultEventsTopic 'vault-events-topic.bicep' = [
  for vaultId in vaultsWithEvents: {
    scope: resourceGroup(split(vaultId, '/')[2], split(vaultId, '/')[4])
    name: 'keyturn-topic-${uniqueString(resourceGroup().id, name, vaultId)}'
    params: {
      vaultName: split(vaultId, '/')[8]
      topicName: systemTopicNames[?split(vaultId, '/')[8]] ?? 'evgt-${split(vaultId, '/')[8]}'
    }
  }
]

resource queueAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (vaultId, index) in vaultsWithEvents: {
    scope: storage
    name: guid(storage.id, vaultId, queueSenderRole)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueSenderRole)
      principalId: vaultEventsTopic[index].outputs.principalId
      principalType: 'ServicePrincipal'
    }
  }
]

module vaultEventsSubscription 'vault-events-subscription.bicep' = [
  for vaultId in vaultsWithEvents: {
    scope: resourceGroup(split(vaultId, '/')[2], split(vaultId, '/')[4])
    name: 'keyturn-events-${uniqueString(resourceGroup().id, name, vaultId)}'
    params: {
      topicName: systemTopicNames[?split(vaultId, '/')[8]] ?? 'evgt-${split(vaultId, '/')[8]}'
      subscriptionName: name
      road: secretEvents
      functionId: '${app.id}/functions/secret-near-expiry'
      storageAccountId: storage.id
      queueName: storage::queues::events.name
    }
    dependsOn: [queueAccess]
  }
]
resource topic 'Microsoft.EventGrid/topics@2022-06-15' = if (tellTopic) {
  name: 'evgt-${name}'
  location: location
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
  }
}

resource topicAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (tellTopic) {
  scope: topic
  name: guid(topic.id, identity.id, builtInRoles['EventGrid Data Sender'])
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtInRoles['EventGrid Data Sender'])
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    // Key Vault references are read with it, not with an identity of the system's.
    keyVaultReferenceIdentity: identity.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: concat(
        [
          { name: 'AzureWebJobsStorage__accountName', value: storage.name }
          { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
          { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
          { name: 'KEYTURN_IDENTITY_CLIENT_ID', value: identity.properties.clientId }
          { name: 'KEYTURN_TENANT_ID', value: subscription().tenantId }
          { name: 'KEYTURN_API_CLIENT_ID', value: apiClientId }
          { name: 'KEYTURN_TARGETS', value: string(targets) }
          { name: 'KEYTURN_EVENTS_QUEUE', value: eventsQueue }
        ],
        empty(discoverySubscriptionIds)
          ? []
          : [
              { name: 'KEYTURN_DISCOVERY_SUBSCRIPTIONS', value: join(discoverySubscriptionIds, ',') }
              { name: 'KEYTURN_DISCOVERY_VAULTS', value: join(map(vaultIds, id => last(split(id, '/'))), ',') }
            ],
        watched
          ? [{ name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights!.properties.ConnectionString }]
          : [],
        tellTopic
          ? [{ name: 'KEYTURN_EVENT_GRID_TOPIC', value: topic!.properties.endpoint }]
          : [],
        empty(webhookReference)
          ? []
          : [
              { name: 'KEYTURN_WEBHOOK_URL', value: webhookReference }
              { name: 'KEYTURN_WEBHOOK_FORMAT', value: webhookFormat }
            ]
      )
    }
    functionAppConfig: {
      runtime: { name: 'node', version: nodeVersion }
      // The least that Flex Consumption took from the start on.
      scaleAndConcurrency: { maximumInstanceCount: 40, instanceMemoryMB: 2048 }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${storage::blobs::packages.name}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
    }
  }

  // Code is deployed with Entra ID alone.
  resource noPublishingPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = if (watched) {
  name: 'appi-${name}'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
  }
}

// Silence is the alarm: bad settings, a stopped app and a broken deployment all look like this.
resource heartbeat 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = if (watched) {
  name: '${name}-heartbeat'
  location: location
  kind: 'LogAlert'
  properties: {
    displayName: '${name} has stopped sweeping'
    description: 'No sweep was finished for 30 minutes; there is one every 5 minutes. Rotations may be standing still.'
    severity: 1
    enabled: true
    scopes: [insights.id]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT30M'
    criteria: {
      allOf: [
        {
          query: 'traces | where message contains \'"event":"swept"\''
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: true
    actions: { actionGroups: actionGroupIds }
  }
}

// Each sweep says how things stand, so an alert ends by itself when they are right again.
var standingAlerts = [
  {
    name: 'suspended'
    says: 'has a rotation that waits for a person'
    query: 'traces | where message contains \'"event":"fleet-measured"\' | extend m = parse_json(message) | where toint(m.suspended) > 0'
  }
  {
    name: 'overdue'
    says: 'has a target whose keys are overdue, or whose rotation or change makes no progress'
    query: 'traces | where message contains \'"event":"fleet-measured"\' | extend m = parse_json(message) | where toint(m.overdue) > 0'
  }
  {
    name: 'leaked'
    says: 'has a target with a leaked key that may still be valid'
    query: 'traces | where message contains \'"event":"fleet-measured"\' | extend m = parse_json(message) | where toint(m.leaked) > 0'
  }
  {
    name: 'untold'
    says: 'could not tell people something for more than a day'
    query: 'traces | where message contains \'"event":"notice-given-up"\''
  }
]

resource standing 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in standingAlerts: if (watched) {
    name: '${name}-${alert.name}'
    location: location
    kind: 'LogAlert'
    properties: {
      displayName: '${name} ${alert.says}'
      description: 'See docs/telling.md for the query that names the targets, docs/operations.md for what to do.'
      severity: 2
      enabled: true
      scopes: [insights.id]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      actions: { actionGroups: actionGroupIds }
    }
  }
]

@description('Where the admin API answers.')
output apiUrl string = 'https://${app.properties.defaultHostName}/api'

@description('Object id of the identity, for role assignments made elsewhere.')
output principalId string = identity.properties.principalId

@description('Storage account that holds the journal.')
output storageAccountName string = storage.name

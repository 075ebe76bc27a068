// Keyturn: the function app, its storage account and identity, that identity's roles, the alerts.
// Deploy it into a resource group of its own: `az deployment group create`, see README.md.

// As docs/targets.schema.json has it; only what is read here is named.
type target = {
  accountId: string
  #disable-next-line no-explicit-any
  *: any
}

@description('Required. Name of the function app. It becomes the host name {name}.azurewebsites.net, so it is unique in Azure, and the name of this instance in the vaults\' tags.')
@minLength(2)
@maxLength(55) // the plan's name, five characters longer, takes 60
param name string

@description('Required. Client id of the app registration of the admin API: `az ad app list --display-name keyturn --query [].appId`.')
param apiClientId string

@description('Required. The targets, each with the members of docs/targets.schema.json: at least name, accountId (`az cognitiveservices account show … --query id`) and vault. Empty for none yet.')
param targets target[]

@description('Required. Resource ids of the key vaults that the targets name: `az keyvault show --name … --query id`. They use Azure RBAC; a vault of access policies needs get, list, set and recover for the identity by hand.')
param vaultIds string[]

@description('Optional. Ids of subscriptions in which tags on AI accounts make targets, see docs/discovery.md: `az account list --query [].id`. The identity may then read these subscriptions, and rotate the keys of every AI account in them. The tags may name the vaults of vaultIds.')
param discoverySubscriptionIds string[] = []

@description('Optional. Region of everything made here. Flex Consumption is in those that `az functionapp list-flexconsumption-locations` lists.')
param location string = resourceGroup().location

@description('Optional. Name of the storage account made here, for the journal, the queues and the deployed package: 3 to 24 of a-z and 0-9, unique in Azure.')
@minLength(3)
@maxLength(24)
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
param vaultEvents string = 'queue'

@description('Optional. Resource ids of the system topics that vaults have already, by the vault\'s name, each with a system-assigned identity; a vault takes one: `az eventgrid system-topic list`. They are not changed. The others get evgt-{vault}.')
param systemTopicIds { *: string } = {}

@description('Optional. Resource id of a Log Analytics workspace: `az monitor log-analytics workspace show … --query id`. Without it there is neither a log nor an alert.')
param workspaceId string = ''

@description('Optional. Resource ids of the action groups that the alerts call: `az monitor action-group list --query [].id`. Without any they show in the portal alone.')
param actionGroupIds string[] = []

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
param postureGroupIds string[] = []

@description('Optional. Resource ids of the resource groups in which Keyturn may make identities, and give and take back the roles of accessRoleIds.')
param accessGroupIds string[] = []

@description('Optional. GUIDs of the roles that Keyturn may give, to service principals alone. Default: Cognitive Services Language Reader and Cognitive Services OpenAI User, which cannot list keys. Empty: none, whatever accessGroupIds says.')
param accessRoleIds string[] = ['7628b7b8-a8b2-4cdc-b46f-e9b35248918e', '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd']

// The app's own settings, see docs/operations.md. Empty: as the app has it.

@description('Optional. KEYTURN_CLOUD: public, usgovernment or china. Default: the cloud that this is deployed to.')
param cloud string = {
  AzureCloud: 'public'
  AzureUSGovernment: 'usgovernment'
  AzureChinaCloud: 'china'
}[environment().name]

@description('Optional. KEYTURN_TENANT_ID: the tenant whose tokens the admin API takes.')
param tenantId string = subscription().tenantId

@description('Optional. KEYTURN_TARGETS_FILE: path of a file in the deployed package that lists the targets, in place of the setting. `targets` then only says where roles are given.')
param targetsFile string = ''

@description('Optional. KEYTURN_INSTANCE: the name of this instance in the vaults\' tags. Empty: the name of the function app.')
param instance string = ''

@description('Optional. KEYTURN_EVENTS_QUEUE: name of the queue that is made for the vaults\' events.')
@minLength(3)
@maxLength(63)
param eventsQueue string = 'keyturn-secret-events'

@description('Optional. KEYTURN_TELL: which kinds of news people are told, with commas between them. Empty: all.')
param tell string = ''

@description('Optional. KEYTURN_SWEEP_SCHEDULE: NCRONTAB expression.')
param sweepSchedule string = ''

@description('Optional. KEYTURN_MAX_RUNNING: rotations in flight that the schedule allows.')
param maxRunning string = ''

@description('Optional. KEYTURN_MAX_RUNNING_PER_SUBSCRIPTION: the same in one subscription.')
param maxRunningPerSubscription string = ''

@description('Optional. KEYTURN_STOP_AFTER_FAILURES: so many suspended rotations keep the schedule from starting others.')
param stopAfterFailures string = ''

@description('Optional. KEYTURN_START_JITTER: over which time targets that fall due together start.')
param startJitter string = ''

@description('Optional. KEYTURN_DISCOVERED_CANARIES: true or false.')
@allowed(['', 'true', 'false'])
param discoveredCanaries string = ''

@description('Optional. KEYTURN_HISTORY_RETENTION: how long history and evidence are kept.')
param historyRetention string = ''

var watched = !empty(workspaceId)
var id = uniqueString(resourceGroup().id, name)

var storageId = resourceId('Microsoft.Storage/storageAccounts', storageAccountName)
var deadLettersContainer = 'keyturn-dead-letters'

// What `src/azure/wake-ups.ts` calls it.
var wakeUpsQueue = 'advance-rotation'

// User-assigned, so that its roles are there before the app first runs, and stay when the app is made anew.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${name}'
  location: location
}

module storage 'storage.bicep' = {
  name: 'keyturn-storage-${id}'
  params: {
    storageName: storageAccountName
    location: location
    sku: storageSku
    queues: [wakeUpsQueue, eventsQueue]
    containers: ['packages', deadLettersContainer]
  }
}

// Everything that gives the identity rights, subscription by subscription.
var grants = {
  name: name
  appSubscriptionId: subscription().subscriptionId
  accountIds: map(targets, target => target.accountId)
  vaultIds: vaultIds
  discoverySubscriptionIds: discoverySubscriptionIds
  postureGroupIds: postureGroupIds
  accessGroupIds: accessGroupIds
  accessRoleIds: accessRoleIds
  secretKeeperRole: secretKeeperRole
  storageId: storageId
  eventsQueue: eventsQueue
  deadLettersContainer: deadLettersContainer
}

var grantSubscriptionIds = union(
  [toLower(subscription().subscriptionId)],
  map(
    concat(grants.accountIds, grants.vaultIds, grants.postureGroupIds, grants.accessGroupIds),
    one => toLower(split(one, '/')[2])
  ),
  map(discoverySubscriptionIds, one => toLower(one))
)

module access 'grants.bicep' = [
  for subscriptionId in grantSubscriptionIds: {
    scope: subscription(subscriptionId)
    name: 'keyturn-grants-${id}'
    params: {
      name: grants.name
      appSubscriptionId: grants.appSubscriptionId
      accountIds: grants.accountIds
      vaultIds: grants.vaultIds
      discoverySubscriptionIds: grants.discoverySubscriptionIds
      postureGroupIds: grants.postureGroupIds
      accessGroupIds: grants.accessGroupIds
      accessRoleIds: grants.accessRoleIds
      secretKeeperRole: grants.secretKeeperRole
      storageId: grants.storageId
      eventsQueue: grants.eventsQueue
      deadLettersContainer: grants.deadLettersContainer
      principalId: identity.properties.principalId
      logId: watched ? insights.id : ''
      topicId: tellTopic ? topic.id : ''
    }
    dependsOn: [storage]
  }
]

module events 'vault-events.bicep' = [
  for vaultId in (vaultEvents == 'none' ? [] : vaultIds): {
    // /subscriptions/{2}/resourceGroups/{4}/providers/Microsoft.KeyVault/vaults/{8}, and so the topic.
    scope: resourceGroup(
      split(systemTopicIds[?split(vaultId, '/')[8]] ?? vaultId, '/')[2],
      split(systemTopicIds[?split(vaultId, '/')[8]] ?? vaultId, '/')[4]
    )
    name: 'keyturn-events-${uniqueString(resourceGroup().id, name, vaultId)}'
    params: {
      vaultId: vaultId
      topicName: last(split(systemTopicIds[?split(vaultId, '/')[8]] ?? 'evgt-${split(vaultId, '/')[8]}', '/'))
      makeTopic: !contains(systemTopicIds, split(vaultId, '/')[8])
      // At least three characters, which the app's name need not have.
      subscriptionName: 'keyturn-${name}'
      delivery: vaultEvents == 'push' ? 'push' : 'queue'
      functionId: '${app.id}/functions/secret-near-expiry'
      storageId: storageId
      eventsQueue: eventsQueue
      deadLettersContainer: deadLettersContainer
      assignRoles: true
      tags: {}
    }
  }
]

resource topic 'Microsoft.EventGrid/topics@2022-06-15' = if (tellTopic) {
  // At most fifty characters.
  name: take('evgt-${name}', 50)
  location: location
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
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
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      // A setting of empty text counts as absent.
      appSettings: [
        // By address: a name alone would mean the public cloud to the host, whichever this is.
        { name: 'AzureWebJobsStorage__blobServiceUri', value: storage.outputs.blobs }
        { name: 'AzureWebJobsStorage__queueServiceUri', value: storage.outputs.queues }
        { name: 'AzureWebJobsStorage__tableServiceUri', value: storage.outputs.tables }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
        // Of its own: by default it is the name's first 32 characters, which two apps on one storage account may share.
        { name: 'AzureFunctionsWebHost__hostid', value: 'keyturn-${id}' }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: watched ? insights!.properties.ConnectionString : '' }
        {
          name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
          value: watched ? 'ClientId=${identity.properties.clientId};Authorization=AAD' : ''
        }
        { name: 'KEYTURN_CLOUD', value: cloud }
        { name: 'KEYTURN_IDENTITY_CLIENT_ID', value: identity.properties.clientId }
        { name: 'KEYTURN_TENANT_ID', value: tenantId }
        { name: 'KEYTURN_API_CLIENT_ID', value: apiClientId }
        { name: 'KEYTURN_INSTANCE', value: instance }
        { name: 'KEYTURN_TARGETS', value: empty(targetsFile) ? string(targets) : '' }
        { name: 'KEYTURN_TARGETS_FILE', value: targetsFile }
        { name: 'KEYTURN_DISCOVERY_SUBSCRIPTIONS', value: join(discoverySubscriptionIds, ',') }
        {
          name: 'KEYTURN_DISCOVERY_VAULTS'
          value: empty(discoverySubscriptionIds) ? '' : join(map(vaultIds, one => last(split(one, '/'))), ',')
        }
        { name: 'KEYTURN_EVENTS_QUEUE', value: eventsQueue }
        { name: 'KEYTURN_EVENT_GRID_TOPIC', value: tellTopic ? topic!.properties.endpoint : '' }
        { name: 'KEYTURN_WEBHOOK_URL', value: webhookReference }
        { name: 'KEYTURN_WEBHOOK_FORMAT', value: empty(webhookReference) ? '' : webhookFormat }
        { name: 'KEYTURN_TELL', value: tell }
        { name: 'KEYTURN_SWEEP_SCHEDULE', value: sweepSchedule }
        { name: 'KEYTURN_MAX_RUNNING', value: maxRunning }
        { name: 'KEYTURN_MAX_RUNNING_PER_SUBSCRIPTION', value: maxRunningPerSubscription }
        { name: 'KEYTURN_STOP_AFTER_FAILURES', value: stopAfterFailures }
        { name: 'KEYTURN_START_JITTER', value: startJitter }
        { name: 'KEYTURN_DISCOVERED_CANARIES', value: discoveredCanaries }
        { name: 'KEYTURN_HISTORY_RETENTION', value: historyRetention }
      ]
    }
    functionAppConfig: {
      runtime: { name: 'node', version: nodeVersion }
      // The least that Flex Consumption took from the start on.
      scaleAndConcurrency: { maximumInstanceCount: 40, instanceMemoryMB: 2048 }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.outputs.blobs}packages'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
    }
  }

  // Code is deployed with Entra ID alone.
  resource noDeployPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource noFtpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
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
    // Entra tokens only: whoever has the connection string alone cannot write a heartbeat.
    DisableLocalAuth: true
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
output storageAccountName string = storageAccountName

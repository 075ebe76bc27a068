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

@description('Optional. Resource ids of the secrets that the targets declare as copies, `…/vaults/<vault>/secrets/<name>`, which Keyturn may then read and store; of a vault, if it is to make its copies there; of the apps whose settings are copies. See docs/copies.md.')
param copyIds string[] = []

@description('Optional. Resource ids of the apps that the targets declare as copies of kind reference-refresh. Keyturn may then refresh their references and restart their workers.')
param refreshedAppIds string[] = []

@description('Optional. Ids of subscriptions in which tags on AI accounts make targets, see docs/discovery.md: `az account list --query [].id`. The identity may then read these subscriptions, and rotate the keys of every AI account in them. The tags may name the vaults of vaultIds.')
param discoverySubscriptionIds string[] = []

@description('Optional. Resource ids of resource groups in which tags count, in place of a whole subscription in discoverySubscriptionIds: Keyturn may read and rotate only in these.')
param discoveryGroupIds string[] = []

@description('Optional. Whether roles are made and assigned here, which takes Owner, or Contributor and User Access Administrator, wherever something is named. Without: deploy grants.bicep in each such subscription, with what `grants` puts out, see README.md.')
param assignRoles bool = true

@description('Optional. Tags of everything made here.')
param tags { *: string } = {}

@description('Optional. Region of everything made here. Flex Consumption is in those that `az functionapp list-flexconsumption-locations` lists.')
param location string = resourceGroup().location

@description('Optional. Name of the storage account made here, for the journal, the queues and the deployed package: 3 to 24 of a-z and 0-9, unique in Azure.')
@minLength(3)
@maxLength(24)
param storageAccountName string = 'stkeyturn${uniqueString(resourceGroup().id, name)}'

@description('Optional. Whether plan and storage are spread over the zones of the region, so that the app and its journal outlive one of them.')
param zoneRedundant bool = false

@description('Optional. Redundancy of the storage account made here.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'

@description('Optional. Resource id of a storage account that is there already: only queues, containers and roles are added to it. Standard, general purpose v2: `az storage account show --query id`.')
param existingStorageId string = ''

@description('Optional. Size of the plan made here: FC1 is Flex Consumption; the others are App Service plans, for regions and clouds without it.')
@allowed(['FC1', 'B1', 'B2', 'P0v3', 'P1v3', 'P2v3'])
param planSku string = 'FC1'

@description('Optional. Resource id of an App Service plan on Linux that is there already, Basic or better: `az appservice plan show --query id`. Neither Flex Consumption, which holds one app, nor Elastic Premium, whose files take a key of a storage account.')
param existingPlanId string = ''

@description('Optional. Major version of Node. Take one that `az functionapp list-flexconsumption-runtimes --runtime node --location …` lists: Azure accepts any other, and the app then never starts.')
@allowed(['22', '24'])
param nodeVersion string = '22'

@description('Optional. Address of a package of Keyturn, as of a release, that is deployed with the app: Azure fetches it, so it is readable without signing in. Empty: the code is deployed by itself. With assignRoles false the roles come too late for it.')
param packageUri string = ''

@description('Optional. Whether storage and app are closed to the public network, and reached, as are the vaults, by private endpoints. The network is made here, or given with subnetId and endpointSubnetId. Code is then deployed, and the admin API called, from inside it.')
param private bool = false

@description('Optional. Addresses, in CIDR notation, that may call the app and deploy to it. With private: in place of a private endpoint of the app.')
param inboundAddresses string[] = []

@description('Optional. Resource id of a subnet from which the app calls, delegated to Microsoft.App/environments (Flex Consumption) or Microsoft.Web/serverFarms. Without it the app calls from public addresses, unless a network is made here.')
param subnetId string = ''

@description('Optional. Resource id of the subnet for private endpoints, where subnetId is given and private is set.')
param endpointSubnetId string = ''

@description('Optional. Address space of the network made here: at least a /25, half of it is used.')
param networkAddressPrefix string = '10.90.0.0/24'

@description('Optional. Whether the app calls from one fixed public address, for firewalls that list it; makes a network where private does not.')
param natGateway bool = false

@description('Optional. Who sees to private DNS zones. make: they are made here, for a network that has none of these names. existing: those of privateDnsGroupId. none: a policy of the tenant adds them to private endpoints.')
@allowed(['make', 'existing', 'none'])
param privateDns string = 'make'

@description('Optional. Resource id of the resource group with the private DNS zones, for existing; they must be linked to the network.')
param privateDnsGroupId string = ''

@description('Optional. How Key Vault wakes Keyturn when secrets near their end. queue: through a storage queue, for an app that Event Grid cannot reach. push: to the function itself, once its code is deployed. none: only the schedule.')
@allowed(['none', 'queue', 'push'])
param vaultEvents string = 'queue'

@description('Optional. Resource ids of the system topics that vaults have already, by the vault\'s name, each with a system-assigned identity; a vault takes one: `az eventgrid system-topic list`. They are not changed. The others get evgt-{vault}.')
param systemTopicIds { *: string } = {}

@description('Optional. Resource id of a Log Analytics workspace: `az monitor log-analytics workspace show … --query id`. Without it there is neither a log nor an alert.')
param workspaceId string = ''

@description('Optional. Whether the vaults send their AuditEvent log, who read which secret, to the workspace. A vault that does so already takes no second setting for the same workspace.')
param auditVaults bool = false

@description('Optional. Whether Keyturn tells who reads which key, by the audit logs in the workspace: it may then read all of its logs. Goes with workspaceId.')
param tellReaders bool = false

@description('Optional. Object ids or client ids of identities that read every secret and use none, such as a backup\'s: Keyturn leaves them out when it tells who reads which key. Goes with tellReaders.')
param scannerIds string[] = []

@description('Optional. Resource ids of the action groups that the alerts call: `az monitor action-group list --query [].id`. Without any they show only in the portal.')
param actionGroupIds string[] = []

@description('Optional. Whether a workbook is made beside the log, which shows the fleet, what is overdue or suspended, durations, key ages, throttling and notifications. Goes with workspaceId.')
param workbook bool = true

@description('Optional. Whether a custom topic of Event Grid is made, to which Keyturn publishes what people and applications are to be told.')
param notificationTopic bool = false

@description('Optional. Address that is told by POST, as a Key Vault reference to the secret that holds it: `@Microsoft.KeyVault(SecretUri=https://….vault.azure.net/secrets/…)`, in one of the vaults above or where the identity is Key Vault Secrets User. Empty for none.')
param webhookReference string = ''

@description('Optional. What the receiver of the webhook understands: a CloudEvent, or a message of Teams or Slack.')
@allowed(['cloudevents', 'teams', 'slack'])
param webhookFormat string = 'cloudevents'

@description('Optional. Whether the vaults get a custom role with exactly what Keyturn does with secrets, which is neither to delete nor to purge, in place of Key Vault Secrets Officer.')
param secretKeeperRole bool = false

@description('Optional. Resource ids of the resource groups in which Keyturn may change networks and turn keys off and on: those of accounts, networks, endpoints and zones.')
param hardeningGroupIds string[] = []

@description('Optional. Resource ids of the resource groups in which Keyturn may make identities, and give and take back the roles of accessRoleIds.')
param accessGroupIds string[] = []

@description('Optional. GUIDs of the roles that Keyturn may give, only to service principals. Default: Cognitive Services Language Reader and Cognitive Services OpenAI User, which cannot list keys. Empty: none, whatever accessGroupIds says.')
param accessRoleIds string[] = ['7628b7b8-a8b2-4cdc-b46f-e9b35248918e', '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd']

// The app's own settings, see docs/settings.md. Empty: as the app has it.

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

@description('Optional. KEYTURN_TARGETS_BLOB: container and name of a blob that lists the targets, such as keyturn-config/targets.json, in place of the setting, see docs/targets-document.md. The container is made. `targets` then only says where roles are given.')
param targetsBlob string = ''

@description('Optional. KEYTURN_INSTANCE: the name of this instance in the vaults\' tags. Empty: the name of the function app.')
param instance string = ''

@description('Optional. KEYTURN_EVENTS_QUEUE: name of the queue that is made for the vaults\' events.')
@minLength(3)
@maxLength(63)
param eventsQueue string = 'keyturn-secret-events'

@description('Optional. KEYTURN_NOTIFY: which kinds of news are told, with commas between them. Empty: all.')
param notify string = ''

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
var auditWorkspaceId = tellReaders ? workspaceId : ''
var id = uniqueString(resourceGroup().id, name)

var storageId = empty(existingStorageId)
  ? resourceId('Microsoft.Storage/storageAccounts', storageAccountName)
  : existingStorageId
var isFlex = empty(existingPlanId) && planSku == 'FC1'

// What cannot go together is refused before anything is made.
var hasNat = natGateway && !empty(subnetId)
  ? fail('natGateway goes with a network that is made here: give the subnet of subnetId a NAT gateway of its own.')
  : natGateway
var isPrivate = private && !empty(subnetId) && empty(endpointSubnetId)
  ? fail('private with subnetId takes endpointSubnetId too.')
  : private
var eventDelivery = private && empty(inboundAddresses) && vaultEvents == 'push'
  ? fail('Event Grid reaches no private endpoint: vaultEvents push does not go with private, unless inboundAddresses are given.')
  : vaultEvents

var targetsText = string(targets)
var targetsSetting = !empty(targetsFile) && !empty(targetsBlob)
  ? fail('targetsFile and targetsBlob are two places for one list: give one of them.')
  : !empty(targetsFile) || !empty(targetsBlob)
      ? ''
      // Linux starts no process with a longer setting, see src/settings/targets-settings.ts.
      : length(targetsText) > 100000
          ? fail('targets is too long for a setting of the app: list them in a blob, see targetsBlob.')
          : targetsText

var makesNetwork = empty(subnetId) && (isPrivate || hasNat)
var hasAppEndpoint = isPrivate && empty(inboundAddresses)

var deadLettersContainer = 'keyturn-dead-letters'

// What `src/azure/storage/wake-ups.ts` calls it.
var wakeUpsQueue = 'advance-rotation'

// User-assigned, so that its roles are there before the app first runs, and stay when the app is recreated.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${name}'
  location: location
  tags: tags
}

module storage 'storage.bicep' = {
  // /subscriptions/{2}/resourceGroups/{4}/providers/Microsoft.Storage/storageAccounts/{8}
  scope: resourceGroup(split(storageId, '/')[2], split(storageId, '/')[4])
  name: 'keyturn-storage-${id}'
  params: {
    storageName: split(storageId, '/')[8]
    make: empty(existingStorageId)
    location: location
    tags: tags
    sku: storageSku
    isPrivate: isPrivate
    queues: [wakeUpsQueue, eventsQueue]
    containers: union(['packages', deadLettersContainer], empty(targetsBlob) ? [] : [split(targetsBlob, '/')[0]])
  }
}

var discoveredIn = union(
  map(discoverySubscriptionIds, one => toLower(one)),
  map(discoveryGroupIds, one => toLower(split(one, '/')[2]))
)

// Everything that gives the identity rights, subscription by subscription.
var grants = {
  name: name
  appSubscriptionId: subscription().subscriptionId
  accountIds: map(targets, target => target.accountId)
  vaultIds: vaultIds
  copyIds: copyIds
  refreshedAppIds: refreshedAppIds
  discoverySubscriptionIds: discoverySubscriptionIds
  discoveryGroupIds: discoveryGroupIds
  hardeningGroupIds: hardeningGroupIds
  accessGroupIds: accessGroupIds
  accessRoleIds: accessRoleIds
  secretKeeperRole: secretKeeperRole
  auditWorkspaceId: auditWorkspaceId
  storageId: storageId
  eventsQueue: eventsQueue
  deadLettersContainer: deadLettersContainer
}

var grantSubscriptionIds = union(
  [toLower(subscription().subscriptionId)],
  map(
    concat(
      grants.accountIds,
      grants.vaultIds,
      grants.copyIds,
      grants.refreshedAppIds,
      grants.discoveryGroupIds,
      grants.hardeningGroupIds,
      grants.accessGroupIds,
      [storageId],
      empty(auditWorkspaceId) ? [] : [auditWorkspaceId]
    ),
    one => toLower(split(one, '/')[2])
  ),
  map(discoverySubscriptionIds, one => toLower(one))
)

module access 'grants.bicep' = [
  for subscriptionId in grantSubscriptionIds: if (assignRoles) {
    scope: subscription(subscriptionId)
    name: 'keyturn-grants-${id}'
    params: {
      name: grants.name
      appSubscriptionId: grants.appSubscriptionId
      accountIds: grants.accountIds
      vaultIds: grants.vaultIds
      copyIds: grants.copyIds
      refreshedAppIds: grants.refreshedAppIds
      discoverySubscriptionIds: grants.discoverySubscriptionIds
      discoveryGroupIds: grants.discoveryGroupIds
      hardeningGroupIds: grants.hardeningGroupIds
      accessGroupIds: grants.accessGroupIds
      accessRoleIds: grants.accessRoleIds
      secretKeeperRole: grants.secretKeeperRole
      storageId: grants.storageId
      eventsQueue: grants.eventsQueue
      deadLettersContainer: grants.deadLettersContainer
      principalId: identity.properties.principalId
      logId: watched ? insights.id : ''
      topicId: notificationTopic ? topic.id : ''
      auditWorkspaceId: grants.auditWorkspaceId
    }
    dependsOn: [storage]
  }
]

var eventVaultIds = eventDelivery == 'none' ? [] : vaultIds
var vaultTopicIds = map(
  eventVaultIds,
  vaultId =>
    systemTopicIds[?split(vaultId, '/')[8]] ?? '${join(take(split(vaultId, '/'), 5), '/')}/providers/Microsoft.EventGrid/systemTopics/evgt-${split(vaultId, '/')[8]}'
)

module events 'vault-events.bicep' = [
  for (vaultId, index) in eventVaultIds: {
    scope: resourceGroup(split(vaultTopicIds[index], '/')[2], split(vaultTopicIds[index], '/')[4])
    name: 'keyturn-events-${uniqueString(resourceGroup().id, name, vaultId)}'
    params: {
      vaultId: vaultId
      topicName: split(vaultTopicIds[index], '/')[8]
      makeTopic: !contains(systemTopicIds, split(vaultId, '/')[8])
      appName: name
      delivery: eventDelivery == 'push' ? 'push' : 'queue'
      functionId: '${app.id}/functions/secret-near-expiry'
      storageId: storageId
      eventsQueue: eventsQueue
      deadLettersContainer: deadLettersContainer
      assignRoles: assignRoles
      hasAlerts: watched
      actionGroupIds: actionGroupIds
      tags: tags
    }
  }
]

module audit 'vault-audit.bicep' = [
  for vaultId in (auditVaults && watched ? vaultIds : []): {
    scope: resourceGroup(split(vaultId, '/')[2], split(vaultId, '/')[4])
    name: 'keyturn-audit-${uniqueString(resourceGroup().id, name, vaultId)}'
    params: {
      vaultName: split(vaultId, '/')[8]
      settingName: 'keyturn-${name}'
      workspaceId: workspaceId
    }
  }
]

module network 'network.bicep' = if (makesNetwork) {
  name: 'keyturn-network-${id}'
  params: {
    name: name
    location: location
    tags: tags
    addressPrefix: networkAddressPrefix
    delegation: isFlex ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms'
    natGateway: hasNat
  }
}

var appSubnetId = makesNetwork ? network!.outputs.appSubnetId : subnetId
var privateSubnetId = makesNetwork ? network!.outputs.endpointSubnetId : endpointSubnetId

// https://learn.microsoft.com/azure/private-link/private-endpoint-dns
var zoneNames = {
  public: {
    #disable-next-line no-hardcoded-env-urls // Private zones have no suffix in environment().
    blob: 'privatelink.blob.core.windows.net'
    #disable-next-line no-hardcoded-env-urls
    queue: 'privatelink.queue.core.windows.net'
    #disable-next-line no-hardcoded-env-urls
    table: 'privatelink.table.core.windows.net'
    vault: 'privatelink.vaultcore.azure.net'
    sites: 'privatelink.azurewebsites.net'
  }
  usgovernment: {
    blob: 'privatelink.blob.core.usgovcloudapi.net'
    queue: 'privatelink.queue.core.usgovcloudapi.net'
    table: 'privatelink.table.core.usgovcloudapi.net'
    vault: 'privatelink.vaultcore.usgovcloudapi.net'
    sites: 'privatelink.azurewebsites.us'
  }
  china: {
    blob: 'privatelink.blob.core.chinacloudapi.cn'
    queue: 'privatelink.queue.core.chinacloudapi.cn'
    table: 'privatelink.table.core.chinacloudapi.cn'
    vault: 'privatelink.vaultcore.azure.cn'
    sites: 'privatelink.chinacloudsites.cn'
  }
}[cloud]

var endpoints = concat(
  map(isPrivate ? ['blob', 'queue', 'table'] : [], kind => { kind: kind, resourceId: storageId }),
  map(isPrivate ? vaultIds : [], vaultId => { kind: 'vault', resourceId: vaultId }),
  map(hasAppEndpoint ? ['sites'] : [], kind => {
    kind: kind
    resourceId: resourceId('Microsoft.Web/sites', name)
  })
)
var zoneGroupId = privateDns == 'existing' ? privateDnsGroupId : resourceGroup().id

module zones 'private-dns-zone.bicep' = [
  for kind in (isPrivate && privateDns == 'make' ? union(map(endpoints, one => one.kind), []) : []): {
    name: 'keyturn-zone-${uniqueString(resourceGroup().id, name, kind)}'
    params: {
      zoneName: zoneNames[kind]
      linkName: 'keyturn-${name}'
      // /subscriptions/…/providers/Microsoft.Network/virtualNetworks/{8}/subnets/…
      networkId: join(take(split(privateSubnetId, '/'), 9), '/')
      tags: tags
    }
  }
]

module privateEndpoints 'private-endpoint.bicep' = [
  for endpoint in endpoints: {
    name: 'keyturn-endpoint-${uniqueString(resourceGroup().id, name, endpoint.kind, endpoint.resourceId)}'
    params: {
      // At most 64 characters: with the app's name they could be more.
      endpointName: 'pe-${endpoint.kind == 'vault' ? last(split(endpoint.resourceId, '/')) : endpoint.kind}-${id}'
      location: location
      tags: tags
      subnetId: privateSubnetId
      resourceId: endpoint.resourceId
      kind: endpoint.kind
      zoneId: privateDns == 'none'
        ? ''
        : '${zoneGroupId}/providers/Microsoft.Network/privateDnsZones/${zoneNames[endpoint.kind]}'
    }
    dependsOn: [storage, app, zones]
  }
]

resource topic 'Microsoft.EventGrid/topics@2022-06-15' = if (notificationTopic) {
  // At most fifty characters.
  name: take('evgt-${name}', 50)
  location: location
  tags: tags
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = if (empty(existingPlanId)) {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: isFlex ? 'functionapp' : 'linux'
  // One instance in each of two zones at least: https://learn.microsoft.com/azure/reliability/reliability-app-service
  sku: isFlex ? { tier: 'FlexConsumption', name: 'FC1' } : { name: planSku, capacity: zoneRedundant ? 2 : 1 }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

// Flex Consumption has them in functionAppConfig, and refuses them here.
var platformSettings = isFlex
  ? []
  : [
      { name: 'FUNCTIONS_EXTENSION_VERSION', value: '~4' }
      { name: 'FUNCTIONS_WORKER_RUNTIME', value: 'node' }
      { name: 'WEBSITE_RUN_FROM_PACKAGE', value: '1' }
    ]

var allowedCallers = concat(
  map(inboundAddresses, (address, index) => { name: 'allowed-${index}', ipAddress: address, tag: 'Default' }),
  eventDelivery == 'push' ? [{ name: 'event-grid', ipAddress: 'AzureEventGrid', tag: 'ServiceTag' }] : []
)

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: empty(existingPlanId) ? plan.id : existingPlanId
    // Key Vault references are read with it, not with an identity of the system's.
    keyVaultReferenceIdentity: identity.id
    httpsOnly: true
    publicNetworkAccess: hasAppEndpoint ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) && !makesNetwork ? null : appSubnetId
    // Flex Consumption always does.
    vnetRouteAllEnabled: isFlex || (empty(subnetId) && !makesNetwork) ? null : true
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      // An App Service plan lets an app sleep that nobody calls, and its timer with it.
      alwaysOn: isFlex ? null : true
      linuxFxVersion: isFlex ? null : 'NODE|${nodeVersion}'
      ipSecurityRestrictionsDefaultAction: empty(inboundAddresses) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: empty(inboundAddresses)
        ? null
        : map(allowedCallers, (caller, index) => {
            name: caller.name
            ipAddress: caller.ipAddress
            tag: caller.tag
            action: 'Allow'
            priority: 100 + index
          })
      scmIpSecurityRestrictionsUseMain: true
      // A setting of empty text counts as absent.
      appSettings: concat(platformSettings, [
        // By address: just a name would mean the public cloud to the host, whichever this is.
        { name: 'AzureWebJobsStorage__blobServiceUri', value: storage.outputs.blobs }
        { name: 'AzureWebJobsStorage__queueServiceUri', value: storage.outputs.queues }
        { name: 'AzureWebJobsStorage__tableServiceUri', value: storage.outputs.tables }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
        // The dashboard stands at the root.
        { name: 'AzureWebJobsDisableHomepage', value: 'true' }
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
        { name: 'KEYTURN_TARGETS', value: targetsSetting }
        { name: 'KEYTURN_TARGETS_FILE', value: targetsFile }
        { name: 'KEYTURN_TARGETS_BLOB', value: targetsBlob }
        { name: 'KEYTURN_DISCOVERY_SUBSCRIPTIONS', value: join(discoveredIn, ',') }
        {
          name: 'KEYTURN_DISCOVERY_VAULTS'
          value: empty(discoveredIn) ? '' : join(map(vaultIds, one => last(split(one, '/'))), ',')
        }
        { name: 'KEYTURN_EVENTS_QUEUE', value: eventsQueue }
        { name: 'KEYTURN_EVENT_GRID_TOPIC', value: notificationTopic ? topic!.properties.endpoint : '' }
        { name: 'KEYTURN_WEBHOOK_URL', value: webhookReference }
        { name: 'KEYTURN_WEBHOOK_FORMAT', value: empty(webhookReference) ? '' : webhookFormat }
        { name: 'KEYTURN_NOTIFY', value: notify }
        { name: 'KEYTURN_SWEEP_SCHEDULE', value: sweepSchedule }
        { name: 'KEYTURN_MAX_RUNNING', value: maxRunning }
        { name: 'KEYTURN_MAX_RUNNING_PER_SUBSCRIPTION', value: maxRunningPerSubscription }
        { name: 'KEYTURN_STOP_AFTER_FAILURES', value: stopAfterFailures }
        { name: 'KEYTURN_START_JITTER', value: startJitter }
        { name: 'KEYTURN_DISCOVERED_CANARIES', value: discoveredCanaries }
        {
          name: 'KEYTURN_AUDIT_WORKSPACE'
          value: empty(auditWorkspaceId) ? '' : reference(auditWorkspaceId, '2023-09-01').customerId
        }
        { name: 'KEYTURN_AUDIT_SCANNERS', value: tellReaders ? join(scannerIds, ',') : '' }
        { name: 'KEYTURN_HISTORY_RETENTION', value: historyRetention }
      ])
    }
    functionAppConfig: !isFlex
      ? null
      : {
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

  // Code is deployed only with Entra ID.
  resource noDeployPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource noFtpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
}

// Nothing is built: the package is ready to run. The first form is Flex Consumption's, the second the one of App Service plans:
// https://learn.microsoft.com/azure/azure-functions/functions-infrastructure-as-code, https://learn.microsoft.com/azure/app-service/deploy-zip
resource code 'Microsoft.Web/sites/extensions@2024-04-01' = if (!empty(packageUri)) {
  parent: app
  name: 'onedeploy'
  #disable-next-line BCP187 // The types do not know it.
  properties: isFlex ? { packageUri: packageUri, remoteBuild: false } : { packageUri: packageUri, type: 'zip' }
  // The app's identity writes the package to storage.
  dependsOn: [access]
}

resource insights 'Microsoft.Insights/components@2020-02-02' = if (watched) {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    // Entra tokens only: with just the connection string nobody can write a heartbeat. Documented of the public cloud,
    // assumed of the others: https://learn.microsoft.com/azure/azure-monitor/app/azure-ad-authentication
    DisableLocalAuth: true
  }
}

resource book 'Microsoft.Insights/workbooks@2023-06-01' = if (watched && workbook) {
  // A workbook is named by a GUID.
  name: guid(resourceGroup().id, name, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Keyturn ${name}'
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: insights.id
    serializedData: string(union(loadJsonContent('workbook.json'), { fallbackResourceIds: [insights.id] }))
  }
}

module alerts 'alerts.bicep' = if (watched) {
  name: 'keyturn-alerts-${id}'
  params: {
    name: name
    location: location
    tags: tags
    logId: insights.id
    actionGroupIds: actionGroupIds
  }
}

@description('Name of the function app, by which azd finds it.')
output appName string = app.name

@description('Where the admin API answers.')
output apiUrl string = 'https://${app.properties.defaultHostName}/api'

@description('Where people open the dashboard, once the app registration lists this address: register.sh --dashboard.')
output dashboardUrl string = 'https://${app.properties.defaultHostName}/'

@description('Object id of the identity, for role assignments made elsewhere.')
output principalId string = identity.properties.principalId

@description('Storage account that holds the journal.')
output storageAccountName string = split(storageId, '/')[8]

@description('The fixed public address from which the app calls, with natGateway.')
output egressAddress string = makesNetwork ? network!.outputs.egressAddress : ''

@description('Parameters of grants.bicep, for the one who assigns the roles if assignRoles is false.')
#disable-next-line use-user-defined-types // grants.bicep has the types.
output grants object = {
  name: { value: grants.name }
  principalId: { value: identity.properties.principalId }
  appSubscriptionId: { value: grants.appSubscriptionId }
  accountIds: { value: grants.accountIds }
  vaultIds: { value: grants.vaultIds }
  copyIds: { value: grants.copyIds }
  refreshedAppIds: { value: grants.refreshedAppIds }
  discoverySubscriptionIds: { value: grants.discoverySubscriptionIds }
  discoveryGroupIds: { value: grants.discoveryGroupIds }
  hardeningGroupIds: { value: grants.hardeningGroupIds }
  accessGroupIds: { value: grants.accessGroupIds }
  accessRoleIds: { value: grants.accessRoleIds }
  secretKeeperRole: { value: grants.secretKeeperRole }
  storageId: { value: grants.storageId }
  logId: { value: watched ? insights.id : '' }
  topicId: { value: notificationTopic ? topic.id : '' }
  auditWorkspaceId: { value: grants.auditWorkspaceId }
  eventsQueue: { value: grants.eventsQueue }
  deadLettersContainer: { value: grants.deadLettersContainer }
}

@description('Its parameter vaultTopicPrincipalIds.')
output vaultTopicPrincipalIds string[] = [for (vaultId, index) in eventVaultIds: events[index].outputs.principalId]

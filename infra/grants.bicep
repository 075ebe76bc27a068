// The roles that Keyturn takes in one subscription: the custom ones are made, all are assigned to its identity.
// main.bicep deploys this into each subscription that its parameters name. With `assignRoles: false` it does not, and
// anyone who may assign roles in a subscription deploys this there, with the parameters that main.bicep puts out: README.md.
targetScope = 'subscription'

@description('Required. Name of the function app.')
param name string

@description('Required. Object id of Keyturn\'s identity.')
param principalId string

@description('Required. Id of the subscription that holds the function app. Role names are unique in a tenant: those made in any other subscription end in its id.')
param appSubscriptionId string

@description('Optional. Resource ids of the AI accounts whose keys Keyturn rotates; those of other subscriptions are passed over, here and below.')
param accountIds string[] = []

@description('Optional. Resource ids of the key vaults with their secrets.')
param vaultIds string[] = []

@description('Optional. Resource ids of the secrets that hold copies of keys, `…/vaults/<vault>/secrets/<name>`; of a vault, if Keyturn is to make its copies there; of the apps whose settings hold copies.')
param copyIds string[] = []

@description('Optional. Resource ids of the apps whose references to a direct-value secret Keyturn refreshes, and whose workers it restarts.')
param refreshedAppIds string[] = []

@description('Optional. Ids of subscriptions in which Keyturn may read everything, and rotate the keys of every AI account.')
param discoverySubscriptionIds string[] = []

@description('Optional. Resource ids of resource groups in which it may do the same, in place of their subscriptions, which it then may only see.')
param discoveryGroupIds string[] = []

@description('Optional. Resource ids of the resource groups in which Keyturn may change networks and turn keys off and on.')
param hardeningGroupIds string[] = []

@description('Optional. Resource ids of the resource groups in which Keyturn may make identities, and give and take back the roles of accessRoleIds.')
param accessGroupIds string[] = []

@description('Optional. GUIDs of the roles that Keyturn may give, only to service principals. Empty: it may give none, and accessGroupIds count for nothing.')
param accessRoleIds string[] = []

@description('Optional. Whether the vaults get a custom role with exactly what Keyturn does with secrets, which is neither to delete nor to purge, in place of Key Vault Secrets Officer.')
param secretKeeperRole bool = false

@description('Optional. Resource id of Keyturn\'s own storage account.')
param storageId string = ''

@description('Optional. Resource id of its Application Insights resource.')
param logId string = ''

@description('Optional. Resource id of its custom topic of Event Grid.')
param topicId string = ''

@description('Optional. Resource id of the Log Analytics workspace with the audit logs of the vaults, which Keyturn may then read.')
param auditWorkspaceId string = ''

@description('Optional. Object ids of the vaults\' system topics, which write to the queue and the container below.')
param vaultTopicPrincipalIds string[] = []

@description('Optional. Name of the queue in that storage account to which vaults\' events go.')
param eventsQueue string = 'keyturn-secret-events'

@description('Optional. Name of the container in that storage account for events that could not be delivered.')
param deadLettersContainer string = 'keyturn-dead-letters'

// Each once, in one spelling: a second assignment of the same role to the same identity would be refused.
func within(ids string[], subscriptionId string) string[] => filter(union(map(ids, id => toLower(id)), []), id => startsWith(id, '/subscriptions/${toLower(subscriptionId)}/'))

var here = subscription().subscriptionId
var accounts = within(accountIds, here)
var vaults = within(vaultIds, here)
var copies = filter(within(copyIds, here), id => contains(id, '/providers/microsoft.keyvault/'))
var refreshedApps = within(refreshedAppIds, here)
var copyApps = filter(within(copyIds, here), id => contains(id, '/providers/microsoft.web/sites/'))
var discoveryGroups = within(discoveryGroupIds, here)
var hardeningGroups = within(hardeningGroupIds, here)
// A condition without a role in it would be invalid.
var accessGroups = empty(accessRoleIds) ? [] : within(accessGroupIds, here)
var isDiscovered = contains(map(discoverySubscriptionIds, id => toLower(id)), toLower(here))
var rotates = !empty(accounts) || !empty(discoveryGroups) || isDiscovered

var instance = toLower(here) == toLower(appSubscriptionId) ? name : '${name}, ${here}'

// https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
var givenRoles = '{${join(accessRoleIds, ', ')}}'
var accessCondition = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals ${givenRoles} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {\'ServicePrincipal\'})) AND ((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals ${givenRoles}))'

var builtInRoles = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  'Key Vault Secrets Officer': 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  Reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
  'EventGrid Data Sender': 'd5a91429-5739-47e2-a06b-3470a27159e7'
  'Log Analytics Reader': '73c42c96-874c-492b-b04d-ab87d138a893'
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb'
}

module keyRotator 'key-rotator-role.bicep' = if (rotates) {
  name: 'keyturn-role-${uniqueString(instance)}'
  params: {
    roleName: 'Keyturn Key Rotator (${instance})'
  }
}

module discovery 'discovery-role.bicep' = if (!empty(discoveryGroups) && !isDiscovered) {
  name: 'keyturn-finder-${uniqueString(instance)}'
  params: {
    roleName: 'Keyturn Discovery (${instance})'
  }
}

module secretKeeper 'secret-keeper-role.bicep' = if (secretKeeperRole && !empty(vaults)) {
  name: 'keyturn-secrets-${uniqueString(instance)}'
  params: {
    roleName: 'Keyturn Secret Keeper (${instance})'
  }
}

module copyKeeper 'copy-keeper-role.bicep' = if (!empty(copies) || !empty(copyApps) || !empty(refreshedApps)) {
  name: 'keyturn-copies-${uniqueString(instance)}'
  params: {
    roleName: 'Keyturn Copy Keeper (${instance})'
    appRoleName: 'Keyturn App Settings Keeper (${instance})'
    referenceRoleName: 'Keyturn Reference Refresher (${instance})'
    forSecrets: !empty(copies)
    forApps: !empty(copyApps)
    forReferences: !empty(refreshedApps)
  }
}

module hardeningRole 'hardening-role.bicep' = if (!empty(hardeningGroups) || !empty(accessGroups)) {
  name: 'keyturn-hardening-${uniqueString(instance)}'
  params: {
    roleName: 'Keyturn Hardening (${instance})'
    accessRoleName: 'Keyturn Access (${instance})'
  }
}

// /subscriptions/{2}/resourceGroups/{4}/providers/Microsoft.CognitiveServices/accounts/{8}, and so the vaults.
module accountAccess 'resource-access.bicep' = [
  for id in accounts: {
    scope: resourceGroup(split(id, '/')[4])
    name: 'keyturn-account-${uniqueString(name, id)}'
    params: {
      kind: 'account'
      resourceName: split(id, '/')[8]
      principalId: principalId
      roleIds: [keyRotator!.outputs.roleId]
    }
  }
]

// A copy is a whole vault, or one secret in it: …/vaults/{8}/secrets/{10}.
var vaultScopes = concat(map(vaults, id => { id: id, role: 'secrets' }), map(copies, id => { id: id, role: 'copies' }))

module vaultAccess 'resource-access.bicep' = [
  for one in vaultScopes: {
    scope: resourceGroup(split(one.id, '/')[4])
    name: 'keyturn-vault-${uniqueString(name, one.id, one.role)}'
    params: {
      kind: length(split(one.id, '/')) > 10 ? 'secret' : 'vault'
      resourceName: split(one.id, '/')[8]
      secretName: length(split(one.id, '/')) > 10 ? split(one.id, '/')[10] : 'none'
      principalId: principalId
      roleIds: [
        one.role == 'copies'
          ? copyKeeper!.outputs.roleId
          : secretKeeperRole ? secretKeeper!.outputs.roleId : builtInRoles['Key Vault Secrets Officer']
      ]
    }
  }
]

var appScopes = concat(
  map(copyApps, id => { id: id, role: 'settings' }),
  map(refreshedApps, id => { id: id, role: 'references' })
)

module appAccess 'resource-access.bicep' = [
  for one in appScopes: {
    scope: resourceGroup(split(one.id, '/')[4])
    name: 'keyturn-app-${uniqueString(name, one.id, one.role)}'
    params: {
      kind: 'app'
      resourceName: split(one.id, '/')[8]
      principalId: principalId
      roleIds: [one.role == 'settings' ? copyKeeper!.outputs.appRoleId : copyKeeper!.outputs.referenceRoleId]
    }
  }
]

// For accounts that tags make targets, nobody knows beforehand which they are.
resource readsAll 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (isDiscovered) {
  name: guid(subscription().id, principalId, builtInRoles.Reader)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtInRoles.Reader)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource rotatesAll 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (isDiscovered) {
  name: guid(subscription().id, principalId, 'Keyturn Key Rotator')
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyRotator!.outputs.roleId)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource seesSubscription 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(discoveryGroups) && !isDiscovered) {
  name: guid(subscription().id, principalId, 'Keyturn Discovery')
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', discovery!.outputs.roleId)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

// /subscriptions/{2}/resourceGroups/{4}
module discoveryGroupAccess 'group-access.bicep' = [
  for id in discoveryGroups: {
    scope: resourceGroup(split(id, '/')[4])
    name: 'keyturn-discovery-${uniqueString(name, id)}'
    params: {
      principalId: principalId
      roleIds: [builtInRoles.Reader, keyRotator!.outputs.roleId]
    }
  }
]

module hardeningGroupAccess 'group-access.bicep' = [
  for id in hardeningGroups: {
    scope: resourceGroup(split(id, '/')[4])
    name: 'keyturn-hardening-${uniqueString(name, id)}'
    params: {
      principalId: principalId
      roleIds: [hardeningRole!.outputs.roleId]
    }
  }
]

module accessGroupAccess 'group-access.bicep' = [
  for id in accessGroups: {
    scope: resourceGroup(split(id, '/')[4])
    name: 'keyturn-access-${uniqueString(name, id)}'
    params: {
      principalId: principalId
      roleIds: [hardeningRole!.outputs.accessRoleId]
      condition: accessCondition
    }
  }
]

// What is Keyturn's own. Table: the journal. Queue: the wake-ups. Blob: the host's own locks and timer status, and the
// deployed package.
var ownResources = concat(
  map(within([storageId], here), id => {
    id: id
    kind: 'storage'
    roleIds: [
      builtInRoles['Storage Table Data Contributor']
      builtInRoles['Storage Queue Data Contributor']
      builtInRoles['Storage Blob Data Owner']
    ]
  }),
  map(within([logId], here), id => { id: id, kind: 'log', roleIds: [builtInRoles['Monitoring Metrics Publisher']] }),
  map(within([topicId], here), id => { id: id, kind: 'topic', roleIds: [builtInRoles['EventGrid Data Sender']] }),
  map(
    within([auditWorkspaceId], here),
    id => { id: id, kind: 'workspace', roleIds: [builtInRoles['Log Analytics Reader']] }
  )
)

module ownAccess 'resource-access.bicep' = [
  for own in ownResources: {
    scope: resourceGroup(split(own.id, '/')[4])
    name: 'keyturn-own-${uniqueString(name, own.id)}'
    params: {
      kind: own.kind
      resourceName: split(own.id, '/')[8]
      principalId: principalId
      roleIds: own.roleIds
    }
  }
]

module vaultTopicAccess 'vault-topic-access.bicep' = [
  for (topicPrincipalId, index) in (empty(within([storageId], here)) ? [] : vaultTopicPrincipalIds): {
    scope: resourceGroup(split(storageId, '/')[4])
    name: 'keyturn-topic-${uniqueString(name, storageId)}-${index}'
    params: {
      storageName: split(storageId, '/')[8]
      eventsQueue: eventsQueue
      deadLettersContainer: deadLettersContainer
      principalId: topicPrincipalId
    }
  }
]

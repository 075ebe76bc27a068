// Assigns a role on one AI account, in whichever group that is.

@description('Required. Name of the AI account, in the resource group that this is deployed to.')
param accountName string

@description('Required. Object id of Keyturn\'s identity.')
param principalId string

@description('Required. GUID of the role.')
param roleId string

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {
  name: accountName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, principalId, roleId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    principalId: principalId
    // Without it, Azure looks for the principal where a new one may not have arrived yet.
    principalType: 'ServicePrincipal'
  }
}

// Assigns a role on one key vault, in whichever group that is.

@description('Required. Name of the key vault, in the resource group that this is deployed to.')
param vaultName string

@description('Required. Object id of Keyturn\'s identity.')
param principalId string

@description('Required. GUID of the role.')
param roleId string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, principalId, roleId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    principalId: principalId
    // Without it, Azure looks for the principal where a new one may not have arrived yet.
    principalType: 'ServicePrincipal'
  }
}

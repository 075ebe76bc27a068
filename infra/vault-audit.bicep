// Sends the audit log of one key vault to a workspace: who read, wrote or recovered which secret.

@description('Required. Name of the key vault, in the resource group that this is deployed to.')
param vaultName string

@description('Required. Name of the diagnostic setting.')
param settingName string

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource setting 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: settingName
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'AuditEvent', enabled: true }]
  }
}

# Registers the admin API in Entra ID, or brings its registration up to date: run again, it changes nothing. Prints the client id.
# The registration is the one called -Name (keyturn). register.sh sends the same requests. With -Admin, the one who is signed in gets the
# role Keyturn.Admin; with -Dashboard people can sign in to the dashboard at that address.
param([string]$Name = 'keyturn', [switch]$Admin, [string]$Dashboard = '')
$ErrorActionPreference = 'Stop'

function Fail([string]$Sentence) {
  [Console]::Error.WriteLine("register.ps1: $Sentence")
  exit 1
}

if ($Name -notmatch '^[A-Za-z0-9._-]+$') {
  Fail "-Name is ""$Name""; it takes letters, digits, dots, hyphens and underscores"
}

if ($Dashboard -and $Dashboard -notmatch '^https://[A-Za-z0-9.-]+/?$') {
  Fail "-Dashboard is ""$Dashboard""; it takes the app's address, such as https://func-keyturn-contoso.azurewebsites.net"
}
$page = if ($Dashboard) { $Dashboard.TrimEnd('/') + '/' } else { '' }

function Invoke-Az([string[]]$Arguments) {
  $answer = & az @Arguments
  if ($LASTEXITCODE -ne 0) { exit 1 }
  $answer
}

# Entra ID may need some seconds until it knows everywhere what has just been made. A body goes by a file: quotes do not survive
# the Azure CLI's batch file on Windows, nor do brackets in an address.
$script:made = $false
function Invoke-Graph([string]$Method, [string]$Path, [string]$Filter, $Body) {
  $arguments = @('rest', '--method', $Method, '--url', "$graph/$Path", '--output', 'json')
  if ($Filter) { $arguments += @('--url-parameters', "`$filter=$Filter") }
  $file = [IO.Path]::GetTempFileName()
  try {
    if ($null -ne $Body) {
      [IO.File]::WriteAllText($file, (ConvertTo-Json -InputObject $Body -Depth 8 -Compress))
      $arguments += @('--body', "@$file")
    }
    for ($try = 1; ; $try++) {
      $answer = & az @arguments
      if ($LASTEXITCODE -eq 0) { break }
      if (-not $script:made -or $try -ge 6) { exit 1 }
      Start-Sleep -Seconds 5
    }
  }
  finally { Remove-Item $file }
  if ($answer) { ConvertFrom-Json ($answer -join "`n") }
}

function Read-File([string]$File) {
  ConvertFrom-Json ([IO.File]::ReadAllText((Join-Path $PSScriptRoot $File)))
}

# Only what may be sent again, in one order.
function Select-Role($Roles) {
  foreach ($one in $Roles) {
    [ordered]@{
      id = $one.id; value = $one.value; displayName = $one.displayName; description = $one.description
      allowedMemberTypes = @($one.allowedMemberTypes); isEnabled = $one.isEnabled
    }
  }
}
function Select-Scope($Scopes) {
  foreach ($one in $Scopes) {
    [ordered]@{
      id = $one.id; value = $one.value; type = $one.type; isEnabled = $one.isEnabled
      adminConsentDisplayName = $one.adminConsentDisplayName; adminConsentDescription = $one.adminConsentDescription
      userConsentDisplayName = $one.userConsentDisplayName; userConsentDescription = $one.userConsentDescription
    }
  }
}
function Disable($Entitlements) {
  foreach ($one in $Entitlements) { $one.isEnabled = $false; $one }
}
function Test-Same($One, $Other) {
  $texts = foreach ($list in $One, $Other) {
    $inOrder = $list | Sort-Object { $_.id } | ForEach-Object {
      $copy = [ordered]@{}
      foreach ($member in $_.Keys) { $copy[$member] = @($_[$member]) | Sort-Object }
      $copy
    }
    ConvertTo-Json -InputObject @($inOrder) -Depth 8
  }
  $texts[0] -eq $texts[1]
}

$graph = (Invoke-Az @('cloud', 'show', '--query', 'endpoints.microsoftGraphResourceId', '--output', 'tsv')).TrimEnd('/') + '/v1.0'
$tenant = Invoke-Az @('account', 'show', '--query', 'tenantId', '--output', 'tsv')
[Console]::Error.WriteLine("Registering $Name in tenant $tenant.")

$roles = @(Read-File 'roles.json')
$scope = @((Read-File 'scope.json').api.oauth2PermissionScopes)[0]
$cliId = @((Read-File 'azure-cli.json').api.preAuthorizedApplications)[0].appId

$found = @((Invoke-Graph get applications "displayName eq '$Name'").value)
if ($found.Count -gt 1) {
  Fail "several app registrations are called ${Name}: $($found.appId -join ' '); delete or rename all but one, or take another -Name"
}
if ($found.Count -eq 0) {
  $script:made = $true
  $application = Invoke-Graph post applications '' ([ordered]@{
      displayName = $Name; signInAudience = 'AzureADMyOrg'; appRoles = $roles; api = (Read-File 'scope.json').api
    })
}
else {
  $application = $found[0]
  if (-not ($application.appRoles | Where-Object { $roles.id -contains $_.id })) {
    Fail "the app registration $($application.appId) is called $Name and has none of Keyturn's roles; take another -Name"
  }
}
$app = $application.appId
$path = "applications/$($application.id)"

# What is enabled must be disabled before it changes, and a list is replaced whole, so what others added to it is sent along.
$application = Invoke-Graph get $path
$oldRoles = @(Select-Role ($application.appRoles | Where-Object { $roles.id -contains $_.id }))
$otherRoles = @(Select-Role ($application.appRoles | Where-Object { $roles.id -notcontains $_.id }))
if (-not (Test-Same $oldRoles (Select-Role $roles))) {
  Invoke-Graph patch $path '' @{ appRoles = @(Disable $oldRoles) + $otherRoles }
  Invoke-Graph patch $path '' @{ appRoles = $roles + $otherRoles }
}

$api = $application.api
$oldScopes = @(Select-Scope ($api.oauth2PermissionScopes | Where-Object { $_.id -eq $scope.id }))
$otherScopes = @(Select-Scope ($api.oauth2PermissionScopes | Where-Object { $_.id -ne $scope.id }))
if ($api.requestedAccessTokenVersion -ne 2 -or -not (Test-Same $oldScopes (Select-Scope $scope))) {
  Invoke-Graph patch $path '' @{ api = @{ oauth2PermissionScopes = @(Disable $oldScopes) + $otherScopes } }
  Invoke-Graph patch $path '' @{ api = @{ requestedAccessTokenVersion = 2; oauth2PermissionScopes = @($scope) + $otherScopes } }
}

$oldIds = @($api.preAuthorizedApplications | Where-Object { $_.appId -eq $cliId } | ForEach-Object { $_.delegatedPermissionIds })
if ($oldIds -notcontains $scope.id) {
  $others = @($api.preAuthorizedApplications | Where-Object { $_.appId -ne $cliId } | Select-Object appId, delegatedPermissionIds)
  $cli = @{ appId = $cliId; delegatedPermissionIds = $oldIds + $scope.id }
  Invoke-Graph patch $path '' @{ api = @{ preAuthorizedApplications = @($cli) + $others } }
}

if ($application.identifierUris -notcontains "api://$app") {
  Invoke-Graph patch $path '' @{ identifierUris = @($application.identifierUris) + "api://$app" }
}

# A page asks for a token of the app for itself, which Entra gives only to an app that lists a permission of Microsoft Graph
# (AADSTS90008); User.Read is the one to sign in with.
if ($page) {
  $user = @((Read-File 'microsoft-graph.json').requiredResourceAccess)
  $listed = @($application.requiredResourceAccess | Where-Object { $_ })
  if ($listed.resourceAppId -notcontains $user[0].resourceAppId) {
    Invoke-Graph patch $path '' @{ requiredResourceAccess = $listed + $user }
  }
  $pages = @($application.spa.redirectUris | Where-Object { $_ })
  if ($pages -notcontains $page) { Invoke-Graph patch $path '' @{ spa = @{ redirectUris = $pages + $page } } }
}

$principal = @((Invoke-Graph get servicePrincipals "appId eq '$app'").value)
if ($principal.Count -eq 0) { $principal = @(Invoke-Graph post servicePrincipals '' @{ appId = $app }) }

if ($Admin) {
  $role = ($roles | Where-Object { $_.value -eq 'Keyturn.Admin' }).id
  $me = (Invoke-Graph get me).id
  $given = (Invoke-Graph get me/appRoleAssignments "resourceId eq $($principal[0].id)").value
  if (-not ($given | Where-Object { $_.appRoleId -eq $role -and $_.principalId -eq $me })) {
    $null = Invoke-Graph post "servicePrincipals/$($principal[0].id)/appRoleAssignedTo" '' ([ordered]@{
        principalId = $me; resourceId = $principal[0].id; appRoleId = $role
      })
  }
}

$app

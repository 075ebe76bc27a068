#!/bin/sh
# Registers the admin API in Entra ID, or brings its registration up to date: run again, it changes nothing. Prints the client id.
# The registration is the one called --name (keyturn). register.ps1 sends the same requests.
set -eu
here=$(dirname "$0")
name=keyturn admin=no page=

fail() {
  echo "register.sh: $1" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --name) [ $# -gt 1 ] || fail '--name takes a value'; name=$2; shift 2 ;;
    --admin) admin=yes; shift ;; # gives the one who is signed in the role Keyturn.Admin
    --dashboard) [ $# -gt 1 ] || fail '--dashboard takes a value'; page=${2%/}/; shift 2 ;; # lets people sign in there
    *) fail "$1 is not taken: register.sh [--name NAME] [--admin] [--dashboard URL]" ;;
  esac
done
case $name in
  '' | *[!A-Za-z0-9._-]*) fail "--name is \"$name\"; it takes letters, digits, dots, hyphens and underscores" ;;
esac

host=${page#https://}
host=${host%/}
[ -z "$page" ] || case $page:$host in
  https://*:?*) case $host in *[!A-Za-z0-9.-]*) false ;; esac ;;
  *) false ;;
esac || fail "--dashboard is \"$page\"; it takes the app's address, such as https://func-keyturn-contoso.azurewebsites.net"

graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
graph=${graph%/}/v1.0
echo "Registering $name in tenant $(az account show --query tenantId --output tsv)." >&2

# Literals of JMESPath, with which az compares what there is to what should be.
roles=$(cat "$here/roles.json") scope=$(cat "$here/scope.json") cli=$(cat "$here/azure-cli.json")
valueOf() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p" "$here/$2"; }
roleIds=$(valueOf id roles.json | sed 's/.*/"&"/' | paste -sd, -)
scopeId=$(valueOf id scope.json)
cliId=$(valueOf appId azure-cli.json)

found=$(az rest --method get --url "$graph/applications" --url-parameters "\$filter=displayName eq '$name'" \
  --query "value[].[appId, id, length(appRoles[?contains(\`[$roleIds]\`, id)])]" --output tsv)
case $(printf '%s\n' "$found" | grep -c .) in
  0)
    made=yes
    api=$(printf '%s' "$scope" | tr -d '\n' | sed 's/^{//; s/}$//')
    found=$(az rest --method post --url "$graph/applications" --query '[[appId, id]]' --output tsv --body \
      "{\"displayName\": \"$name\", \"signInAudience\": \"AzureADMyOrg\", \"appRoles\": $roles, $api}")
    ;;
  1)
    made=no
    [ "$(printf '%s' "$found" | cut -f 3)" != 0 ] ||
      fail "the app registration $(printf '%s' "$found" | cut -f 1) is called $name and has none of Keyturn's roles; take another --name"
    ;;
  *) fail "several app registrations are called $name: $(printf '%s' "$found" | cut -f 1 | paste -sd' ' -); delete or rename all but one, or take another --name" ;;
esac
app=$(printf '%s' "$found" | cut -f 1)
application=$graph/applications/$(printf '%s' "$found" | cut -f 2)

# Entra ID may need some seconds until it knows everywhere what has just been made.
rest() {
  tries=1
  until az rest "$@"; do
    [ $made = yes ] && [ $tries -lt 6 ] || return 1
    tries=$((tries + 1))
    sleep 5
  done
}

# Each body that the registration lacks, a line each. What is enabled must be disabled before it changes, and a list is replaced
# whole, so what others added to it is sent along.
role='{id: id, value: value, displayName: displayName, description: description, allowedMemberTypes: allowedMemberTypes, isEnabled: isEnabled}'
sorted="{id: id, types: sort(allowedMemberTypes), rest: merge(@, \`{\"allowedMemberTypes\": null}\`)}"
oldRoles="appRoles[?contains(\`[$roleIds]\`, id)].$role" otherRoles="appRoles[?!contains(\`[$roleIds]\`, id)].$role"
rolesRight="sort_by($oldRoles | [].$sorted, &id) == sort_by(\`$roles\`[].$role | [].$sorted, &id)"
permission='{id: id, value: value, type: type, isEnabled: isEnabled, adminConsentDisplayName: adminConsentDisplayName, adminConsentDescription: adminConsentDescription, userConsentDisplayName: userConsentDisplayName, userConsentDescription: userConsentDescription}'
scopes=api.oauth2PermissionScopes
oldScopes="$scopes[?id == '$scopeId'].$permission" otherScopes="$scopes[?id != '$scopeId'].$permission"
scopeRight="(api.requestedAccessTokenVersion == \`2\` && $oldScopes == \`$scope\`.$scopes[].$permission)"
clients=api.preAuthorizedApplications
oldIds="$clients[?appId == '$cliId'].delegatedPermissionIds[]"
otherClients="$clients[?appId != '$cliId'].{appId: appId, delegatedPermissionIds: delegatedPermissionIds}"
cliRight="contains($oldIds, '$scopeId')"
disabled='merge(@, `{"isEnabled": false}`)'
# A page asks for a token of the app for itself, which Entra gives only to an app that lists a permission of Microsoft Graph
# (AADSTS90008); User.Read is the one to sign in with.
pages='(spa.redirectUris || `[]`)'
pageRight="('$page' == '' || contains($pages, '$page'))"
user=$(cat "$here/microsoft-graph.json")
graphId=$(valueOf resourceAppId microsoft-graph.json)
listed='(requiredResourceAccess || `[]`)'
graphRight="('$page' == '' || contains($listed[].resourceAppId, '$graphId'))"

lacking=$(rest --method get --url "$application" --output tsv --query "[
  $rolesRight && 'right' || to_string({appRoles: [map(&$disabled, $oldRoles), $otherRoles][]}),
  $rolesRight && 'right' || to_string({appRoles: [\`$roles\`, $otherRoles][]}),
  $scopeRight && 'right' || to_string({api: {oauth2PermissionScopes: [map(&$disabled, $oldScopes), $otherScopes][]}}),
  $scopeRight && 'right' || to_string({api: {requestedAccessTokenVersion: \`2\`, oauth2PermissionScopes: [\`$scope\`.$scopes, $otherScopes][]}}),
  $cliRight && 'right' || to_string({api: {preAuthorizedApplications: [{appId: '$cliId', delegatedPermissionIds: [$oldIds, ['$scopeId']][]}, $otherClients][]}}),
  contains(identifierUris, 'api://$app') && 'right' || to_string({identifierUris: [identifierUris, ['api://$app']][]}),
  $graphRight && 'right' || to_string({requiredResourceAccess: [$listed, \`$user\`.requiredResourceAccess][]}),
  $pageRight && 'right' || to_string({spa: {redirectUris: [$pages, ['$page']][]}})]")
printf '%s\n' "$lacking" | while IFS= read -r body; do
  [ "$body" = right ] || rest --method patch --url "$application" --body "$body" --output none
done

servicePrincipal=$(rest --method get --url "$graph/servicePrincipals" --url-parameters "\$filter=appId eq '$app'" \
  --query 'value[].id' --output tsv)
[ -n "$servicePrincipal" ] ||
  servicePrincipal=$(rest --method post --url "$graph/servicePrincipals" --body "{\"appId\": \"$app\"}" --query id --output tsv)

if [ $admin = yes ]; then
  role=$(tr -d '\n' <"$here/roles.json" | sed 's/.*"id": *"\([^"]*\)", *"value": *"Keyturn.Admin".*/\1/')
  me=$(az rest --method get --url "$graph/me" --query id --output tsv)
  given=$(az rest --method get --url "$graph/me/appRoleAssignments" --url-parameters "\$filter=resourceId eq $servicePrincipal" \
    --query "value[?appRoleId == '$role' && principalId == '$me'].id" --output tsv)
  [ -n "$given" ] ||
    rest --method post --url "$graph/servicePrincipals/$servicePrincipal/appRoleAssignedTo" --output none \
      --body "{\"principalId\": \"$me\", \"resourceId\": \"$servicePrincipal\", \"appRoleId\": \"$role\"}"
fi

echo "$app"

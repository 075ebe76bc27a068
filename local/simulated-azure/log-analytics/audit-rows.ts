import type { Row } from '../kql/evaluate-kql.ts';
import type { Table } from '../kql/run-kql.ts';
import type { CallRecord, SimulatedAzure } from '../simulated-azure.ts';
import { cloudOf } from '../simulated-clouds.ts';
import type { Principal, Workspace } from '../world.ts';

/** The tables in which a vault's audit log may lie. */
export type AuditTable = Workspace['vaults'][string];

/** https://learn.microsoft.com/azure/key-vault/general/logging#interpret-your-key-vault-logs */
const operationNames: Readonly<Record<string, string>> = {
  'GET getSecret/action': 'SecretGet',
  'GET readMetadata/action': 'SecretList',
  'PUT setSecret/action': 'SecretSet',
  'PATCH update/action': 'SecretUpdate',
  'POST recover/action': 'SecretRecover',
  'DELETE delete': 'SecretDelete',
  'DELETE purge/action': 'SecretPurge',
  'POST backup/action': 'SecretBackup',
  'POST restore/action': 'SecretRestore',
};

/** Columns of https://learn.microsoft.com/azure/azure-monitor/reference/tables/azkvauditlogs, as far as they are filled here. */
const auditColumns = [
  'TimeGenerated',
  'OperationName',
  'ResultType',
  'ResultSignature',
  'HttpStatusCode',
  'Identity',
  'Id',
  'RequestUri',
  '_ResourceId',
  'Type',
];

/**
 * The audit log of the workspace's vaults, from this simulation's own record of calls, as far as it has arrived. A call
 * whose token was refused is told as `Authentication`; one whose connection broke is not told.
 */
export function auditRows(azure: SimulatedAzure, workspace: Workspace, table: AuditTable): Table {
  const untilMs = azure.clock.nowMs() - (azure.world.pace.logIngestionMs ?? 0);
  const suffix = `.${cloudOf(azure.world).vaultSuffix}`;
  const rows = azure.calls
    .filter(({ atMs, status }) => atMs <= untilMs && status !== 0)
    .filter(({ host }) => host.endsWith(suffix) && workspace.vaults[host.slice(0, -suffix.length)] === table)
    .map((call) => auditRow(azure, workspace, call, suffix));
  if (table === 'AZKVAuditLogs') return { columns: auditColumns, rows };
  const flat = rows.map(flattened);
  // The shared table has the columns of what was ever sent to it, and no others.
  const columns = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  const blank = Object.fromEntries(columns.map((column) => [column, '']));
  return { columns, rows: flat.map((row) => ({ ...blank, ...row })) };
}

function auditRow(
  azure: SimulatedAzure,
  { subscriptionId, resourceGroup }: Workspace,
  call: CallRecord,
  suffix: string,
) {
  const principal = azure.world.principals.find(({ objectId }) => objectId === call.caller);
  const vault = azure.world.vaults.find(({ name }) => name.toLowerCase() === call.host.slice(0, -suffix.length));
  const { name = '' } = vault ?? {};
  const group = `/subscriptions/${vault?.subscriptionId ?? subscriptionId}/resourcegroups/${vault?.resourceGroup ?? resourceGroup}`;
  const requestUri = `https://${call.host}${call.path}`;
  const action = call.operation.replace(/^Microsoft\.KeyVault\/vaults\/secrets\//, '');
  const row: Row = {
    TimeGenerated: new Date(call.atMs).toISOString(),
    OperationName: call.caller === null ? 'Authentication' : operationNames[`${call.method} ${action}`],
    // "Success" of the logging, whatever the request came to: refusals show in the status.
    ResultType: 'Success',
    ResultSignature:
      call.status < 400 ? 'OK' : call.status === 403 ? 'Forbidden' : call.status === 401 ? 'Unauthorized' : '',
    HttpStatusCode: call.status,
    Identity: principal === undefined ? {} : { claim: claimsOf(principal) },
    Id: call.secretId ?? requestUri,
    RequestUri: requestUri,
    _ResourceId: `${group}/providers/microsoft.keyvault/vaults/${name}`.toLowerCase(),
    Type: 'AZKVAuditLogs',
  };
  return row;
}

function claimsOf({ kind, objectId, clientId, resourceId, name }: Principal): Readonly<Record<string, string>> {
  if (kind === 'user') return { oid: objectId, appid: '04b07795-8ddb-461a-bbee-02f9e1bf7b46', upn: name };
  return { oid: objectId, appid: clientId, ...(resourceId === null ? {} : { xms_mirid: resourceId }) };
}

/** As the shared table has it: members become columns, whose names end in what they hold. */
function flattened(row: Row): Row {
  const { TimeGenerated, OperationName, ResultType, ResultSignature, HttpStatusCode, Identity, Id, RequestUri } = row;
  const claims: unknown = Object.values(Identity ?? {})[0];
  const named = Object.entries(claims ?? {}).map(([name, value]) => [
    `identity_claim_${name}_${/^(?:oid|appid)$/.test(name) ? 'g' : 's'}`,
    value,
  ]);
  return {
    TimeGenerated,
    OperationName,
    ResultType,
    ResultSignature,
    ResourceProvider: 'MICROSOFT.KEYVAULT',
    ResourceType: 'VAULTS',
    Category: 'AuditEvent',
    httpStatusCode_d: HttpStatusCode,
    id_s: Id,
    requestUri_s: RequestUri,
    Type: 'AzureDiagnostics',
    ...Object.fromEntries(named),
  };
}

import type { LogsQueryClient } from '@azure/monitor-query-logs';
import type { AuditedReads, VaultAuditLog, VersionReads } from '../../rotation/readers/ports.ts';
import { notApplied } from '../../shared/failure.ts';
import { azureRead } from '../azure-call.ts';

/** A column of the shared table exists only once something was sent that has it. Those that end in `_g` hold GUIDs, not text. */
const shared = (column: string) => `tostring(column_ifexists('${column}', ''))`;

/**
 * Where a vault's audit log lies: in a table of its own, or in the one that resources share, as the vault's diagnostic
 * setting says. In either, the claims of the caller's token have the names of the token.
 * Sources: https://learn.microsoft.com/azure/azure-monitor/reference/tables/azkvauditlogs,
 * https://learn.microsoft.com/azure/key-vault/general/logging
 */
const tables = [
  {
    name: 'AZKVAuditLogs',
    isAudit: 'true',
    requestUri: 'RequestUri',
    status: 'HttpStatusCode',
    id: 'Id',
    objectId:
      "coalesce(tostring(Identity.claim.oid), tostring(Identity.claim['http://schemas.microsoft.com/identity/claims/objectidentifier']))",
    appId: 'tostring(Identity.claim.appid)',
    resourceId: 'tostring(Identity.claim.xms_mirid)',
    person:
      "coalesce(tostring(Identity.claim.upn), tostring(Identity.claim['http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn']))",
  },
  {
    name: 'AzureDiagnostics',
    isAudit: "ResourceProvider == 'MICROSOFT.KEYVAULT' and Category == 'AuditEvent'",
    requestUri: shared('requestUri_s'),
    status: "column_ifexists('httpStatusCode_d', '')",
    id: shared('id_s'),
    objectId: `coalesce(${shared('identity_claim_oid_g')}, ${shared('identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g')})`,
    appId: shared('identity_claim_appid_g'),
    resourceId: shared('identity_claim_xms_mirid_s'),
    person: `coalesce(${shared('identity_claim_upn_s')}, ${shared('identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s')})`,
  },
] as const;

type AuditTable = (typeof tables)[number];

/**
 * Each reader and version with its last read, and one row for everything else of the vault: only its time counts.
 * `Id` is `https://{vault}/secrets/{name}/{version}`; a read that names no version is told with the one that was answered.
 */
function queryOf(table: AuditTable, vaultUrl: string, secrets: readonly string[]): string {
  const names = secrets.map((name) => text(name)).join(', ');
  return `${table.name}
| where ${table.isAudit}
| where ${table.requestUri} startswith ${text(`${vaultUrl}/`)}
| extend Parts = split(${table.id}, '/')
| extend Name = tostring(Parts[4]), Version = tostring(Parts[5])
| extend IsRead = OperationName == 'SecretGet' and toint(${table.status}) == 200 and Name in~ (${names})
| summarize LastAt = max(TimeGenerated) by
    Secret = iff(IsRead, Name, ''),
    SecretVersion = iff(IsRead, Version, ''),
    ObjectId = iff(IsRead, ${table.objectId}, ''),
    AppId = iff(IsRead, ${table.appId}, ''),
    ResourceId = iff(IsRead, ${table.resourceId}, ''),
    IsPerson = IsRead and isnotempty(${table.person})
| project LastAt, Secret, SecretVersion, ObjectId, AppId, ResourceId, IsPerson`;
}

/** A string of Kusto's: https://learn.microsoft.com/kusto/query/scalar-data-types/string */
function text(value: string): string {
  return `'${value.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
}

/**
 * Vaults' audit logs in one workspace. Both tables are asked, since a diagnostic setting may have been changed, and not every
 * cloud has both: one that the workspace does not have is empty.
 * @param workspaceId the GUID that ARM calls `customerId`
 */
export function workspaceAuditLog(
  client: () => Promise<LogsQueryClient>,
  workspaceId: string,
  noConsumers: VaultAuditLog['noConsumers'],
): VaultAuditLog {
  return {
    noConsumers,
    async reads(vaultUrl, secrets, fromMs, toMs) {
      const timespan = { startTime: new Date(fromMs), endTime: new Date(toMs) };
      const rowsOf = (table: AuditTable) =>
        azureRead(
          'log',
          async () => {
            const query = queryOf(table, vaultUrl, secrets);
            const answer = await (await client()).queryWorkspace(workspaceId, query, timespan);
            // Part of the log would look like readers that are gone.
            if (answer.status !== 'Success') throw notApplied('answer-incomplete');
            return answer.tables[0]?.rows ?? [];
          },
          ({ status, bodySays }) =>
            status === 400 && bodySays(new RegExp(`Failed to resolve table[^']*'${table.name}'`)) ? [] : undefined,
        );
      return auditedReads((await Promise.all(tables.map(rowsOf))).flat());
    },
  };
}

function auditedReads(rows: readonly (readonly unknown[])[]): AuditedReads {
  const read = rows.map(([lastAt, secret, version, objectId, appId, resourceId, isPerson]) => {
    const lastAtMs = lastAt instanceof Date ? lastAt.getTime() : Number.NaN;
    if (Number.isNaN(lastAtMs)) throw notApplied('list-unreadable');
    return {
      lastAtMs,
      secret: textIn(secret),
      version: textIn(version),
      // As tokens write it.
      objectId: textIn(objectId).toLowerCase() || null,
      appId: textIn(appId) || null,
      resourceId: textIn(resourceId) || null,
      // A bool comes as one, or as the number that Kusto makes of it.
      isPerson: isPerson === true || isPerson === 1,
    } satisfies VersionReads;
  });
  return {
    newestAtMs: read.length === 0 ? null : Math.max(...read.map(({ lastAtMs }) => lastAtMs)),
    reads: read.filter(({ secret }) => secret !== ''),
  };
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

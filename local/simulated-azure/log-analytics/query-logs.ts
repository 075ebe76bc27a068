import { unknownRequest } from '../azure.ts';
import { verifyToken } from '../entra/verify-token.ts';
import type { Exchange, Service } from '../exchange.ts';
import { NotSimulatedKql } from '../kql/kql-query.ts';
import { KqlSyntaxError } from '../kql/kql-tokens.ts';
import { parseKql } from '../kql/parse-kql.ts';
import { runKql, SemanticError, type Table } from '../kql/run-kql.ts';
import { isAllowed } from '../rbac.ts';
import { cloudOf, withSlashes } from '../simulated-clouds.ts';
import type { Workspace } from '../world.ts';
import { type AuditTable, auditRows } from './audit-rows.ts';
import { workspaceId } from './workspace-id.ts';

const tables: readonly AuditTable[] = ['AZKVAuditLogs', 'AzureDiagnostics'];
const queryActions = 'Microsoft.OperationalInsights/workspaces/query';

/**
 * The query API of Log Analytics, `POST /v1/workspaces/{id}/query`, over the audit logs of vaults.
 * Answers and refusals: https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format and .../api/errors
 */
export const queryLogs: Service = async (exchange) => {
  const { request, url, azure, note, body } = exchange;
  const [, id] = /^\/v1\/workspaces\/([^/]+)\/query$/.exec(url.pathname) ?? [];
  if (request.method !== 'POST' || id === undefined) return unknownRequest(exchange);
  note.operation = `${queryActions}/read`;
  const token = await verifyToken(
    azure,
    request.headers.get('authorization'),
    withSlashes(cloudOf(azure.world).logAnalytics.audiences),
  );
  if (token.kind === 'missing')
    return refusal(401, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.");
  if (token.kind !== 'valid') return refusal(403, 'InvalidAuthenticationToken', 'The access token is invalid.');
  note.caller = token.objectId;
  const workspace = azure.world.workspaces?.find(({ customerId }) => customerId === id.toLowerCase());
  const allows = (action: string) =>
    workspace !== undefined && isAllowed(azure, token.objectId, 'action', action, workspaceId(workspace));
  // Assumption: a workspace that does not exist is refused as one that may not be read is.
  if (workspace === undefined || !allows(`${queryActions}/read`))
    return denied(
      'UnauthorizedClient',
      `The service principal does not have sufficient permissions to access this resource: ${id}`,
    );
  if (workspace.publicNetworkAccessForQuery === 'Disabled')
    return denied(
      'NspValidationFailedError',
      `Access to workspace '${workspace.name}' from '${exchange.callerAddress}' is denied`,
    );
  return answer(exchange, workspace, body, (table) => allows(`${queryActions}/${table}/read`));
};

function answer(
  { azure, note }: Exchange,
  workspace: Workspace,
  body: string,
  mayRead: (table: AuditTable) => boolean,
): Response {
  const { query = '', timespan }: { query?: string; timespan?: string } = JSON.parse(body);
  try {
    const parsed = parseKql(query);
    const table = tables.find((name) => name === parsed.table);
    // A table into which nothing has come does not exist yet, and one that may not be read seems not to.
    const rows = table === undefined || !mayRead(table) ? null : auditRows(azure, workspace, table);
    if (table !== undefined) note.operation = `${queryActions}/${table}/read`;
    if (rows === null || rows.rows.length === 0)
      throw new SemanticError(`'where' operator: Failed to resolve table or column expression named '${parsed.table}'`);
    const found = runKql(parsed, within(rows, timespan), azure.clock.nowMs());
    return Response.json({ tables: [primaryResult(found)] });
  } catch (error) {
    if (error instanceof KqlSyntaxError)
      return badArgument({ code: 'SyntaxError', message: 'A recognition error occurred in the query.' });
    if (error instanceof SemanticError)
      return badArgument({
        code: 'SemanticError',
        message: 'A semantic error occurred.',
        innererror: { code: 'SEM0100', message: error.message },
      });
    if (error instanceof NotSimulatedKql)
      return Response.json({ error: { code: 'NotSimulated', message: error.message } }, { status: 501 });
    throw error;
  }
}

/** `timespan` is an interval of ISO 8601, both ends named. */
function within({ columns, rows }: Table, timespan: string | undefined): Table {
  const [from = '', to = ''] = timespan?.split('/') ?? [];
  if (timespan === undefined) return { columns, rows };
  const inside = rows.filter(({ TimeGenerated }) => {
    const atMs = Date.parse(String(TimeGenerated));
    return atMs >= Date.parse(from) && atMs <= Date.parse(to);
  });
  return { columns, rows: inside };
}

function primaryResult({ columns, rows }: Table) {
  const typed = columns.map((name) => ({ name, type: typeOf(rows.map((row) => row[name])) }));
  return {
    name: 'PrimaryResult',
    columns: typed,
    rows: rows.map((row) => columns.map((name) => row[name] ?? null)),
  };
}

function typeOf(values: readonly unknown[]): string {
  const value = values.find((one) => one !== null && one !== undefined);
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? 'datetime' : 'string';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' ? 'long' : 'dynamic';
}

function denied(code: string, message: string): Response {
  const outer = 'The provided credentials have insufficient access to perform the requested operation';
  return refusal(403, 'InsufficientAccessError', outer, { code, message });
}

function badArgument(innererror: object): Response {
  return refusal(400, 'BadArgumentError', 'The request had some invalid properties', innererror);
}

function refusal(status: number, code: string, message: string, innererror?: object): Response {
  return Response.json({ error: { message, code, ...(innererror === undefined ? {} : { innererror }) } }, { status });
}

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { manualClock } from '../../local/simulated-azure/clock.ts';
import { defaultDefinition, worldFrom } from '../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import { services } from '../../local/simulated-azure/services.ts';
import type { SimulatedCloudName } from '../../local/simulated-azure/simulated-clouds.ts';

const customerId = 'b7a1c1de-5c1f-4c3c-9d55-2f1f6a0b9c10';
const consumer = 'id-demo-consumer';
const stranger = 'keyturn-stranger';
const outer = 'The provided credentials have insufficient access to perform the requested operation';

const answerSchema = z.object({
  tables: z.tuple([
    z.object({
      name: z.string(),
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      rows: z.array(z.array(z.unknown())),
    }),
  ]),
});
/** The one table of a query that was answered. */
const tableIn = ({ body }: { readonly body: unknown }) => answerSchema.parse(body).tables[0];

/** The default world with a workspace that takes the vault's log two minutes late, read by the app, and a secret. */
async function openLog(table: 'AZKVAuditLogs' | 'AzureDiagnostics', cloud: SimulatedCloudName = 'public') {
  const clock = manualClock(Date.UTC(2026, 10, 23, 12));
  const resourceGroup = 'rg-ai102-challenge09';
  const definition = {
    ...defaultDefinition,
    cloud,
    workspaces: [{ name: 'log-contoso', resourceGroup, customerId, vaults: { 'kv-ai102-secure': table } }],
    roleAssignments: [
      ...(defaultDefinition.roleAssignments ?? []),
      { principal: consumer, role: 'Key Vault Secrets Officer', on: 'kv-ai102-secure' },
      { principal: 'func-keyturn', role: 'Log Analytics Reader', on: 'log-contoso' },
    ],
    pace: { ...defaultDefinition.pace, logIngestionMs: 120_000 },
  };
  const world = worldFrom(definition, clock);
  const azure = createSimulatedAzure({ world, clock, services });
  const send = async (by: string | null, audience: string, url: string, method = 'GET', sent?: object) => {
    const principal = world.principals.find(({ name }) => name === by);
    const token = principal === undefined ? null : (await issueToken(azure, { principal, audience })).token;
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const body = sent === undefined ? null : JSON.stringify(sent);
    const request = new Request(url, { method, headers, body });
    const response = await azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'c1' });
    return { status: response.status, body: await response.json() };
  };
  const { vault, log } = {
    public: { vault: 'vault.azure.net', log: 'api.loganalytics.azure.com' },
    usgovernment: { vault: 'vault.usgovcloudapi.net', log: 'api.loganalytics.us' },
    china: { vault: 'vault.azure.cn', log: 'api.loganalytics.azure.cn' },
  }[cloud];
  const audience = cloud === 'public' ? 'https://api.loganalytics.io' : `https://${log}`;
  const inVault = (by: string | null, method = 'GET', sent?: object) =>
    send(by, `https://${vault}`, `https://kv-ai102-secure.${vault}/secrets/ai-key1?api-version=7.4`, method, sent);
  const query = (text: string, by: string | null = 'func-keyturn', more: object = {}, to = audience) =>
    send(by, to, `https://${log}/v1/workspaces/${customerId}/query`, 'POST', { query: text, ...more });
  await inVault(consumer, 'PUT', { value: 'v' });
  return { world, clock, inVault, query, send };
}

describe('the audit log of a vault in a workspace', () => {
  it.each([
    ['AZKVAuditLogs', 'public'],
    ['AZKVAuditLogs', 'usgovernment'],
    ['AzureDiagnostics', 'china'],
  ] as const)('has who read which version, with the status, in %s of %s', async (table, cloud) => {
    const { clock, inVault, query } = await openLog(table, cloud);
    await inVault(consumer);
    await inVault(stranger);
    await inVault(null);
    clock.advance(120_000);
    const own = table === 'AZKVAuditLogs';
    const answer = await query(
      `${table} | project OperationName, ResultType, Status = ${own ? 'HttpStatusCode' : 'httpStatusCode_d'}, Id = ${own ? 'Id' : 'id_s'}, Name = ${own ? 'tostring(Identity.claim.xms_mirid)' : 'identity_claim_xms_mirid_s'}`,
    );
    const { name, columns, rows } = tableIn(answer);
    expect(name).toBe('PrimaryResult');
    expect(columns.map(({ type }) => type)).toEqual(['string', 'string', 'long', 'string', 'string']);
    const version = expect.stringMatching(/\/secrets\/ai-key1\/[0-9a-f]{32}$/);
    const named = expect.stringMatching(/userAssignedIdentities\/id-demo-consumer$/);
    const asked = expect.stringMatching(/\/secrets\/ai-key1$/);
    expect(rows).toEqual([
      ['SecretSet', 'Success', 200, version, named],
      ['SecretGet', 'Success', 200, version, named],
      // A refusal too is a success of the logging: only its status tells.
      ['SecretGet', 'Success', 403, asked, expect.toBeOneOf(['', null])],
      ['Authentication', 'Success', 401, asked, expect.toBeOneOf(['', null])],
    ]);
  });

  it('arrives late: until then the table does not exist', async () => {
    const { clock, query } = await openLog('AZKVAuditLogs');
    const unresolved = {
      error: {
        message: 'The request had some invalid properties',
        code: 'BadArgumentError',
        innererror: {
          code: 'SemanticError',
          message: 'A semantic error occurred.',
          innererror: {
            code: 'SEM0100',
            message: "'where' operator: Failed to resolve table or column expression named 'AZKVAuditLogs'",
          },
        },
      },
    };
    clock.advance(119_999);
    expect(await query('AZKVAuditLogs | count')).toEqual({ status: 400, body: unresolved });
    clock.advance(1);
    expect(tableIn(await query('AZKVAuditLogs | count')).rows).toEqual([[1]]);
  });

  it('is cut to the timespan that is asked for', async () => {
    const { clock, inVault, query } = await openLog('AZKVAuditLogs');
    clock.advance(60_000);
    await inVault(consumer);
    clock.advance(120_000);
    const timespan = '2026-11-23T12:00:30.000Z/2026-11-23T12:02:00.000Z';
    const answer = await query('AZKVAuditLogs | project OperationName', 'func-keyturn', { timespan });
    expect(tableIn(answer).rows).toEqual([['SecretGet']]);
  });

  it('a column that was never sent is asked for with column_ifexists', async () => {
    const { clock, query } = await openLog('AzureDiagnostics');
    clock.advance(120_000);
    const found = await query("AzureDiagnostics | project column_ifexists('identity_claim_upn_s', 'nobody')");
    expect(tableIn(found).rows).toEqual([['nobody']]);
    expect(await query('AzureDiagnostics | project identity_claim_upn_s')).toMatchObject({ status: 400 });
  });
});

describe('a query is refused', () => {
  it.each<[string, string | null, string, number, object]>([
    ['without a token', null, 'https://api.loganalytics.io', 401, { code: 'AuthenticationFailed' }],
    [
      'with a token for ARM',
      'func-keyturn',
      'https://management.azure.com',
      403,
      { code: 'InvalidAuthenticationToken' },
    ],
    [
      'without a role',
      stranger,
      'https://api.loganalytics.io',
      403,
      { code: 'InsufficientAccessError', message: outer, innererror: { code: 'UnauthorizedClient' } },
    ],
  ])('%s', async (_, by, audience, status, error) => {
    const { query } = await openLog('AZKVAuditLogs');
    expect(await query('AZKVAuditLogs | count', by, {}, audience)).toMatchObject({ status, body: { error } });
  });

  it('from a public network, if the workspace takes none', async () => {
    const { world, query } = await openLog('AZKVAuditLogs');
    Object.assign(world.workspaces?.[0] ?? {}, { publicNetworkAccessForQuery: 'Disabled' });
    expect(await query('AZKVAuditLogs | count')).toMatchObject({
      status: 403,
      body: {
        error: {
          code: 'InsufficientAccessError',
          innererror: {
            code: 'NspValidationFailedError',
            message: "Access to workspace 'log-contoso' from '203.0.113.10' is denied",
          },
        },
      },
    });
  });

  it('that is none', async () => {
    const { clock, query } = await openLog('AZKVAuditLogs');
    clock.advance(120_000);
    const error = { code: 'BadArgumentError', innererror: { code: 'SyntaxError' } };
    expect(await query('AZKVAuditLogs | where (')).toMatchObject({ status: 400, body: { error } });
  });

  it('at a path that it does not know, loudly', async () => {
    const { send } = await openLog('AZKVAuditLogs');
    const batch = await send(
      'func-keyturn',
      'https://api.loganalytics.io',
      'https://api.loganalytics.io/v1/$batch',
      'POST',
      {},
    );
    expect(batch).toMatchObject({ status: 501, body: { error: { code: 'NotSimulated' } } });
  });
});

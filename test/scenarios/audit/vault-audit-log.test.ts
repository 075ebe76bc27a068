import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../src/shared/failure.ts';
import { fakeWire, type WireAnswer } from '../../azure/fake-wire.ts';

const workspace = 'b7a1c1de-5c1f-4c3c-9d55-2f1f6a0b9c10';
const vaultUrl = 'https://kv-contoso.vault.azure.net';
const columns = [
  { name: 'LastAt', type: 'datetime' },
  ...['Secret', 'SecretVersion', 'ObjectId', 'AppId', 'ResourceId'].map((name) => ({ name, type: 'string' })),
  { name: 'IsPerson', type: 'bool' },
];
const table = (...rows: readonly (readonly unknown[])[]): WireAnswer => ({
  body: { tables: [{ name: 'PrimaryResult', columns, rows }] },
});
const unresolved = (name: string): WireAnswer => {
  const message = `'where' operator: Failed to resolve table or column expression named '${name}'`;
  const inner = { code: 'SemanticError', message: '', innererror: { code: 'SEM0100', message } };
  return { status: 400, body: { error: { code: 'BadArgumentError', message: '', innererror: inner } } };
};
const queryIn = (body: unknown) => String(Object(body).query);

/** Reads the log while each table answers so. */
async function readLog(own: WireAnswer, shared: WireAnswer, secrets: readonly string[] = ['ai-key1']) {
  const { access, sent } = fakeWire(({ body }) => (queryIn(body).startsWith('AZKVAuditLogs') ? own : shared));
  const answer = await access
    .workspaceLog({ workspace, scanners: [] })
    .reads(vaultUrl, secrets, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2))
    .catch((error: unknown) => {
      if (error instanceof FailureError) return error.failure;
      throw error;
    });
  return { answer, sent };
}

describe('the audit log of a vault is read', () => {
  it('from both tables, each reader with its last read, and the newest line of all', async () => {
    const reader = ['OID', 'app', '/subscriptions/s/resourcegroups/rg/providers/Microsoft.Web/sites/app-contoso'];
    const { answer, sent } = await readLog(
      table(
        ['2026-01-01T10:00:00Z', 'ai-key1', 'v1', ...reader, false],
        ['2026-01-01T12:00:00.5Z', '', '', '', '', '', false],
      ),
      table(['2026-01-01T11:00:00Z', 'ai-key1', 'v1', '', 'app-2', '', true]),
    );
    const at = (hour: number, ms = 0) => Date.UTC(2026, 0, 1, hour, 0, 0, ms);
    expect(answer).toEqual({
      newestAtMs: at(12, 500),
      reads: [
        {
          ...{ objectId: 'oid', appId: 'app', resourceId: reader[2], isPerson: false },
          ...{ secret: 'ai-key1', version: 'v1', lastAtMs: at(10) },
        },
        {
          ...{ objectId: null, appId: 'app-2', resourceId: null, isPerson: true },
          ...{ secret: 'ai-key1', version: 'v1', lastAtMs: at(11) },
        },
      ],
    });
    expect(sent.map(({ method, host, path }) => `${method} ${host}${path}`)).toEqual(
      Array(2).fill(`POST api.loganalytics.azure.com/v1/workspaces/${workspace}/query`),
    );
    expect(sent[0]?.body).toMatchObject({ timespan: '2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z' });
  });

  it.each([
    ['of its own', unresolved('AZKVAuditLogs'), table(['2026-01-01T11:00:00Z', '', '', '', '', '', false])],
    [
      'that resources share',
      table(['2026-01-01T11:00:00Z', '', '', '', '', '', false]),
      unresolved('AzureDiagnostics'),
    ],
  ])('without the table %s, which this workspace does not have', async (_, own, shared) => {
    expect((await readLog(own, shared)).answer).toEqual({ newestAtMs: Date.UTC(2026, 0, 1, 11), reads: [] });
  });

  it('as empty, if the workspace has neither', async () => {
    const { answer } = await readLog(unresolved('AZKVAuditLogs'), unresolved('AzureDiagnostics'));
    expect(answer).toEqual({ newestAtMs: null, reads: [] });
  });

  it('with names that cannot leave their quotes', async () => {
    const { sent } = await readLog(table(), table(), [`a' or 1 == 1 //`, 'b\\']);
    for (const { body } of sent) expect(queryIn(body)).toContain(`Name in~ ('a\\' or 1 == 1 //', 'b\\\\')`);
  });
});

describe('the audit log is unknown', () => {
  const empty = table();
  const denied = { code: 'InsufficientAccessError' };
  const message = 'The provided credentials have insufficient access to perform the requested operation';
  const action = 'Microsoft.OperationalInsights/workspaces/query/read';
  it.each<[string, WireAnswer, object]>([
    [
      'without the right to query',
      { status: 403, body: { error: { ...denied, message } } },
      { code: denied.code, action },
    ],
    ['if a column is not known', unresolved('Identity'), { code: 'SemanticError' }],
    [
      'if only a part came',
      { body: { tables: [], error: { code: 'PartialError', message: '' } } },
      { code: 'answer-incomplete' },
    ],
    ['if a time cannot be read', table(['soon', '', '', '', '', '', false]), { code: 'list-unreadable' }],
    ['if it is throttled', { status: 429, headers: { 'retry-after': '7' } }, { code: 'http-429', retryAfterMs: 7_000 }],
  ])('%s', async (_, own, failure) => {
    const { answer } = await readLog(own, empty);
    expect(answer).toMatchObject({ kind: 'not-applied', ...failure });
  });
});

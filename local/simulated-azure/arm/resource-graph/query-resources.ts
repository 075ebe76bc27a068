import { unknownRequest } from '../../azure.ts';
import { NotSimulatedKql, type Query } from '../../kql/kql-query.ts';
import { KqlSyntaxError } from '../../kql/kql-tokens.ts';
import { parseKql } from '../../kql/parse-kql.ts';
import { runKql, SemanticError, type Table } from '../../kql/run-kql.ts';
import { isWithin } from '../../rbac.ts';
import type { Subscription } from '../../world.ts';
import { armAnswer } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { graphTable } from './graph-tables.ts';
import { takeQuery } from './query-quota.ts';

/** The most rows of one page, and what comes without `$top`: https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results */
const pageRows = 1000;

interface Detail {
  readonly code: string;
  readonly message: string;
  readonly [more: string]: unknown;
}

/** Runs a query over what the caller may read. A subscription that it may not read is left out without a word, as in Azure. */
export function queryResources(call: ArmCall): Response {
  const { azure, body, caller } = call;
  const quota = takeQuery(azure, caller.objectId);
  const refuse = (status: number, code: string, details: readonly Detail[], headers: Record<string, string> = {}) =>
    armAnswer(status, { error: { code, message: supportMessage(call), details } }, { ...quota.headers, ...headers });
  const badRequest = (...details: Detail[]) => refuse(400, 'BadRequest', details);
  if (!quota.passed) {
    const message =
      'Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.';
    return refuse(429, 'RateLimiting', [{ code: 'RateLimiting', message }], {
      'retry-after': String(quota.waitSeconds),
    });
  }
  if (body.managementGroups !== undefined || body.facets !== undefined) return unknownRequest(call.exchange);

  const asked = Array.isArray(body.subscriptions) ? body.subscriptions.map(String) : null;
  const invalid = asked?.filter((id) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) ?? [];
  if (invalid.length > 0) {
    const message = `Query contains invalid subscription ids: ${invalid.join(', ')}.`;
    return badRequest({ code: 'SubscriptionsContainInvalidGuids', message });
  }
  try {
    // The query is looked at first: one that is wrong is told even to a caller without any subscription.
    const query = parseKql(String(body.query ?? ''));
    const subscriptions = eligible(call, asked);
    if (subscriptions.length === 0) {
      const message = `There must be at least one subscription that is eligible to contain resources. Given: '${(asked ?? []).join(', ')}'.`;
      return badRequest({ code: 'NoValidSubscriptionsInQueryRequest', message });
    }
    const table = runKql(query, graphTable(query.table, call, subscriptions), azure.clock.nowMs());
    return armAnswer(200, page(call, query, table), quota.headers);
  } catch (error) {
    const invalidQuery = {
      code: 'InvalidQuery',
      message:
        'Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.',
    };
    if (error instanceof KqlSyntaxError)
      return badRequest(invalidQuery, parserFailure(error, String(body.query ?? '')));
    if (error instanceof SemanticError) return badRequest(invalidQuery, { code: 'Default', message: error.message });
    if (error instanceof NotSimulatedKql)
      return Response.json({ error: { code: 'NotSimulated', message: error.message } }, { status: 501 });
    throw error;
  }
}

/** The subscriptions asked for, all without a list, in which the caller has any role. */
function eligible({ world, azure, caller }: ArmCall, asked: readonly string[] | null): Subscription[] {
  const wanted = asked?.map((id) => id.toLowerCase());
  return world.subscriptions
    .filter(({ id }) => wanted?.includes(id.toLowerCase()) ?? true)
    .filter(({ id }) =>
      world.roleAssignments.some(
        ({ principalId, scope, effectiveAtMs }) =>
          principalId.toLowerCase() === caller.objectId.toLowerCase() &&
          effectiveAtMs <= azure.clock.nowMs() &&
          (isWithin(scope, `/subscriptions/${id}`) || isWithin(`/subscriptions/${id}`, scope)),
      ),
    );
}

/**
 * One page. `resultTruncated` says that no page will bring the rest; where one will, it stays "false" and there is a
 * `$skipToken`.
 */
function page({ body, apiVersion }: ArmCall, query: Query, { columns, rows }: Table): Record<string, unknown> {
  const options = memberOf(body, 'options');
  const asked = Number(memberOf(options, '$top') ?? pageRows);
  const top = asked >= 1 ? Math.min(asked, pageRows) : pageRows;
  const token = memberOf(options, '$skipToken');
  const from =
    typeof token === 'string'
      ? Number(Buffer.from(token, 'base64').toString()) || 0
      : Number(memberOf(options, '$skip') ?? 0);
  const some = rows.slice(from, from + top);
  const isCut = from + some.length < rows.length;
  const isLimited = query.operators.some(({ kind }) => kind === 'limit');
  const isAllDynamic = rows.length > 0 && columns.every((column) => typeof rows[0]?.[column] === 'object');
  const canPage = !isLimited && !isAllDynamic;
  const format = String(memberOf(options, 'resultFormat') ?? (apiVersion < '2020' ? 'table' : 'objectArray'));
  const data =
    format.toLowerCase() === 'table'
      ? {
          columns: columns.map((name) => ({ name, type: columnType(rows.map((row) => row[name])) })),
          rows: some.map((row) => columns.map((name) => row[name] ?? null)),
        }
      : some.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null])));
  return {
    totalRecords: rows.length,
    count: some.length,
    ...(isCut && canPage ? { $skipToken: btoa(String(from + some.length)) } : {}),
    data,
    facets: [],
    resultTruncated: isCut && !canPage ? 'true' : 'false',
  };
}

function columnType(values: readonly unknown[]): string {
  const value = values.find((one) => one !== null);
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'integer';
    case 'boolean':
      return 'boolean';
    default:
      return 'object';
  }
}

function parserFailure({ token }: KqlSyntaxError, query: string): Detail {
  const lines = query.slice(0, token.at).split('\n');
  return {
    code: 'ParserFailure',
    message: 'ParserFailure',
    line: lines.length,
    characterPositionInLine: lines.at(-1)?.length ?? 0,
    token: token.text,
    expectedToken: 'Ź',
  };
}

function supportMessage({ azure, exchange }: ArmCall): string {
  const timestamp = new Date(azure.clock.nowMs()).toISOString().replace('Z', '0000Z');
  const correlation = exchange.request.headers.get('x-ms-correlation-request-id') ?? crypto.randomUUID();
  return `Please provide below info when asking for support: timestamp = ${timestamp}, correlationId = ${correlation}.`;
}

function memberOf(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Object.entries(of).find(([key]) => key === name)?.[1] : undefined;
}

import { isWithin } from '../../rbac.ts';
import type { CallRecord } from '../../simulated-azure.ts';
import { armAnswer, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { armPath } from '../arm-path.ts';
import { timestamp } from '../timestamp.ts';

/** Older events are gone: https://learn.microsoft.com/azure/azure-monitor/platform/activity-log#retention-period */
const keptMs = 90 * 86_400_000;

/**
 * The administrative events of a subscription, newest first: every write, delete and action that ARM was asked for, from
 * this simulation's own record of calls. Reads are not logged, as in Azure, and neither is anything of a data plane.
 */
export function listActivity(call: ArmCall): Response {
  const { azure, exchange } = call;
  const asked = filterIn(exchange.url.searchParams.get('$filter') ?? '');
  if (asked === null) {
    return armError(
      400,
      'BadRequest',
      'The $filter argument is required, must start with eventTimestamp, and allows only the documented patterns.',
    );
  }
  const nowMs = azure.clock.nowMs();
  if (nowMs - asked.fromMs > keptMs) {
    return armError(400, 'BadRequest', 'The start time cannot be more than 90 days in the past.');
  }
  const untilMs = Math.min(asked.toMs, nowMs - (azure.world.pace.activityLogMs ?? 0));
  const select = exchange.url.searchParams
    .get('$select')
    ?.split(',')
    .map((name) => name.trim());
  const value = azure.calls
    .map((record) => ({ record, path: armPath(record.path) }))
    .filter(({ record }) => isAdministrative(record) && record.atMs >= asked.fromMs && record.atMs <= untilMs)
    .filter(({ path }) => path.subscriptionId?.toLowerCase() === call.param('subscription').toLowerCase())
    .filter(({ path }) => asked.resource === null || isWithin(path.scope, asked.resource))
    .filter(({ path }) => asked.group === null || path.resourceGroup?.toLowerCase() === asked.group)
    .filter(({ path }) => asked.provider === null || path.namespace?.toLowerCase() === asked.provider)
    .toReversed()
    .map(({ record, path }) => selected(event(call, record, path), select));
  return armAnswer(200, { value });
}

/** ARM's own host and a request that changes something; one whose caller is not known was never let in. */
function isAdministrative({ host, operation, status, caller }: CallRecord): boolean {
  return /^management\./.test(host) && !/\/read$/i.test(operation) && status !== 0 && caller !== null;
}

interface Asked {
  readonly fromMs: number;
  readonly toMs: number;
  readonly resource: string | null;
  readonly group: string | null;
  readonly provider: string | null;
}

/** Null for a filter that the real service would not take. */
function filterIn(filter: string): Asked | null {
  let asked: Asked = {
    fromMs: Number.NaN,
    toMs: Number.POSITIVE_INFINITY,
    resource: null,
    group: null,
    provider: null,
  };
  for (const part of filter.split(/ and /i)) {
    const [, field = '', operator = '', value = ''] = /^\s*(\w+)\s+(eq|ge|le)\s+'?([^']*?)'?\s*$/i.exec(part) ?? [];
    switch (`${field} ${operator}`.toLowerCase()) {
      case 'eventtimestamp ge':
        asked = { ...asked, fromMs: instantIn(value) };
        break;
      case 'eventtimestamp le':
        asked = { ...asked, toMs: instantIn(value) };
        break;
      case 'resourceuri eq':
      case 'resourceid eq':
        asked = { ...asked, resource: value };
        break;
      case 'resourcegroupname eq':
        asked = { ...asked, group: value.toLowerCase() };
        break;
      case 'resourceprovider eq':
        asked = { ...asked, provider: value.toLowerCase() };
        break;
      case 'channels eq':
      case 'eventchannels eq':
        break;
      default:
        return null;
    }
  }
  return Number.isNaN(asked.fromMs) || Number.isNaN(asked.toMs) ? null : asked;
}

/** The Azure CLI writes instants without quotes and without a zone; they are UTC. */
function instantIn(text: string): number {
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
}

function event(
  { azure, world }: ArmCall,
  { atMs, operation, caller, status }: CallRecord,
  path: ReturnType<typeof armPath>,
): Record<string, unknown> {
  const principal = world.principals.find(({ objectId }) => objectId === caller);
  const id = eventId(azure, atMs, operation, path.text);
  const outcome = status < 400 ? 'Succeeded' : 'Failed';
  const named = (value: string, localizedValue = value) => ({ value, localizedValue });
  return {
    authorization: { action: operation, scope: path.scope },
    caller: principal?.kind === 'user' ? principal.name : caller,
    channels: 'Operation',
    claims: {
      aud: 'https://management.core.windows.net/',
      'http://schemas.microsoft.com/identity/claims/objectidentifier': caller,
      appid: principal?.clientId ?? '',
      idtyp: principal?.kind === 'user' ? 'user' : 'app',
    },
    correlationId: id,
    description: '',
    eventDataId: id,
    eventName: named('EndRequest', 'End request'),
    category: named('Administrative'),
    id: `${path.scope}/events/${id}/ticks/${atMs * 10_000 + 621_355_968_000_000_000}`,
    level: status < 400 ? 'Informational' : 'Error',
    resourceGroupName: path.resourceGroup ?? '',
    resourceProviderName: named(path.namespace ?? 'Microsoft.Resources'),
    resourceId: path.scope,
    resourceType: named(`${path.namespace ?? 'Microsoft.Resources'}/${path.type.split('/')[0] ?? ''}`),
    operationId: id,
    operationName: named(operation),
    properties: { statusCode: String(status), entity: path.scope, message: operation, hierarchy: '' },
    status: named(outcome),
    subStatus: named(status < 300 ? 'OK' : '', `HTTP Status Code: ${status}`),
    eventTimestamp: timestamp(atMs),
    submissionTimestamp: timestamp(atMs + (world.pace.activityLogMs ?? 0)),
    subscriptionId: path.subscriptionId,
    tenantId: world.tenantId,
  };
}

const ids = new WeakMap<object, Map<string, string>>();

/** The same one for the same event, whenever it is listed. */
function eventId(azure: object, ...parts: readonly unknown[]): string {
  const known = ids.get(azure) ?? new Map<string, string>();
  ids.set(azure, known);
  const key = parts.join(' ');
  const id = known.get(key) ?? crypto.randomUUID();
  known.set(key, id);
  return id;
}

function selected(whole: Record<string, unknown>, names: readonly string[] | undefined): Record<string, unknown> {
  if (names === undefined) return whole;
  return Object.fromEntries(
    Object.entries(whole).filter(([name]) => names.some((one) => one.toLowerCase() === name.toLowerCase())),
  );
}

import { unknownRequest } from '../azure.ts';
import type { Exchange, Service } from '../exchange.ts';
import { isAllowed, isWithin } from '../rbac.ts';
import type { SimulatedAzure } from '../simulated-azure.ts';
import { type RequestClass, throttle } from '../throttle.ts';
import { absentResource } from './absent-resource.ts';
import { armEmpty, armError, gatewayError } from './arm-answer.ts';
import type { ArmCall, ArmOperation, Caller } from './arm-call.ts';
import { type ArmPath, armPath, permissionFor } from './arm-path.ts';
import { authenticate } from './authenticate.ts';
import { microsoftAuthorization } from './authorization/microsoft-authorization.ts';
import { microsoftCognitiveServices } from './cognitive-services/microsoft-cognitive-services.ts';
import { effectiveVersion } from './effective-version.ts';
import { microsoftEventGrid } from './event-grid/microsoft-event-grid.ts';
import { eventGridTopicOperations } from './event-grid/topic-operations.ts';
import { groupRefusal } from './group-refusal.ts';
import { microsoftInsights } from './insights/microsoft-insights.ts';
import { microsoftKeyVault } from './key-vault/microsoft-key-vault.ts';
import { lockRefusal } from './lock-refusal.ts';
import { microsoftManagedIdentity } from './managed-identity/microsoft-managed-identity.ts';
import { matchOperation } from './match-operation.ts';
import { microsoftNetwork } from './network/microsoft-network.ts';
import { microsoftResourceGraph } from './resource-graph/microsoft-resource-graph.ts';
import { microsoftResources } from './resources/microsoft-resources.ts';
import { providerOperations } from './resources/provider-operations.ts';
import { microsoftStorage } from './storage/microsoft-storage.ts';
import { microsoftWeb } from './web/microsoft-web.ts';

/** Every operation of a provider that this ARM answers; a provider more is a line more. */
const ofProviders: readonly ArmOperation[] = [
  ...microsoftResources,
  ...microsoftCognitiveServices,
  ...microsoftResourceGraph,
  ...eventGridTopicOperations,
  ...microsoftAuthorization,
  ...microsoftNetwork,
  ...microsoftEventGrid,
  ...microsoftManagedIdentity,
  ...microsoftKeyVault,
  ...microsoftInsights,
  ...microsoftStorage,
  ...microsoftWeb,
];

const operations: readonly ArmOperation[] = [...ofProviders, ...providerOperations(ofProviders)];

/** Lists that show each caller what it may see, and so need no permission of their own. */
const showsOnlyWhatIsAllowed = [
  '/tenants',
  '/subscriptions',
  '/providers',
  '/providers/microsoft.resourcegraph/resources',
];

/** Azure Resource Manager. Its checks come in the order of the real gateway's: the first one that refuses answers. */
export const arm: Service = async (exchange) => {
  const path = armPath(exchange.url.pathname);
  const answer = await answerAsGateway(exchange, path);
  return withArmHeaders(answer, exchange);
};

async function answerAsGateway(exchange: Exchange, path: ArmPath): Promise<Response> {
  const { azure, request, url, note } = exchange;
  note.operation = permissionFor(request.method, path);
  const apiVersion = [...url.searchParams].find(([name]) => name.toLowerCase() === 'api-version')?.[1];
  // Comes before the token is looked at.
  if (apiVersion === undefined || apiVersion === '') {
    return gatewayError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  }
  const authenticated = await authenticate(exchange);
  if (authenticated.kind === 'refused') return authenticated.answer;
  const { caller } = authenticated;
  note.caller = caller.objectId;

  const payer = { subscriptionId: path.subscriptionId, principalId: caller.objectId };
  const throttled = throttle(azure, payer, requestClass(request.method, path));
  if (throttled.kind === 'throttled') {
    return tooManyRequests(
      path,
      caller,
      requestClass(request.method, path),
      throttled.retryAfterSeconds,
      throttled.headers,
    );
  }
  const answer = await answerAuthenticated(exchange, path, apiVersion, caller);
  for (const [name, value] of Object.entries(throttled.headers)) answer.headers.set(name, value);
  return answer;
}

async function answerAuthenticated(
  exchange: Exchange,
  path: ArmPath,
  apiVersion: string,
  caller: Caller,
): Promise<Response> {
  const { azure, request, note } = exchange;
  const { world } = azure;
  const effective = effectiveVersion(world, path, apiVersion);
  if (effective.kind === 'refused') return effective.answer;
  const refusal =
    subscriptionRefusal(exchange, path) ??
    permissionRefusal(exchange, path, caller, note.operation) ??
    groupRefusal(world, request.method, path) ??
    lockRefusal(world, request.method, path);
  if (refusal !== null) return refusal;

  const found = matchOperation(operations, request.method, path.text) ?? getBehindHead(request.method, path.text);
  if (found === null) return absentResource(request.method, path) ?? unknownRequest(exchange);
  const body = parsed(exchange.body);
  if (body === null) {
    return gatewayError(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.');
  }
  const call: ArmCall = {
    exchange,
    azure,
    world,
    path,
    apiVersion: effective.version,
    caller,
    body,
    param(name) {
      const value = found.params[name];
      if (value === undefined) throw new TypeError(`${found.operation.path} has no {${name}}`);
      return value;
    },
  };
  const answer = await found.operation.answer(call);
  return request.method === 'HEAD' ? await headOf(answer) : answer;
}

/** Whatever can be read can be asked for by HEAD. */
function getBehindHead(method: string, path: string): ReturnType<typeof matchOperation> {
  return method === 'HEAD' ? matchOperation(operations, 'GET', path) : null;
}

/** 204 when there is something. A refusal keeps its status, and names the length of the body that a GET would have got. */
async function headOf(answer: Response): Promise<Response> {
  if (answer.ok) return armEmpty(204);
  const headers = new Headers(answer.headers);
  headers.set('content-length', String((await answer.arrayBuffer()).byteLength));
  return new Response(null, { status: answer.status, headers });
}

function subscriptionRefusal({ azure }: Exchange, { subscriptionId }: ArmPath): Response | null {
  if (subscriptionId === null) return null;
  const wanted = subscriptionId.toLowerCase();
  if (azure.world.subscriptions.some(({ id }) => id.toLowerCase() === wanted)) return null;
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(wanted)
    ? gatewayError(404, 'SubscriptionNotFound', `The subscription '${subscriptionId}' could not be found.`)
    : gatewayError(
        400,
        'InvalidSubscriptionId',
        `The provided subscription identifier '${subscriptionId}' is malformed or invalid.`,
      );
}

function permissionRefusal({ azure }: Exchange, path: ArmPath, caller: Caller, permission: string): Response | null {
  const text = path.text.toLowerCase();
  const isOwnView =
    showsOnlyWhatIsAllowed.includes(text) ||
    /^\/subscriptions\/[^/]+\/(resourcegroups|resources)$/.test(text) ||
    // What can be permitted is no secret; who may ask is not documented, and assumed to be everybody.
    /^\/providers\/[^/]+\/(operations|provideroperations(\/[^/]+)?)$/.test(text);
  // Operations lie at the subscription, where anyone who may change one group has no role: the right to read them counts from
  // any scope below, and who has it nowhere is refused (assumed: neither is documented).
  const isPoll = /\/locations\/[^/]+\/(operations|operationresults|operationsstatus)\/[^/]+$/.test(text);
  const scopes = isPoll ? scopesWithin(azure, path.scope.split('/providers/')[0] ?? '') : [path.scope];
  if (isOwnView || scopes.some((scope) => isAllowed(azure, caller.objectId, 'action', permission, scope))) return null;
  return gatewayError(
    403,
    'AuthorizationFailed',
    `The client '${caller.name}' with object id '${caller.objectId}' does not have authorization to perform action '${permission}' over scope '${path.scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

/** `scope`, and every scope within it at which somebody has a role. */
function scopesWithin({ world }: SimulatedAzure, scope: string): readonly string[] {
  return [scope, ...world.roleAssignments.map((one) => one.scope).filter((one) => isWithin(one, scope))];
}

function requestClass(method: string, { text }: ArmPath): RequestClass {
  // A query is a POST that only reads.
  const isQuery = text.toLowerCase() === '/providers/microsoft.resourcegraph/resources';
  if (method === 'GET' || method === 'HEAD' || isQuery) return 'reads';
  return method === 'DELETE' ? 'deletes' : 'writes';
}

function tooManyRequests(
  path: ArmPath,
  caller: Caller,
  kind: RequestClass,
  seconds: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const of = path.subscriptionId === null ? 'tenant' : `subscription '${path.subscriptionId}'`;
  const code = path.subscriptionId === null ? 'TenantRequestsThrottled' : 'SubscriptionRequestsThrottled';
  const message = `Number of '${kind.slice(0, -1)}' requests for ${of} actor '${caller.objectId}' exceeded. Please try again after '${seconds}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.`;
  return armError(429, code, message, { ...headers, 'retry-after': String(seconds), 'x-ms-failure-cause': 'gateway' });
}

function parsed(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : null;
  } catch {
    return null;
  }
}

/** What every ARM answer carries, no matter who gave it. */
function withArmHeaders(answer: Response, { request, azure }: Exchange): Response {
  const id = crypto.randomUUID();
  const correlation = request.headers.get('x-ms-correlation-request-id') ?? id;
  const { headers } = answer;
  headers.set('cache-control', 'no-cache');
  headers.set('pragma', 'no-cache');
  headers.set('expires', '-1');
  headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
  headers.set('x-content-type-options', 'nosniff');
  // A provider's operation keeps its own.
  if (!headers.has('x-ms-request-id')) headers.set('x-ms-request-id', id);
  headers.set('x-ms-correlation-request-id', correlation);
  headers.set('x-ms-routing-request-id', `EASTUS:${routingTime(azure.clock.nowMs())}:${correlation}`);
  const clientRequestId = request.headers.get('x-ms-client-request-id');
  if (clientRequestId !== null && request.headers.get('x-ms-return-client-request-id') === 'true') {
    headers.set('x-ms-client-request-id', clientRequestId);
  }
  return answer;
}

/** `20261123T191739Z` */
function routingTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

import * as z from 'zod';
import { decoded, type Exchange } from '../exchange.ts';
import type { Principal, World } from '../world.ts';
import { graphError, graphOrigin } from './graph-answer.ts';
import type { ApiSettings, Entitlement, Registration } from './registration.ts';

const guid = z.guid().transform((id) => id.toLowerCase());
// `origin` is read-only: https://learn.microsoft.com/graph/api/resources/approle
const appRole = z.strictObject({
  id: guid,
  value: z.string().nullable(),
  displayName: z.string(),
  description: z.string(),
  allowedMemberTypes: z.array(z.enum(['User', 'Application'])).min(1),
  isEnabled: z.boolean(),
});
const scope = z.strictObject({
  id: guid,
  value: z.string(),
  type: z.enum(['User', 'Admin']),
  isEnabled: z.boolean(),
  adminConsentDisplayName: z.string(),
  adminConsentDescription: z.string(),
  userConsentDisplayName: z.string().nullable().default(null),
  userConsentDescription: z.string().nullable().default(null),
});
const application = z.strictObject({
  displayName: z.string().min(1).max(256),
  signInAudience: z.enum(['AzureADMyOrg', 'AzureADMultipleOrgs']).default('AzureADMultipleOrgs'),
  identifierUris: z.array(z.string()).default([]),
  appRoles: z.array(appRole).default([]),
  api: z
    .strictObject({
      requestedAccessTokenVersion: z.int().nullable().optional(),
      oauth2PermissionScopes: z.array(scope).optional(),
      preAuthorizedApplications: z
        .array(z.strictObject({ appId: guid, delegatedPermissionIds: z.array(guid) }))
        .optional(),
    })
    .default({}),
  requiredResourceAccess: z
    .array(
      z.strictObject({
        resourceAppId: guid,
        resourceAccess: z.array(z.strictObject({ id: guid, type: z.enum(['Scope', 'Role']) })).min(1),
      }),
    )
    .default([]),
  spa: z.strictObject({ redirectUris: z.array(z.string()).max(256) }).default({ redirectUris: [] }),
});
const assignment = z.strictObject({ principalId: guid, resourceId: guid, appRoleId: guid });

/**
 * App registrations, as a script makes them and keeps them up to date. Null for a request that is not simulated.
 * Collections are replaced by what is sent, whole; a role or scope that is enabled neither goes nor changes, only its `isEnabled`.
 * Sources: https://learn.microsoft.com/graph/api/application-post-applications, https://learn.microsoft.com/graph/api/application-update,
 * https://learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals,
 * https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto,
 * https://learn.microsoft.com/graph/api/user-list-approleassignments;
 * sentences of refusals as https://github.com/Azure/azure-cli/issues/16166 and others quote them.
 */
export function graphApplications(exchange: Exchange, caller: Principal | undefined): Response | null {
  const { request, url, azure } = exchange;
  const registrations = registrationsOf(azure.world);
  const path = decoded(url.pathname).replace(/^\/v1\.0/, '');
  const filter = url.searchParams.get('$filter') ?? '';
  const byKey = /^\/applications(?:\/([^/]+)|\(appId='([^']+)'\))$/i.exec(path);
  if (byKey !== null) {
    const key = (byKey[1] ?? byKey[2] ?? '').toLowerCase();
    const found = registrations.find(({ id, appId }) => (byKey[1] === undefined ? appId : id) === key);
    if (found === undefined) return notFound(exchange, key);
    if (request.method === 'GET') return one(exchange, 200, 'applications', shown(found));
    return request.method === 'PATCH' ? update(exchange, found) : null;
  }
  switch (
    `${request.method} ${path.toLowerCase().replace(/^\/serviceprincipals\/[^/]+\//, '/serviceprincipals/{id}/')}`
  ) {
    case 'GET /applications': {
      const name = /^displayName eq '((?:[^']|'')*)'$/.exec(filter)?.[1]?.replaceAll("''", "'").toLowerCase();
      if (name === undefined) return null;
      return list(
        exchange,
        'applications',
        registrations.filter((one) => one.displayName.toLowerCase() === name).map(shown),
      );
    }
    case 'POST /applications':
      return create(exchange);
    case 'GET /serviceprincipals': {
      const appId = /^appId eq '([^']*)'$/.exec(filter)?.[1]?.toLowerCase();
      if (appId === undefined) return null;
      const found = registrations.find((one) => one.appId === appId && one.servicePrincipal !== null);
      return list(exchange, 'servicePrincipals', found === undefined ? [] : [shownPrincipal(found)]);
    }
    case 'POST /serviceprincipals':
      return createPrincipal(exchange);
    case 'GET /me/approleassignments': {
      const resourceId = /^resourceId eq ([0-9a-f-]{36})$/.exec(filter)?.[1];
      if (resourceId === undefined || caller?.kind !== 'user') return null;
      const found = registrations
        .flatMap(({ servicePrincipal }) => servicePrincipal?.appRoleAssignedTo ?? [])
        .filter((one) => one.resourceId === resourceId && one.principalId === caller.objectId);
      return list(exchange, 'appRoleAssignments', found);
    }
    case 'POST /serviceprincipals/{id}/approleassignedto':
      return assign(exchange, path.split('/')[2] ?? '');
    default:
      return null;
  }
}

/** The roles that registrations gave to somebody, by their values, for tokens of an audience. */
export function assignedRoles(world: World, principalId: string, audience: string): readonly string[] {
  // Anyone who only asks for a token changes nothing in the world.
  const found = world.registrations?.find(({ appId, identifierUris }) => [appId, ...identifierUris].includes(audience));
  const given = found?.servicePrincipal?.appRoleAssignedTo.filter((one) => one.principalId === principalId) ?? [];
  const isGiven = ({ id, isEnabled }: Entitlement) => isEnabled && given.some(({ appRoleId }) => appRoleId === id);
  return found?.appRoles.filter(isGiven).flatMap(({ value }) => value ?? []) ?? [];
}

export function registrationsOf(world: World): Registration[] {
  world.registrations ??= [];
  return world.registrations;
}

function create(exchange: Exchange): Response {
  const sent = application.safeParse(json(exchange));
  if (!sent.success) return invalid(exchange, sent.error);
  const { api, ...rest } = sent.data;
  const none: ApiSettings = {
    requestedAccessTokenVersion: null,
    oauth2PermissionScopes: [],
    preAuthorizedApplications: [],
  };
  const made: Registration = {
    id: crypto.randomUUID(),
    appId: crypto.randomUUID(),
    ...rest,
    api: { ...none, ...present(api) },
    servicePrincipal: null,
  };
  const refusal = refusalOf(made, none.oauth2PermissionScopes);
  if (refusal !== null) return bad(exchange, refusal);
  registrationsOf(exchange.azure.world).push(made);
  return one(exchange, 201, 'applications', shown(made));
}

function update(exchange: Exchange, found: Registration): Response {
  const sent = application.partial().safeParse(json(exchange));
  if (!sent.success) return invalid(exchange, sent.error);
  // Defaults are for what is made, not for what a change leaves out.
  const named = Object.keys(Object(json(exchange)));
  const { api, ...rest } = Object.fromEntries(
    Object.entries(sent.data).filter(([name]) => named.includes(name)),
  ) as Partial<z.infer<typeof application>>;
  const wanted: Registration = { ...found, ...present(rest), api: { ...found.api, ...present(api ?? {}) } };
  const isLocked = (before: readonly Entitlement[], after: readonly Entitlement[]) =>
    before.some((one) => {
      const next = after.find(({ id }) => id === one.id);
      return one.isEnabled && JSON.stringify(sorted({ ...next, isEnabled: true })) !== JSON.stringify(sorted(one));
    });
  if (
    isLocked(found.appRoles, wanted.appRoles) ||
    isLocked(found.api.oauth2PermissionScopes, wanted.api.oauth2PermissionScopes)
  ) {
    const sentence = 'Permission (scope or role) cannot be deleted or updated unless disabled first.';
    return graphError(exchange, 400, 'CannotDeleteOrUpdateEnabledEntitlement', sentence);
  }
  const refusal = refusalOf(wanted, found.api.oauth2PermissionScopes);
  if (refusal !== null) return bad(exchange, refusal);
  Object.assign(found, wanted);
  return new Response(null, { status: 204 });
}

/** A client is allowed a scope that is there already, not one that comes with it. */
function refusalOf(
  { appRoles, api, identifierUris, appId }: Registration,
  scopes: readonly Entitlement[],
): string | null {
  const entitlements = [...appRoles, ...api.oauth2PermissionScopes];
  const isTwice = (of: (one: Entitlement) => unknown) => new Set(entitlements.map(of)).size < entitlements.length;
  if (isTwice(({ id }) => id) || isTwice(({ value }) => value))
    return 'Request contains a property with duplicate values.';
  const allowed = api.preAuthorizedApplications.flatMap((one) => one.delegatedPermissionIds);
  const unknown = allowed.find((id) => !scopes.some((one) => one.id === id));
  if (unknown !== undefined)
    return `Property PreAuthorizedApplications references permission id '${unknown}' that cannot be found.`;
  // Others take a domain that the tenant has verified.
  return identifierUris.every((uri) => uri === `api://${appId}`)
    ? null
    : "Values of identifierUris property must use a verified domain of the organization or its subdomain, or contain the app's id.";
}

function createPrincipal(exchange: Exchange): Response {
  const sent = z.strictObject({ appId: guid }).safeParse(json(exchange));
  if (!sent.success) return invalid(exchange, sent.error);
  const { appId } = sent.data;
  const found = registrationsOf(exchange.azure.world).find((one) => one.appId === appId);
  if (found === undefined)
    return graphError(
      exchange,
      400,
      'NoBackingApplicationObject',
      `The appId '${appId}' of the service principal does not reference a valid application object.`,
    );
  if (found.servicePrincipal !== null)
    return graphError(
      exchange,
      409,
      'Request_MultipleObjectsWithSameKeyValue',
      `The service principal cannot be created, updated, or restored because the service principal name ${appId} is already in use.`,
    );
  found.servicePrincipal = { id: crypto.randomUUID(), appRoleAssignedTo: [] };
  return one(exchange, 201, 'servicePrincipals', shownPrincipal(found));
}

function assign(exchange: Exchange, id: string): Response {
  const sent = assignment.safeParse(json(exchange));
  if (!sent.success) return invalid(exchange, sent.error);
  const { principalId, resourceId, appRoleId } = sent.data;
  const { world } = exchange.azure;
  const found = registrationsOf(world).find(({ servicePrincipal }) => servicePrincipal?.id === id);
  if (found?.servicePrincipal == null || resourceId !== id) return notFound(exchange, id);
  if (!world.principals.some(({ objectId }) => objectId === principalId)) return notFound(exchange, principalId);
  if (!found.appRoles.some((one) => one.id === appRoleId && one.isEnabled))
    return bad(exchange, `Permission being assigned was not found on application '${found.appId}'.`);
  const given = found.servicePrincipal.appRoleAssignedTo;
  if (given.some((one) => one.principalId === principalId && one.appRoleId === appRoleId))
    return bad(exchange, 'Permission being assigned already exists on the object');
  const made = { id: crypto.randomUUID(), appRoleId, principalId, resourceId };
  given.push(made);
  return one(exchange, 201, 'appRoleAssignments', made);
}

function shown({ servicePrincipal: _, ...registration }: Registration) {
  return { ...registration, appRoles: registration.appRoles.map((role) => ({ ...role, origin: 'Application' })) };
}

function shownPrincipal({ appId, displayName, servicePrincipal, appRoles }: Registration) {
  return {
    id: servicePrincipal?.id,
    accountEnabled: true,
    appId,
    displayName,
    appRoles,
    servicePrincipalType: 'Application',
  };
}

function one(exchange: Exchange, status: number, kind: string, value: object): Response {
  return Response.json(
    { '@odata.context': `${graphOrigin(exchange)}/v1.0/$metadata#${kind}/$entity`, ...value },
    { status },
  );
}

function list(exchange: Exchange, kind: string, value: readonly object[]): Response {
  return Response.json({ '@odata.context': `${graphOrigin(exchange)}/v1.0/$metadata#${kind}`, value });
}

function notFound(exchange: Exchange, id: string): Response {
  const sentence = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
  return graphError(exchange, 404, 'Request_ResourceNotFound', sentence);
}

function bad(exchange: Exchange, sentence: string): Response {
  return graphError(exchange, 400, 'Request_BadRequest', sentence);
}

function invalid(exchange: Exchange, error: z.ZodError): Response {
  return bad(exchange, `Invalid property or value. ${z.prettifyError(error)}`);
}

function json({ body }: Exchange): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** Without members that are undefined: they would overwrite what is there. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never;
}

function sorted(entitlement: object): unknown {
  return Object.entries(entitlement).toSorted(([one], [other]) => (one < other ? -1 : 1));
}

import { armAnswer, armEmpty, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locationIn } from '../locations.ts';
import { tagsIn } from '../tags-in.ts';
import { type FoundIdentity, findIdentity, identityId, resourceOf, withIdentity } from './find-identity.ts';
import { identityResource } from './identity-resource.ts';

const identityType = 'Microsoft.ManagedIdentity/userAssignedIdentities';

export function getIdentity(call: ArmCall): Response {
  return withIdentity(call, (identity) => armAnswer(200, show(call, identity)));
}

/** Those of a group, or of a subscription. */
export function listIdentities(call: ArmCall): Response {
  const within = `${call.path.text.toLowerCase().split('/providers/')[0]}/`;
  const value = call.world.principals
    .filter(({ resourceId }) => resourceId?.toLowerCase().startsWith(within))
    .map((principal) => show(call, { principal, resource: resourceOf(principal) }));
  return armAnswer(200, { value });
}

/** 201 and a relative location for a new identity, 200 for one that is there; its tags are then replaced. */
export function putIdentity(call: ArmCall): Response {
  const { body, world, azure } = call;
  const existing = findIdentity(call);
  const location = locationIn(call, identityType, existing?.resource.location);
  if (location instanceof Response) return location;
  if (existing !== undefined) return changed(call, existing);
  const name = call.param('identity');
  const refusal = nameRefusal(name);
  if (refusal !== null) return refusal;
  const resource = identityResource(location, { tags: tagsIn(body), isolationScope: isolationIn(body) ?? 'None' });
  const principal = {
    objectId: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    name,
    kind: 'user-assigned',
    resourceId: identityId(call),
    secret: null,
    appRoles: {},
    knownFromMs: azure.clock.nowMs() + (world.pace.directoryMs ?? 0),
    identity: resource,
  } as const;
  world.principals.push(principal);
  return armAnswer(201, show(call, { principal, resource }), { location: principal.resourceId });
}

export function patchIdentity(call: ArmCall): Response {
  return withIdentity(call, (identity) => {
    const location =
      call.body.location === undefined ? null : locationIn(call, identityType, identity.resource.location);
    return location instanceof Response ? location : changed(call, identity);
  });
}

/** No resource of this simulation is found by its identity. The call was there in previews of 2021 and 2022. */
export function listAssociatedResources(call: ArmCall): Response {
  return withIdentity(call, () => armAnswer(200, { totalCount: 0, value: [] }));
}

/** 200 for one that was there, 204 for none. Its role assignments stay behind, as in Azure. */
export function deleteIdentity(call: ArmCall): Response {
  const found = findIdentity(call);
  if (found === undefined) return armEmpty(204);
  const { principals } = call.world;
  principals.splice(principals.indexOf(found.principal), 1);
  return armEmpty(200);
}

function changed(call: ArmCall, identity: FoundIdentity): Response {
  const { resource } = identity;
  if (call.body.tags !== undefined) resource.tags = tagsIn(call.body);
  resource.isolationScope = isolationIn(call.body) ?? resource.isolationScope;
  return armAnswer(200, show(call, identity));
}

function nameRefusal(name: string): Response | null {
  // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftmanagedidentity
  if (/^[a-z0-9][a-z0-9_-]{2,127}$/i.test(name)) return null;
  return armError(
    400,
    'BadRequest',
    `The resource name '${name}' is invalid. It has 3 to 128 letters, digits, '-' or '_', and begins with a letter or digit.`,
  );
}

function isolationIn({ properties }: ArmCall['body']): string | null {
  if (typeof properties !== 'object' || properties === null || !('isolationScope' in properties)) return null;
  return typeof properties.isolationScope === 'string' ? properties.isolationScope : null;
}

function show({ world, apiVersion }: ArmCall, { principal, resource }: FoundIdentity): Record<string, unknown> {
  return {
    id: principal.resourceId,
    name: principal.name,
    type: identityType,
    location: resource.location,
    tags: resource.tags,
    properties: {
      ...(apiVersion < '2024-11-30' ? {} : { isolationScope: resource.isolationScope }),
      ...(apiVersion < '2026-05-31' ? {} : { assignmentRestrictions: { providers: [] } }),
      tenantId: world.tenantId,
      principalId: principal.objectId,
      clientId: principal.clientId,
    },
  };
}

import { armAnswer, armEmpty, armError, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locations } from '../provider-namespaces.ts';
import { tagsIn } from '../tags-in.ts';
import { type FoundIdentity, findIdentity, identityId, resourceOf, withIdentity } from './find-identity.ts';
import { identityResource } from './identity-resource.ts';

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
  const { location } = body;
  if (typeof location !== 'string' || location === '') {
    return gatewayError(400, 'LocationRequired', 'The location property is required for this definition.');
  }
  const existing = findIdentity(call);
  if (existing !== undefined) {
    const refusal = otherLocation(call, existing, location);
    return refusal ?? changed(call, existing);
  }
  const name = call.param('identity');
  const refusal = newRefusal(name, location);
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
    const { location } = call.body;
    const refusal = typeof location === 'string' ? otherLocation(call, identity, location) : null;
    return refusal ?? changed(call, identity);
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

function newRefusal(name: string, location: string): Response | null {
  // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftmanagedidentity
  if (!/^[a-z0-9][a-z0-9_-]{2,127}$/i.test(name)) {
    return armError(
      400,
      'BadRequest',
      `The resource name '${name}' is invalid. It has 3 to 128 letters, digits, '-' or '_', and begins with a letter or digit.`,
    );
  }
  const plain = location.toLowerCase().replaceAll(' ', '');
  if (locations.some((known) => known.name === plain)) return null;
  const known = locations.map((one) => one.name).join(',');
  return gatewayError(
    400,
    'LocationNotAvailableForResourceType',
    `The provided location '${location}' is not available for resource type 'Microsoft.ManagedIdentity/userAssignedIdentities'. List of available regions for the resource type is '${known}'.`,
  );
}

function otherLocation(call: ArmCall, { resource }: FoundIdentity, asked: string): Response | null {
  const plain = (location: string) => location.toLowerCase().replaceAll(' ', '');
  if (plain(resource.location) === plain(asked)) return null;
  return gatewayError(
    409,
    'InvalidResourceLocation',
    `The resource '${call.param('identity')}' already exists in location '${resource.location}' in resource group '${call.param('group')}'. A resource with the same name cannot be created in location '${asked}'. Please select a new resource name.`,
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
    type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
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

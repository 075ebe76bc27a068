import type { World } from '../world.ts';
import { armError, gatewayError } from './arm-answer.ts';
import type { ArmPath } from './arm-path.ts';
import { coreApiVersions, findNamespace, locations } from './provider-namespaces.ts';

/**
 * The refusal of an api-version, or of a type, that ARM has not registered; null when both are fine or the type is none
 * this simulation could judge. ARM has three texts for it: its own paths, types without and types with a location.
 */
export function versionRefusal(world: World, path: ArmPath, apiVersion: string): Response | null {
  if (path.namespace === null) {
    if (coreApiVersions.includes(apiVersion)) return null;
    const known = coreApiVersions.join(',');
    return gatewayError(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${apiVersion}' is invalid. The supported versions are '${known}'.`,
    );
  }
  if (path.type === '') return null;
  const provider = findNamespace(path.namespace);
  if (provider === undefined) {
    return gatewayError(404, 'InvalidResourceNamespace', `The resource namespace '${path.namespace}' is invalid.`);
  }
  const type = provider.types.find((known) => known.toLowerCase() === path.type.toLowerCase());
  if (type === undefined) {
    if (!provider.isWhole) return null;
    return gatewayError(
      404,
      'InvalidResourceType',
      `The resource type could not be found in the namespace '${provider.namespace}' for api version '${apiVersion}'.`,
    );
  }
  const versions = provider.otherVersions?.[type] ?? provider.apiVersions;
  if (!provider.isWhole || versions.includes(apiVersion)) return null;
  const known = `The supported api-versions are '${versions.join(', ')}'.`;
  const location = locationOf(world, path);
  return location === null
    ? gatewayError(
        404,
        'InvalidResourceType',
        `The resource type '${type}' could not be found in the namespace '${provider.namespace}' for api version '${apiVersion}'. ${known}`,
      )
    : armError(
        400,
        'NoRegisteredProviderFound',
        `No registered resource provider found for location '${location}' and API version '${apiVersion}' for type '${type}'. ${known} The supported locations are '${locations.map(({ name }) => name).join(', ')}'.`,
      );
}

function locationOf(world: World, path: ArmPath): string | null {
  const text = path.text.toLowerCase();
  const account = world.accounts.find(({ subscriptionId, resourceGroup, name }) =>
    `${text}/`.startsWith(
      `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/providers/microsoft.cognitiveservices/accounts/${name}/`.toLowerCase(),
    ),
  );
  return account?.resource.location ?? null;
}

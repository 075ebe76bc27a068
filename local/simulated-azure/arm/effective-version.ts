import { isNewerVersion } from '../is-newer-version.ts';
import type { World } from '../world.ts';
import { armError, gatewayError } from './arm-answer.ts';
import type { ArmPath } from './arm-path.ts';
import { locationNames } from './locations.ts';
import { coreApiVersions, findNamespace, type ProviderNamespace } from './provider-namespaces.ts';

/** The api-version in which a request is answered, or the refusal of the one it asks for. */
export type EffectiveVersion =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'refused'; readonly answer: Response };

/**
 * The version in which ARM answers a request. A version that is registered stands for itself, one newer than all for the
 * newest; any other one is refused, as is a type that ARM has not registered. ARM has three texts for it: its own paths
 * (which (un)registering a provider is one of), types without and types with a location. A type that this simulation
 * cannot judge takes any version.
 */
export function effectiveVersion(world: World, path: ArmPath, asked: string): EffectiveVersion {
  if (path.namespace === null || /^(un)?register$/i.test(path.type)) {
    const version = versionAmong(coreApiVersions, asked);
    if (version !== null) return { kind: 'version', version };
    const known = coreApiVersions.join(',');
    return refused(
      gatewayError(
        400,
        'InvalidApiVersionParameter',
        `The api-version '${asked}' is invalid. The supported versions are '${known}'.`,
      ),
    );
  }
  if (path.type === '') return { kind: 'version', version: asked };
  const provider = findNamespace(path.namespace);
  if (provider === undefined) {
    return refused(
      gatewayError(404, 'InvalidResourceNamespace', `The resource namespace '${path.namespace}' is invalid.`),
    );
  }
  const type = provider.types.find((known) => known.toLowerCase() === path.type.toLowerCase());
  if (type === undefined) {
    if (mayExist(provider, path.type)) return { kind: 'version', version: asked };
    return refused(
      gatewayError(
        404,
        'InvalidResourceType',
        `The resource type could not be found in the namespace '${provider.namespace}' for api version '${asked}'.`,
      ),
    );
  }
  const versions = provider.otherVersions?.[type] ?? provider.apiVersions;
  const newest = [...versions, ...provider.apiVersions].toSorted().at(-1);
  const isJudged = provider.judged === 'all' || provider.judged.includes(type);
  const version = isJudged ? versionAmong(versions, asked, newest) : asked;
  if (version !== null) return { kind: 'version', version };
  const known = `The supported api-versions are '${versions.join(', ')}'.`;
  const location = locationOf(world, path);
  return refused(
    location === null
      ? gatewayError(
          404,
          'InvalidResourceType',
          `The resource type '${type}' could not be found in the namespace '${provider.namespace}' for api version '${asked}'. ${known}`,
        )
      : armError(
          400,
          'NoRegisteredProviderFound',
          `No registered resource provider found for location '${location}' and API version '${asked}' for type '${type}'. ${known} The supported locations are '${locationNames(world).join(', ')}'.`,
        ),
  );
}

/** Whether a type that is not listed may be a real one, which is not simulated, rather than none. */
function mayExist({ judged, removedTypes = [], types }: ProviderNamespace, type: string): boolean {
  if (removedTypes.some((removed) => removed.toLowerCase() === type.toLowerCase())) return false;
  const [top, child] = type.toLowerCase().split('/');
  return judged !== 'all' || (child !== undefined && types.some((known) => known.toLowerCase() === top));
}

/**
 * `asked` where it is one of `versions` (newest first), the first of them where it is newer than `newest`, else null. What
 * a provider has for its other types, but not for this one, is not newer: that is how a type is left behind.
 */
function versionAmong(versions: readonly string[], asked: string, newest = versions[0] ?? ''): string | null {
  if (versions.includes(asked)) return asked;
  return isNewerVersion(asked, newest) ? (versions[0] ?? null) : null;
}

function refused(answer: Response): EffectiveVersion {
  return { kind: 'refused', answer };
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

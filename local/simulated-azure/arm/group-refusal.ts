import type { World } from '../world.ts';
import { gatewayError } from './arm-answer.ts';
import type { ArmPath } from './arm-path.ts';
import { findNamespace } from './provider-namespaces.ts';

/** What ARM checks of the place of a request before it asks a provider: group name, group, registration; null when fine. */
export function groupRefusal(world: World, method: string, path: ArmPath): Response | null {
  const { resourceGroup } = path;
  return (
    (resourceGroup === null ? null : nameRefusal(resourceGroup)) ??
    (resourceGroup === null || path.namespace === null ? null : missingRefusal(world, method, path, resourceGroup)) ??
    registrationRefusal(world, path)
  );
}

function nameRefusal(name: string): Response | null {
  const bad = [...new Set(name.match(/[^\p{L}\p{N}\-.()_]/gu) ?? [])].join('');
  if (bad !== '') {
    return gatewayError(
      400,
      'InvalidResourceGroup',
      `The provided resource group name '${name}' has these invalid characters: '${bad}'. The name can only be a letter, digit, '-', '.', '(', ')' or '_'.`,
    );
  }
  if (name.length <= 90) return null;
  return gatewayError(
    400,
    'InvalidResourceGroup',
    `The provided resource group name '${name}' exceeds the maximum length of '90'.`,
  );
}

function missingRefusal(world: World, method: string, path: ArmPath, name: string): Response | null {
  const group = world.resourceGroups.find(
    (known) =>
      known.name.toLowerCase() === name.toLowerCase() &&
      known.subscriptionId.toLowerCase() === path.subscriptionId?.toLowerCase(),
  );
  if (group === undefined) {
    return gatewayError(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`);
  }
  if (group.provisioningState !== 'Deleting' || method !== 'PUT') return null;
  return gatewayError(
    409,
    'ResourceGroupBeingDeleted',
    `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`,
  );
}

function registrationRefusal(world: World, path: ArmPath): Response | null {
  // The activity log belongs to ARM itself, whatever the namespace in its path.
  const needsNone = ['', 'register', 'unregister', 'eventtypes/values'];
  if (path.namespace === null || needsNone.includes(path.type.toLowerCase())) return null;
  const provider = findNamespace(path.namespace);
  const subscription = world.subscriptions.find(({ id }) => id.toLowerCase() === path.subscriptionId?.toLowerCase());
  if (provider === undefined || provider.isAlwaysRegistered || subscription === undefined) return null;
  const isRegistered = [...subscription.registeredProviders].some(
    (namespace) => namespace.toLowerCase() === provider.namespace.toLowerCase(),
  );
  if (isRegistered) return null;
  return gatewayError(
    409,
    'MissingSubscriptionRegistration',
    `The subscription is not registered to use namespace '${provider.namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`,
  );
}

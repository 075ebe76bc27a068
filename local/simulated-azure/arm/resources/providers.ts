import type { World } from '../../world.ts';
import { armAnswer, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locationsOf } from '../locations.ts';
import { findNamespace, type ProviderNamespace, providerNamespaces } from '../provider-namespaces.ts';
import { taggedThings } from './tagged-things.ts';

/** Registrations under way, by subscription and namespace: they show `Registering` until the operation has ended. */
const registering = new WeakMap<World, Set<string>>();

export function listProviders(call: ArmCall): Response {
  return armAnswer(200, { value: providerNamespaces.map((provider) => show(call, provider)) });
}

export function getProvider(call: ArmCall): Response {
  const provider = findNamespace(call.param('namespace'));
  return provider === undefined ? unknownNamespace(call) : armAnswer(200, show(call, provider));
}

/** Answers at once with `Registering`; the registration counts after the world's `armOperationMs`. */
export function registerProvider(call: ArmCall): Response {
  const provider = findNamespace(call.param('namespace'));
  if (provider === undefined) return unknownNamespace(call);
  const { azure, world } = call;
  if (stateOf(call, provider) === 'NotRegistered') {
    const underWay = registering.get(world) ?? new Set<string>();
    registering.set(world, underWay.add(key(call, provider)));
    void azure.clock.sleep(world.pace.armOperationMs).then(() => {
      underWay.delete(key(call, provider));
      subscriptionOf(call)?.registeredProviders.add(provider.namespace);
    });
  }
  return armAnswer(200, show(call, provider));
}

/**
 * The registration ends after the world's `armOperationMs`. A namespace of which resources are left stays registered:
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types#unregister-resource-provider
 * (the code of that refusal is assumed).
 */
export function unregisterProvider(call: ArmCall): Response {
  const provider = findNamespace(call.param('namespace'));
  if (provider === undefined) return unknownNamespace(call);
  const inSubscription = `/subscriptions/${call.param('subscription')}/`.toLowerCase();
  const inUse = taggedThings(call.world).some(({ id }) => {
    const own = id.toLowerCase();
    return own.startsWith(inSubscription) && own.includes(`/providers/${provider.namespace.toLowerCase()}/`);
  });
  if (inUse) {
    return gatewayError(
      409,
      'ResourceProviderInUse',
      `The resource provider '${provider.namespace}' cannot be unregistered while the subscription has resources of it.`,
    );
  }
  if (stateOf(call, provider) !== 'Registered' || provider.isAlwaysRegistered)
    return armAnswer(200, show(call, provider));
  const { azure, world } = call;
  void azure.clock.sleep(world.pace.armOperationMs).then(() => {
    const names = subscriptionOf(call)?.registeredProviders;
    for (const name of names ?? []) if (name.toLowerCase() === provider.namespace.toLowerCase()) names?.delete(name);
  });
  return armAnswer(200, { ...show(call, provider), registrationState: 'Unregistering' });
}

function show(call: ArmCall, provider: ProviderNamespace): Record<string, unknown> {
  const { namespace, types, otherVersions, apiVersions } = provider;
  const resourceTypes = types.map((resourceType) => ({
    resourceType,
    locations: locationsOf(call.world).map(({ displayName }) => displayName),
    apiVersions: otherVersions?.[resourceType] ?? apiVersions,
  }));
  const state = stateOf(call, provider);
  return {
    id: `/subscriptions/${call.param('subscription')}/providers/${namespace}`,
    namespace,
    ...(call.apiVersion < '2019-05-01' ? {} : { authorizations: [] }),
    resourceTypes,
    registrationState: state,
    ...(call.apiVersion < '2019-05-01' ? {} : { registrationPolicy: policyOf(provider) }),
  };
}

function policyOf(provider: ProviderNamespace): string {
  return provider.isAlwaysRegistered ? 'RegistrationFree' : 'RegistrationRequired';
}

function stateOf(call: ArmCall, provider: ProviderNamespace): 'Registered' | 'Registering' | 'NotRegistered' {
  const names = [...(subscriptionOf(call)?.registeredProviders ?? [])].map((name) => name.toLowerCase());
  if (provider.isAlwaysRegistered || names.includes(provider.namespace.toLowerCase())) return 'Registered';
  return registering.get(call.world)?.has(key(call, provider)) ? 'Registering' : 'NotRegistered';
}

function key(call: ArmCall, { namespace }: ProviderNamespace): string {
  return `${call.param('subscription')}/${namespace}`.toLowerCase();
}

function subscriptionOf(call: ArmCall) {
  const wanted = call.param('subscription').toLowerCase();
  return call.world.subscriptions.find(({ id }) => id.toLowerCase() === wanted);
}

function unknownNamespace(call: ArmCall): Response {
  return gatewayError(
    404,
    'InvalidResourceNamespace',
    `The resource namespace '${call.param('namespace')}' is invalid.`,
  );
}

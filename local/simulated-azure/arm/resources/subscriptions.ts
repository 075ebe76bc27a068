import { isWithin } from '../../rbac.ts';
import type { Subscription } from '../../world.ts';
import { armAnswer } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locationsOf } from '../locations.ts';

export function listTenants({ world, apiVersion }: ArmCall): Response {
  const { tenantId } = world;
  const category = apiVersion < '2020-01-01' ? {} : { tenantCategory: 'Home' };
  return armAnswer(200, { value: [{ id: `/tenants/${tenantId}`, tenantId, ...category }] });
}

/** Lists the subscriptions in which the caller has any role, however far down. */
export function listSubscriptions(call: ArmCall): Response {
  const { world, azure, caller } = call;
  const value = world.subscriptions
    .filter(({ id }) =>
      world.roleAssignments.some(
        ({ principalId, scope, effectiveAtMs }) =>
          principalId.toLowerCase() === caller.objectId.toLowerCase() &&
          effectiveAtMs <= azure.clock.nowMs() &&
          (isWithin(scope, `/subscriptions/${id}`) || isWithin(`/subscriptions/${id}`, scope)),
      ),
    )
    .map((subscription) => show(call, subscription));
  return armAnswer(200, { value, count: { type: 'Total', value: value.length } });
}

export function getSubscription(call: ArmCall): Response {
  const wanted = call.param('subscription').toLowerCase();
  return armAnswer(
    200,
    call.world.subscriptions.filter(({ id }) => id.toLowerCase() === wanted).map((found) => show(call, found))[0],
  );
}

export function listLocations(call: ArmCall): Response {
  const id = call.param('subscription');
  const value = locationsOf(call.world).map(({ name, displayName }) => ({
    id: `/subscriptions/${id}/locations/${name}`,
    name,
    type: 'Region',
    displayName,
    regionalDisplayName: `${displayName}`,
    metadata: { regionType: 'Physical', regionCategory: 'Recommended' },
  }));
  return armAnswer(200, { value });
}

function show({ world, apiVersion }: ArmCall, { id, displayName }: Subscription): Record<string, unknown> {
  const managedBy = apiVersion < '2019-06-01' ? {} : { managedByTenants: [], tenantId: world.tenantId };
  return {
    id: `/subscriptions/${id}`,
    authorizationSource: 'RoleBased',
    ...managedBy,
    subscriptionId: id,
    displayName,
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  };
}

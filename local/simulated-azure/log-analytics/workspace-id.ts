import type { Workspace } from '../world.ts';

/** A workspace's ARM id. */
export function workspaceId({
  subscriptionId,
  resourceGroup,
  name,
}: Pick<Workspace, 'subscriptionId' | 'resourceGroup' | 'name'>): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.OperationalInsights/workspaces/${name}`;
}

/** The parts of an ARM id of a resource in a group, or of a child of one. */
export interface ArmId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** `Microsoft.Network/virtualNetworks/subnets` */
  readonly type: string;
  /** One name a type, outermost first. */
  readonly names: readonly string[];
}

/** Of the form that names subscriptions, tenants, identities and workspaces. */
export const guidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Resource groups, letters and digits of any script: `[-\w._()]` as .NET reads it, 1 to 90, not ending with a period.
 * https://learn.microsoft.com/rest/api/resources/resource-groups/create-or-update
 */
export const resourceGroupPattern = /^[-.()\p{L}\p{Mn}\p{Nd}\p{Pc}]{0,89}[-()\p{L}\p{Mn}\p{Nd}\p{Pc}]$/u;

/** What no resource's name holds: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const noName = /[\s\p{Cc}<>%&\\?/#{}]/u;

/** The parts of `id`, or null when it is no such id: a blank at its end, an escape or a placeholder names nothing in Azure. */
export function parseArmId(id: string): ArmId | null {
  const [, subscriptionId, resourceGroup, namespace, rest] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+)\/(.+)$/i.exec(id) ?? [];
  if (!subscriptionId || !resourceGroup || !namespace || !rest) return null;
  const parts = rest.split('/');
  if (parts.length % 2 === 1 || [namespace, ...parts].some((part) => part === '' || noName.test(part))) return null;
  if (!guidPattern.test(subscriptionId) || !resourceGroupPattern.test(resourceGroup)) return null;
  const types = parts.filter((_, index) => index % 2 === 0);
  const names = parts.filter((_, index) => index % 2 === 1);
  return { subscriptionId, resourceGroup, type: [namespace, ...types].join('/'), names };
}

/** Whether `id` names a resource of that type, whatever the case. */
export function isOfType(id: string, type: string): boolean {
  return parseArmId(id)?.type.toLowerCase() === type.toLowerCase();
}

/** The id of a resource of Microsoft.Network; `path` is type and name, such as `privateEndpoints/pe-demo`. */
export function networkResourceId(subscriptionId: string, resourceGroup: string, path: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/${path}`;
}

/** The last name in an id: what people call the resource. */
export function shortName(id: string): string {
  return id.split('/').at(-1) ?? id;
}

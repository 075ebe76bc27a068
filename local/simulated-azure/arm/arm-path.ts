import { decoded } from '../exchange.ts';

/** What an ARM path says; names keep the case in which they were sent. */
export interface ArmPath {
  /** Decoded, with single slashes and no slash at the end. */
  readonly text: string;
  readonly subscriptionId: string | null;
  readonly resourceGroup: string | null;
  /** The last provider in the path, such as `Microsoft.CognitiveServices`; null for what ARM itself answers. */
  readonly namespace: string | null;
  /** The types below `namespace`, such as `accounts/deployments`; empty for the provider itself. */
  readonly type: string;
  /** What permissions and locks look at: the resource, or what a collection or an action belongs to. */
  readonly scope: string;
  /** True when the path ends in a type or an action instead of a name. */
  readonly endsInType: boolean;
}

/** Reads a path of any length; every ARM path is pairs of type and name, and may end in a lone type or action. */
export function armPath(pathname: string): ArmPath {
  const segments = pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded);
  const lower = segments.map((segment) => segment.toLowerCase());
  const inSubscription = lower[0] === 'subscriptions' && segments.length > 1;
  const inGroup = inSubscription && lower[2] === 'resourcegroups' && segments.length > 3;
  // A feature of another provider is the business of Microsoft.Features, whose type is called `providers` too.
  const features = lower.indexOf('microsoft.features');
  const lastProvider =
    features > 0 && lower[features - 1] === 'providers' ? features - 1 : lower.lastIndexOf('providers');
  const namespace = lastProvider < 0 ? null : (segments[lastProvider + 1] ?? null);
  const pairs = namespace === null ? segments : segments.slice(lastProvider + 2);
  const endsInType = pairs.length % 2 === 1;
  return {
    text: `/${segments.join('/')}`,
    subscriptionId: inSubscription ? (segments[1] ?? null) : null,
    resourceGroup: inGroup ? (segments[3] ?? null) : null,
    namespace,
    type: pairs.filter((_, index) => index % 2 === 0).join('/'),
    scope: `/${(endsInType ? segments.slice(0, -1) : segments).join('/')}`,
    endsInType,
  };
}

/**
 * The permission that a request needs, as role definitions write it. It follows only from method and path:
 * `Microsoft.CognitiveServices/accounts/listKeys/action`, `Microsoft.Resources/subscriptions/resourceGroups/read`.
 */
export function permissionFor(method: string, path: ArmPath): string {
  const resource = path.namespace === null ? `Microsoft.Resources/${path.type}` : joined(path.namespace, path.type);
  switch (method) {
    case 'GET':
    case 'HEAD':
      return `${resource}/read`;
    case 'POST':
      return `${resource}/action`;
    case 'DELETE':
      return `${resource}/delete`;
    default:
      return `${resource}/write`;
  }
}

function joined(namespace: string, type: string): string {
  return type === '' ? namespace : `${namespace}/${type}`;
}

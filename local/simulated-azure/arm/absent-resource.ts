import { gatewayError, resourceNotFound } from './arm-answer.ts';
import type { ArmPath } from './arm-path.ts';

/** Providers whose requests are answered here, or not known here: an unknown one of theirs stays loud. */
const simulatedProviders = [
  'microsoft.cognitiveservices',
  'microsoft.authorization',
  'microsoft.eventgrid',
  'microsoft.keyvault',
  'microsoft.managedidentity',
  'microsoft.web',
];

/** The same for types of a provider of which only these are simulated. */
const simulatedTypes =
  /^microsoft\.network\/(virtualnetworks|privateendpoints|networkinterfaces|privatedns\w+|locations)(\/|$)/i;

/**
 * The gateway's 404 for a resource of another provider: nothing here can make one, so none is there to be read. Null for
 * a write or a list, which this simulation cannot answer.
 */
export function absentResource(method: string, path: ArmPath): Response | null {
  const { namespace, resourceGroup, type, endsInType } = path;
  const reads = method === 'GET' || method === 'HEAD';
  if (!reads || namespace === null || resourceGroup === null || endsInType) return null;
  if (simulatedProviders.includes(namespace.toLowerCase())) return null;
  if (simulatedTypes.test(`${namespace}/${type}`)) return null;
  // The gateway looks for what stands at the top; a child of nothing is not looked for.
  const [topType = '', name = ''] =
    path.text
      .split(new RegExp(`/${namespace}/`, 'i'))
      .at(-1)
      ?.split('/') ?? [];
  if (`${namespace}/${type}`.toLowerCase() === 'microsoft.resources/deployments') {
    return gatewayError(404, 'DeploymentNotFound', `Deployment '${name}' could not be found.`);
  }
  return resourceNotFound(`${namespace}/${topType}`, name, resourceGroup);
}

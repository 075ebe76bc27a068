import { unknownRequest } from '../../azure.ts';
import { builtInRoles } from '../../roles.ts';
import { armAnswer } from '../arm-answer.ts';
import type { ArmCall, ArmOperation } from '../arm-call.ts';
import { armPath, permissionFor } from '../arm-path.ts';
import { findNamespace, providerNamespaces } from '../provider-namespaces.ts';

/** An operation as a role names it. */
interface NamedOperation {
  readonly name: string;
  readonly namespace: string;
  readonly resource: string;
  readonly isDataAction: boolean;
}

/**
 * The lists of what can be permitted: `/providers/{namespace}/operations` and, for all of them,
 * `/providers/Microsoft.Authorization/providerOperations`. They name what this simulation answers, and the data actions
 * that its roles name: the real lists are longer, and have titles and sentences.
 */
export function providerOperations(answered: readonly ArmOperation[]): readonly ArmOperation[] {
  const all = operationsIn(answered);
  return [
    { method: 'GET', path: '/providers/{namespace}/operations', answer: (call) => listOperations(call, all) },
    {
      method: 'GET',
      path: '/providers/Microsoft.Authorization/providerOperations',
      answer: () => armAnswer(200, { value: namespacesOf(all).map((namespace) => metadata(namespace, all)) }),
    },
    {
      method: 'GET',
      path: '/providers/Microsoft.Authorization/providerOperations/{namespace}',
      answer: (call) => getMetadata(call, all),
    },
  ];
}

function listOperations(call: ArmCall, all: readonly NamedOperation[]): Response {
  const own = all.filter(({ namespace }) => namespace.toLowerCase() === call.param('namespace').toLowerCase());
  // No list at all would say that the provider can do nothing.
  if (own.length === 0) return unknownRequest(call.exchange);
  const value = own.map(({ name, namespace, resource, isDataAction }) => ({
    name,
    isDataAction,
    display: { provider: namespace, resource, operation: name, description: name },
    origin: 'user,system',
  }));
  return armAnswer(200, { value });
}

function getMetadata(call: ArmCall, all: readonly NamedOperation[]): Response {
  const wanted = call.param('namespace').toLowerCase();
  const namespace = namespacesOf(all).find((one) => one.toLowerCase() === wanted);
  return namespace === undefined ? unknownRequest(call.exchange) : armAnswer(200, metadata(namespace, all));
}

function metadata(namespace: string, all: readonly NamedOperation[]): Record<string, unknown> {
  const own = all.filter((operation) => operation.namespace === namespace);
  const show = ({ name, isDataAction }: NamedOperation) => ({
    name,
    displayName: name,
    description: name,
    origin: 'user,system',
    properties: null,
    isDataAction,
  });
  const resources = [...new Set(own.map(({ resource }) => resource))];
  return {
    id: `/providers/Microsoft.Authorization/providerOperations/${namespace}`,
    type: 'Microsoft.Authorization/providerOperations',
    name: namespace,
    displayName: namespace,
    operations: own.filter(({ resource }) => resource === '').map(show),
    resourceTypes: resources
      .filter((resource) => resource !== '')
      .map((name) => ({
        name,
        displayName: name,
        operations: own.filter(({ resource }) => resource === name).map(show),
      })),
  };
}

function namespacesOf(all: readonly NamedOperation[]): string[] {
  const known = new Set(all.map(({ namespace }) => namespace));
  return providerNamespaces.map(({ namespace }) => namespace).filter((namespace) => known.has(namespace));
}

function operationsIn(answered: readonly ArmOperation[]): NamedOperation[] {
  const actions = answered.map(({ method, path }) => permissionFor(method, armPath(path)));
  const dataActions = builtInRoles.flatMap((role) => role.dataActions).filter((name) => !name.includes('*'));
  const named = [
    ...actions.map((name) => operationCalled(name, false)),
    ...dataActions.map((name) => operationCalled(name, true)),
  ];
  const known = named.filter((operation) => operation !== null);
  return known.filter(({ name }, at) => known.findIndex((other) => other.name === name) === at);
}

/** Null for a template whose provider is a parameter. */
function operationCalled(name: string, isDataAction: boolean): NamedOperation | null {
  const [first = '', ...rest] = name.split('/');
  const namespace = findNamespace(first)?.namespace;
  if (namespace === undefined) return null;
  const resource = rest.slice(0, rest.at(-1) === 'action' ? -2 : -1).join('/');
  return { name, namespace, resource, isDataAction };
}

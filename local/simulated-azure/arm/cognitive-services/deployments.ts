import type { Account } from '../../world.ts';
import { armAnswer, armEmpty, armError, gatewayError, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { tagsIn } from '../tags-in.ts';
import { accountId } from './account-id.ts';
import { findAccount, withAccount } from './find-account.ts';
import { type ModelReference, newDeployment } from './new-deployment.ts';

export function listDeployments(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) =>
    armAnswer(200, { value: Object.keys(account.deployments).map((name) => show(account, name)) }),
  );
}

export function getDeployment(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    const name = nameIn(call, account);
    return name === undefined ? notFound(call) : shown(200, account, name);
  });
}

/** 201 for a new deployment, 200 for one that is there; ready at once, as recorded, though the API may take its time. */
export function putDeployment(call: ArmCall): Response {
  const account = findAccount(call);
  if (account === undefined) {
    const parent = call.path.text.split('/').slice(0, -2).join('/');
    return gatewayError(
      404,
      'ParentResourceNotFound',
      `Failed to perform 'write' on resource(s) of type 'accounts/deployments', because the parent resource '${parent}' could not be found.`,
    );
  }
  const model = modelIn(call.body);
  if (model === null) {
    return armError(400, 'InvalidResourceProperties', 'The properties.model of a deployment needs format and name.');
  }
  const known = nameIn(call, account);
  const name = known ?? call.param('deployment');
  const { azure, caller, body } = call;
  account.deployments[name] = newDeployment(
    { model, sku: body.sku, createdBy: caller, scaleSettings: scaleSettingsIn(body) },
    azure.clock.nowMs(),
  );
  return shown(known === undefined ? 201 : 200, account, name);
}

/** Changes sku and tags. */
export function patchDeployment(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    const name = nameIn(call, account);
    const deployment = name === undefined ? undefined : account.deployments[name];
    if (name === undefined || deployment === undefined) return notFound(call);
    if (call.body.sku !== undefined) deployment.resource.sku = call.body.sku;
    if (call.body.tags !== undefined) deployment.resource.tags = tagsIn(call.body);
    return shown(200, account, name);
  });
}

/** Done at once; the answer has no body. */
export function deleteDeployment(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    const name = nameIn(call, account);
    if (name === undefined) return armEmpty(204);
    delete account.deployments[name];
    return armEmpty(200);
  });
}

function show(account: Account, name: string): Record<string, unknown> {
  return {
    id: `${accountId(account)}/deployments/${name}`,
    type: 'Microsoft.CognitiveServices/accounts/deployments',
    name,
    ...account.deployments[name]?.resource,
  };
}

/** One deployment, with its entity tag in a header too. */
function shown(status: number, account: Account, name: string): Response {
  const { etag } = account.deployments[name]?.resource ?? {};
  return armAnswer(status, show(account, name), typeof etag === 'string' ? { etag } : {});
}

function nameIn(call: ArmCall, account: Account): string | undefined {
  const wanted = call.param('deployment').toLowerCase();
  return Object.keys(account.deployments).find((name) => name.toLowerCase() === wanted);
}

function modelIn({ properties }: Readonly<Record<string, unknown>>): ModelReference | null {
  if (typeof properties !== 'object' || properties === null || !('model' in properties)) return null;
  const { model } = properties;
  if (typeof model !== 'object' || model === null || !('name' in model) || !('format' in model)) return null;
  const version = 'version' in model ? String(model.version) : '1';
  return { format: String(model.format), name: String(model.name), version };
}

function scaleSettingsIn({ properties }: Readonly<Record<string, unknown>>): unknown {
  return typeof properties === 'object' && properties !== null ? Reflect.get(properties, 'scaleSettings') : undefined;
}

function notFound(call: ArmCall): Response {
  const name = `${call.param('account')}/${call.param('deployment')}`;
  return resourceNotFound('Microsoft.CognitiveServices/accounts/deployments', name, call.param('group'));
}

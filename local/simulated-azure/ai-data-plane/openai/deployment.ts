import { randomUUID } from 'node:crypto';
import { decoded, type Exchange } from '../../exchange.ts';
import type { Account } from '../../world.ts';
import { refusal, securityHeaders } from '../refusals.ts';
import { regionDisplayName } from './region-display-name.ts';

/** A model deployment of an account, and how much it may be asked for. */
export interface Deployment {
  readonly name: string;
  readonly model: string;
  /** As answers name the model: name and version. */
  readonly modelName: string;
  /** Thousands of tokens a minute, and requests a minute. */
  readonly capacity: number;
}

/** What a deployment gets when nothing says its capacity. */
const defaultCapacity = 120;

/** The deployment that the path names, or else the body's `model`; null when the account has none of that name. */
export function findDeployment({ url }: Exchange, account: Account, model: string | undefined): Deployment | null {
  const fromPath = /\/deployments\/([^/]+)\//.exec(url.pathname)?.[1];
  const wanted = (fromPath === undefined ? (model ?? '') : decoded(fromPath)).toLowerCase();
  const found = Object.entries(account.deployments).find(([name]) => name.toLowerCase() === wanted);
  if (found === undefined) return null;
  const [name, deployment] = found;
  const { properties, sku } = deployment.resource;
  const { version } = record(record(properties).model);
  const { capacity } = record(sku);
  return {
    name,
    model: deployment.model,
    modelName: typeof version === 'string' && version !== '' ? `${deployment.model}-${version}` : deployment.model,
    capacity: typeof capacity === 'number' && capacity > 0 ? capacity : defaultCapacity,
  };
}

/** 404 without a content type, as recorded. */
export function deploymentNotFound(account: Account): Response {
  const error = {
    type: 'invalid_request_error',
    code: 'DeploymentNotFound',
    message:
      'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
  };
  // Bytes rather than text: a Response gives text a content type of its own.
  const body = new TextEncoder().encode(JSON.stringify({ error }));
  return new Response(body, {
    status: 404,
    headers: {
      'apim-request-id': randomUUID(),
      ...securityHeaders,
      'x-ms-region': regionDisplayName(account.resource.location),
    },
  });
}

/** 400: a chat was asked of an embedding model, or the other way round. */
export function operationNotSupported(operation: string, { model }: Deployment): Response {
  const message = `The ${operation} operation does not work with the specified model, ${model}. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.`;
  return refusal(400, JSON.stringify({ error: { code: 'OperationNotSupported', message } }), securityHeaders);
}

/** 400 for a body that lacks something, in the words of the model's own server. */
export function invalidRequest(message: string, param: string | null): Response {
  const error = { message, type: 'invalid_request_error', param, code: null };
  return refusal(400, JSON.stringify({ error }), securityHeaders);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

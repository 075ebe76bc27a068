import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { defaultApiClientId } from '../simulated-azure/default-world.ts';
import { loginHostOf } from '../simulated-azure/simulated-clouds.ts';
import type { World } from '../simulated-azure/world.ts';
import type { Stage } from './stage.ts';
import { lookId } from './without-looks.ts';

/** An answer of the admin API. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Somebody with the roles to run Keyturn, who asks its admin API. */
export interface Operator {
  ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<AdminAnswer>;
  /** A GET that is repeated again and again: the demo's log leaves it out. */
  look(path: string): Promise<AdminAnswer>;
}

const operatorName = 'keyturn-operator';

/** A new token is asked for this long before the old one ends. */
const renewalMs = 5 * 60_000;

const tokenReply = z.object({ access_token: z.string(), expires_in: z.number() });

/** Signs in with client credentials at Entra's token endpoint, through the proxy, as every client would. */
export function signedInOperator({ local, runner }: Pick<Stage, 'local' | 'runner'>): Operator {
  let held: { readonly token: string; readonly untilMs: number } | null = null;
  const token = async () => {
    if (held === null || Date.now() > held.untilMs) {
      const reply = await askForToken(local.environment, local.azure.world);
      held = { token: reply.access_token, untilMs: Date.now() + reply.expires_in * 1000 - renewalMs };
    }
    return held.token;
  };
  const send = async (method: string, path: string, requestId: string, body?: unknown): Promise<AdminAnswer> => {
    const response = await fetch(`${runner.url}/api/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await token()}`,
        'content-type': 'application/json',
        'x-request-id': requestId,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    return { status: response.status, body: answer === '' ? null : JSON.parse(answer) };
  };
  return {
    ask: (method, path, body) => send(method, path, randomUUID(), body),
    look: (path) => send('GET', path, lookId),
  };
}

async function askForToken(environment: Readonly<Record<string, string>>, world: World) {
  const { principals, tenantId } = world;
  const app = principals.find(({ name }) => name === operatorName);
  if (app === undefined) throw new Error(`The world has no ${operatorName}.`);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: app.secret ?? '',
    scope: `api://${defaultApiClientId}/.default`,
  });
  const agent = new Agent({
    proxyEnv: { HTTPS_PROXY: environment.HTTPS_PROXY },
    ca: await readFile(environment.NODE_EXTRA_CA_CERTS ?? ''),
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(`https://${loginHostOf(world)}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
    .on('response', (response) => text(response).then(resolve, reject))
    .on('error', reject)
    .end(form.toString());
  const reply = await promise;
  agent.destroy();
  return tokenReply.parse(JSON.parse(reply));
}

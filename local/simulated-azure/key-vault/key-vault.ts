import { unknownRequest } from '../azure.ts';
import type { Exchange, Service } from '../exchange.ts';
import { ConnectionBroken } from '../faults.ts';
import type { Vault } from '../world.ts';
import { admit } from './admit.ts';
import { newestApiVersion, parseApiVersion } from './api-version.ts';
import { authenticate } from './authenticate.ts';
import { authorize, fullAction } from './authorize.ts';
import { countRequest } from './request-limit.ts';
import { type Route, routes } from './routes.ts';
import { requireSecretName } from './secret-input.ts';
import { badParameter, tooManyRequests, VaultRefusal, vaultIsReadOnly } from './vault-refusal.ts';
import { refusalResponse, vaultResponse } from './vault-response.ts';
import { setSecret } from './write-secret.ts';

/**
 * The secrets of every vault at `{vault}.vault.azure.net`. A host without a vault has no address in real life: the
 * connection breaks.
 */
export const keyVault: Service = async (exchange) => {
  const { url, request, azure } = exchange;
  const vaultName = url.hostname.split('.')[0];
  const vault = azure.world.vaults.find(({ name }) => name.toLowerCase() === vaultName);
  if (vault === undefined) throw new ConnectionBroken();
  const path = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .join('/');
  const route = routes.find((one) => one.method === request.method && one.path.test(path)) ?? null;
  const { name = '', version = null } = route?.path.exec(path)?.groups ?? {};
  return await answer(exchange, vault, route, name, version);
};

/** Checks in the vault's own order (limit, token, network, role, request), then runs the operation. */
async function answer(
  exchange: Exchange,
  vault: Vault,
  route: Route | null,
  name: string,
  version: string | null,
): Promise<Response> {
  const { azure, url, note } = exchange;
  let assignment: string | null = null;
  try {
    const retryAfterSeconds = countRequest(vault, route?.run === setSecret ? 'creation' : 'other', azure.clock.nowMs());
    if (retryAfterSeconds !== null) throw tooManyRequests(retryAfterSeconds);
    const asked = url.searchParams.get('api-version');
    const apiVersion = parseApiVersion(asked);
    if (route !== null) note.operation = fullAction(route.needs);
    const caller = await authenticate(exchange, apiVersion ?? newestApiVersion);
    note.caller = caller.objectId;
    // After the token: a client's first request comes without one, only to be told where to get it.
    if (route === null) return unknownRequest(exchange);
    admit(exchange, vault, caller);
    assignment = authorize(azure, vault, caller, route.needs, name);
    if (apiVersion === null) throw badParameter(versionText(asked));
    if (name !== '') requireSecretName(name);
    if (route.writes && vault.readOnly) throw vaultIsReadOnly();
    const done = route.run({ exchange, vault, apiVersion, name, version, nowMs: azure.clock.nowMs() });
    const secretId = idIn(done.body);
    if (secretId !== null) note.secretId = secretId;
    return vaultResponse(exchange, vault, done, assignment);
  } catch (error) {
    if (error instanceof VaultRefusal) return refusalResponse(exchange, vault, error, assignment);
    throw error;
  }
}

/** What the audit log calls `id`: that of the version that was read or made. */
function idIn(body: unknown): string | null {
  return typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string' ? body.id : null;
}

function versionText(asked: string | null): string {
  if (asked === null) return 'api-version must be specified';
  return `The specified version (${asked}) is not recognized. Consider using the latest supported version (${newestApiVersion}).`;
}

import { isIPv6 } from 'node:net';
import type { Exchange } from '../exchange.ts';
import { cloudOf } from '../simulated-clouds.ts';
import type { Vault } from '../world.ts';
import { vaultAudience } from './authenticate.ts';
import type { VaultAnswer } from './vault-call.ts';
import type { VaultRefusal } from './vault-refusal.ts';

/** An operation's answer with the headers of every Key Vault answer. */
export function vaultResponse(
  exchange: Exchange,
  vault: Vault,
  answer: VaultAnswer,
  assignment: string | null,
): Response {
  return respond(exchange, vault, answer.status, answer.body, assignment, {});
}

/** A refusal; a 401 carries the challenge that tells clients where to get which token. */
export function refusalResponse(
  exchange: Exchange,
  vault: Vault,
  refusal: VaultRefusal,
  assignment: string | null,
): Response {
  const { status, code, message, innerCode, retryAfterSeconds } = refusal;
  const error = innerCode === null ? { code, message } : { code, message, innererror: { code: innerCode } };
  const challenge = `Bearer authorization="https://${cloudOf(exchange.azure.world).challengeHost}/${exchange.azure.world.tenantId}", resource="${vaultAudience(exchange)}"`;
  return respond(exchange, vault, status, { error }, assignment, {
    ...(status === 401 ? { 'www-authenticate': challenge } : {}),
    ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
  });
}

function respond(
  exchange: Exchange,
  vault: Vault,
  status: number,
  body: unknown,
  assignment: string | null,
  more: Readonly<Record<string, string>>,
): Response {
  const asked = exchange.request.headers.get('x-ms-client-request-id');
  const rbac = {
    'x-ms-keyvault-rbac-assignment-id': assignment ?? '',
    'x-ms-keyvault-rbac-cache': 'ra_age=1;da_age=1;rd_age=1;brd_age=11600;ra_notif_age=311;dec_lev=1;',
  };
  const headers = {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    ...(body === null ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'x-ms-keyvault-region': vault.location,
    ...(asked === null ? {} : { 'x-ms-client-request-id': asked }),
    'x-ms-request-id': crypto.randomUUID(),
    'x-ms-keyvault-service-version': '1.9.2600.1',
    'x-ms-keyvault-network-info': networkInfo(exchange.callerAddress),
    ...(assignment === null ? {} : rbac),
    'x-content-type-options': 'nosniff',
    'strict-transport-security': 'max-age=31536000;includeSubDomains',
    ...more,
  };
  return new Response(body === null ? null : JSON.stringify(body), { status, headers });
}

function networkInfo(address: string): string {
  const [type, family] = isIPv6(address) ? ['Ipv6', 'InterNetworkV6'] : ['Ipv4', 'InterNetwork'];
  return `conn_type=${type};addr=${address};act_addr_fam=${family};`;
}

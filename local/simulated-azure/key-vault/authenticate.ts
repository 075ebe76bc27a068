import { issuerV1 } from '../entra/issuers.ts';
import { verifyToken } from '../entra/verify-token.ts';
import type { Exchange } from '../exchange.ts';
import { cloudOf } from '../simulated-clouds.ts';
import type { ApiVersion } from './api-version.ts';
import { type CallerText, tokenMissing, unauthorized } from './vault-refusal.ts';

/** The audience that tokens for this vault must have, without a trailing slash: the vault's host less its own name. */
export function vaultAudience(exchange: Exchange): string {
  return `https://${exchange.url.hostname.replace(/^[^.]+\./, '')}`;
}

/** Who calls, by the bearer token; every other token is refused with the code that the vault gives it. */
export async function authenticate(exchange: Exchange, apiVersion: ApiVersion): Promise<CallerText> {
  const audience = vaultAudience(exchange);
  const verified = await verifyToken(exchange.azure, exchange.request.headers.get('authorization'), [audience]);
  switch (verified.kind) {
    case 'valid':
      return { objectId: verified.objectId, appId: verified.appId, issuer: String(verified.claims.iss) };
    case 'missing':
      throw tokenMissing(apiVersion);
    case 'wrong-audience':
      throw unauthorized(`AKV10022: Invalid audience. Expected ${audience}, found: ${verified.found}.`);
    case 'expired':
      throw unauthorized("[TokenExpired] Error validating token: 'S2S12086'.");
    case 'invalid':
      throw unauthorized(invalidText(exchange, verified.found));
  }
}

function invalidText({ azure }: Exchange, found: string): string {
  if (found === 'signature') return 'AKV10046: Unable to resolve the key used for signature validation.';
  const [, issuer] = /^issuer (.*)$/.exec(found) ?? [];
  if (issuer === undefined) return '[BearerReadAccessTokenFailed] Error occurred during reading bearer token.';
  return `AKV10032: Invalid issuer. Expected one of ${issuerV1(cloudOf(azure.world), azure.world.tenantId)}, found ${issuer}.`;
}

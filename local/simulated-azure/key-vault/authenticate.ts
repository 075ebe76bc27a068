import { issuerV1 } from '../entra/issuers.ts';
import { verifyToken } from '../entra/verify-token.ts';
import type { Exchange } from '../exchange.ts';
import { cloudOf, simulatedClouds } from '../simulated-clouds.ts';
import type { ApiVersion } from './api-version.ts';
import { type CallerText, tokenMissing, unauthorized } from './vault-refusal.ts';

/**
 * Microsoft's own tenants, which the message of every vault of the public cloud names beside the vault's:
 * https://github.com/MicrosoftDocs/azure-docs/issues/75410. Which ones other clouds name is not on record: none.
 */
const trustedByEveryVault = [
  'f8cdef31-a31e-4b4a-93e4-5f571e91255a',
  'e2d54eb5-3869-4f70-8578-dee5fc7331f4',
  '33e01921-4d64-4f8c-a055-5bdaffd5e33d',
  '975f013f-7f24-47e8-a7d3-abc4752bf346',
];

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
  const cloud = cloudOf(azure.world);
  const tenants = [azure.world.tenantId, ...(cloud === simulatedClouds.public ? trustedByEveryVault : [])];
  return `AKV10032: Invalid issuer. Expected one of ${tenants.map((id) => issuerV1(cloud, id)).join(', ')}, found ${issuer}.`;
}

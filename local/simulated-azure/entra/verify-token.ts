import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { SimulatedAzure } from '../simulated-azure.ts';
import { cloudOf } from '../simulated-clouds.ts';
import { issuerV1, issuerV2 } from './issuers.ts';

interface ValidToken {
  readonly kind: 'valid';
  readonly objectId: string;
  readonly appId: string;
  readonly claims: JWTPayload;
}

/**
 * What a token turned out to be. `found` is what the refusing service names in its message: the audience of a
 * `wrong-audience` token, the expiry (ISO 8601) of an `expired` one, the reason in a few words for an `invalid` one.
 */
export type VerifiedToken =
  | ValidToken
  | { readonly kind: 'missing' }
  | { readonly kind: 'expired' | 'wrong-audience' | 'invalid'; readonly found: string };

/** Tokens found valid for issuers and audiences: a signature is good once and for all, only the times of the token pass. */
const valid = new WeakMap<SimulatedAzure, Map<string, ValidToken>>();

/**
 * Checks an `Authorization` header as Azure's services do: signature, issuer, audience, then the times by the simulated
 * clock, without tolerance. No header, another scheme and an empty token are all `missing`.
 * @param audiences the accepted `aud` values, exactly as written: each service has its own rule for the trailing slash
 */
export async function verifyToken(
  azure: SimulatedAzure,
  authorizationHeader: string | null,
  audiences: readonly string[],
): Promise<VerifiedToken> {
  const token = /^Bearer +(\S+)\s*$/i.exec(authorizationHeader ?? '')?.[1];
  if (token === undefined) return { kind: 'missing' };
  const { tenantId } = azure.world;
  const cloud = cloudOf(azure.world);
  const issuer = [issuerV1(cloud, tenantId), issuerV2(cloud, tenantId)];
  const known = valid.get(azure) ?? new Map<string, ValidToken>();
  valid.set(azure, known);
  const asked = [token, ...issuer, ...audiences].join(' ');
  const before = known.get(asked);
  const nowSeconds = azure.clock.nowMs() / 1000;
  if (before !== undefined && nowSeconds >= (before.claims.nbf ?? 0) && nowSeconds < (before.claims.exp ?? 0))
    return before;
  const { publicKey } = await azure.secrets.signingKey();
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: ['RS256'],
      issuer,
      audience: [...audiences],
      currentDate: new Date(azure.clock.nowMs()),
      requiredClaims: ['exp', 'oid'],
    });
    const [objectId, appId] = [text(payload.oid), text(payload.appid ?? payload.azp)];
    const verified: ValidToken = { kind: 'valid', objectId, appId, claims: payload };
    known.set(asked, verified);
    return verified;
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): VerifiedToken {
  if (error instanceof errors.JWTExpired) {
    return { kind: 'expired', found: new Date((error.payload.exp ?? 0) * 1000).toISOString() };
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return { kind: 'wrong-audience', found: [error.payload.aud].flat().join(', ') };
    if (error.claim === 'iss') return { kind: 'invalid', found: `issuer ${error.payload.iss}` };
    return { kind: 'invalid', found: `claim ${error.claim}` };
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return { kind: 'invalid', found: 'signature' };
  if (error instanceof errors.JOSEError) return { kind: 'invalid', found: 'format' };
  throw error;
}

function text(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}

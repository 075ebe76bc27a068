import type { HttpRequest } from '@azure/functions';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import type { Operator } from '../app/contract.ts';
import type { Clock } from '../shared/clock.ts';
import { type AppRole, grants } from './app-role.ts';
import { ProblemError } from './problem.ts';

/** Whose tokens are good: one tenant's, for one app registration. */
export interface TokenRules {
  readonly tenantId: string;
  /** Client id of the admin API's app registration; `api://{it}` is an audience as well. */
  readonly apiClientId: string;
  /** In the `iss` of v1 and of v2 tokens. */
  readonly issuerHosts: { readonly v1: string; readonly v2: string };
}

/** Clocks of issuer and worker may differ by this much. */
const clockToleranceSeconds = 60;
/** After a failure to fetch the signing keys: they are not fetched again sooner. */
const keysRetryMs = 10_000;

/** The claims that Keyturn reads. `oid` and `tid` stand in every access token of Entra ID. */
const claimsSchema = z.object({
  tid: z.string(),
  oid: z.string().min(1),
  roles: z.array(z.string()).default([]),
  appid: z.string().optional(),
  azp: z.string().optional(),
  scp: z.string().optional(),
  idtyp: z.string().optional(),
});

type Claims = z.infer<typeof claimsSchema>;

/**
 * Checks access tokens of Entra ID and answers who asks.
 * @param keys the signing keys; `entraSigningKeys` in production
 * @returns a check that throws `ProblemError`: 401 for a token that is missing, forged, expired or meant for somebody
 * else, 403 for a missing role, 503 when the signing keys cannot be fetched (the token may be good, so no 401)
 */
export function authoriser(rules: TokenRules, keys: JWTVerifyGetKey, clock: Clock) {
  return async (request: HttpRequest, role: AppRole): Promise<Operator> => {
    const claims = await verifiedClaims(bearerToken(request), rules, keys, clock);
    if (!grants(claims.roles, role)) throw roleMissing(role, claims.oid);
    return { objectId: claims.oid };
  };
}

/** https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer */
function issuers({ issuerHosts, tenantId }: TokenRules): string[] {
  return [`https://${issuerHosts.v1}/${tenantId}/`, `https://${issuerHosts.v2}/${tenantId}/v2.0`];
}

function bearerToken(request: HttpRequest): string {
  const [, token] = /^Bearer +([0-9A-Za-z._~+/-]+=*)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (token !== undefined) return token;
  throw unauthenticated('Send an access token of Entra ID in the header Authorization: Bearer.', 'Bearer');
}

async function verifiedClaims(token: string, rules: TokenRules, keys: JWTVerifyGetKey, clock: Clock): Promise<Claims> {
  const payload = await verifiedPayload(token, rules, keys, clock);
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) throw invalidToken('The token lacks claims of an access token: oid, tid.');
  if (claims.data.tid !== rules.tenantId) throw invalidToken('The token is of another tenant.');
  // An ID token for the same registration carries the same audience and roles; only an access token says for which client it was made.
  const { azp, appid, scp, idtyp } = claims.data;
  if ([azp, appid, scp, idtyp].every((claim) => claim === undefined))
    throw invalidToken('The token is no access token.');
  return claims.data;
}

async function verifiedPayload(
  token: string,
  rules: TokenRules,
  keys: JWTVerifyGetKey,
  clock: Clock,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      issuer: issuers(rules),
      audience: [rules.apiClientId, `api://${rules.apiClientId}`],
      requiredClaims: ['exp'],
      currentDate: new Date(clock.nowMs()),
      clockTolerance: clockToleranceSeconds,
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw invalidToken('The token has expired: ask for a new one.');
    if (error instanceof errors.JWTClaimValidationFailed)
      throw invalidToken(`The token's claim ${error.claim} is not the one expected.`);
    if (tokenFaults.some((fault) => error instanceof fault))
      throw invalidToken('The token is not one that this tenant signed.');
    throw new ProblemError({
      status: 503,
      reason: 'signing-keys-unavailable',
      detail: 'The signing keys of Entra ID could not be fetched, so no token can be checked. Try again.',
      retryAfterMs: keysRetryMs,
    });
  }
}

/** The token's fault, as against a key set that could not be fetched or read. */
const tokenFaults = [
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
];

function roleMissing(role: AppRole, caller: string): ProblemError {
  return new ProblemError({
    status: 403,
    reason: 'role-missing',
    detail: `This needs the app role ${role}: an administrator assigns it in the admin API's enterprise application. Then ask for a new token.`,
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
    caller,
  });
}

function invalidToken(detail: string): ProblemError {
  return unauthenticated(detail, 'Bearer error="invalid_token"');
}

function unauthenticated(detail: string, challenge: string): ProblemError {
  return new ProblemError({
    status: 401,
    reason: 'unauthenticated',
    detail,
    headers: { 'www-authenticate': challenge },
  });
}

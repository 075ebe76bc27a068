import { SignJWT } from 'jose';
import { tellSecret } from '../../told.ts';
import type { SimulatedAzure } from '../simulated-azure.ts';
import { cloudOf } from '../simulated-clouds.ts';
import type { Principal, World } from '../world.ts';
import { assignedRoles } from './graph-applications.ts';
import { issuerV1, issuerV2 } from './issuers.ts';

export interface TokenRequest {
  readonly principal: Principal;
  /** Becomes `aud` as written, trailing slash and all. */
  readonly audience: string;
  /** Default: what the audience's own registration asks for, `v2` for a client id, `v1` for a URI. */
  readonly version?: 'v1' | 'v2';
  /** The app a user signs in to; for an app it is the app itself. */
  readonly clientId?: string;
  /** Seconds until `exp`; default 86 400 for a managed identity, 3 599 for others, as Entra gives them. */
  readonly lifetimeSeconds?: number;
  /** Beside the claims that every token has. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface IssuedToken {
  readonly token: string;
  /** Whole seconds since 1970. */
  readonly notBefore: number;
  readonly expiresOn: number;
  readonly lifetimeSeconds: number;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Issues an access token with the claims that Entra puts into one for this kind of principal. */
export async function issueToken(azure: SimulatedAzure, request: TokenRequest): Promise<IssuedToken> {
  const { principal, audience } = request;
  const { tenantId } = azure.world;
  const cloud = cloudOf(azure.world);
  const version = request.version ?? (guid.test(audience) ? 'v2' : 'v1');
  const lifetimeSeconds = request.lifetimeSeconds ?? (isManaged(principal) ? 86_400 : 3_599);
  const now = Math.floor(azure.clock.nowMs() / 1000);
  const expiresOn = now + lifetimeSeconds;
  const key = await azure.secrets.signingKey();
  const claims = {
    aud: audience,
    iss: version === 'v1' ? issuerV1(cloud, tenantId) : issuerV2(cloud, tenantId),
    iat: now,
    nbf: now,
    exp: expiresOn,
    ...whoClaims(request, version),
    oid: principal.objectId,
    ...roleClaims(azure.world, principal, audience),
    sub: principal.objectId,
    tid: tenantId,
    uti: crypto.randomUUID().replaceAll('-', '').slice(0, 22),
    ver: version === 'v1' ? '1.0' : '2.0',
    ...(principal.resourceId === null ? {} : { xms_mirid: principal.resourceId }),
    ...request.claims,
  };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ typ: 'JWT', alg: 'RS256', x5t: key.kid, kid: key.kid })
    .sign(key.privateKey);
  azure.issuedTokens.add(token);
  tellSecret(token);
  return { token, notBefore: now, expiresOn, lifetimeSeconds };
}

function isManaged(principal: Principal): boolean {
  return principal.kind === 'system-assigned' || principal.kind === 'user-assigned';
}

/** Which app asks and who the person is: v1 and v2 name the same facts differently. */
function whoClaims(request: TokenRequest, version: 'v1' | 'v2'): Record<string, unknown> {
  const { principal } = request;
  const isUser = principal.kind === 'user';
  const appId = isUser ? (request.clientId ?? principal.clientId) : principal.clientId;
  // 0: public client, 1: secret, 2: certificate, which managed identities use underneath.
  const proof = isUser ? '0' : isManaged(principal) ? '2' : '1';
  const app = version === 'v1' ? { appid: appId, appidacr: proof } : { azp: appId, azpacr: proof };
  if (!isUser) return { ...app, idtyp: 'app' };
  const names = version === 'v1' ? { unique_name: principal.name, upn: principal.name } : {};
  return {
    ...app,
    idtyp: 'user',
    name: principal.name,
    preferred_username: principal.name,
    ...names,
    scp: 'user_impersonation',
  };
}

/** Roles are granted per app; the same app is asked for as its client id and as `api://` client id. */
function roleClaims(world: World, principal: Principal, audience: string): { readonly roles?: readonly string[] } {
  const bare = audience.replace(/^api:\/\//, '');
  const known = principal.appRoles[audience] ?? principal.appRoles[bare] ?? principal.appRoles[`api://${bare}`] ?? [];
  const roles = [...known, ...assignedRoles(world, principal.objectId, audience)];
  return roles.length === 0 ? {} : { roles };
}

import type { SimulatedCloud } from '../simulated-clouds.ts';

/** The issuer of v1 access tokens, with its trailing slash. */
export function issuerV1({ issuerV1: host }: SimulatedCloud, tenantId: string): string {
  return `https://${host}/${tenantId}/`;
}

/** The issuer of v2 access tokens. */
export function issuerV2({ issuerV2: host }: SimulatedCloud, tenantId: string): string {
  return `https://${host}/${tenantId}/v2.0`;
}

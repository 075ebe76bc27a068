import type { HttpHandler } from '@azure/functions';
import type { Endpoint } from './endpoint.ts';
import { fleet } from './fleet.ts';
import { hardening } from './hardening.ts';
import { rotations } from './rotations.ts';
import { targets } from './targets.ts';

/** Made once: everybody may ask for it, without a token, and making it takes ten milliseconds of the processor. */
let description: Promise<string> | undefined;

/** GET openapi.json: 200, the API's description. Asks for no token: it is the same text for every instance, and tells nothing of this one. */
export const readOpenapi: HttpHandler = async () => {
  description ??= describe();
  return { headers: { 'content-type': 'application/json' }, body: await description };
};

async function describe(): Promise<string> {
  const { describeApi } = await import('./describe-api.ts');
  return JSON.stringify(describeApi(endpoints));
}

/** The admin API, operation by operation. */
export const endpoints: readonly Endpoint[] = [...targets, ...rotations, ...fleet, ...hardening];

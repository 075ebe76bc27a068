import type { Exchange } from '../exchange.ts';
import { cloudOf } from '../simulated-clouds.ts';

/** Where Graph answers in the world's cloud. */
export function graphOrigin({ azure }: Exchange): string {
  return `https://${cloudOf(azure.world).metadata.msgraph_host}`;
}

/** https://learn.microsoft.com/graph/errors */
export function graphError({ request, azure }: Exchange, status: number, code: string, message: string): Response {
  const id = crypto.randomUUID();
  const innerError = {
    date: new Date(azure.clock.nowMs()).toISOString().slice(0, 19),
    'request-id': id,
    'client-request-id': request.headers.get('client-request-id') ?? id,
  };
  return Response.json({ error: { code, message, innerError } }, { status });
}

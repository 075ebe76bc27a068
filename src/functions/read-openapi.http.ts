import type { HttpHandler } from '@azure/functions';
import { endpoints } from './endpoints.ts';

/** GET openapi.json: 200, the API's description. Asks for no token: it is the same text for every instance, and tells nothing of this one. */
export const readOpenapi: HttpHandler = async () => {
  const { describeApi } = await import('./describe-api.ts');
  return { jsonBody: describeApi(endpoints) };
};

import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicy,
  createEmptyPipeline,
  createPipelineRequest,
  type HttpClient,
  RestError,
} from '@azure/core-rest-pipeline';
import * as z from 'zod';
import { FailureError } from '../shared/failure.ts';
import { azureCall } from './azure-call.ts';
import type { Cloud } from './clouds.ts';

/** How lists of Resource Manager are read for which no client is shipped: every page of `path`, or null where the identity may not. */
export type ArmLists = (path: string, apiVersion: string) => Promise<readonly unknown[] | null>;

const page = z.object({ value: z.array(z.unknown()), nextLink: z.string().nullish() });

/**
 * Lists of Azure Resource Manager, read plainly: one package of an SDK less to load and to ship for a single read.
 * @throws FailureError for anything but a refusal for want of rights
 */
export function armLists({ arm }: Cloud, credential: TokenCredential, httpClient: HttpClient): ArmLists {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: arm.scope }));

  const readPage = async (url: string): Promise<z.infer<typeof page> | null> => {
    const { value } = await azureCall<z.infer<typeof page> | null>({
      service: 'arm',
      effect: { kind: 'read' },
      send: async () => {
        const request = createPipelineRequest({ url });
        const response = await pipeline.sendRequest(httpClient, request);
        const { status: statusCode, bodyAsText } = response;
        if (statusCode !== 200) throw new RestError('the list was not answered', { statusCode, request, response });
        return page.parse(JSON.parse(bodyAsText ?? ''));
      },
      expected: ({ status }) => (status === 403 ? null : undefined),
    });
    return value;
  };

  return async (path, apiVersion) => {
    const rows: unknown[] = [];
    let next: string | null = `${arm.endpoint}${path}?api-version=${apiVersion}`;
    while (next !== null) {
      // The token goes to Resource Manager and nowhere else, whatever a page says.
      if (new URL(next).hostname !== new URL(arm.endpoint).hostname)
        throw new FailureError({ kind: 'not-applied', code: 'foreign-next-link', retryAfterMs: null });
      const read: z.infer<typeof page> | null = await readPage(next);
      if (read === null) return null;
      rows.push(...read.value);
      next = read.nextLink || null;
    }
    return rows;
  };
}

import type { TokenCredential } from '@azure/core-auth';
import { type HttpClient, RestError } from '@azure/core-rest-pipeline';
import * as z from 'zod';
import { notApplied } from '../../shared/failure.ts';
import { parsedJson } from '../../shared/json.ts';
import { armRead } from '../azure-call.ts';
import type { Cloud } from '../clouds.ts';
import { tokenRequest } from '../entra/token-request.ts';

/** How lists of Resource Manager are read for which no client is shipped: every page of `path`, or null if the identity may not. */
export type ArmLists = (path: string, apiVersion: string) => Promise<readonly unknown[] | null>;

/** Far more than any list has that is read here: a page that names itself as the next one would be read for ever. */
const mostPages = 100;

const page = z.object({ value: z.array(z.unknown()), nextLink: z.string().nullish() });

/**
 * Lists of Azure Resource Manager, read plainly: one package of an SDK less to load and to ship for a single read.
 * @throws FailureError for anything but a refusal for want of rights
 */
export function armLists({ arm }: Cloud, credential: TokenCredential, httpClient: HttpClient): ArmLists {
  const readPage = (url: string) =>
    armRead<z.infer<typeof page> | null>(
      async () => {
        const response = await tokenRequest(httpClient, credential, arm, url);
        const { status: statusCode, bodyAsText, request } = response;
        if (statusCode !== 200) throw new RestError('the list was not answered', { statusCode, request, response });
        const parsed = page.safeParse(parsedJson(bodyAsText));
        if (parsed.success) return parsed.data;
        throw notApplied('list-unreadable');
      },
      ({ status }) => (status === 403 ? null : undefined),
    );

  return async (path, apiVersion) => {
    const rows: unknown[] = [];
    let next: string | null = `${arm.endpoint}${path}?api-version=${apiVersion}`;
    for (let pages = 0; next !== null; pages += 1) {
      if (pages === mostPages) throw notApplied('list-without-end');
      const read: z.infer<typeof page> | null = await readPage(next);
      if (read === null) return null;
      rows.push(...read.value);
      // Resource Manager writes whole addresses; a path is one of its own.
      next = read.nextLink ? (URL.parse(read.nextLink, arm.endpoint)?.href ?? read.nextLink) : null;
    }
    return rows;
  };
}

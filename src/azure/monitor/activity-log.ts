import type { TokenCredential } from '@azure/core-auth';
import { type HttpClient, RestError } from '@azure/core-rest-pipeline';
import * as z from 'zod';
import type { ActivityLog, KeyListing } from '../../hardening/keyless/ports.ts';
import { notApplied } from '../../shared/failure.ts';
import { parsedJson } from '../../shared/json.ts';
import { iso } from '../../shared/time.ts';
import { armRead } from '../azure-call.ts';
import type { Cloud } from '../clouds.ts';
import { tokenRequest } from '../entra/token-request.ts';

const objectIdClaim = 'http://schemas.microsoft.com/identity/claims/objectidentifier';

const page = z.object({
  value: z.array(
    z.object({
      caller: z.string().nullish(),
      claims: z.record(z.string(), z.unknown()).nullish(),
      eventTimestamp: z.string(),
      operationName: z.object({ value: z.string() }),
      status: z.object({ value: z.string() }).nullish(),
    }),
  ),
  nextLink: z.string().nullish(),
});

/** An account whose keys are listed more often than this fills is in use, whatever the rest says. */
const mostPages = 20;

/**
 * The activity log, which names who listed keys but not who used them.
 * https://learn.microsoft.com/rest/api/monitor/activity-logs/list
 */
export function armActivityLog(cloud: Cloud, credential: TokenCredential, httpClient: HttpClient): ActivityLog {
  const { endpoint } = cloud.arm;
  return {
    async keyListings({ armId, subscriptionId }, sinceMs) {
      const found = await armRead(async () => {
        const query = new URLSearchParams({
          'api-version': '2015-04-01',
          $filter: `eventTimestamp ge '${iso(sinceMs)}' and resourceUri eq '${armId}'`,
          $select: 'caller,claims,eventTimestamp,operationName,status',
        });
        const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values`;
        let url: string | null = `${endpoint}${path}?${query}`;
        const events: z.infer<typeof page>['value'] = [];
        for (let read = 0; url !== null && read < mostPages; read += 1) {
          const response = await tokenRequest(httpClient, credential, cloud.arm, url);
          if (response.status >= 400) throw new RestError('', { statusCode: response.status, response });
          const parsed = page.safeParse(parsedJson(response.bodyAsText));
          if (!parsed.success) throw notApplied('list-unreadable');
          events.push(...parsed.data.value);
          url = parsed.data.nextLink || null;
        }
        // Pages without end are no account of who lists keys, unless one of them shows somebody.
        if (url !== null && !events.some(isKeyListed)) throw notApplied('list-without-end');
        return events;
      });
      return found.filter(isKeyListed).map(({ caller, claims, eventTimestamp }): KeyListing => {
        const objectId = claims?.[objectIdClaim];
        return {
          atMs: Date.parse(eventTimestamp),
          caller: typeof objectId === 'string' ? objectId : (caller ?? 'unknown'),
        };
      });
    },
  };
}

function isKeyListed({ operationName, status }: z.infer<typeof page>['value'][number]): boolean {
  return (
    operationName.value.toLowerCase() === 'microsoft.cognitiveservices/accounts/listkeys/action' &&
    status?.value !== 'Failed'
  );
}

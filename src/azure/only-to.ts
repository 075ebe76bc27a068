import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { FailureError } from '../shared/failure.ts';
import { isAnsweredWrite } from './azure-call.ts';

/**
 * Keeps a client's requests at one origin. Where a request goes is often said by an answer (`nextLink`, `Location`,
 * `Azure-AsyncOperation`), and the caller's token goes along: it never leaves for another host, scheme or port. Stands
 * before every other policy, so that not even a token is asked for.
 * @param address such as `https://management.azure.com`; a path after it says nothing
 * @returns a policy that throws `FailureError` with the code `foreign-link`: `not-applied`, or `outcome-unknown` where an
 * earlier request of the same write was taken
 */
export function onlyTo(address: string): PipelinePolicy {
  const { origin } = new URL(address);
  return {
    name: 'only-to',
    async sendRequest(request, next) {
      if (URL.parse(request.url)?.origin === origin) return await next(request);
      const code = 'foreign-link';
      throw new FailureError(
        isAnsweredWrite() ? { kind: 'outcome-unknown', code } : { kind: 'not-applied', code, retryAfterMs: null },
      );
    },
  };
}

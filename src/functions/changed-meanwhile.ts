import { ProblemError } from './problem.ts';

/** The answer to a request whose `If-Match` names a posture that is no more: 412 with the ETag of the one that is. */
export function changedMeanwhile(etag: string): ProblemError {
  return new ProblemError({
    status: 412,
    reason: 'changed-meanwhile',
    detail: 'The posture is no longer what If-Match says: GET it, and ask again. Nothing was changed.',
    headers: { etag },
  });
}

import { ProblemError } from './problem.ts';

/** The answer to a request whose `If-Match` names a hardening or a plan that is no more: 412 with the ETag of the one that is. */
export function changedMeanwhile(etag: string): ProblemError {
  return new ProblemError({
    status: 412,
    reason: 'changed-meanwhile',
    detail:
      'It is no longer as If-Match says: look again, with GET or a dry run, and ask with the new ETag. Nothing was changed.',
    headers: { etag },
  });
}

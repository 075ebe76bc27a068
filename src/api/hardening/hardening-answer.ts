import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { HardeningAnswer } from '../../app/hardening/hardening-contract.ts';
import { changedMeanwhile } from '../changed-meanwhile.ts';
import { ProblemError } from '../problem.ts';
import { refusal } from '../refusal.ts';
import { planBlocked } from './plan-blocked.ts';

/** The answer to a request for a hardening: 200 with its entity tag, 202 while a change is under way, or the problem. */
export function hardeningAnswer<View>(request: HttpRequest, answer: HardeningAnswer<View>): HttpResponseInit {
  switch (answer.kind) {
    case 'found':
    case 'applied':
      return { headers: { etag: answer.etag }, jsonBody: answer.view };
    case 'plan':
      return { headers: { etag: answer.etag }, jsonBody: answer.plan };
    case 'under-way': {
      const { pathname } = new URL(request.url);
      return { status: 202, headers: { etag: answer.etag, location: pathname }, jsonBody: answer.view };
    }
    case 'not-confirmed':
      throw planBlocked(answer);
    case 'invalid':
      throw new ProblemError({
        status: 400,
        reason: 'invalid-body',
        detail: 'The body has fields that are not as they should be: see errors. Nothing was changed.',
        errors: answer.problems,
      });
    case 'changed-meanwhile':
      throw changedMeanwhile(answer.etag);
    default:
      throw refusal(request, answer);
  }
}

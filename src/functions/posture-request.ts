import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import type { PostureAnswer } from '../app/posture-contract.ts';
import { strictMembers } from '../shared/field-problem.ts';
import { ProblemError } from './problem.ts';
import { refusal } from './refusal.ts';

const confirmAccepted = 'a list of the names of risks, as the plan tells them';

/** Names of risks that the caller takes. */
export const confirmSchema = z
  .array(z.string({ error: confirmAccepted }).max(100, { error: confirmAccepted }), { error: confirmAccepted })
  .max(50, { error: confirmAccepted })
  .default([]);

/** `?dryRun=true` asks for the plan alone. */
export const dryRunQuery = strictMembers(
  {
    dryRun: z
      .enum(['true', 'false'], { error: 'true or false' })
      .default('false')
      .describe('`true`: answer the plan and change nothing.'),
  },
  'dryRun',
).transform(({ dryRun }) => ({ dryRun: dryRun === 'true' }));

/** The entity tags of `If-Match`; null when there is none. */
export function ifMatch(request: HttpRequest): readonly string[] | null {
  const header = request.headers.get('if-match');
  return header === null ? null : header.split(',').map((tag) => tag.trim());
}

/** The answer to a request for a posture: 200 with its entity tag, 202 while a change is under way, or the problem. */
export function postureAnswer<View>(request: HttpRequest, answer: PostureAnswer<View>): HttpResponseInit {
  switch (answer.kind) {
    case 'found':
    case 'applied':
      return { headers: { etag: answer.etag }, jsonBody: answer.view };
    case 'plan':
      return { headers: { etag: answer.etag }, jsonBody: { dryRun: true, plan: answer.plan } };
    case 'under-way': {
      const { pathname } = new URL(request.url);
      return { status: 202, headers: { etag: answer.etag, location: pathname }, jsonBody: answer.view };
    }
    case 'not-confirmed': {
      const { open, plan } = answer;
      const blocked = open.filter(({ level }) => level === 'blocked');
      const names = [...new Set((blocked.length > 0 ? blocked : open).map(({ name }) => name))].join(', ');
      throw new ProblemError({
        status: 409,
        reason: blocked.length > 0 ? 'plan-blocked' : 'plan-not-confirmed',
        detail:
          blocked.length > 0
            ? `Something else must be put right first: ${names}. Nothing was changed.`
            : `The plan has risks; name them in confirm to take them: ${names}. Nothing was changed.`,
        more: { risks: open, plan },
      });
    }
    case 'invalid':
      throw new ProblemError({
        status: 400,
        reason: 'invalid-body',
        detail: 'The body has fields that are not as they should be: see errors. Nothing was changed.',
        errors: answer.problems,
      });
    case 'changed-meanwhile':
      throw new ProblemError({
        status: 412,
        reason: 'changed-meanwhile',
        detail: 'The posture is no longer what If-Match says: GET it, and ask again. Nothing was changed.',
        headers: { etag: answer.etag },
      });
    default:
      throw refusal(request, answer);
  }
}

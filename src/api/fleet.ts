import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { type Endpoint, reading, taking } from './endpoint.ts';
import { ProblemError } from './problem.ts';
import { expected, refusal, unconditional } from './refusal.ts';
import { reasonSchema } from './request-fields.ts';
import { ifMatch, unlessSeen } from './request-headers.ts';

const whatAccepted = 'a list of failures, canaries, running, at least one; without it failures and canaries';

const resetBody = z.lazy(() =>
  strictMembers(
    {
      reason: reasonSchema,
      what: z
        .array(z.enum(['failures', 'canaries', 'running'], { error: whatAccepted }), { error: whatAccepted })
        .min(1)
        .default(['failures', 'canaries'])
        .describe(
          'failures: suspended rotations. canaries: those that others wait for. running: rotations in flight, so that as many may start beside them. Default failures and canaries.',
        ),
    },
    'an object with a reason and, if need be, what',
  ),
);

const acceptBody = z.lazy(() => strictMembers({ reason: reasonSchema }, 'an object with a reason'));

const pauseBody = z.lazy(() =>
  strictMembers(
    {
      paused: z.boolean({ error: 'true or false' }),
      reason: reasonSchema.nullable().default(null),
    },
    'an object that says paused: true or false',
  ),
);

/** All targets together, and the instance as a whole. */
export const fleet: readonly Endpoint[] = [
  reading({
    name: 'read-fleet',
    at: 'GET fleet',
    role: 'Keyturn.Read',
    summary:
      'Shows which version runs, whether the schedule starts rotations, how many are in flight, and why targets wait.',
    headers: ['If-None-Match'],
    answers: { 200: 'Fleet' },
    work: async ({ request, app }) => unlessSeen(request, expected(request, await app.readFleet(), 'found').fleet),
  }),
  // As it is by now, what blocks targets counts no more.
  taking(resetBody, {
    name: 'reset-fleet',
    at: 'POST fleet/reset',
    role: 'Keyturn.Admin',
    summary: 'Lets the schedule continue in spite of suspended rotations, pending canaries or rotations in flight.',
    answers: { 200: 'Fleet' },
    work: async ({ request, app, operator, body }) => ({
      jsonBody: expected(request, await app.resetFleet(body, operator), 'reset').fleet,
    }),
  }),
  // The document is named by its ETag, so that nobody accepts one that they have not seen.
  taking(acceptBody, {
    name: 'accept-targets-document',
    at: 'POST fleet/targets-document/accept',
    role: 'Keyturn.Admin',
    summary: 'Accepts the targets document that If-Match names, although it drops more than a fifth of the targets.',
    headers: ['If-Match'],
    answers: { 200: 'Fleet' },
    async work({ request, app, operator, body }) {
      const answer = await app.acceptDocument({ ...body, ifMatch: ifMatch(request) }, operator);
      switch (answer.kind) {
        case 'accepted':
          return { headers: { etag: answer.etag }, jsonBody: answer.fleet };
        case 'unconditional':
          throw unconditional(
            'A document is accepted that was seen',
            answer.etag,
            'its ETag, as GET …/fleet or the upload told it',
          );
        case 'invalid':
          throw new ProblemError({
            status: 409,
            reason: 'document-invalid',
            detail: 'The targets document has errors: see errors. Nothing was changed.',
            errors: answer.problems.map(({ line, ...problem }) => ({
              ...problem,
              field: line === null ? problem.field : `line ${line}: ${problem.field}`,
            })),
          });
        default:
          throw refusal(request, answer);
      }
    },
  }),
  // Paused, the instance begins no call that changes anything; resumed, every account is woken.
  taking(pauseBody, {
    name: 'set-pause',
    at: 'PUT pause',
    role: 'Keyturn.Admin',
    summary: 'Pauses the whole instance, or resumes it.',
    answers: { 200: 'Pause' },
    work: async ({ request, app, operator, body }) => ({
      jsonBody: expected(request, await app.setPause(body, operator), 'set').pause,
    }),
  }),
];

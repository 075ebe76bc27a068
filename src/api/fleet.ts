import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { type Endpoint, reading, taking } from './endpoint.ts';
import { expected } from './refusal.ts';
import { reasonSchema } from './request-fields.ts';

const whatAccepted = 'a list of failures, canaries, running, at least one; without it failures and canaries';

const resetBody = z.lazy(() =>
  strictMembers(
    {
      reason: reasonSchema,
      what: z
        .array(z.enum(['failures', 'canaries', 'running'], { error: whatAccepted }), { error: whatAccepted })
        .min(1, { error: whatAccepted })
        .default(['failures', 'canaries'])
        .describe(
          'failures: suspended rotations. canaries: those that others wait for. running: rotations in flight, so that as many may start beside them. Default failures and canaries.',
        ),
    },
    'an object with a reason and, if need be, what',
  ),
);

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
    method: 'GET',
    route: 'fleet',
    role: 'Keyturn.Read',
    summary: 'Shows whether the schedule starts rotations, how many are in flight, and why targets wait.',
    answers: { 200: 'Fleet' },
    work: async ({ request, app }) => ({ jsonBody: expected(request, await app.readFleet(), 'found').fleet }),
  }),
  // As it is by now, what blocks targets counts no more.
  taking(resetBody, {
    name: 'reset-fleet',
    method: 'POST',
    route: 'fleet/reset',
    role: 'Keyturn.Admin',
    summary: 'Lets the schedule continue in spite of suspended rotations, pending canaries or rotations in flight.',
    answers: { 200: 'Fleet' },
    work: async ({ request, app, operator, body }) => ({
      jsonBody: expected(request, await app.resetFleet(body, operator), 'reset').fleet,
    }),
  }),
  // Paused, the instance begins no call that changes anything; resumed, every account is woken.
  taking(pauseBody, {
    name: 'set-pause',
    method: 'PUT',
    route: 'pause',
    role: 'Keyturn.Admin',
    summary: 'Pauses the whole instance, or resumes it.',
    answers: { 200: 'Pause' },
    work: async ({ request, app, operator, body }) => ({
      jsonBody: expected(request, await app.setPause(body, operator), 'set').pause,
    }),
  }),
];

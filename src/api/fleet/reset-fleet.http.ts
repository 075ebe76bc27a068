import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { reasonSchema } from '../reason-schema.ts';
import { refusal } from '../refusal.ts';

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

/** 200 FleetView. What holds targets up is lifted: as it is by now it counts no more. */
export const resetFleet: Endpoint = taking(resetBody, {
  name: 'reset-fleet',
  method: 'POST',
  route: 'fleet/reset',
  role: 'Keyturn.Admin',
  summary: 'Lets the schedule go on in spite of suspended rotations, pending canaries or rotations in flight.',
  answers: { 200: 'Fleet' },
  async work({ request, app, operator, body }) {
    const answer = await app.resetFleet(body, operator);
    if (answer.kind !== 'reset') throw refusal(request, answer);
    return { jsonBody: answer.fleet };
  },
});

import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { reasonSchema } from '../reason-schema.ts';
import { refusal } from '../refusal.ts';

const bodySchema = z.lazy(() =>
  strictMembers(
    {
      paused: z.boolean({ error: 'true or false' }),
      reason: reasonSchema.nullable().default(null),
    },
    'an object that says paused: true or false',
  ),
);

/** 200 PauseView. Paused, the instance begins no call that changes anything; resumed, every account is woken. */
export const setPause: Endpoint = taking(bodySchema, {
  name: 'set-pause',
  method: 'PUT',
  route: 'pause',
  role: 'Keyturn.Admin',
  summary: 'Stops the whole instance, or lets it go on.',
  answers: { 200: 'Pause' },
  async work({ request, app, operator, body }) {
    const answer = await app.setPause(body, operator);
    if (answer.kind !== 'set') throw refusal(request, answer);
    return { jsonBody: answer.pause };
  },
});

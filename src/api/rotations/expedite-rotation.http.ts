import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { reasonSchema } from '../reason-schema.ts';
import { refusal } from '../refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

const wholeSeconds = 'whole seconds; without it the shortest overlap that the settings call safe';

const bodySchema = z.lazy(() =>
  strictMembers(
    {
      reason: reasonSchema,
      /** The shorter overlap, from the switch; below what consumers cache it makes their calls fail. */
      overlapSeconds: z.int({ error: wholeSeconds }).nonnegative({ error: wholeSeconds }).nullable().default(null),
    },
    'an object with a reason',
  ),
);

/** 202 RotationView with its Location: the rotation's next step carries it out. */
export const expediteRotation: Endpoint = taking(bodySchema, {
  name: 'expedite-rotation',
  method: 'POST',
  route: 'targets/{name}/rotations/{id}/expedite',
  role: 'Keyturn.Operate',
  summary: 'Ends the overlap sooner.',
  answers: { 202: 'Rotation' },
  async work({ request, app, operator, target, id, body }) {
    const answer = await app.expedite(target, id, body, operator);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    return rotationAnswer(request, answer.rotation);
  },
});

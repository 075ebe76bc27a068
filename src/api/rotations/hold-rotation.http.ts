import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { confirmSchema } from '../confirm-schema.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { reasonSchema } from '../reason-schema.ts';
import { refusal } from '../refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

const bodySchema = z.lazy(() =>
  strictMembers({ reason: reasonSchema, confirm: confirmSchema }, 'an object with a reason'),
);

/** 202 RotationView with its Location: the rotation's next step carries it out. */
export const holdRotation: Endpoint = taking(bodySchema, {
  name: 'hold-rotation',
  method: 'POST',
  route: 'targets/{name}/rotations/{id}/hold',
  role: 'Keyturn.Operate',
  summary: 'Keeps the overlap from ending by itself.',
  answers: { 202: 'Rotation' },
  async work({ request, app, operator, target, id, body }) {
    const answer = await app.hold(target, id, body, operator);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    return rotationAnswer(request, answer.rotation);
  },
});

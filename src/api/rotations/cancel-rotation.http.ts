import { confirmBody } from '../confirm-schema.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { refusal } from '../refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

/** 202 RotationView with its Location: the rotation's next step carries it out. */
export const cancelRotation: Endpoint = taking(confirmBody, {
  name: 'cancel-rotation',
  method: 'POST',
  route: 'targets/{name}/rotations/{id}/cancel',
  role: 'Keyturn.Operate',
  summary: 'Undoes a rotation whose pointer has not moved.',
  answers: { 202: 'Rotation' },
  async work({ request, app, operator, target, id, body }) {
    const answer = await app.cancel(target, id, operator, body.confirm);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    return rotationAnswer(request, answer.rotation);
  },
});

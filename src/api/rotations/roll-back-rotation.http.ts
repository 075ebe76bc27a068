import { confirmBody } from '../confirm-schema.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { refusal } from '../refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

/** 202 RotationView with its Location: the rotation's next step carries it out. */
export const rollBackRotation: Endpoint = taking(confirmBody, {
  name: 'roll-back-rotation',
  method: 'POST',
  route: 'targets/{name}/rotations/{id}/rollback',
  role: 'Keyturn.Operate',
  summary: 'Moves the pointer back, as far as the rotation allows it.',
  answers: { 202: 'Rotation' },
  async work({ request, app, operator, target, id, body }) {
    const answer = await app.rollBack(target, id, operator, body.confirm);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    return rotationAnswer(request, answer.rotation);
  },
});

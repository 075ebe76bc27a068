import { type Endpoint, taking } from './endpoint.ts';
import { noBody } from './no-body.ts';
import { refusal } from './refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

/** 202 RotationView with its Location: the rotation's next step carries it out. */
export const rollBackRotation: Endpoint = taking(noBody, {
  name: 'roll-back-rotation',
  method: 'POST',
  route: 'targets/{name}/rotations/{id}/rollback',
  role: 'Keyturn.Operate',
  summary: 'Moves the pointer back, as far as the rotation allows it.',
  answers: { 202: 'Rotation' },
  async work({ request, app, operator, target, id }) {
    const answer = await app.rollBack(target, id, operator);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    return rotationAnswer(request, answer.rotation);
  },
});

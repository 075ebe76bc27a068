import { type Endpoint, taking } from './endpoint.ts';
import { reasonBody } from './reason-body.ts';
import { refusal } from './refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

/** 202 RotationView with its Location: the rotation's next step carries it out. */
export const holdRotation: Endpoint = taking(reasonBody, {
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

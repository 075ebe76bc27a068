import { type Endpoint, taking } from '../endpoint.ts';
import { noBody } from '../no-body.ts';
import { refusal } from '../refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

/** 202 RotationView with its Location: the rotation's next step carries it out. */
export const releaseHold: Endpoint = taking(noBody, {
  name: 'release-hold',
  method: 'POST',
  route: 'targets/{name}/rotations/{id}/release-hold',
  role: 'Keyturn.Operate',
  summary: 'Lets a held overlap end again.',
  answers: { 202: 'Rotation' },
  async work({ request, app, operator, target, id }) {
    const answer = await app.releaseHold(target, id, operator);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    return rotationAnswer(request, answer.rotation);
  },
});
